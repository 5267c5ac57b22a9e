"""Servers as processes of the hub's own machine: for a laptop, or where no engine answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Unicode, default

from .mixin import NeoAISpawner
from .names import slug
from .profiles import Profile, format_bytes
from .protocols import Device, Meter

START = "NEOAI_START"
"""The variable of the environment that names the start to which a process belongs."""


class NeoAILocalSpawner(NeoAISpawner, LocalProcessSpawner):
    """Processes with profiles, quotas and leases.

    A process is not a container: its cores are not limited, its memory is looked at with each poll
    and not held by the kernel, and its GPUs are named to it, not kept from it.
    """

    homes = Unicode(
        "",
        help="""A folder in which each user gets a home, for users without an account on this
        machine. Every server then runs as the hub's own account and can read the others' files.
        Empty: users have accounts, and the hub runs as root.""",
    ).tag(config=True)

    @default("term_timeout")
    def _as_long_as_containers(self) -> int:
        return 10

    @property
    def home(self) -> Path:
        """The user's folder in `homes`."""
        return Path(self.homes).resolve() / slug(self.user.name)

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Change to the user's account and home."""
        if not self.homes:
            become: Callable[[], None] = super().make_preexec_fn(name)
            return become
        return lambda: os.chdir(self.home)

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """The user's name, home and shell."""
        if self.homes:
            return {**env, "USER": self.user.name, "HOME": str(self.home), "SHELL": "/bin/bash"}
        own: dict[str, str] = super().user_env(env)
        return own

    def get_env(self) -> dict[str, str]:
        """JupyterHub's, with the name of this start, by which its processes are found."""
        env: dict[str, str] = super().get_env()
        return {**env, START: self.holding.key} if self.holding else env

    async def remove_by_force(self) -> None:
        """End the process; and every one of this start, whose number a killed hub never kept."""
        await super().remove_by_force()
        if self.holding is not None:
            await asyncio.to_thread(_kill, self.holding.key)

    def enforce(self, profile: Profile, devices: Sequence[Device]) -> None:
        """Name the leased GPUs, and no others, to the process."""
        super().enforce(profile, devices)
        ids = ",".join(device.id for device in devices)
        self.environment = {**self.environment, "CUDA_VISIBLE_DEVICES": ids}

    async def start(self) -> Any:
        """Make the home, then start as every spawner does."""
        if self.homes:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return await super().start()

    async def stop(self, now: bool = False) -> None:
        """End the process by SIGTERM at once. At SIGINT, which JupyterHub sends first, a Jupyter
        server leaves its loop without closing anything: kernels stay, and while documents are open
        in rooms their threads keep the process for a minute, until it is killed."""
        await super().stop(now=True)

    async def why_ended(self, status: object) -> str:
        """A killed process says so; the kernel kills where memory runs out."""
        if status == -signal.SIGKILL:
            return "Your server was killed, as happens where a machine runs out of memory."
        return await super().why_ended(status)

    async def measure(self) -> Meter:
        """Memory and processor time of the process and its children; size of its home."""
        return await asyncio.to_thread(self._measure)

    def overuse(self, meter: Meter) -> str:
        """More memory than the profile allows, which no kernel holds back here."""
        limit = self.holding.memory if self.holding else 0
        if not limit or not meter.memory_bytes or meter.memory_bytes <= limit:
            return ""
        return (
            f"Your server was stopped: it used {format_bytes(meter.memory_bytes)} of memory, "
            f"and its profile allows {format_bytes(limit)}."
        )

    def _measure(self) -> Meter:
        memory, seconds = 0, 0.0
        for process in _family(self.pid):
            try:
                memory += process.memory_info().rss
                times = process.cpu_times()
                seconds += times.user + times.system
            except psutil.Error:
                continue
        volumes = {self.home.name: _size(self.home)} if self.homes else {}
        return Meter(volumes=volumes, memory_bytes=memory, cpu_seconds=seconds)


def _kill(start: str) -> None:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(START) == start:
                process.kill()


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _size(folder: Path) -> int:
    return sum(_sizes(str(folder)))


def _sizes(folder: str) -> Iterator[int]:
    """Of everything in a folder. No recursion: folders may be deeper than Python's stack."""
    todo = [folder]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    try:
                        yield entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            todo.append(entry.path)
                    except OSError:
                        continue
        except OSError:
            continue
