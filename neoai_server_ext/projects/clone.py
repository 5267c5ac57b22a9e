"""Cloning with the git program: into a folder of its own first, then renamed into place."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .. import errors
from . import paths, temporaries
from .giturl import Source
from .temporaries import TEMPORARY

PROGRESS = re.compile(
    r"(?:remote: )?(?P<phase>[A-Z][\w ]+?): +(?P<percent>\d{1,3})% \((?P<counts>[^)]*)\)"
)
COUNTING = re.compile(r"(?:remote: )?(?P<phase>[A-Z][\w ]+?): +(?P<count>\d+)")
KEPT_LINES = 20
GRACE_S = 2.0
LOCAL_S = 60.0
"""What a command on a repository that is here may take."""
SAFE = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "submodule.recurse=false")
HELPER = (
    '!f() { printf "username=%s\\npassword=%s\\n" "$NEOAI_GIT_USER" "$NEOAI_GIT_PASSWORD"; }; f'
)

Report = Callable[[str, int | None, str], None]


class Workplace:
    """The folder beside the target in which a clone grows. It is locked as long as the server
    that made it lives, so that another one can tell what was left behind by a crash."""

    def __init__(self, target: Path, project_id: str) -> None:
        self.target = target
        self.folder = target.parent / f"{TEMPORARY}clone-{project_id}"
        self.repository = self.folder / "repository"
        self._made: list[Path] = []
        self._lock = -1

    def open(self) -> None:
        """Make it, with the target's parents, and lock it. Blocks."""
        if os.path.lexists(self.target):
            raise errors.Conflict(f"`{self.target.name}` is there already.", code="exists")
        missing = [p for p in self.target.parents if not p.exists()]
        with paths.disk_errors(self.target.name):
            for parent in reversed(missing):
                parent.mkdir()
                self._made.insert(0, parent)
            self.folder.mkdir(mode=0o700)
            self._lock = temporaries.hold(self.folder)

    def finish(self) -> None:
        """Put the repository in place, over nothing. Blocks."""
        try:
            with (
                paths.disk_errors(self.target.name),
                paths.folder(str(self.folder), ()) as here,
                paths.folder(str(self.target.parent), ()) as there,
            ):
                paths.rename_exclusively(here, "repository", there, self.target.name)
        except errors.Conflict:
            raise errors.Conflict(
                f"`{self.target.name}` is there already.", code="exists"
            ) from None
        self._made = []
        self.remove()

    def take_back(self) -> None:
        """Remove what was put in place: it was made here, and is not to stay. Blocks."""
        shutil.rmtree(self.target, ignore_errors=True)

    def remove(self) -> None:
        """Take everything away again. Blocks."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for parent in self._made:
            with suppress(OSError):
                parent.rmdir()
        self._made = []
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def placed(self) -> bool:
        """Whether the repository has been put in place. Blocks."""
        return not self.repository.is_dir() and self.target.is_dir()

    def abandoned(self) -> bool:
        """Whether the server that made it is gone. Blocks."""
        return not temporaries.is_held(self.folder)


async def clone(
    source: Source, target: Path, report: Report, *, timeout_s: float, stall_s: float
) -> None:
    """Run git. `report` gets (phase, percent or None, counts) as it goes.

    Raises BadGateway with git's own reason (`git-auth` where it wants to know who asks),
    GatewayTimeout, StorageFull, or Unavailable where there is no git. Cancelling it ends git.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *_command(source, target),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(source),
            start_new_session=True,
        )
    except FileNotFoundError:
        raise errors.Unavailable("git is not installed on this machine.", code="no-git") from None
    assert process.stderr is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(timeout_s):
            await _follow(process.stderr, lines, report, stall_s)
            code = await process.wait()
    except TimeoutError:
        raise errors.GatewayTimeout(
            f"{source.url} did not answer in time, or is too slow. Try again later."
        ) from None
    finally:
        await _end(process)
    if code:
        raise _failure(source, lines)


