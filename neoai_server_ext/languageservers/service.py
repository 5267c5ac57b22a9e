"""Starts the language servers that jupyter-lsp finds, each in the folder of a project."""

from __future__ import annotations

import asyncio
import json
import os
import string
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from traitlets import Bool, Int
from traitlets.config import LoggingConfigurable

from .. import errors
from ..projects.interpreter import program_of
from . import safety
from .process import LanguageServerProcess

Specs = Mapping[str, Mapping[str, Any]]
INITIALIZE = "initialize"
LARGEST_TEXT = 5_000_000


class Trusting(Protocol):
    """A project, as far as language servers need to know it."""

    path: str
    trusted: bool
    settings: dict[str, Any]


class ProjectFinder(Protocol):
    """What language servers need to know of projects."""

    root_dir: Path

    async def find(self, path: str) -> Trusting | None:
        """The deepest project that contains a path relative to the server's root."""


class Detector(Protocol):
    """Who knows which language servers there are: jupyter-lsp."""

    language_servers: Specs

    async def ready(self) -> bool:
        """Resolves when they have been looked for."""


class LanguageServer:
    """A language server in a folder. What is said to it passes through here."""

    def __init__(
        self, name: str, process: LanguageServerProcess, folder: Path, options: dict[str, Any]
    ) -> None:
        self.name = name
        self.process = process
        self._folder = folder
        self._options = options
        self._initialized = False

    async def send(self, message: str | bytes) -> None:
        """Pass a message on. The first is `initialize`, and gets the folder and the options.

        Raises BadInput where it is another.
        """
        if self._initialized:
            await self.process.send(message)
            return
        await self.process.send(self._prepared(message))
        self._initialized = True

    def _prepared(self, message: str | bytes) -> str:
        try:
            value = json.loads(message)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict) or value.get("method") != INITIALIZE:
            raise errors.BadInput("The first message must be `initialize`.")
        params = value.get("params")
        uri = self._folder.as_uri()
        value["params"] = {
            **(params if isinstance(params, dict) else {}),
            "processId": os.getpid(),
            "rootPath": str(self._folder),
            "rootUri": uri,
            "workspaceFolders": [{"uri": uri, "name": self._folder.name}],
            "initializationOptions": self._options,
        }
        return json.dumps(value)


class LanguageServerService(LoggingConfigurable):
    """Language servers of the owner's pages."""

    enabled = Bool(True, help="Whether language servers are started at all.").tag(config=True)
    max_processes = Int(
        20, min=1, help="How many language servers may run at once, over all pages and projects."
    ).tag(config=True)

    def __init__(
        self,
        projects: ProjectFinder,
        empty_dir: Path,
        *,
        detector: Callable[[], Detector | None],
        program_of_kernel: Callable[[str], str | None],
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._projects = projects
        self._empty_dir = empty_dir
        self._detector = detector
        self._program_of_kernel = program_of_kernel
        self._running: set[LanguageServer] = set()
        self._starting = 0

    async def start(self, name: str, path: str) -> LanguageServer:
        """Start the server `name` for the project around `path` (relative to the server's root),
        or for the root where there is none.

        Raises NotFound (no such server, or none is to be started), Conflict `untrusted` (it could
        run the project's own code), Limited (too many run) and Unavailable (it does not start).
        """
        detector = self._detector() if self.enabled else None
        if detector is None:
            raise errors.NotFound("Language servers are switched off on this server.")
        await detector.ready()
        spec = detector.language_servers.get(name)
        if spec is None:
            raise errors.NotFound(f"There is no language server {name} here.")
        project = await self._projects.find(path)
        trusted = project is not None and project.trusted
        if not trusted and name != safety.PYTHON:
            raise errors.Conflict(
                "It can run programs of the project, and so needs a trusted project.",
                code="untrusted",
            )
        if len(self._running) + self._starting >= self.max_processes:
            raise errors.Limited(
                "Too many language servers run; close other pages.", retry_after=10
            )
        self._starting += 1
        try:
            server = await self._started(name, spec, project, trusted)
        finally:
            self._starting -= 1
        self._running.add(server)
        return server

    async def _started(
        self, name: str, spec: Mapping[str, Any], project: Trusting | None, trusted: bool
    ) -> LanguageServer:
        folder = await asyncio.to_thread(self._folder, project)
        options: dict[str, Any] = {}
        if name == safety.PYTHON:
            interpreter = project.settings.get("interpreter") if project else None
            program = await asyncio.to_thread(self._program, interpreter, folder)
            options = safety.python_options(trusted, program if trusted else None)
        environment = safety.environment(os.environ, trusted)
        for key, value in spec.get("env", {}).items():
            environment[key] = string.Template(value).safe_substitute(os.environ)
        try:
            process = await LanguageServerProcess.start(
                list(spec["argv"]), self._empty_dir, environment
            )
        except OSError as error:
            raise errors.Unavailable(f"{name} cannot be started: {error}") from error
        self.log.info("started the language server %s (%d) in %s", name, process.pid, folder)
        return LanguageServer(name, process, folder, options)

    def _folder(self, project: Trusting | None) -> Path:
        self._empty_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        root = self._projects.root_dir / (project.path if project else "")
        return Path(os.path.realpath(root))

    def _program(self, interpreter: str | None, folder: Path) -> str | None:
        """The Python that a project's setting names, or None where there is none."""
        return program_of(interpreter, folder, self._program_of_kernel) if interpreter else None

    async def stop(self, server: LanguageServer) -> None:
        """End a server."""
        try:
            await server.process.stop()
        finally:
            self._running.discard(server)

    async def stop_all(self) -> None:
        """End every server."""
        await asyncio.gather(*(self.stop(server) for server in list(self._running)))

    async def text(self, path: str) -> str:
        """The text of a file that a definition lies in, such as the standard library's; it need
        not be below the server's root. Raises NotFound and TooLarge."""

        def read() -> str:
            file = Path(path)
            if not file.is_absolute() or not file.is_file():
                raise errors.NotFound(f"There is no file {path}.")
            if file.stat().st_size > LARGEST_TEXT:
                raise errors.TooLarge(f"{path} is too large to be shown.")
            return file.read_text(encoding="utf-8", errors="replace")

        return await asyncio.to_thread(read)
