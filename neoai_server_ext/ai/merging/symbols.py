"""Merges by what is defined: what a snippet defines takes the place of what has its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from textwrap import dedent, indent

from .lines import Unplaced, has_elision, is_elision, spliced
from .pieces import Piece

CLEAR = 0.15
"""By so much the likeliest of several places must be likelier than the next."""
LIKELY = 0.5
MOST_ALIKE = 20
"""Of more places none is the likeliest."""


def replaces_all(old: str, new: str, standing: Sequence[Piece], coming: Sequence[Piece]) -> bool:
    """Whether a snippet is the whole file: it begins as the file does and defines all that it
    does, members too."""
    if has_elision(new) or not (names := _names(standing)):
        return False
    first = standing[0].kind == coming[0].kind or standing[0].text == coming[0].text
    has_imports = any(each.kind == "import" for each in coming)
    needs_imports = any(each.kind == "import" for each in standing)
    others = sum(each.kind in ("other", "main") for each in standing)
    said = sum(each.kind in ("other", "main") for each in coming)
    return first and names <= _names(coming) and has_imports >= needs_imports and said * 2 >= others


def _names(found: Sequence[Piece]) -> set[str]:
    names = {each.name for each in found if each.name}
    return names | {
        f"{each.name}.{member.name}" for each in found for member in each.members if member.name
    }


def merged_scope(old: str, new: str, standing: Sequence[Piece], coming: Sequence[Piece]) -> str:
    """The old text with the snippet's pieces in it. Raises Unplaced where a name stands at several
    places of which none is the likeliest."""
    merging = _Merging(old.split("\n"), new.split("\n"), standing)
    for piece in coming:
        merging.take(piece)
    return merging.text()


@dataclass
class _Merging:
    """changes: rows of the old text, and the lines in their place."""

    old: list[str]
    new: list[str]
    standing: Sequence[Piece]
    width: int = 0
    inner: bool = False
    changes: list[tuple[int, int, list[str]]] = field(default_factory=list)
    after: Piece | None = None

    def take(self, piece: Piece) -> None:
        """Place one piece of the snippet."""
        same = [each for each in self.standing if piece.name and each.name == piece.name]
        if piece.kind == "import":
            self._import(piece)
        elif any(each.text == piece.text and each.kind == piece.kind for each in self.standing):
            self.after = next(each for each in self.standing if each.text == piece.text)
        elif same:
            self._replace(self._likeliest(piece, same), piece)
        elif piece.owned and (methods := self._methods(piece.name)):
            self._replace(self._likeliest(piece, methods), piece)
        elif piece.kind == "main" and (main := self._of_kind("main")):
            self._replace(main[0], piece)
        else:
            self._add(piece)

    def text(self) -> str:
        """The old text with all changes; those at one place in their order."""
        lines = list(self.old)
        ordered = sorted(enumerate(self.changes), key=lambda each: (each[1][0], each[0]))
        for _, (start, end, put) in reversed(ordered):
            lines[start:end] = put
        return "\n".join(lines)

    def _import(self, piece: Piece) -> None:
        imports = self._of_kind("import")
        if any(each.text == piece.text for each in imports):
            return
        if imports:
            self.changes.append((imports[-1].end, imports[-1].end, self._lines(piece, piece.core)))
            return
        # below what the file says of itself, which is a string or a shebang
        head = self.standing[:1]
        says = head and head[0].kind == "other" and head[0].text[:1] in "\"'"
        row = head[0].end if says else 1 if self.old[0].startswith("#!") else 0
        put = (
            ["", *self._lines(piece, piece.core)] if row else [*self._lines(piece, piece.core), ""]
        )
        self.changes.append((row, row, put))

    def _replace(self, target: Piece, piece: Piece) -> None:
        self.after = target if target in self.standing else self.after
        if piece.kind == "class" and target.kind == "class" and self._is_partial(target, piece):
            self._merge_members(target, piece)
            return
        says_more = piece.start < piece.core
        start = target.start if says_more else target.core
        put = self._lines(piece, piece.start if says_more else piece.core, self._margin(target))
        if any(is_elision(line) for line in put):
            put = spliced(self.old[start : target.end], put)
        self.changes.append((start, target.end, put))

    def _is_partial(self, target: Piece, piece: Piece) -> bool:
        if not target.members or not piece.members:
            return False
        names = {each.name for each in target.members if each.name}
        shown = self.new[piece.start : piece.end]
        return any(map(is_elision, shown)) or not names <= {each.name for each in piece.members}

    def _merge_members(self, target: Piece, piece: Piece) -> None:
        inner = _Merging(
            self.old, self.new, target.members, self._margin(target.members[0]), inner=True
        )
        for member in piece.members:
            inner.take(member)
        self.changes += inner.changes

    def _add(self, piece: Piece) -> None:
        """Behind what comes before it in the snippet, else at the end."""
        main = self._of_kind("main")
        behind = self.after or (self.standing[-1] if self.standing else None)
        row = behind.end if behind is not None else len(self.old)
        put = self._lines(piece, piece.start)
        if main and (behind is main[0] or row > main[0].start):
            row, put = main[0].start, [*put, "", ""]
        else:
            put = [*self._gap(piece, behind), *put]
        self.changes.append((row, row, put))

    def _gap(self, piece: Piece, behind: Piece | None) -> list[str]:
        defines = {piece.kind, behind.kind if behind else piece.kind} & {"function", "class"}
        if not defines:
            return []
        return [""] if self.inner else [""] * max(1, self._usual_gap())

    def _usual_gap(self) -> int:
        """How many empty lines stand before definitions here."""
        for each in self.standing[1:]:
            if each.kind in ("function", "class"):
                above = self.old[: each.start]
                return next((n for n, line in enumerate(reversed(above)) if line.strip()), 1)
        return 2

    def _lines(self, piece: Piece, start: int, width: int | None = None) -> list[str]:
        own = dedent("\n".join(self.new[start : piece.end]))
        margin = " " * (self.width if width is None else width)
        return indent(own, margin).split("\n")

    def _margin(self, piece: Piece) -> int:
        line = self.old[piece.core]
        return len(line) - len(line.lstrip())

    def _of_kind(self, kind: str) -> list[Piece]:
        return [each for each in self.standing if each.kind == kind]

    def _methods(self, name: str) -> list[Piece]:
        return [m for each in self.standing for m in each.members if m.name == name]

    def _likeliest(self, piece: Piece, places: Sequence[Piece]) -> Piece:
        if len(places) == 1:
            return places[0]
        if len(places) > MOST_ALIKE:
            raise Unplaced(f"`{piece.name}` stands at {len(places)} places.")
        own = "\n".join(self.new[piece.core : piece.end])
        likely = sorted(
            ((_likeness(own, "\n".join(self.old[p.core : p.end])), -p.core, p) for p in places),
            reverse=True,
        )
        (best, _, place), (next_best, _, _) = likely[:2]
        if best < LIKELY or best - next_best < CLEAR:
            rows = ", ".join(str(each.core + 1) for each in places)
            raise Unplaced(f"`{piece.name}` stands at several places: lines {rows}.")
        return place


def _likeness(a: str, b: str) -> float:
    words, others = (re.findall(r"\w+|\S", text)[:2000] for text in (a, b))
    return SequenceMatcher(None, words, others, autojunk=False).ratio()
