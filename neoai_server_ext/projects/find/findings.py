"""What the searching program finds, read and judged in blocking calls."""

from __future__ import annotations

import os
import select
import subprocess
import time
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE
from typing import Any

from ... import errors
from .patterns import Scope, Visible
from .results import Match, Results

BLOCK = 1 << 16
AT_ONCE = 200
PAUSE_S = 0.05

Item = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """How far one search goes."""

    matches: int
    seconds: float
    file_bytes: int


class Findings:
    """A program's findings, a few files at a time. One thread at a time calls it; only
    `out_of_time` and `kill` may come from another."""

    def __init__(self, root: str, scope: Scope, limits: Limits) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._root = root
        self._results = Results(root)
        self._visible = Visible(root)
        self._scope = scope
        self._limits = limits
        self._rest = b""
        self._block = b""
        self._files = self._found = 0
        self._cut: str | None = None
        self._killed = False
        self.finished = False

    @property
    def outcome(self) -> dict[str, Any]:
        """How much was found, and what cut the search short: null, `matches` or `time`."""
        return {"files": self._files, "matches": self._found, "limited": self._cut}

    def start(self, command: list[str], asked: bytes | None) -> None:
        """Start the program and wait for its first words; raises Invalid (`bad-regex`)."""
        self._process = subprocess.Popen(
            command,
            cwd=self._root,
            stdin=DEVNULL if asked is None else PIPE,
            stdout=PIPE,
            stderr=PIPE,
            bufsize=0,
        )
        if self._killed:
            self.kill()
        if asked is not None:
            assert self._process.stdin is not None
            self._process.stdin.write(asked)
            self._process.stdin.close()
        self._block = os.read(self._output, BLOCK)
        if not self._block:
            self._refused()

    def more(self) -> list[Item]:
        """The next files; sets `finished` with the last. Returns after 50 ms once it has any."""
        items: list[Item] = []
        until = time.monotonic() + PAUSE_S
        while self._cut is None:
            for path, matches in self._take(self._block):
                item = self._item(path, matches)
                if item is not None:
                    items.append(item)
            self._block = b""
            if items and (len(items) >= AT_ONCE or not self._readable(until - time.monotonic())):
                return items
            self._block = os.read(self._output, BLOCK)
            if not self._block:
                break
        self.finished = True
        return items

    def out_of_time(self) -> None:
        """End the search here."""
        self._cut = self._cut or "time"
        self.kill()

    def kill(self) -> None:
        """End the program, which ends the call that waits for it."""
        self._killed = True
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Let go of the program, which was killed or is done."""
        if self._process is not None:
            with self._process:
                self._process.kill()

    @property
    def _output(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def _readable(self, seconds: float) -> bool:
        waiting = select.poll()
        waiting.register(self._output, select.POLLIN)
        return bool(waiting.poll(max(seconds, 0) * 1000))

    def _take(self, block: bytes) -> list[tuple[str, list[Match]]]:
        lines = (self._rest + block).split(b"\n")
        self._rest = lines.pop()
        found = []
        for line in lines:
            file = self._results.feed(line)
            if file is not None and self._scope.holds(file[0]) and self._visible(file[0]):
                found.append(file)
        return found

    def _item(self, path: str, matches: list[Match]) -> Item | None:
        """The file as it is told of, as far as the limit goes."""
        room = self._limits.matches - self._found
        if len(matches) > room:
            self._cut = "matches"
        stamp = self._results.stamp(path) if room else None
        if stamp is None:
            return None
        kept = matches[:room]
        self._files += 1
        self._found += len(kept)
        return {"path": path, "stamp": stamp, "matches": kept}

    def _refused(self) -> None:
        """The program said nothing: why?"""
        assert self._process is not None
        assert self._process.stderr is not None
        if self._cut == "time":
            raise errors.GatewayTimeout("The search took too long before it found anything.")
        said = self._process.stderr.read(1 << 16).decode("utf-8", "replace").strip()
        reason = said.rpartition("error: ")[2].split("\n")[0].strip()
        if not reason:
            raise errors.Unavailable("The search could not be started.", code="search-failed")
        raise errors.Invalid(
            f"This is no regular expression: {reason.rstrip('.')}.",
            errors=[{"loc": ["query", "query"], "msg": reason}],
            code="bad-regex",
        )
