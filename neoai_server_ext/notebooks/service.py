"""Comparing notebooks. Knows no HTTP."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from traitlets import Float
from traitlets.config import LoggingConfigurable

from ..collaboration.merge import Notebook, comparable
from . import comparing
from .models import NotebookComparison

IDLE_S = 300.0
MAX_LINE = 1 << 28


class NotebookService(LoggingConfigurable):
    """Compares notebooks cell by cell, in a process of its own."""

    compare_timeout_s = Float(
        20.0,
        help="How long nbdime may compare two notebooks, in seconds. After that their cells are "
        "aligned by id or source alone.",
    ).tag(config=True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._in_turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def compare(self, base: Notebook, remote: Notebook) -> NotebookComparison:
        """How two notebooks differ; raises BadInput where one is none of format 4."""
        base, remote = await asyncio.to_thread(
            lambda: tuple(comparing.slim(comparable(one)) for one in (base, remote))
        )
        rows = await self._by_nbdime(base, remote)
        complete = rows is not None
        if rows is None:
            rows = await asyncio.to_thread(comparing.rows, base, remote, comparing.by_place)
        return NotebookComparison.model_validate(
            {
                "rows": rows,
                "metadata": base.get("metadata") != remote.get("metadata"),
                "complete": complete,
            }
        )

    async def stop(self) -> None:
        """End the process that compares, if there is one."""
        if self._idle is not None:
            self._idle.cancel()
        process = self._process
        self._end()
        if process is not None:
            await process.wait()

    async def _by_nbdime(self, base: Notebook, remote: Notebook) -> list[dict[str, Any]] | None:
        """Nbdime's rows; None where it takes too long, or fails on what is in the notebooks."""
        line = await asyncio.to_thread(lambda: json.dumps([base, remote]).encode() + b"\n")
        async with self._in_turn:
            if self._idle is not None:
                self._idle.cancel()
            try:
                async with asyncio.timeout(self.compare_timeout_s):
                    answer = await self._ask(line)
                found = json.loads(answer)
            except (TimeoutError, OSError, ValueError) as error:
                self.log.warning("nbdime could not compare two notebooks: %r", error)
                self._end()
                return None
            except BaseException:
                self._end()  # What it still says would be taken for the next answer.
                raise
            self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._end)
            return found if isinstance(found, list) else None

    async def _ask(self, line: bytes) -> bytes:
        """The process stays for the next comparison: nbdime takes a second or two to load."""
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", comparing.__name__),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=MAX_LINE,
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line)
        await process.stdin.drain()
        return await process.stdout.readline()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
