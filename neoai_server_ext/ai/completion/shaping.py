"""Makes of what a model writes what belongs at the cursor: no sentence, nothing that stands there
already, and an end where a statement or block ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .prose import Found, code_of, fenced

PROSE = frozenset({"", "markdown", "md", "text", "plaintext", "plain", "rst", "latex", "html"})
"""Languages without blocks by indentation."""
LINES = 40
SAME_LINES = 3
LONGEST_OVERLAP = 200
LEAST_REPEATED = 3
"""So many characters that stand after the cursor already are no chance."""
CLOSING = re.compile(r"[ \t]*(?:[)\]}]|end\b|</)")
"""What ends a block."""
MAY_CLOSE = re.compile(r"[ \t]*(?:[)\]}]|en?d?\Z|</|<\Z)")
"""Of a line that grows: what may become it."""
PAIRS = {")": "(", "]": "[", "}": "{"}
QUOTES = frozenset("\"'`")


@dataclass(frozen=True)
class Spot:
    """The place: what stands before and after it, and whether more than a line may come there."""

    prefix: str
    suffix: str
    language: str = ""
    multiline: bool = True

    @property
    def begun(self) -> str:
        """The cursor's line before it."""
        return self.prefix.rpartition("\n")[2]

    @property
    def rest(self) -> str:
        """The cursor's line after it."""
        return self.suffix.partition("\n")[0]

    @property
    def following(self) -> str:
        """The first line below it that is not empty, without its indentation."""
        below = self.suffix.partition("\n")[2]
        return next((line.strip() for line in below.split("\n") if line.strip()), "")

    @property
    def is_prose(self) -> bool:
        """Whether it is no code."""
        return self.language.lower() in PROSE


@dataclass(frozen=True)
class Shaped:
    """What is to be shown of a text, and whether it is over: more of it would not be."""

    text: str
    is_over: bool = False


def shaped(written: str, spot: Spot, *, is_whole: bool, was_cut: bool = False) -> Shaped:
    """What belongs at the place of what was written so far.

    is_whole: nothing more comes; until then nothing is given of what may yet turn out to be a fence
    or what stands there already. was_cut: the model was stopped by its limit.
    """
    found = _code(written, spot, is_whole)
    begun = _without_begun(found.code, spot, is_whole)
    if begun is None:
        return Shaped("")
    text, is_ended = _ended(begun, spot, is_whole)
    is_over = found.is_over or is_ended
    if not is_whole and not is_over:
        return Shaped(_safe(text, spot))
    if was_cut and not is_over and "\n" in text:
        text = text.rpartition("\n")[0]
    text = _without_rest(text, spot)
    if not text.strip() or _stands_there(text, spot):
        return Shaped("", True)
    return Shaped(_trimmed(text, spot), True)


def _code(written: str, spot: Spot, is_whole: bool) -> Found:
    """The code of what was written; all of it where the file is none."""
    if spot.is_prose:
        return Found(written) if spot.language else fenced(written, is_whole=is_whole)
    return code_of(written, spot.prefix, spot.language, is_whole=is_whole)


def _without_begun(text: str, spot: Spot, is_whole: bool) -> str | None:
    """Without the line that was begun already; None while that cannot be told."""
    begun = spot.begun
    if not begun or _opens_block(spot):
        return text
    repeated = [begun]
    if len(begun.strip()) >= LEAST_REPEATED:
        repeated.append(begun.lstrip())
    for each in repeated:
        if text.startswith(each):
            return text[len(each) :]
    if not is_whole and any(each.startswith(text) for each in repeated):
        return None
    return text


def _opens_block(spot: Spot) -> bool:
    """Whether the cursor stands on an empty line below one that opens a block: what is indented
    there may be indented further."""
    if spot.begun.strip():
        return False
    above = spot.prefix[: len(spot.prefix) - len(spot.begun)].rstrip()
    line = above.rpartition("\n")[2]
    return above.endswith((":", "{", "(", "[")) and len(_indent(line)) >= len(spot.begun)


def _ended(text: str, spot: Spot, is_whole: bool) -> tuple[str, bool]:
    """Up to a sensible end, and whether that came."""
    if not spot.multiline:
        line, newline, _ = text.partition("\n")
        return line, bool(newline)
    lines = text.split("\n")
    base = len(_indent(spot.begun or (lines[0] if not spot.begun else "")))
    kept: list[str] = []
    for number, line in enumerate(lines):
        is_last = number == len(lines) - 1
        if number and line.strip():
            if not is_last and line.strip() == spot.following and len(spot.following) > 1:
                return "\n".join(kept), True
            if not spot.is_prose and len(_indent(line)) < base:
                if is_last and not is_whole and MAY_CLOSE.match(line):
                    return "\n".join(kept), False
                return "\n".join([*kept, line] if CLOSING.match(line) else kept), True
        if number >= LINES or _repeats(kept, line, is_last):
            return "\n".join(kept), True
        if number > 1 and not line and not kept[-1] and not is_last:
            return "\n".join(kept), True
        kept.append(line)
    return "\n".join(kept), False


def _repeats(kept: list[str], line: str, is_last: bool) -> bool:
    """Whether the model says the same again and again."""
    if is_last or not line.strip() or len(kept) < SAME_LINES - 1:
        return False
    return all(each == line for each in kept[1 - SAME_LINES :])


def _safe(text: str, spot: Spot) -> str:
    """What of a text that grows will stay: not what may be the beginning of what follows."""
    head, newline, last = text.rpartition("\n")
    if newline and last.strip() and spot.following.startswith(last.strip()):
        return head
    kept = _overlap(text, spot.rest)
    return text[: len(text) - kept].rstrip()


def _without_rest(text: str, spot: Spot) -> str:
    """Without what stands after the cursor at the end, be it brackets or words."""
    rest = spot.rest.rstrip()
    if rest.strip():
        line = text.partition("\n")[0]
        length = _overlap(line, rest)
        overlap = line[len(line) - length :]
        is_word = len(overlap.strip()) >= LEAST_REPEATED and any(map(str.isalnum, overlap))
        if length and (is_word or _is_surplus(line, overlap)):
            return line[: len(line) - length]
        return text
    head, newline, last = text.rstrip().rpartition("\n")
    if newline and len(spot.following) > 1 and last.strip() == spot.following:
        return head
    if newline and spot.following in PAIRS and last.strip() == spot.following:
        return head if _is_surplus(text, last.strip()) else text
    return text


def _is_surplus(text: str, closing: str) -> bool:
    """Whether brackets or quotes at the end close what the text has not opened."""
    for mark in closing.strip():
        if mark in PAIRS and text.count(mark) > text.count(PAIRS[mark]):
            return True
        if mark in QUOTES and text.count(mark) % 2:
            return True
    return closing.strip() in {";", ",", ":"}


def _overlap(text: str, rest: str) -> int:
    """How many characters at the end of a text are those at the beginning of the rest."""
    length = min(len(text), len(rest), LONGEST_OVERLAP)
    # With each piece that comes it is asked again: only what ends alike is looked at.
    while length and (length := rest.rfind(text[-1], 0, length) + 1):
        if text.endswith(rest[:length]):
            return length
        length -= 1
    return 0


def _stands_there(text: str, spot: Spot) -> bool:
    """Whether what is offered follows already, word for word."""
    return spot.suffix.lstrip().startswith(text.strip()) and len(text.strip()) > 1


def _trimmed(text: str, spot: Spot) -> str:
    """Without blanks at the end, where nothing of the line follows."""
    return text if spot.rest.strip() else text.rstrip()


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
