"""Edits in place: what a model is told of the texts, and what its reply makes of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from textwrap import dedent, indent

from .. import errors
from . import checks
from .coderequests import CodeCheck, CodeText, TextEdit
from .context import tokens
from .prompts.filling import fenced
from .secretscan import find, redact

BEFORE, AFTER = 8_000, 4_000
LONGEST = 21_000
"""No secret has more characters: so much more is looked at than goes along."""
MOST = 120_000
"""So many characters may be replaced in one request."""
MOST_TOKENS = 32_000
HEADING = re.compile(r"^#{1,6}\s*(\d+)\b")
PLACEHOLDER = re.compile(r"\[redacted: ([^\]\n]+)\]")
SHOWN = 300


def told(texts: Sequence[CodeText], hide: Callable[[str], str]) -> str:
    """The texts by number, as the prompt has them. Raises TooLarge. Blocks."""
    if sum(len(text.piece) for text in texts) > MOST:
        raise errors.TooLarge(
            f"More than {MOST:,} characters would be replaced: select the lines that must change."
        )
    return "\n\n".join(_told(number, text, hide) for number, text in enumerate(texts, 1))


def _told(number: int, text: CodeText, hide: Callable[[str], str]) -> str:
    name = f"### {number}: `{text.path}`" if text.path else f"### {number}"
    shown = [f"{name} (a cell)" if text.cell else name]
    language = text.language or text.suffix
    before, after = text.around
    before = hide(before[-BEFORE - LONGEST :])[-BEFORE:]
    after = hide(after[: AFTER + LONGEST])[:AFTER]
    if before.strip():
        shown += ["Before it:", fenced(before, language)]
    if text.piece.strip():
        shown += ["To be replaced:", fenced(hide(text.piece), language)]
    else:
        shown.append("Nothing is to be replaced: what you write comes here.")
    if after.strip():
        shown += ["After it:", fenced(after, language)]
    return "\n\n".join(shown)


def room(texts: Sequence[CodeText], least: int) -> int:
    """How many tokens the reply may have: all that is replaced is written anew."""
    replaced = sum(tokens(text.piece) for text in texts)
    return max(least, min(MOST_TOKENS, replaced * 5 // 4 + 1024))


def edits(texts: Sequence[CodeText], reply: str) -> tuple[list[TextEdit], str]:
    """The edits that a reply asks for, and what it says besides. Raises BadGateway
    (`model-malformed`) where it is not clear what it means. Blocks."""
    pieces, said = _read(reply, len(texts))
    found = []
    for number, code in sorted(pieces.items()):
        text = texts[number - 1]
        new = _fitted(text, _with_secrets(text, code))
        if new != text.piece:
            start, end = text.lines
            found.append(
                TextEdit(path=text.path, cell=text.cell, start_line=start, end_line=end, text=new)
            )
    return found, said


def _read(reply: str, count: int) -> tuple[dict[int, str], str]:
    """The code for each text by its number, and the rest of the reply."""
    lines = reply.splitlines(keepends=True)
    pieces: dict[int, str] = {}
    rest: list[str] = []
    at = 0
    for block in checks.code_blocks(reply):
        first = block.line - 1
        end = first + len(block.code.splitlines())
        if end >= len(lines):
            raise _malformed("its last code block is not closed: it may be cut off")
        between = lines[at : first - 1]
        numbers = [int(found[1]) for line in between if (found := HEADING.match(line))]
        number = numbers[-1] if numbers else (1 if count == 1 and not pieces else 0)
        if not 1 <= number <= count or number in pieces:
            raise _malformed("it is not clear which text a code block of it belongs to")
        pieces[number] = block.code
        rest += [line for line in between if not HEADING.match(line)]
        at = end + 1
    rest += lines[at:]
    said = "".join(rest).strip()
    if not pieces:
        raise _malformed(
            f"it has no code block. It says: {said[:SHOWN]}" if said else "it is empty"
        )
    return pieces, said


def _fitted(text: CodeText, code: str) -> str:
    """The code with the indentation and the final line break of what it replaces."""
    piece = text.piece
    margin = _margin(piece)
    if margin and code.strip() and not _margin(code):
        code = indent(code, margin)
    if code and not code.endswith("\n"):
        code += "\n"
    ends = not piece or piece.endswith("\n")
    return code if ends else code.removesuffix("\n")


def _margin(code: str) -> str:
    """The spaces that all lines begin with."""
    first = next((line for line in code.splitlines() if line.strip()), "")
    bare = next((line for line in dedent(code).splitlines() if line.strip()), "")
    return first[: len(first) - len(bare)]


def _with_secrets(text: CodeText, code: str) -> str:
    """The secrets that the model was not told, back in their places."""
    hidden = redact(text.piece)
    if "[redacted: " in text.piece or not PLACEHOLDER.search(code):
        return code
    kept: dict[str, list[str]] = {}
    for secret in find(text.piece) if hidden != text.piece else []:
        kept.setdefault(secret.kind, []).append(text.piece[secret.start : secret.end])
    placed = Counter(found[1] for found in PLACEHOLDER.finditer(code))
    for kind, count in placed.items():
        values = kept.get(kind, [])
        if len(set(values)) != 1 and count != len(values):
            raise _malformed(
                "the lines hold secrets, which it was not told, and it is not clear where they "
                "belong in what it wrote. Select lines without them"
            )
    return PLACEHOLDER.sub(
        lambda found: kept[found[1]].pop(0) if len(kept[found[1]]) > 1 else kept[found[1]][0], code
    )


async def checked(texts: Sequence[CodeText], made: Sequence[TextEdit]) -> list[CodeCheck]:
    """What the edits bring that was not found before, by the lines of each text as it would be."""
    found: list[CodeCheck] = []
    for text in texts:
        for edit in made:
            if (edit.path, edit.cell) != (text.path, text.cell) or edit.start_line != text.lines[0]:
                continue
            language = text.language or text.suffix
            start, end = text.around
            after = (start if start.endswith("\n") or not start else start + "\n") + edit.text + end
            before = Counter(_key(each) for each in await checks.check(text.text, language))
            for each in await checks.check(after, language):
                if before[_key(each)] > 0:
                    before[_key(each)] -= 1
                else:
                    found.append(CodeCheck(**asdict(each), path=text.path, cell=text.cell))
    return found


def _key(check: checks.Check) -> tuple[str, str]:
    return check.kind, check.message


def _malformed(what: str) -> errors.BadGateway:
    return errors.BadGateway(
        f"The model's reply cannot be used: {what.rstrip('.')}.",
        code="model-malformed",
        outcome="malformed",
    )


def cut() -> errors.BadGateway:
    """That a reply reached its longest."""
    return errors.BadGateway(
        "The model's reply was cut off at its longest: ask for less at once.",
        code="model-cut",
        outcome="cut",
    )