async def run(repository: Path, *arguments: str) -> str:
    """What git says of a repository that is here, of which nothing runs: no hook, no monitor.

    Raises BadGateway, with git's reason.
    """
    options = [word for option in SAFE for word in ("-c", option)]
    process = await asyncio.create_subprocess_exec(
        "git",
        *options,
        *arguments,
        cwd=repository,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(None),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(LOCAL_S):
            said, failed = await process.communicate()
    except TimeoutError:
        raise errors.GatewayTimeout(f"git {arguments[0]} took too long.") from None
    finally:
        await _end(process)
    if process.returncode:
        reason = paths.CONTROL.sub(" ", failed.decode("utf-8", "replace")).strip()[:1000]
        raise errors.BadGateway(f"git {arguments[0]} failed: {reason}", code="git-failed")
    return said.decode("utf-8", "replace")


def _command(source: Source, target: Path) -> list[str]:
    options = list(SAFE)
    if source.secret is not None:
        options += [f"credential.helper={HELPER}"]
        if not source.lone_user:
            options.insert(0, "credential.helper=")
    configured = [word for option in options for word in ("-c", option)]
    return [
        "git",
        *configured,
        "clone",
        "--progress",
        "--template=",
        "--no-recurse-submodules",
        "--",
        source.url,
        str(target),
    ]


def _environment(source: Source | None) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GIT_CONFIG", "GIT_TRACE", "GIT_CURL")) and key not in _OWN
    }
    kept.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=30")
    kept.update(
        GIT_TERMINAL_PROMPT="0",
        GIT_ASKPASS="",
        GIT_ALLOW_PROTOCOL=_protocols(source),
        GIT_HTTP_LOW_SPEED_LIMIT="1",
        GIT_HTTP_LOW_SPEED_TIME="60",
        LC_ALL="C",
    )
    if source is not None and source.secret is not None:
        kept.update(NEOAI_GIT_USER=source.secret[0], NEOAI_GIT_PASSWORD=source.secret[1])
        if source.lone_user:
            kept.update(
                GIT_CONFIG_COUNT="1",
                GIT_CONFIG_KEY_0="credential.username",
                GIT_CONFIG_VALUE_0=source.secret[0],
            )
    return kept


def _protocols(source: Source | None) -> str:
    if source is None:
        return "none"
    return "file" if source.protocol == "file" else "https:http:ssh:git"


_OWN = frozenset(
    {
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_TEMPLATE_DIR",
        "GIT_ASKPASS",
        "SSH_ASKPASS",
    }
)


async def _follow(
    stream: asyncio.StreamReader, lines: list[str], report: Report, stall_s: float
) -> None:
    """Read git's progress to its end, keeping the last lines that are no progress."""
    pending = ""
    while True:
        async with asyncio.timeout(stall_s):
            block = await stream.read(65_536)
        if not block:
            break
        *complete, pending = re.split(r"[\r\n]", pending + block.decode("utf-8", "replace"))
        pending = pending[-4096:]
        for line in complete:
            _take(line.strip(), lines, report)
    _take(pending.strip(), lines, report)


def _take(line: str, lines: list[str], report: Report) -> None:
    if found := PROGRESS.match(line):
        report(found["phase"], min(100, int(found["percent"])), found["counts"])
    elif found := COUNTING.match(line):
        report(found["phase"], None, found["count"])
    elif line:
        lines.append(line)
        del lines[:-KEPT_LINES]


async def _end(process: asyncio.subprocess.Process) -> None:
    """End git and what it started, if it still runs."""
    if process.returncode is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await process.wait()
                return


AUTH = re.compile(
    r"could not read (Username|Password)|Authentication failed|Permission denied \(|"
    r"terminal prompts disabled|HTTP Basic: Access denied|returned error: 40[13]|Invalid username",
    re.IGNORECASE,
)
FULL = re.compile(r"No space left on device|Disk quota exceeded")


def _failure(source: Source, lines: list[str]) -> errors.NeoAIError:
    """What git's last words mean."""
    said = " ".join(line for line in lines if re.match(r"(fatal|error|ssh|remote|ERROR)", line))
    said = source.redact(
        paths.CONTROL.sub(" ", said) or " ".join(lines[-3:]) or "git gave no reason"
    )[:1000]
    if FULL.search(said):
        return errors.StorageFull(
            "The disk or your quota is full; nothing of the clone was left behind."
        )
    if AUTH.search(said):
        return errors.BadGateway(
            f"{source.url} wants to know who asks, or refuses you. For https, put a token in the "
            "URL (https://user:TOKEN@host/…; it is used once and kept nowhere); for ssh, add your "
            f"key to ssh-agent. git said: {said}",
            code="git-auth",
        )
    return errors.BadGateway(f"git could not clone {source.url}: {said}", code="git-failed")
