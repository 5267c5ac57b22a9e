"""Puts a piece of code where it belongs in a file: by what it defines, else by lines that stand in
both. No model is asked, and nothing is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent
from typing import Literal

from ...grammars import ALIASES, LANGUAGES, language_of
from ..checks import syntax
from . import lines as by_lines
from .lines import Unplaced
from .patches import is_patch, patched
from .pieces import pieces
from .symbols import merged_scope, replaces_all

How = Literal["new", "whole", "patch", "symbols", "lines", "model"]

__all__ = ["How", "Merged", "Unplaced", "merge"]

MOST_PAIRS = 10_000_000
"""So many pairs of lines are compared at most: seconds, where all are alike."""
NAMED = re.compile(
    r"^\s*(?:#|//|/\*|<!--|--|;)\s*(?:file(?:name)?:\s*)?(?P<path>\S+)\s*(?:\*/|-->)?\s*$"
)


@dataclass(frozen=True)
class Merged:
    """The file's text with the code in it, how that was found, and what is to be said about it."""

    text: str
    how: How
    note: str = ""


def merge(text: str, code: str, path: str = "", language: str = "") -> Merged:
    """The code in the file's text; line ends and the end of the file stay as they are there.

    Raises Unplaced where it is not clear where it belongs. Blocks.
    """
    ending = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    old = text.replace("\r\n", "\n")
    new = _without_name(code.replace("\r\n", "\n"), path).strip("\n") + "\n"
    name = language_of(path) or ALIASES.get(language.lower(), language.lower())
    found, how = _merged(old, new, name)
    if old and not old.endswith("\n") and how not in ("whole", "patch"):
        found = found.removesuffix("\n")
    note = _note(old, found, name)
    return Merged(found.replace("\n", ending), how, note)


def _merged(old: str, new: str, language: str) -> tuple[str, How]:
    if not new.strip():
        raise Unplaced("There is no code to apply.")
    if old.strip() and (old.count("\n") + 1) * new.count("\n") > MOST_PAIRS:
        raise Unplaced("The file and the code are too long to be compared.")
    if is_patch(new):
        return patched(old, new), "patch"
    if not old.strip():
        return new, "new"
    if language in LANGUAGES:
        flush = dedent(new)
        standing = pieces(old, language, by_lines.is_elision)
        coming = pieces(flush, language, by_lines.is_elision)
        if standing is not None and coming:
            if replaces_all(old, flush, standing, coming):
                return flush, "whole"
            return merged_scope(old, flush, standing, coming), "symbols"
    if by_lines.is_whole(old, new):
        return new, "whole"
    return by_lines.placed(old, new), "lines"


def _without_name(code: str, path: str) -> str:
    """Without a first line that only names the file."""
    first, _, rest = code.lstrip("\n").partition("\n")
    named = NAMED.match(first)
    if named is None or not path:
        return code
    mentioned = named["path"].removeprefix("./").removeprefix("/")
    return rest if path == mentioned or path.endswith(f"/{mentioned}") else code


def _note(old: str, found: str, language: str) -> str:
    if language not in LANGUAGES:
        return ""
    broken = [each for each in syntax(found, language) if each.severity == "error"]
    if not broken or any(each.severity == "error" for each in syntax(old, language)):
        return ""
    return f"Line {broken[0].line}: {broken[0].message}"
