"""Problems of the file in front: what the editor's tools say, and what a cheap look finds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ...grammars import language_of
from ..checks import MAX_CHARS, ruff, syntax, without_magics
from .parts import Part

MOST = 60
PYFLAKES = "F,E9"
ORDER = {"error": 0, "warning": 1, "info": 2, "hint": 3}


@dataclass(frozen=True)
class Problem:
    """What a tool says of a line, from 1."""

    path: str
    line: int
    severity: str
    message: str
    source: str = ""

    def __str__(self) -> str:
        said = " ".join(f"{self.path}:{self.line}: {self.severity}: {self.message}".split())
        return f"{said} ({' '.join(self.source.split())})" if self.source else said


async def found_in(path: str, text: str, *, alone: bool = True) -> list[Problem]:
    """What is wrong with a file that can be seen from its text: it cannot be read, or a name is not
    there. alone: no other text goes before it, as cells go before a cell."""
    language = language_of(path)
    if not language or len(text) > MAX_CHARS:
        return []
    source = without_magics(text) if language == "python" and not alone else text
    broken = await asyncio.to_thread(syntax, source, language)
    found = [Problem(path, each.line or 1, "error", each.message) for each in broken]
    if language == "python" and alone and not found:
        findings = await ruff(text, "--select", PYFLAKES)
        found = [Problem(path, row, "warning", said, code) for row, code, said in findings]
    return found


def as_part(problems: Sequence[Problem]) -> Part:
    """The worst first."""
    order = sorted(problems, key=lambda each: (ORDER.get(each.severity, 9), each.path, each.line))
    lines = [str(problem) for problem in order[:MOST]]
    if len(order) > MOST:
        lines.append(f"[{len(order) - MOST} more]")
    return Part("diagnostics", "", "\n".join(lines))
