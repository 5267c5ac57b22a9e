"""What a request to the chat brings along, and what is found by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .. import errors
from ..notebooks import sources
from ..projects.service import ProjectService
from .context import Part, Place, open_file
from .context.diagnostics import Problem, as_part, found_in
from .context.place import PRIVATE, is_private
from .context.variables import KernelVariables
from .requests import Cell, ChatRequest, Selection

MAX_FILE = 400_000
UNKNOWN = "It is not known which file the kernel belongs to, and there are private projects."


@dataclass
class Along:
    """The parts, the files in front: their text where it may differ from what is saved, and what is
    wrong in the cell."""

    parts: list[Part] = field(default_factory=list)
    focus: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class Bringing:
    """Reads what requests name. projects: where the files lie. kernels, sessions: give the
    server's managers of these, None where there is none."""

    def __init__(
        self, projects: ProjectService, kernels: Callable[[], Any], sessions: Callable[[], Any]
    ) -> None:
        self._projects = projects
        self._sessions = sessions
        self._variables = KernelVariables(kernels)

    async def of(self, wanted: ChatRequest, place: Place) -> Along:
        """What goes along. Raises NotFound for a missing file, Invalid (`not-text`), and
        TooLarge."""
        about, along = wanted.context, Along()
        reads_open = about.open_file is not None and about.open_file.text is None
        if (about.files or reads_open) and wanted.project_id is None:
            raise errors.Invalid("Files are read from a project: give its `project_id`.")
        if about.selection is not None:
            part = _selected(about.selection)
            along.parts.append(await _unless_hidden(part, about.selection.path, place))
            if about.selection.path:
                along.focus[about.selection.path] = ""
        if about.cell is not None:
            name = about.cell.path or "cell"
            part = Part("file", name, about.cell.source, about.cell.language)
            part = await _unless_hidden(part, about.cell.path, place)
            along.parts.append(part)
            if part.text:
                along.problems += await _in_cell(about.cell)
        if about.open_file is not None:
            opened = about.open_file
            part = await self._file(wanted.project_id, opened.path, place, opened.text)
            if part.text:
                part = open_file(opened.path, part.text, opened.line)
                along.focus = {opened.path: part.text, **along.focus}
            along.parts.append(part)
        for path in about.files:
            along.parts.append(await self._file(wanted.project_id, path, place))
            along.focus.setdefault(path, "")
        await self._add_diagnostics(wanted, along, place)
        if about.kernel_id is not None:
            asked = [wanted.messages[-1].text, *(part.text for part in along.parts)]
            along.parts.append(await self.variables(about.kernel_id, "\n".join(asked), place))
        return along

    async def variables(self, kernel_id: str, asked: str, place: Place) -> Part:
        """Its variables, unless they are a private project's, whatever project is asked about."""
        reason = "" if place.private else await self._withheld(kernel_id)
        if reason:
            return Part("variables", f"kernel {kernel_id}", "", note=reason)
        return await self._variables.read(kernel_id, asked)

    async def _withheld(self, kernel_id: str) -> str:
        """Why a kernel's variables must not leave this network: by the files of its sessions."""
        sessions = self._sessions()
        found = await sessions.list_sessions() if sessions is not None else []
        named = [str(each["path"]) for each in found if each["kernel"]["id"] == kernel_id]
        for path in named:
            # a collaborative document's path begins with its drive
            for each in {path, path.partition(":")[2]} - {""}:
                if await is_private(self._projects, each):
                    return PRIVATE
        if named:
            return ""
        others = await self._projects.list_all()
        return UNKNOWN if any(each.settings.get("private") for each in others) else ""

    async def _file(
        self, project_id: str | None, path: str, place: Place, text: str | None = None
    ) -> Part:
        if await asyncio.to_thread(place.conceals, path):
            return Part("attachment", path, "", note=PRIVATE)
        if text is None:
            assert project_id is not None
            text = await self._text(project_id, path)
        return Part("attachment", path, await asyncio.to_thread(sources.as_text, path, text))

    async def _text(self, project_id: str, path: str) -> str:
        reading = await self._projects.read(project_id, path)
        try:
            size = min(reading.state.size, sources.read_at_most(path, MAX_FILE))
            content = await asyncio.to_thread(reading.read, 0, size)
        finally:
            reading.close()
        if b"\0" in content:
            raise errors.Invalid(f"`{path}` is no text: it cannot go along.", code="not-text")
        return content.decode("utf-8", "replace")

    async def _add_diagnostics(self, wanted: ChatRequest, along: Along, place: Place) -> None:
        """Of a file about which the editor's tools say something, what they say; else our own."""
        about = wanted.context
        told = [
            Problem(**problem.model_dump())
            for problem in about.diagnostics
            if not await asyncio.to_thread(place.conceals, problem.path)
        ]
        if about.open_file is not None and about.open_file.path in along.focus:
            path = about.open_file.path
            if all(problem.path != path for problem in told):
                told += await found_in(path, along.focus[path])
        told += along.problems
        if told:
            along.parts.append(as_part(told))


async def _unless_hidden(part: Part, path: str | None, place: Place) -> Part:
    """What the editor gives of a file goes along only where the file may."""
    if path is not None and await asyncio.to_thread(place.conceals, path):
        return Part(part.kind, part.name, "", note=PRIVATE)
    return part


async def _in_cell(cell: Cell) -> list[Problem]:
    """A cell is read alone, and names come from the cells before it."""
    name = cell.path or "cell"
    found = await found_in(f"cell.{cell.language or 'python'}", cell.source, alone=False)
    return [Problem(name, each.line, each.severity, each.message) for each in found]


def _selected(selection: Selection) -> Part:
    name = selection.path or "selection"
    if selection.path and selection.start_line:
        name = f"{selection.path}:{selection.start_line}"
    return Part("selection", name, selection.text, selection.language)
