"""The other files of a project: by the index's outline, and as they stand in open editors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ...index.service import Outline
from ..context.place import Place
from ..ownfiles import NoFile
from .source import MAX_CHARS, WORD, is_notebook


class ProjectFiles:
    """place: the project. outline: which file uses which names; None while it is not known.
    texts: of files whose text is not saved."""

    def __init__(self, place: Place, outline: Outline | None, texts: Mapping[str, str]) -> None:
        self._place = place
        self._outline = outline
        self._texts = texts

    def using(self, word: str) -> Iterable[str]:
        """Open files first. Blocks."""
        whole = re.compile(rf"(?<![\w$]){re.escape(word)}(?![\w$])")
        found = [path for path, text in self._texts.items() if whole.search(text)]
        if self._outline is not None and WORD.fullmatch(word):
            saved = self._outline.users(word.strip("$"))
            found += [path for path in saved if path not in self._texts and not is_notebook(path)]
        return found

    def read(self, path: str) -> str | None:
        """None too for what is no UTF-8, or long, and for notebooks that are not open. Blocks."""
        if path in self._texts:
            return self._texts[path]
        if is_notebook(path) or not self._place.shows(path):
            return None
        try:
            raw = self._place.read(path, 4 * MAX_CHARS)
            text = raw.decode("utf-8")
        except (OSError, NoFile, RuntimeError, ValueError):
            return None
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
