"""A language server as a process that speaks JSON-RPC over its standard streams."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

PATIENCE_S = 2.0
"""How long a server may take to end by itself."""
LONGEST_LINE = 64 * 1024
LOG_LINES = 200


class LanguageServerProcess:
    """One language server, for one page and one folder.

    jupyter-lsp's own sessions are one process for all pages: their request ids and documents
    collide, and nobody hears of a process that has died.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self._reading = asyncio.ensure_future(self._read_log())

    @classmethod
    async def start(
        cls, argv: Sequence[str], cwd: Path, environment: Mapping[str, str]
    ) -> LanguageServerProcess:
        """Start it; OSError where there is no such program."""
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=cwd,
            env=dict(environment),
            limit=LONGEST_LINE,
            start_new_session=True,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def send(self, message: str | bytes) -> None:
        """Write one JSON-RPC message; one to a process that has ended is lost, as it would be."""
        body = message.encode() if isinstance(message, str) else message
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        with contextlib.suppress(ConnectionError):
            await self._process.stdin.drain()

    async def messages(self) -> AsyncIterator[str]:
        """What it says, until it ends or stops speaking JSON-RPC."""
        assert self._process.stdout is not None
        reader = self._process.stdout
        with contextlib.suppress(asyncio.IncompleteReadError, ValueError):
            while True:
                length = 0
                while line := (await reader.readuntil(b"\n")).strip():
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                yield (await reader.readexactly(length)).decode("utf-8", "replace")

    async def ended(self) -> str:
        """Why it has ended, for people; ends it where it is still there but silent."""
        await self.stop()
        await asyncio.wait([self._reading], timeout=PATIENCE_S)
        code = self._process.returncode or 0
        by = f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"
        said = next((line for line in reversed(self.log) if line.strip()), "")
        return f"It ended with {by}. {said}".strip()

    async def stop(self) -> None:
        """End it and all that it has started."""
        if self._process.returncode is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), PATIENCE_S)
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _read_log(self) -> None:
        assert self._process.stderr is not None
        with contextlib.suppress(ValueError):
            async for line in self._process.stderr:
                self.log.append(line.decode("utf-8", "replace").rstrip())
