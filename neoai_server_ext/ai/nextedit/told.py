"""What a language server told of a definition before it was edited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .edits import Change, Told
from .names import Occurrence, occurrences
from .places import Look
from .source import Source


def told_of(change: Change, name: str, at: int) -> list[Told]:
    """What was told of the name that is defined there in the text after."""
    line = change.after.line_of(at) + 1
    return [each for each in change.told if (each.name, each.line) == (name, line)]


def spots(told: Told, change: Change, look: Look) -> Iterator[tuple[str, Source, Occurrence]]:
    """Where the name stands now, as code, of where it was said to stand: the file, its text as it
    is now, and the name in that."""
    here = {change.path: change.after}
    by_path: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for path, line, column in told.places:
        by_path[path].append((line, column))
    for path, positions in by_path.items():
        source = here.get(path) or look.source(path)
        if source is None or not source.is_readable:
            continue
        code = _code(source, told.name)
        for line, column in positions:
            at = source.offset(line, column)
            if at in code:
                yield path, source, code[at]


def _code(source: Source, name: str) -> dict[int, Occurrence]:
    """Where a name stands in code; in a language without a grammar as any word."""
    if source.root is None:
        return {at: Occurrence(at, at + len(name), "use") for at in source.words(name)}
    return {o.start: o for o in occurrences(source, name) if o.role not in ("comment", "string")}
