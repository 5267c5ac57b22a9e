"""What a model is told of a place: as text around it, or as values of the prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..context import Part
from ..prompts.filling import fenced
from .models import CompletionRequest, OtherCell

BEFORE, AFTER = 8_000, 4_000
"""At most so many characters go along before and after the cursor, other cells included."""
LONGEST = 21_000
"""No secret has more characters: so much more is looked at than goes along."""
COMMENTS = {
    "#": "python ipython python3 ruby r shell bash sh perl yaml toml dockerfile makefile julia",
    "--": "sql lua haskell",
    "%": "latex matlab",
}
MARKS = {language: mark for mark, names in COMMENTS.items() for language in names.split()}

Hide = Callable[[str], str]


def prefix_of(wanted: CompletionRequest, hide: Hide) -> str:
    """What stands before the cursor, the cells before it included, without secrets."""
    cells = wanted.cells.before if wanted.cells is not None else []
    text = "".join(_cell(cell, wanted.language) + "\n\n" for cell in cells) + wanted.prefix
    return hide(text[-BEFORE - LONGEST :])[-BEFORE:]


def suffix_of(wanted: CompletionRequest, hide: Hide) -> str:
    """What stands after the cursor, likewise."""
    cells = wanted.cells.after if wanted.cells is not None else []
    text = wanted.suffix + "".join("\n\n" + _cell(cell, wanted.language) for cell in cells)
    return hide(text[: AFTER + LONGEST])[:AFTER]


def as_comments(parts: Sequence[Part], path: str, language: str) -> str:
    """Passages as comments above a file, for models that are given nothing but text."""
    blocks = [_comment(f"{part.name}\n{part.text.rstrip()}", language) for part in parts]
    if path:
        blocks.append(_comment(path, language))
    return "".join(f"{block}\n\n" for block in blocks)


def as_passages(parts: Sequence[Part]) -> str:
    """Passages for the prompt, as data."""
    return "\n\n".join(f"### {part.name}\n{fenced(part.text, part.language)}" for part in parts)


def _cell(cell: OtherCell, language: str) -> str:
    source = cell.source.rstrip()
    return source if cell.kind == "code" else _comment(source, language)


def _comment(text: str, language: str) -> str:
    name = language.lower()
    mark = MARKS.get(name, "//" if name else "#")
    return "\n".join(f"{mark} {line}".rstrip() for line in text.split("\n"))
