"""Finds what must change too after an edit, and has a model fill in what takes judgement."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from traitlets import Float, Int
from traitlets.config import LoggingConfigurable

from ... import errors
from ...projects.service import ProjectService
from ..context.place import Place as Project
from ..context.place import place_of
from ..service import AIService, NoReply
from .edits import Change, Told, change
from .filling import fill
from .finding import find
from .places import Look, Place, Stopped
from .projectfiles import ProjectFiles
from .source import Source, source_of

AT_ONCE = 2


@dataclass(frozen=True)
class Edited:
    """A file before its latest edits, and as it is now; its path is relative to the project."""

    path: str
    before: str
    after: str
    language: str = ""
    told: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Offer:
    """A place, where it begins and ends (line and column from 1, in UTF-16 units), and which model
    filled it in."""

    place: Place
    start: tuple[int, int]
    end: tuple[int, int]
    model: str = ""


class NextEditService(LoggingConfigurable):
    """The places that must change too, by syntax and the project's outline.

    ai: fills in what takes judgement. projects: where the files are.
    """

    find_s = Float(
        1.5, min=0.1, help="Next edits are looked for so many seconds; then those found are given."
    ).tag(config=True)
    outline_wait_s = Float(
        0.5,
        min=0,
        help="Next edits wait so many seconds for the index to say which files use a name; then "
        "only open files are looked into.",
    ).tag(config=True)
    filled = Int(
        3, min=0, help="A model fills in at most so many next edits at a time; 0: none."
    ).tag(config=True)

    def __init__(self, *, ai: AIService, projects: ProjectService, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._ai = ai
        self._projects = projects
        self._searches = asyncio.Semaphore(AT_ONCE)

    async def find(
        self,
        edited: Sequence[Edited],
        project_id: str | None = None,
        texts: dict[str, str] | None = None,
        filled: int = 0,
        languages: dict[str, str] | None = None,
    ) -> tuple[list[Offer], str]:
        """The places in the order in which they are offered, and why a model did not fill one in.

        edited: the file in front first. texts: of files that are open and not saved. filled: so
        many may a model fill in. languages: of texts whose path does not say it. Raises NotFound
        and Conflict for the project. Being cancelled ends the search.
        """
        project = await place_of(self._projects, project_id)
        open_texts = {**(texts or {}), **{each.path: each.after for each in edited}}
        outline = await self._outline(project)
        files = ProjectFiles(project, outline, open_texts)
        look = Look(files, self.find_s, languages=languages or {})
        async with self._searches:
            try:
                found, changes = await asyncio.to_thread(_find, edited, look)
            except asyncio.CancelledError:
                look.cancelled.set()
                raise
        sources = look.sources | {each.path: each.after for each in changes}
        models: dict[Place, str] = {}
        problem = ""
        if filled:
            found, models, problem = await self._fill(project, changes, found, sources, filled)
        return [
            _offer(place, sources[place.path], models.get(place, "")) for place in found
        ], problem

    async def _outline(self, project: Project) -> Any:
        if project.root is None:
            return None
        try:
            return await asyncio.wait_for(self._ai.index.outline(project.root), self.outline_wait_s)
        except (TimeoutError, errors.NeoAIError):
            return None

    async def _fill(
        self,
        project: Project,
        changes: Sequence[Change],
        found: list[Place],
        sources: dict[str, Source],
        most: int,
    ) -> tuple[list[Place], dict[Place, str], str]:
        """The places with what a model made of the first that need it."""
        wanted = [each for each in found if each.new is None][: min(most, self.filled)]
        by_path: dict[str, list[Place]] = defaultdict(list)
        for place in wanted:
            by_path[place.path].append(place)
        made: dict[Place, Place] = {}
        models: dict[Place, str] = {}
        problem = ""
        for path, places in by_path.items():
            try:
                done = await fill(self._ai, project, changes, places, sources[path].original.text)
            except (NoReply, errors.NeoAIError) as error:
                problem = error.detail
                break
            for place, (new, model) in zip(places, done, strict=True):
                made[place] = new
                models[new] = model
        return [made.get(place, place) for place in found], models, problem


def _find(edited: Sequence[Edited], look: Look) -> tuple[list[Place], list[Change]]:
    changes: list[Change] = []
    with suppress(Stopped):
        for each in edited:
            before, after = (
                source_of(each.path, text, _language(each), look.go_on)
                for text in (each.before, each.after)
            )
            changes.append(change(each.path, before, after))
            changes[-1].told = each.told
    return find(changes, look), changes


def _language(edited: Edited) -> str:
    name = edited.language.lower()
    return {"javascriptreact": "tsx", "typescriptreact": "tsx"}.get(name, name)


def _offer(place: Place, source: Source, model: str) -> Offer:
    return Offer(place, source.position(place.start), source.position(place.end), model)
