"""`jupyter neoai ask`: a question from the command line, answered by the configured models."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from .. import errors
from ..index.alone import without_projects
from ..notebooks import sources
from ..terminal import ANSWERED, FAILED, INTERRUPTED, MISUSED, Misused, harmless
from .askplace import place_of_command
from .catalog import SEARCH_MODEL
from .checks import check_reply
from .context import Context, Part, Place
from .providers import Delta, End, Message, Usage
from .service import AIService, Attempts, Chosen, NoReply, Restart

MAX_BYTES = 4_000_000


@dataclass(frozen=True)
class Question:
    """What is asked: of files, of piped text, and of a project's folder where one is named.
    origins: where the files lie, and of piped text the folder in which it was piped."""

    text: str
    parts: tuple[Part, ...] = ()
    model: str = "auto"
    project: Path | None = None
    origins: tuple[Path, ...] = ()


def alone(extension: Any) -> AIService:
    """The models as they are configured, without a server."""
    data = Path(extension.data_dir)
    return AIService(
        index=without_projects(data / "index", extension),
        usage=extension.usage,
        data_dir=data,
        own=extension.own_providers,
        parent=extension,
    )


def question(
    words: Sequence[str], files: Sequence[str], model: str, project: str, stdin: IO[bytes] | None
) -> Question:
    """The question that a command line makes. stdin: what is piped in: it is the question where
    there are no words, and goes along otherwise. Raises Misused."""
    piped = _decoded(stdin.read(MAX_BYTES + 1), "The input") if stdin is not None else ""
    has_piped = bool(piped.strip())
    text = " ".join(words).strip()
    parts = [_file(Path(name)) for name in files]
    if not text:
        text, piped = piped.strip(), ""
    if not text:
        raise Misused('There is no question. Ask one: jupyter neoai ask "What does this do?"')
    origins = [Path(name) for name in files]
    if has_piped:
        origins.append(Path())
    if piped.strip():
        parts.append(Part("attachment", "standard input", piped))
    folder = Path(project) if project else None
    if folder is not None and not folder.is_dir():
        raise Misused(f"There is no folder {folder}.")
    return Question(text, tuple(parts), model or "auto", folder, tuple(origins))


async def ask(
    ai: AIService, asked: Question, place: Place, out: IO[str], err: IO[str], *, as_json: bool
) -> int:
    """Write the answer to `out` as it comes, remarks to `err`; gives the exit status."""
    reply = _Reply(out, err, as_json)
    stream = ai.chat(
        [Message("user", asked.text)],
        place,
        parts=asked.parts,
        model=asked.model,
    )
    try:
        async with aclosing(stream) as events:
            async for event in events:
                if not reply.take(event):
                    return FAILED
        await reply.finish()
        if ai.usage is not None and (notice := await ai.usage.notice()):
            reply.remark(notice)
    except NoReply as error:
        reply.remark(f"{reply.model or 'The model'}: {error.detail}")
        return FAILED
    except errors.NotFound as error:
        reply.remark(error.detail)
        return MISUSED
    except errors.NeoAIError as error:
        reply.remark(error.detail)
        return FAILED
    return ANSWERED


@dataclass
class _Reply:
    """The answer so far, and where it is shown."""

    out: IO[str]
    err: IO[str]
    as_json: bool
    model: str = ""
    text: str = ""
    cached: bool = False
    usage: Usage | None = None
    attempts: tuple[Any, ...] = ()
    context: Context = field(default_factory=lambda: Context(""))

    def take(self, event: Any) -> bool:
        """Show an event; False where the reply cannot be gone on with."""
        match event:
            case Chosen():
                self.model = event.model
            case Context():
                self.context = event
            case Delta():
                self._show(event.text)
            case Usage():
                self.usage = event
            case Attempts():
                self.attempts = event.items
            case End():
                self.cached = event.cached
                if event.reason in ("length", "max_tokens"):
                    self.remark("The reply reached the model's limit.")
            case Restart():
                return self._begin_anew()
        return True

    async def finish(self) -> None:
        """What comes after the text."""
        if self.as_json:
            checks = [asdict(finding) for finding in await check_reply(self.text)]
            described = {
                "model": self.model,
                "content": self.text,
                "usage": asdict(self.usage) if self.usage is not None else None,
                "cached": self.cached,
                "attempts": [asdict(attempt) for attempt in self.attempts],
                "context": [asdict(used) for used in self.context.parts],
                "checks": checks,
            }
            self.out.write(json.dumps(described, ensure_ascii=False, indent=2) + "\n")
        elif not self.text.endswith("\n"):
            self.out.write("\n")
        self.out.flush()
        for used in self.context.parts:
            if used.cut:
                what = used.name or used.kind
                self.remark(f"{what}: about {used.cut} tokens of it were left out.")

    def remark(self, text: str) -> None:
        """Say something that is not the answer."""
        if self.text and not self.as_json and not self.text.endswith("\n"):
            self.out.write("\n")
            self.out.flush()
        self.err.write(f"{harmless(text)}\n")
        self.err.flush()

    def _show(self, text: str) -> None:
        self.text += text
        if not self.as_json:
            self.out.write(harmless(text) if self.out.isatty() else text)
            self.out.flush()

    def _begin_anew(self) -> bool:
        """Another model begins: a person is told so, but a pipe must not get two texts as one."""
        shown = bool(self.text) and not self.as_json
        if shown and not self.out.isatty():
            self.remark("The reply broke off; what came is not complete. Ask again.")
            return False
        if shown:
            self.remark("\n--- The reply broke off and begins anew. ---")
        self.text = ""
        return True


def run(extension: Any, asked: Question, *, as_json: bool) -> int:
    """`ask` on the process's own streams; Ctrl-C drops the request. What it cost is left to the
    next server to bring into the database, which may be busy or far away."""
    ai = alone(extension)

    async def work() -> int:
        try:
            place, remark = await asyncio.to_thread(
                place_of_command, extension.db, asked.project, asked.origins
            )
            if remark:
                sys.stderr.write(f"{harmless(remark)}\n")
            return await ask(ai, asked, place, sys.stdout, sys.stderr, as_json=as_json)
        finally:
            await ai.close()
            await ai.index.close()
            await extension.usage.leave()
            await extension.db.close()

    by_search = asked.model == SEARCH_MODEL or not ai.configuration.providers
    if by_search and asked.project is None:
        problems = " ".join(ai.configuration.problems)
        raise Misused(
            problems
            or "No model is configured (c.AIService.providers in jupyter_server_config.py). "
            "With --project=FOLDER search answers from its files."
        )
    try:
        return asyncio.run(work())
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        return INTERRUPTED


def _file(path: Path) -> Part:
    try:
        if not path.is_file():
            raise Misused(f"There is no file {path}.")
        most = sources.MAX_BYTES if sources.is_notebook(path.name) else MAX_BYTES
        with path.open("rb") as opened:
            text = _decoded(opened.read(most + 1), str(path), most)
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}.") from None
    suffix = path.suffix[1:]
    text = sources.as_text(path.name, text)
    return Part("attachment", str(path), text, suffix if suffix.isalnum() else "")


def _decoded(content: bytes, what: str, most: int = MAX_BYTES) -> str:
    if len(content) > most:
        raise Misused(f"{what} has more than {most:,} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Misused(f"{what} is no text in UTF-8.") from None
