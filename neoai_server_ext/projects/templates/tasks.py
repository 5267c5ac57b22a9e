"""Runs the commands of a template that is trusted: one after the other, without the server's
secrets, with a limit on their time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ... import errors

PROXIES = ("http_proxy", "https_proxy", "no_proxy")
KEPT = frozenset(
    [
        "HOME",
        "LANG",
        "LOGNAME",
        "NODE_EXTRA_CA_CERTS",
        "PATH",
        "REQUESTS_CA_BUNDLE",
        "SHELL",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TMPDIR",
        "TZ",
        "USER",
        *PROXIES,
        *map(str.upper, PROXIES),
    ]
)
"""What a command gets of the server's environment, with `LC_*`: no token, no key."""
LINES = 15
GRACE_S = 2.0

Told = Callable[[str], None]


def environment() -> dict[str, str]:
    """The environment of a command."""
    kept = {
        name: value for name, value in os.environ.items() if name in KEPT or name.startswith("LC_")
    }
    # The Python and the node that NeoAI runs with, after those of the user.
    kept["PATH"] = os.pathsep.join(
        filter(None, [kept.get("PATH"), str(Path(sys.executable).parent)])
    )
    kept.update(GIT_TERMINAL_PROMPT="0", CI="1")
    return kept


async def run(tasks: list[dict[str, Any]], project: Path, told: Told, *, timeout_s: float) -> None:
    """Run them in the project; `told` gets each command, then the lines that it says.

    Raises Invalid (`task-failed`, with its last lines) and GatewayTimeout. Cancelling ends the one
    that runs, with all that it started.
    """
    try:
        async with asyncio.timeout(timeout_s):
            for task in tasks:
                told(task["command"])
                await _one(task, project, told)
    except TimeoutError:
        raise errors.GatewayTimeout(
            f"The template's commands took more than {timeout_s:g} s.", code="template-timeout"
        ) from None


async def _one(task: dict[str, Any], project: Path, told: Told) -> None:
    folder = await asyncio.to_thread(_folder, project, task["folder"])
    if folder is None:
        raise _failed(task, "its folder is not in the project", [])
    argv = task["argv"] or ["/bin/sh", "-c", task["command"]]
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=folder,
            env=environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise _failed(task, error.strerror or str(error), []) from None
    lines: deque[str] = deque(maxlen=LINES)
    try:
        await _follow(process, lines, told)
        code = await process.wait()
    finally:
        await end(process)
    if code:
        raise _failed(task, f"it ended with {code}", list(lines))


def _folder(project: Path, named: str) -> Path | None:
    folder = (project / named).resolve()
    return folder if folder.is_relative_to(project.resolve()) and folder.is_dir() else None


async def _follow(process: asyncio.subprocess.Process, lines: deque[str], told: Told) -> None:
    assert process.stdout is not None
    pending = ""
    while block := await process.stdout.read(65_536):
        *complete, pending = (pending + block.decode("utf-8", "replace")).split("\n")
        pending = pending[-1000:]
        for line in complete:
            if shown := line.strip()[:300]:
                lines.append(shown)
                told(shown)
    if pending.strip():
        lines.append(pending.strip()[:300])


async def end(process: asyncio.subprocess.Process) -> None:
    """End all that a command started, even what goes on in the background."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        if process.returncode is not None:
            continue
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await process.wait()


def _failed(task: dict[str, Any], why: str, lines: list[str]) -> errors.Invalid:
    said = " ".join(["It said:", *lines])[:1500] if lines else ""
    return errors.Invalid(
        f"The template's command `{task['command'][:300]}` failed: {why}. {said}".strip(),
        code="task-failed",
    )
