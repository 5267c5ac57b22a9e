"""Named profiles: what a server is made of, who may take which, and what a spawn may ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Self

from jupyterhub.spawner import SpawnException
from jupyterhub.traitlets import ByteSpecification
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator
from traitlets import TraitError

from .protocols import CLEAN_UP, Resources
from .refusals import Refused


def parse_bytes(value: Any) -> int:
    """Bytes from a number, or from text as JupyterHub writes it: `512M`, `4G`, `1.5T`."""
    try:
        return int(ByteSpecification().validate(None, value))
    except TraitError as error:
        raise ValueError("a number of bytes, or text such as 512M, 4G or 1T") from error


def format_bytes(count: int) -> str:
    """Bytes as people read them: `1.5 GB` (of 1024³ bytes, as JupyterHub counts)."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} TB"


Bytes = Annotated[int, BeforeValidator(parse_bytes), Field(ge=0)]
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
FOR_GOOD = "NEOAI_DELETE_FOR_GOOD"
REMEMBERED = 1000
"""Sets of groups of which is remembered what their members may take: it is asked for three times a
start."""
OURS = ("JUPYTERHUB_", "JPY_", "NVIDIA_")


class Frozen(BaseModel):
    """Settings that never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Itself: traitlets copies what a configuration holds for each server's spawner."""
        return self


class Profile(Frozen):
    """A kind of server that users pick by name."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="What a spawn names it by.")
    title: str = Field("", max_length=200, description="What users read; the name where empty.")
    description: str = Field("", max_length=2000)
    image: str = Field("", description="The container's image; the spawner's own where empty.")
    cpus: float = Field(1.0, gt=0, description="Cores, parts of one too.")
    memory: Bytes = Field(2 << 30, ge=64 << 20, description="Bytes, or text such as 4G.")
    gpus: int = Field(0, ge=0)
    gpu_kind: str = Field("", description="`H100`, `H100-1g.10gb`; any kind where empty.")
    storage: Bytes = Field(0, description="Bytes of the home folder's volume; 0: not limited.")
    environment: Mapping[EnvironmentName, str] = Field(default_factory=dict)
    groups: tuple[str, ...] = Field((), description="Who may take it; everybody where empty.")

    @model_validator(mode="after")
    def _checked(self) -> Profile:
        if self.gpu_kind and not self.gpus:
            raise ValueError(f"profile {self.name} names a kind of GPU, and takes none")
        taken = [name for name in self.environment if name.startswith(OURS)]
        if taken:
            raise ValueError(f"profile {self.name} sets {', '.join(taken)}, which the hub sets")
        return self

    @property
    def resources(self) -> Resources:
        """What a server of this profile takes."""
        return Resources(self.cpus, self.memory, self.storage, self.gpus, self.gpu_kind)


class Limits(Frozen):
    """The most that one server of a group's member may take; None: this group does not say."""

    cpus: float | None = Field(None, gt=0)
    memory: Annotated[int, BeforeValidator(parse_bytes)] | None = None
    gpus: int | None = Field(None, ge=0)
    storage: Annotated[int, BeforeValidator(parse_bytes)] | None = None

    def allow(self, profile: Profile) -> bool:
        """Whether nothing that the profile takes is above what is said here."""
        wanted = {
            "cpus": profile.cpus,
            "memory": profile.memory,
            "gpus": profile.gpus,
            "storage": profile.storage,
        }
        return all(
            (limit := getattr(self, name)) is None or value <= limit
            for name, value in wanted.items()
        )


