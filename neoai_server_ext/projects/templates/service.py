"""Which templates there are, what each asks, and how a folder is made from one. Knows no HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from traitlets import Dict, Float, Integer
from traitlets import List as ListTrait
from traitlets.config import LoggingConfigurable

from ... import errors
from .. import giturl, paths
from ..clone import Report
from . import copierformat, sources, tasks
from .models import (
    AskedQuestion,
    Inspected,
    Location,
    Made,
    Question,
    Run,
    Template,
    TemplateAdd,
    TemplateChoice,
)
from .own import OwnTemplates
from .questions import NAME
from .sources import Fetched, Repositories

SHIPPED = Path(__file__).parent / "shipped"
SAID = 4 << 20


class TemplateService(LoggingConfigurable):
    """The templates that come with NeoAI, those of the administrator, and everybody's own."""

    templates = ListTrait(
        Dict(),
        help="""Further templates that everybody on this server is offered, each a dict of `name`,
        `description`, `git_url` (with `ref`, where it is not to be the latest version) or `path`
        (an absolute folder), and `trusted`: True where you answer for what it runs, so that nobody
        is asked. A course's own, for example.""",
    ).tag(config=True)
    timeout_s = Float(60.0, help="Seconds that the rendering of a template may take.").tag(
        config=True
    )
    fetch_timeout_s = Float(300.0, help="Seconds that fetching a template may take.").tag(
        config=True
    )
    task_timeout_s = Float(900.0, help="Seconds that a template's commands may take.").tag(
        config=True
    )
    max_files = Integer(5000, min=1, help="The most files that a template may have or make.").tag(
        config=True
    )
    max_bytes = Integer(
        100 << 20, min=1, help="The most that a template may have or make, in bytes."
    ).tag(config=True)
    max_memory_bytes = Integer(
        1 << 30, min=1 << 28, help="The most memory that the rendering of a template may take."
    ).tag(config=True)

    def __init__(self, root_dir: Path, data_dir: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._root = Path(os.path.realpath(root_dir))
        self._own = OwnTemplates(data_dir / "templates.json")
        self._repositories = Repositories(timeout_s=self.fetch_timeout_s, stall_s=120.0)

    async def close(self) -> None:
        """Take away what was fetched."""
        await self._repositories.close()

    # The list

    async def all(self) -> list[Template]:
        """Those that come with NeoAI by name, then the administrator's, then one's own."""
        own = await asyncio.to_thread(self._own.all)
        listed = [*self._configured().values(), *({**one, "source": _source(one)} for one in own)]
        fields = Template.model_fields
        others = [
            Template(**{key: value for key, value in one.items() if key in fields}, questions=[])
            for one in listed
        ]
        return [*await asyncio.to_thread(shipped), *others]

    async def add(self, wanted: TemplateAdd) -> Template:
        """Put a folder or a repository on one's own list; raises what inspecting raises."""
        if wanted.id is not None:
            raise errors.Invalid("That one is on the list already.")
        choice = TemplateChoice(path=wanted.path, git_url=wanted.git_url, ref=wanted.ref)
        found = await self.inspect(choice, "")
        one: dict[str, Any] = {"description": found.description, "ref": wanted.ref}
        if wanted.git_url is not None:
            source = await asyncio.to_thread(giturl.parse, wanted.git_url, str(self._root))
            one["git_url"] = source.url if source.protocol != "file" else wanted.git_url
            name = source.name
        else:
            folder = await asyncio.to_thread(self._folder, str(wanted.path))
            one["path"] = folder.relative_to(self._root).as_posix()
            name = folder.name
        one["name"] = wanted.name or found.name or name
        added = await asyncio.to_thread(self._own.add, one)
        return Template(**added, questions=[], source=_source(added))

    async def remove(self, template_id: str) -> None:
        """Take a template off one's own list; raises NotFound, and Conflict for the others."""
        known = {
            template.id for template in await self.all() if template.source in ("shipped", "admin")
        }
        if template_id in known:
            raise errors.Conflict("Only your own templates can be taken off the list.")
        await asyncio.to_thread(self._own.remove, template_id)

    def _configured(self) -> dict[str, dict[str, Any]]:
        """The administrator's, by id."""
        found: dict[str, dict[str, Any]] = {}
        for one in self.templates:
            name = str(one.get("name") or "")
            if not name or bool(one.get("git_url")) == bool(one.get("path")):
                self.log.warning("c.TemplateService.templates: %r has no name or no place", one)
                continue
            key = "admin-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
            found[key] = {"description": "", **one, "id": key, "source": "admin"}
        return found

    # One template

    async def check(self, choice: TemplateChoice) -> None:
        """Raise Invalid (`no-template`, `git-url`) for a template that there cannot be."""
        await asyncio.to_thread(self._resolve, choice)

    async def inspect(self, choice: TemplateChoice, name: str) -> Inspected:
        """What a template asks and would run, with the answers so far. Runs nothing, unless it is
        trusted and has code that its questions need."""
        fetched, trusted = await self._fetch(choice, _silent)
        told = await self._work(fetched, choice, trusted, name, self._root / "new")
        asked = [_asked(one) for one in told["questions"] or []]
        if fetched.folder.parent == SHIPPED:
            asked = [question for question in asked if question.name != NAME]
        return Inspected(
            name=told["name"],
            description=told["description"],
            questions=asked,
            runs=[] if trusted and not choice.trusted else [_run(one) for one in told["runs"]],
            ready=told["ready"],
            revision=fetched.revision,
            ref=fetched.ref,
            message=told.get("before", ""),
        )

    async def render(
        self, choice: TemplateChoice, name: str, target: Path, place: Path, report: Report
    ) -> tuple[Made, list[dict[str, Any]]]:
        """Write a new folder at `target`, which is to be at `place`; gives what the template says,
        and the commands that are to run there.

        Raises Invalid for an answer that does not fit, Conflict (`untrusted`, `template-changed`),
        GatewayTimeout, and what fetching raises.
        """
        fetched, trusted = await self._fetch(choice, report)
        if place.is_relative_to(fetched.folder):
            raise errors.Invalid("The project cannot lie within its template.")
        report("Writing files", None, "")
        told = await self._work(fetched, choice, trusted, name, place, target)
        return Made(message=told["message"], open=told["open"]), told["tasks"]

    async def run(self, found: list[dict[str, Any]], project: Path, report: Report) -> None:
        """Run a trusted template's commands in the project."""
        await tasks.run(
            found,
            project,
            lambda said: report("Running", None, said),
            timeout_s=self.task_timeout_s,
        )

    async def _fetch(self, choice: TemplateChoice, report: Report) -> tuple[Fetched, bool]:
        """A template's files, and whether what is in them may run."""
        where = await asyncio.to_thread(self._resolve, choice)
        trusted = choice.trusted or bool(where.get("trusted"))
        if "git_url" in where:
            root = "/" if where.get("source") == "admin" else str(self._root)
            source = await asyncio.to_thread(giturl.parse, where["git_url"], root)
            fetched = await self._repositories.fetch(
                source, where.get("ref"), choice.revision, report
            )
            await asyncio.to_thread(self._stamp, fetched.folder)
        else:
            folder = where["folder"]
            stamp = "shipped" if folder.parent == SHIPPED else self._stamp
            revision = stamp if isinstance(stamp, str) else await asyncio.to_thread(stamp, folder)
            fetched = Fetched(folder, revision, folder.name)
        if choice.revision is not None and fetched.revision != choice.revision:
            raise errors.Conflict(
                "The template has changed since you looked at it: look again.",
                code="template-changed",
            )
        return fetched, trusted

    def _resolve(self, choice: Location) -> dict[str, Any]:
        """Where a template is: `git_url` or `folder`. Blocks."""
        if choice.git_url is not None:
            giturl.parse(choice.git_url, str(self._root))
            return {"git_url": choice.git_url, "ref": choice.ref}
        if choice.path is not None:
            return {"folder": self._folder(choice.path)}
        if choice.id in {template.id for template in shipped()}:
            return {"folder": SHIPPED / str(choice.id)}
        configured = self._configured().get(str(choice.id))
        if configured is not None:
            return {**configured, "folder": Path(configured.get("path") or "/")}
        for one in self._own.all():
            if one["id"] == choice.id:
                return one if one.get("git_url") else {"folder": self._folder(one["path"])}
        raise errors.Invalid(f"There is no template `{choice.id}`.", code="no-template")

    def _folder(self, path: str) -> Path:
        parts = paths.resolve(str(self._root), paths.parse_folder(path))
        folder = self._root.joinpath(*parts)
        if not folder.is_dir():
            raise errors.Invalid(f"There is no folder `{path}`.", code="no-template")
        return folder

    def _stamp(self, folder: Path) -> str:
        if not folder.is_dir():
            raise errors.Invalid(f"There is no folder `{folder.name}`.", code="no-template")
        return sources.look(folder, max_files=self.max_files, max_bytes=self.max_bytes)

    async def _work(
        self,
        fetched: Fetched,
        choice: TemplateChoice,
        trusted: bool,
        name: str,
        place: Path,
        target: Path | None = None,
    ) -> dict[str, Any]:
        """Let the process for it read or render the template."""
        wanted = {
            "source": str(fetched.folder),
            "target": str(target) if target else None,
            "place": str(place),
            "name": name,
            "answers": choice.answers,
            "trusted": trusted,
            "origin": fetched.origin,
            "ref": fetched.ref,
            "commit": fetched.commit,
            "described": fetched.described,
            "max_files": self.max_files,
            "max_bytes": self.max_bytes,
            "max_memory": self.max_memory_bytes,
        }
        return await _process(wanted, self.timeout_s)


async def _process(wanted: dict[str, Any], timeout_s: float) -> dict[str, Any]:
    # Python looks for modules in its folder: nothing of anyone's may lie there.
    empty = await asyncio.to_thread(tempfile.mkdtemp, prefix="neoai-")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        f"{__package__}.render",
        cwd=empty,
        env={**tasks.environment(), "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        talk = process.communicate(json.dumps(wanted).encode())
        said, _ = await asyncio.wait_for(talk, timeout_s)
    except TimeoutError:
        raise errors.GatewayTimeout(
            f"The template took more than {timeout_s:g} s.", code="template-timeout"
        ) from None
    finally:
        await tasks.end(process)
        await asyncio.to_thread(Path(empty).rmdir)
    if process.returncode or not said or len(said) > SAID:
        raise errors.Invalid(
            "The template failed: the process that rendered it was ended.", code="template-failed"
        )
    answer = json.loads(said)
    if "done" in answer:
        return dict(answer["done"])
    raise _failure(answer["failed"])


def _failure(failed: dict[str, Any]) -> errors.NeoAIError:
    detail, code = failed.pop("detail"), failed.pop("code")
    if code == "untrusted":
        return errors.Conflict(detail, code=code, **failed)
    if code == "template-too-large":
        return errors.TooLarge(detail, code=code)
    if code == "template-failed":
        detail = f"The template failed: {detail}"
    return errors.Invalid(detail, code=code, **failed)


@cache
def shipped() -> list[Template]:
    """The templates that come with NeoAI, by name. Blocks: run it in a thread."""
    found = [_read(file.parent) for file in SHIPPED.glob("*/copier.yml")]
    return sorted(found, key=lambda template: template.name)


def _read(folder: Path) -> Template:
    config = copierformat.read(folder)
    return Template(
        id=folder.name,
        name=config.about["name"],
        description=config.about["description"],
        questions=[
            _question(name, asked) for name, asked in config.questions.items() if name != NAME
        ],
        source="shipped",
    )


def _question(name: str, question: dict[str, Any]) -> Question:
    default = question.get("default")
    follows = isinstance(default, str) and "{{" in default
    return Question(
        name=name,
        type=question["type"],
        help=question["help"],
        default=None if follows else default,
        choices=question.get("choices"),
        required=default is None,
    )


def _asked(one: dict[str, Any]) -> AskedQuestion:
    options = one["options"]
    choices = [option["value"] for option in options] if options else None
    fields = {key: value for key, value in one.items() if key != "value"}
    return AskedQuestion(**fields, default=one["value"], choices=choices)


def _run(one: dict[str, Any]) -> Run:
    return Run(kind=one["kind"], command=one["command"])


def _source(one: dict[str, Any]) -> Any:
    return "git" if one.get("git_url") else "folder"


def _silent(phase: str, percent: int | None, counts: str) -> None:
    """Nobody waits for news."""
