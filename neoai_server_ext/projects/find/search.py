"""One search of a project's text: a process whose findings are passed on as they come."""

from __future__ import annotations

import asyncio
import json
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ... import errors
from ...events import Event
from .command import OURS, ripgrep
from .patterns import Scope, Visible
from .results import Match, Results

BLOCK = 1 << 16
AT_ONCE = 200
PAUSE_S = 0.05


@dataclass(frozen=True)
class Limits:
    """How far one search goes."""

    matches: int
    seconds: float
    file_bytes: int


class TextSearch:
    """A search that has begun. `events` must be run to its end or closed."""

    def __init__(self, process: Process, root: str, scope: Scope, limits: Limits) -> None:
        self._process = process
        self._results = Results(root)
        self._visible = Visible(root)
        self._scope = scope
        self._limits = limits
        self._began = time.monotonic()
        self._rest = b""
        self._number = 0
        self._files = self._found = 0
        self._cut: str | None = None

    @classmethod
    async def begin(
        cls,
        root: str,
        pattern: str,
        *,
        case: bool,
        scope: Scope,
        limits: Limits,
        program: str | None,
    ) -> tuple[TextSearch, bytes]:
        """Start the program and wait for its first words; raises Invalid (`bad-regex`)."""
        asked = None
        command: list[str] = [*OURS]
        if program is not None:
            command = await asyncio.to_thread(
                ripgrep, program, root, pattern, case=case, scope=scope, max_bytes=limits.file_bytes
            )
        else:
            asked = _asked(root, pattern, case, scope, limits.file_bytes)
        process = await asyncio.create_subprocess_exec(
            *command, cwd=root, stdin=DEVNULL if asked is None else PIPE, stdout=PIPE, stderr=PIPE
        )
        search = cls(process, root, scope, limits)
        try:
            if asked is not None:
                assert process.stdin is not None
                process.stdin.write(asked)
                process.stdin.close()
            first = await search._read()
            if not first:
                await search._refused()
        except BaseException:
            await search._end()
            raise
        return search, first

    async def events(self, first: bytes) -> AsyncIterator[Event]:
        """`files {items}` as they are found, and `end {files, matches, limited, seconds}`."""
        items: list[dict[str, Any]] = []
        sent = self._began
        block = first
        try:
            while block and self._cut is None:
                for path, matches in self._take(block):
                    item = self._item(path, matches)
                    if item is not None:
                        items.append(item)
                now = time.monotonic()
                if items and (len(items) >= AT_ONCE or now - sent > PAUSE_S):
                    yield self._event("files", {"items": items})
                    items, sent = [], now
                if self._cut is None:
                    block = await self._read()
            if items:
                yield self._event("files", {"items": items})
            yield self._event("end", self._outcome())
        finally:
            await self._end()

    async def _read(self) -> bytes:
        assert self._process.stdout is not None
        left = self._began + self._limits.seconds - time.monotonic()
        try:
            return await asyncio.wait_for(self._process.stdout.read(BLOCK), max(left, 0))
        except TimeoutError:
            self._cut = "time"
            return b""

    def _take(self, block: bytes) -> list[tuple[str, list[Match]]]:
        lines = (self._rest + block).split(b"\n")
        self._rest = lines.pop()
        found = []
        for line in lines:
            file = self._results.feed(line)
            if file is not None and self._scope.holds(file[0]) and self._visible(file[0]):
                found.append(file)
        return found

    def _item(self, path: str, matches: list[Match]) -> dict[str, Any] | None:
        """The file as it is told of, as far as the limit goes."""
        room = self._limits.matches - self._found
        stamp = self._results.stamp(path)
        if room <= 0 or stamp is None:
            return None
        if len(matches) > room:
            self._cut = "matches"
        kept = matches[:room]
        self._files += 1
        self._found += len(kept)
        return {"path": path, "stamp": stamp, "matches": kept}

    def _outcome(self) -> dict[str, Any]:
        return {
            "files": self._files,
            "matches": self._found,
            "limited": self._cut,
            "seconds": round(time.monotonic() - self._began, 3),
        }

    def _event(self, name: str, content: dict[str, Any]) -> Event:
        self._number += 1
        return Event(self._number, name, content)

    async def _refused(self) -> None:
        """The program said nothing: why?"""
        assert self._process.stderr is not None
        if self._cut == "time":
            raise errors.GatewayTimeout("The search took too long before it found anything.")
        said = (await self._process.stderr.read(1 << 16)).decode("utf-8", "replace").strip()
        await self._process.wait()
        reason = said.rpartition("error: ")[2].split("\n")[0].strip()
        if not reason:
            raise errors.Unavailable("The search could not be started.", code="search-failed")
        raise errors.Invalid(
            f"This is no regular expression: {reason.rstrip('.')}.",
            errors=[{"loc": ["query", "query"], "msg": reason}],
            code="bad-regex",
        )

    async def _end(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            # What it still has to say must be let go of, or its pipes would stay open.
            await self._process.communicate()


def _asked(root: str, pattern: str, case: bool, scope: Scope, max_bytes: int) -> bytes:
    """What our own program is told."""
    asked = {
        "root": root,
        "pattern": pattern,
        "case": case,
        "include": scope.include,
        "exclude": scope.exclude,
        "max_bytes": max_bytes,
    }
    return json.dumps(asked).encode()
