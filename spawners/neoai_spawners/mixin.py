"""What every spawner of NeoAI does alike: profiles, quotas, leases of GPUs, progress, reasons."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar
from urllib.parse import urlparse

from jupyterhub.spawner import Spawner, SpawnException
from jupyterhub.utils import maybe_future, url_path_join
from sqlalchemy.orm import object_session
from traitlets import Any as AnyTrait
from traitlets import Float, default, validate

from .account import failed
from .beating import Beats
from .form import clean_up_form, options_form
from .profiles import Catalogue, Profile, format_bytes, options_from_form
from .progress import Progress
from .protocols import CLEAN_UP, Device
from .queue import TakesTurns
from .readiness import Ended, known_to_answer, until_answered
from .resuming import Resumes
from .session import Session

OUT_OF_THE_HOME = {
    "JUPYTER_RUNTIME_DIR": "/tmp/jupyter/runtime",  # noqa: S108
    "JUPYTER_DATA_DIR": "/tmp/jupyter/data",  # noqa: S108
    "IPYTHONDIR": "/tmp/jupyter/ipython",  # noqa: S108
}
"""Where a server that cleans up keeps what it cannot run without: its home may be full."""


class NeoAISpawner(TakesTurns, Beats, Resumes, Spawner):
    """Stands before a spawner of JupyterHub: `class Mine(NeoAISpawner, DockerSpawner)`.

    The order of a start: the profile is chosen again from the options, the quotas are reserved, the
    GPUs are leased (or waited for), the start waits for its turn, the profile's limits are put over
    whatever options, group overrides and hooks have set, and only then the spawner below starts the
    server.
    """

    catalogue = AnyTrait(
        Catalogue(),
        help="""The profiles and the limits of groups: a `neoai_spawners.profiles.Catalogue`, the
        dict of one, or a function without arguments that returns the one that holds now.""",
    ).tag(config=True)

    gpu_wait = Float(
        900.0,
        help="""Seconds for which a start waits for a GPU, with its place in the line on the spawn
        page. They come on top of start_timeout.""",
    ).tag(config=True)

    gpu_wait_interval = Float(
        2.0, help="""Seconds from one look at the waiting list to the next."""
    ).tag(config=True)

    private_tmp: ClassVar[bool] = False
    """Whether no other server sees this one's /tmp."""

    # JupyterHub's own, which have no types
    mem_limit: Any
    mem_guarantee: Any
    cpu_limit: Any
    cpu_guarantee: Any
    environment: dict[str, Any]
    start_timeout: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.told = Progress()
        self._stopping = False
        super().__init__(*args, **kwargs)

    @validate("catalogue")
    def _checked_catalogue(self, proposal: Any) -> Any:
        value = proposal.value
        return value if callable(value) else Catalogue.model_validate(value)

    @default("options_form")
    def _profiles_form(self) -> Any:
        return _form

    @default("options_from_form")
    def _profile_from_form(self) -> Any:
        return options_from_form

    @default("apply_user_options")
    def _check_options(self) -> Any:
        return _check

    @property
    def profiles(self) -> Catalogue:
        """The catalogue that holds now."""
        catalogue = self.catalogue() if callable(self.catalogue) else self.catalogue
        return Catalogue.model_validate(catalogue)

    @property
    def memory_allowed(self) -> str:
        """What the server's profile allows, for people."""
        return format_bytes(self.holding.memory) if self.holding else "so much"

    @property
    def out_of_memory(self) -> str:
        """Why a server is gone that was killed for its memory."""
        return (
            "Your server ran out of memory and was killed: its profile allows "
            f"{self.memory_allowed}. Pick a larger profile, or load less at a time."
        )

    # --- what a spawner below this one says of itself

    def enforce(self, profile: Profile, devices: Sequence[Device]) -> None:
        """Put the profile's limits over everything that was set until now: the last word.

        What an admin's hook or group override has set lower stays lower.
        """
        self.mem_limit = min(self.mem_limit or profile.memory, profile.memory)
        if self.holding is not None:
            self.holding = self.holding.model_copy(update={"memory": self.mem_limit})
        self.cpu_limit = min(self.cpu_limit or profile.cpus, profile.cpus)
        self.mem_guarantee = min(self.mem_guarantee or 0, self.mem_limit) or None
        self.cpu_guarantee = min(self.cpu_guarantee or 0, self.cpu_limit) or None
        self.environment = {**self.environment, **profile.environment}
        if profile.name == CLEAN_UP and self.private_tmp:
            self.environment = {**self.environment, **OUT_OF_THE_HOME}

    async def why_ended(self, status: object) -> str:
        """Why a server that nobody stopped is gone, for its user."""
        return f"Your server ended by itself (status {status})."

    async def explain(self, error: Exception) -> SpawnException | None:
        """What a failed start means to its user; None where it is the hub's own failure."""
        if isinstance(error, Ended):
            reason = await self.why_ended(error.status)
            return failed(f"The server started and did not stay. {reason}", "ended")
        return None

    async def tidy(self) -> None:
        """Remove what is left of a server that has ended by itself, once the reason is known."""

    # --- the life of a server

    async def run_pre_spawn_hook(self) -> None:
        """The admin's hook, then the time that a start may take: to be queued, and to answer."""
        await maybe_future(super().run_pre_spawn_hook())
        self._engine_timeout = self.start_timeout
        profile = self.profiles.choose(self.user_options, self.group_names)
        waits = self.gpu_wait if profile.gpus else 0
        waits += self.turn_wait
        self.start_timeout = int(self.start_timeout + self.http_timeout + waits)

    async def start(self) -> Any:
        """Reserve, lease, enforce, start, and wait until the server answers."""
        self._launching = True
        self.told = Progress()
        self.session = Session()
        if self.ended:
            self.told.tell(f"Of your last server: {self.ended}")
        try:
            return await self._start_held()
        except Exception as error:
            explained = await self._explained(error)
            await self._clear_away()
            raise explained from (None if explained is error else error)
        except BaseException:
            await asyncio.shield(self._clear_away())
            raise
        finally:
            self._launching = False

    async def _explained(self, error: Exception) -> Exception:
        if isinstance(error, SpawnException):
            explained: Exception | None = error
        else:
            explained = await self.explain(error)
        if explained is None:
            return error
        self.log.warning("%s did not start: %r", self._log_name, error)
        return explained

    async def _clear_away(self) -> None:
        """Give back what a failed start held, if nothing of it runs: its user knows why it failed.
        What runs, or may, the hub stops next."""
        try:
            if self.holding is not None and await self.poll_below() is not None:
                await self.tidy()
                await self._let_go()
        except Exception:
            self.log.exception("What is left of %s is not known", self._log_name)

    async def _start_held(self) -> Any:
        await self._end_the_last()
        profile = self.profiles.choose(self.user_options, self.group_names)
        async with self._kept(self._hold(profile).key):
            return await self._started(profile)

    @asynccontextmanager
    async def _kept(self, key: str) -> AsyncIterator[None]:
        """Renew what is held once a heartbeat, while the server waits in line and starts."""

        async def keep() -> None:
            while True:
                await asyncio.sleep(self.poll_interval)
                await self.account.keep(key)

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()

    async def _started(self, profile: Profile) -> Any:
        ticket = self._starts.ticket()
        try:
            devices = await self._take(profile)
            await self._starts.wait(ticket, self.concurrent_spawns, self.turn_wait, self.told.tell)
        except BaseException:
            await asyncio.shield(self._let_go())
            raise
        try:
            return await self._launched(profile, devices)
        finally:
            self._starts.leave(ticket)

    async def _launched(self, profile: Profile, devices: Sequence[Device]) -> Any:
        assert self.holding is not None
        self.enforce(profile, devices)
        self.told.tell("Starting the server", 20)
        async with asyncio.timeout(self._engine_timeout):
            where = await super().start()
        await self.account.started(self.holding.key)
        self.told.tell("The server runs; waiting for its answer", 80)
        await self._until_answered(where)
        self.ended = ""
        return where

    async def _take(self, profile: Profile) -> Sequence[Device]:
        assert self.holding is not None
        request = self.holding.request(self.user.name, self.name, profile, self.group_names)
        await self.account.reserve(request)
        if not profile.gpus:
            return ()
        return await self.account.lease(
            request, self.told.tell, self.gpu_wait, self.gpu_wait_interval
        )

    async def _until_answered(self, where: Any) -> None:
        if self.internal_ssl:
            return  # the hub waits, with its certificates
        url = where if isinstance(where, str) else f"http://{_host(where[0])}:{where[1]}"
        path = url_path_join(self.server.base_url, "api")
        try:
            reply = await until_answered(
                urlparse(url)._replace(path=path).geturl(), self.poll_below, self.http_timeout
            )
        except TimeoutError:
            message = f"The server started and did not answer within {self.http_timeout} seconds."
            raise failed(message, "timeout") from None
        known_to_answer(self.server, reply)

    async def stop(self, now: bool = False) -> None:
        """Stop the server, then give back what it held: never before it is gone.

        One that does not stop, which the hub forgets, is ended in the background.
        """
        self._stopping = True
        try:
            await super().stop(now)
            if await self.poll_below() is not None:
                await self._let_go()
        finally:
            self._stopping = False
            self._end_later()

    async def poll(self) -> Any:
        """None while it runs or starts. A server found gone has its reason kept, and is settled."""
        if self._launching:
            return None
        if self._interrupted:
            return await self._end_the_interrupted()
        held = self.holding
        status = await super().poll()
        ours = self._stopping or (held is not None and held.key in self._ending)
        if status is not None and held is not None and not ours:
            self.holding = held  # KubeSpawner stops, within its poll, what it finds ended
            self.ended = await self.why_ended(status)
            await self.tidy()
            await self._let_go()
        return status

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """What the spawn page shows."""
        async for event in self.told.follow():
            yield event

    def get_state(self) -> dict[str, Any]:
        """What a hub that starts again must know, and how the last server ended."""
        state = super().get_state()
        if self.ended:
            state["ended"] = self.ended
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """What `get_state` gave."""
        super().load_state(state)
        self.ended = state.get("ended", "")


async def _form(spawner: NeoAISpawner) -> str:
    groups = spawner.group_names
    full = await spawner.account.over_storage(spawner.user.name, groups)
    if full and (cleaning := spawner.profiles.clean_up(groups)):
        return clean_up_form(cleaning, full, spawner.ended)
    chosen = spawner.user_options.get("profile") if isinstance(spawner.user_options, dict) else ""
    offered = spawner.profiles.offered(groups)
    return options_form(offered, chosen if isinstance(chosen, str) else "", spawner.ended)


def _check(spawner: NeoAISpawner, options: Any) -> None:
    try:
        spawner.profiles.choose(options, spawner.group_names)
    except SpawnException:
        _forget_options(spawner)
        raise


def _forget_options(spawner: NeoAISpawner) -> None:
    """JupyterHub has kept them before they are checked: later starts would be refused as well."""
    spawner.user_options = spawner.orm_spawner.user_options = {}
    session = object_session(spawner.orm_spawner)
    if session is not None:
        session.commit()


def _host(ip: str) -> str:
    return f"[{ip}]" if ":" in ip else ip
