"""Formats files with the tools of their languages."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from traitlets import Float
from traitlets.config import LoggingConfigurable

from .. import errors
from . import tools
from .tools import PRETTIER, Tool

ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "SYSTEMROOT")
MAX_MESSAGE = 600


class Trusting(Protocol):
    """A project, as far as formatting needs to know it."""

    path: str
    trusted: bool


class ProjectFinder(Protocol):
    """What formatting needs to know of projects."""

    root_dir: Path

    async def find(self, path: str) -> Trusting | None:
        """The deepest project that contains a path relative to the server's root."""


@dataclass(frozen=True)
class Formatted:
    """A text as its tool writes it.

    note: what the user should know of how it was done; None for nothing.
    """

    content: str
    tool: str
    note: str | None = None


class FormatService(LoggingConfigurable):
    """Runs formatters that the server has; nothing of a project that nobody has trusted."""

    timeout_s = Float(
        20.0, help="How long a formatter may take, in seconds, before it is ended."
    ).tag(config=True)

    def __init__(self, projects: ProjectFinder, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._projects = projects

    async def format(
        self, path: str, content: str, language: str | None = None, *, by_owner: bool = True
    ) -> Formatted:
        """The text of the file at `path` (relative to the server's root; it need not be saved)
        as its tool writes it.

        Raises NotFound (outside the root), Conflict `no-formatter` (no tool is known, or none is
        installed), Invalid `format-failed` (the tool refused the text, most often for its syntax)
        and GatewayTimeout.
        """
        project = await self._projects.find(path)
        # An editor could put a program into a trusted project, and have it run here.
        trusted = by_owner and project is not None and project.trusted
        root = self._projects.root_dir / (project.path if project else "")
        place = await asyncio.to_thread(_place, self._projects.root_dir, path)
        folder = place.parent
        wanted = await asyncio.to_thread(tools.tools_for, path, language, folder, root)
        for tool in wanted:
            program = await asyncio.to_thread(tools.found, tool, folder, root, trusted=trusted)
            if program is not None:
                arguments, note = _arguments(tool, place, trusted)
                text = await self._run(tool, [program, *arguments], folder, content)
                return Formatted(text, tool.name, note)
        if place.suffix.lower() == ".json":
            return Formatted(tools.formatted_json(content), "built-in")
        names = " or ".join(f"{tool.name} ({tool.install})" for tool in wanted)
        raise errors.Conflict(
            f"`{place.name}` is formatted by {names}, which the server does not have.",
            code="no-formatter",
        )

    async def _run(self, tool: Tool, command: list[str], folder: Path, content: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(self.timeout_s):
                output, complaint = await process.communicate(content.encode())
        except TimeoutError:
            raise errors.GatewayTimeout(
                f"{tool.name} took longer than {self.timeout_s:g} s and was ended."
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            said = complaint.decode("utf-8", "replace").strip()[:MAX_MESSAGE]
            raise errors.Invalid(f"{tool.name}: {said}", code="format-failed")
        return output.decode("utf-8")


def _place(root: Path, path: str) -> Path:
    """Where the file is on disk; raises NotFound outside the root or without its folder."""
    outside = errors.NotFound("There is nothing at this path.", code="outside")
    if "\0" in path:
        raise outside
    place = Path(os.path.realpath(root / path))
    if not place.is_relative_to(root) or not place.parent.is_dir():
        raise outside
    return place


def _arguments(tool: Tool, place: Path, trusted: bool) -> tuple[list[str], str | None]:
    arguments = [part.replace("{path}", str(place)) for part in tool.arguments]
    if tool is PRETTIER and not trusted:
        # Its settings may be, or name, JavaScript of the project's.
        note = "The project is not trusted: Prettier formatted with its own defaults."
        return ["--no-config", *arguments], note
    return arguments, None
