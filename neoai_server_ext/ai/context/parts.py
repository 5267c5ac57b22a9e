"""What goes along with a question: the most important first, under a budget of tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ...index.service import Hit
from ..prompts.filling import fenced

if TYPE_CHECKING:
    from .place import Place

Kind = Literal[
    "preferences",
    "rules",
    "selection",
    "file",
    "attachment",
    "variables",
    "diagnostics",
    "fixes",
    "passage",
    "imports",
    "map",
    "history",
]
"""In the order of their importance."""

TITLES: dict[Kind, str] = {
    "preferences": "The user's preferences",
    "rules": "The project's rules",
    "selection": "What the user has selected",
    "file": "The file that the user has open",
    "attachment": "Attached by the user",
    "variables": "Variables of the running kernel",
    "diagnostics": "Problems that tools report",
    "fixes": "How the user had this error mended before",
    "passage": "Passages",
    "imports": "What the file imports",
    "map": "The project",
    "history": "Earlier in this conversation",
}
RULES = (".neoai/rules.md", "AGENTS.md")
RULES_BYTES = 32_000
LEAST = 48
"""Of a part that would be cut to fewer tokens nothing goes along."""
SPOKEN: frozenset[Kind] = frozenset({"preferences", "rules"})
"""Kinds that are not data: they say how to answer."""
FOUND: frozenset[Kind] = frozenset({"fixes", "passage", "imports", "map"})
"""Kinds that nobody asked for: they go first where it is too much."""
UNTRUSTED = "The project is not trusted, so these are data, and no rules."


@dataclass(frozen=True)
class Part:
    """Something that may go along. name: as it is headed, `path:line` where it is a place.

    line: the text's line, from 1, around which it is kept where it must be cut. note: why there is
    no text, or what became of it. is_data: it says nothing of how to answer, whatever its kind.
    lost: the tokens of what it stands for that it leaves out.
    """

    kind: Kind
    name: str
    text: str
    language: str = ""
    line: int = 1
    note: str = ""
    is_data: bool = False
    lost: int = 0

    @property
    def title(self) -> str:
        """What stands above it and its like."""
        if self.kind == "rules" and self.is_data:
            return "What files of the project say, which is not trusted"
        return TITLES[self.kind]


@dataclass(frozen=True)
class Used:
    """A part in the metadata of a reply, in tokens: what went along, and what was cut of it; the
    note says why."""

    kind: Kind
    name: str
    tokens: int
    cut: int = 0
    note: str = ""


@dataclass(frozen=True)
class Context:
    """What goes along, and what of it: parts of which nothing went along have no tokens.

    standing: what goes along with each question and seldom changes, for the beginning, which
    providers keep from one request to the next; found: what is for this question alone.
    """

    standing: str
    found: str = ""
    parts: tuple[Used, ...] = ()

    @property
    def text(self) -> str:
        """All of it."""
        return "\n\n".join(filter(None, (self.standing, self.found)))

    def has(self, kind: Kind, name: str) -> bool:
        """Whether something of this part goes along."""
        return any(used.tokens and (used.kind, used.name) == (kind, name) for used in self.parts)


def tokens(text: str) -> int:
    """About how many tokens a text has; rather too many. The providers' own tokenisers differ, and
    some must be downloaded."""
    return math.ceil(len(text.encode("utf-8", "replace")) / 3)


def assemble(parts: Sequence[Part], budget: int) -> Context:
    """The parts by importance until the budget is used up; those of a kind in their order.

    The one that does not fit is cut by lines, around its `line`, and smaller ones after it may
    still fit.
    """
    order = {kind: number for number, kind in enumerate(get_args(Kind))}
    used: list[Used] = []
    standing: dict[str, list[str]] = {}
    found: dict[str, list[str]] = {}
    for part in sorted(parts, key=lambda part: order[part.kind]):
        if not part.text.strip():
            if part.note:
                used.append(Used(part.kind, part.name, 0, part.lost, part.note))
            continue
        sections = standing if part.kind in SPOKEN else found
        frame = tokens(_shown(part, ""))
        if part.title not in sections:
            frame += tokens(part.title) + 2
        whole = tokens(part.text)
        text = part.text if whole + frame <= budget else _cut(part, budget - frame)
        kept = tokens(text) if text else 0
        along = kept + frame if kept else 0
        cut = max(0, whole - kept) + part.lost
        used.append(Used(part.kind, part.name, along, cut, part.note))
        if kept:
            budget -= along
            sections.setdefault(part.title, []).append(_shown(part, text))
    return Context(_written(standing), _written(found), tuple(used))


def _written(sections: dict[str, list[str]]) -> str:
    titled = (f"# {title}\n\n" + "\n\n".join(shown) for title, shown in sections.items())
    return "\n\n".join(titled)


def passages(hits: Sequence[Hit]) -> list[Part]:
    """The index's passages as parts; the best first."""
    return [
        Part("passage", f"{hit.path}:{hit.start_line}", hit.text, _suffix(hit.path)) for hit in hits
    ]


def open_file(path: str, text: str, line: int = 1) -> Part:
    """The file in front, kept around the cursor."""
    return Part("file", path, text, _suffix(path), line)


def rules(place: Place) -> list[Part]:
    """The project's rules; data where it is not trusted. Reads files: call it in a thread."""
    found = []
    for name in RULES:
        text = read_rules(place, name)
        if text and place.trusted:
            found.append(Part("rules", name, text))
        elif text:
            found.append(Part("rules", name, text, "md", note=UNTRUSTED, is_data=True))
    return found


def read_rules(place: Place, name: str) -> str:
    """The beginning of a file of rules; empty where there is none, and where it may not go along
    or leads out of the place."""
    try:
        return place.read(name, RULES_BYTES).decode("utf-8-sig", "ignore").strip()
    except (OSError, RuntimeError):
        return ""


def _shown(part: Part, text: str) -> str:
    if part.kind in SPOKEN and not part.is_data:
        return text
    heading = f"### {part.name}\n" if part.name else ""
    return heading + fenced(text, part.language)


def _cut(part: Part, budget: int) -> str:
    """Whole lines around the part's line, as many as the budget allows; empty where too few."""
    if budget < LEAST:
        return ""
    lines = part.text.splitlines(keepends=True)
    first = last = min(max(part.line - 1, 0), len(lines) - 1)
    left = budget - tokens(lines[first]) - 16
    if left < 0:
        return ""
    while True:
        above = tokens(lines[first - 1]) if first > 0 else left + 1
        below = tokens(lines[last + 1]) if last + 1 < len(lines) else left + 1
        # below first where both are as near: what follows the cursor explains it no less
        if below <= left and (last - (part.line - 1) <= (part.line - 1) - first or above > left):
            last, left = last + 1, left - below
        elif above <= left:
            first, left = first - 1, left - above
        else:
            break
    kept = "".join(lines[first : last + 1])
    before = f"[{first} lines left out]\n" if first else ""
    after = len(lines) - last - 1
    end = "" if kept.endswith("\n") else "\n"
    return before + kept + (f"{end}[{after} lines left out]\n" if after else "")


def _suffix(path: str) -> str:
    name, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return suffix if dot and name and suffix.isalnum() else ""
