"""Methods of which other classes have one of the same name: which of their uses are found?"""

from __future__ import annotations

import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from neoai_server_ext.ai.nextedit.edits import Told, change
from neoai_server_ext.ai.nextedit.finding import find
from neoai_server_ext.ai.nextedit.places import Look, Place
from neoai_server_ext.ai.nextedit.source import Source

from .pylsp import Pylsp

METHOD = re.compile(r"^    (?:async )?def ([a-z]\w+)\(", re.MULTILINE)
SECONDS = 1.5


class Texts(dict[str, str]):
    """A repository's Python files."""

    def using(self, word: str) -> Iterator[str]:
        """Those that have the word anywhere."""
        return (path for path, text in self.items() if word in text)

    def read(self, path: str) -> str | None:
        """As it is."""
        return self.get(path)


@dataclass
class Found:
    """Places that a rename of some methods leaves, over all, and how many of them are in other
    files; with: what the language server said."""

    methods: int = 0
    without: int = 0
    with_it: int = 0
    elsewhere: int = 0
    elsewhere_with: int = 0
    seconds: tuple[float, ...] = ()


def measure(repo: Path, most: int) -> Found:
    """Rename so many methods, one at a time, by syntax alone and with python-lsp-server."""
    with TemporaryDirectory() as folder:
        archive = ["git", "-C", str(repo), "archive", "HEAD"]
        packed = subprocess.run(archive, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
        texts = Texts(
            (str(path.relative_to(folder)), path.read_text())
            for path in sorted(Path(folder).rglob("*.py"))
        )
        sums = Found()
        with Pylsp(Path(folder)) as server:
            for path, at, name in _chosen(texts, most):
                _rename(texts, path, at, name, server, sums)
        return sums


def _chosen(texts: Texts, most: int) -> list[tuple[str, int, str]]:
    """Evenly over the files: those outside of tests that other classes have, too."""
    places: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for path, text in texts.items():
        for match in METHOD.finditer(text):
            places[match[1]].append((path, match.start(1), match[1]))
    shared = sorted(
        place
        for found in places.values()
        if len(found) > 1
        for place in found
        if "test" not in place[0]
    )
    return shared[:: max(1, len(shared) // most)][:most]


def _rename(texts: Texts, path: str, at: int, name: str, server: Pylsp, sums: Found) -> None:
    before = texts[path]
    line = before.count("\n", 0, at)
    column = at - before.rfind("\n", 0, at) - 1
    begun = time.perf_counter()
    said = server.references((path, line, column))
    sums.seconds += (time.perf_counter() - begun,)
    after = f"{before[:at]}{name}_anew{before[at + len(name) :]}"
    told = Told(name, line + 1, tuple((p, row + 1, c + 1) for p, row, c in said))
    alone = _places(texts, path, after, ())
    both = _places(texts, path, after, (told,))
    sums.methods += 1
    sums.without += len(alone)
    sums.with_it += len(both)
    sums.elsewhere += sum(place.path != path for place in alone)
    sums.elsewhere_with += sum(place.path != path for place in both)


def _places(texts: Texts, path: str, after: str, told: tuple[Told, ...]) -> list[Place]:
    made = change(path, Source(texts[path], "python"), Source(after, "python"))
    made.told = told
    found = find([made], Look(texts, SECONDS))
    return [place for place in found if place.kind == "rename"]