class Catalogue(Frozen):
    """Every profile of a hub, and the limits of its groups.

    Several groups combine so: of each resource by itself, the most generous of the limits that the
    user's groups name holds; `default` holds for a resource that none of them names, and for
    who is in no group. A profile that is larger than what holds is not offered: nobody gets less
    than what a profile's name promises.
    """

    profiles: tuple[Profile, ...] = (Profile(name="default", title="Default"),)
    limits: Mapping[str, Limits] = Field(default_factory=dict)
    default: Limits = Limits()

    _offered: dict[frozenset[str], tuple[Profile, ...]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _checked(self) -> Catalogue:
        names = [profile.name for profile in self.profiles]
        if not names:
            raise ValueError("at least one profile is needed")
        if CLEAN_UP in names:
            raise ValueError(f"no profile can be called {CLEAN_UP}: the hub has one of that name")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"profiles of the same name: {', '.join(twice)}")
        return self

    def limits_of(self, groups: Collection[str]) -> Limits:
        """What holds for a member of these groups."""
        named = [self.limits[group] for group in groups if group in self.limits]
        combined: dict[str, Any] = {}
        for resource in Limits.model_fields:
            values = [value for each in named if (value := getattr(each, resource)) is not None]
            combined[resource] = max(values) if values else getattr(self.default, resource)
        return Limits(**combined)

    def offered(self, groups: Collection[str]) -> tuple[Profile, ...]:
        """The profiles that a member of these groups may take, in the hub's order."""
        member = frozenset(groups)
        if member not in self._offered:
            if len(self._offered) >= REMEMBERED:
                self._offered.clear()
            self._offered[member] = self._offered_to(member)
        return self._offered[member]

    def _offered_to(self, groups: Collection[str]) -> tuple[Profile, ...]:
        limits = self.limits_of(groups)
        return tuple(
            profile
            for profile in self.profiles
            if (not profile.groups or set(profile.groups) & set(groups)) and limits.allow(profile)
        )

    def clean_up(self, groups: Collection[str]) -> Profile | None:
        """What is started above a storage quota: the smallest profile offered, without a GPU, in
        which deleted files are gone for good; None where nothing is offered."""
        offered = self.offered(groups)
        if not offered:
            return None
        smallest = min(offered, key=lambda each: (each.gpus > 0, each.memory, each.cpus))
        return smallest.model_copy(
            update={
                "name": CLEAN_UP,
                "title": "Start to clean up",
                "description": "A small server for a limited time. Files that you delete in it do "
                "not go to the trash: they are gone for good, and make room.",
                "gpus": 0,
                "gpu_kind": "",
                "environment": {**smallest.environment, FOR_GOOD: "1"},
            }
        )

    def choose(self, options: Any, groups: Collection[str]) -> Profile:
        """The profile that a spawn's options name, the first one offered where they name none.

        Raises SpawnException (400) for anything but the name of a profile that is offered: what a
        profile holds (image, mounts, environment) is nobody's to choose.
        """
        offered = self.offered(groups)
        name = _profile_name(options)
        if not offered:
            raise refused("No profile is open to you: ask the hub's administrators for a group.")
        if name is None:
            return offered[0]
        if name == CLEAN_UP and (cleaning := self.clean_up(groups)):
            return cleaning
        for profile in offered:
            if profile.name == name:
                return profile
        names = ", ".join(profile.name for profile in offered)
        raise refused(f"There is no such profile for you. You may take: {names}.")


def options_from_form(form: Any) -> dict[str, str]:
    """A spawn's options from the form of `form.options_form` (lists of text by field)."""
    fields = {name: values for name, values in form.items() if name != "_xsrf"}
    for name, values in fields.items():
        if name != "profile" or len(values) != 1:
            raise refused("Only one profile can be chosen here, and nothing else.")
    name = _profile_name({key: values[0] for key, values in fields.items()})
    return {} if name is None else {"profile": name}


def refused(message: str) -> SpawnException:
    """A spawn whose options ask for what is not to be had: 400, and no failure of the hub's."""
    return Refused(message, reason="options")


def _profile_name(options: Any) -> str | None:
    if not options:
        return None
    if not isinstance(options, dict) or set(options) != {"profile"}:
        raise refused("A spawn may name a profile, and nothing else.")
    if not isinstance(options["profile"], str):
        raise refused("A profile is named by text.")
    return options["profile"]
