"""Finds the code in a chat model's answer: such models put a fence around it, and sentences before
it, whatever they were told.

A sentence is held back from its first letter on, until it is told from code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FENCE = re.compile(r"^[ \t]*(?P<mark>`{3,}|~{3,})[^\n`]*\n", re.MULTILINE)
BEGUN_FENCE = re.compile(r"[ \t]*(`{1,3}[^\n`]*|~{1,3}[^\n~]*)\Z")
SAID_FIRST = re.compile(
    r"(?:Sure|Certainly|Absolutely|Okay|OK|Of course|Got it|Great|Sorry|Unfortunately)[,.!] +\w"
    r"|(?:Sure|Certainly|Absolutely|Of course)[.!]\s*\Z"
    r"|(?:[Hh]ere(?:'s|\u2019s)|Here is|Here are|Below is|The following|To complete|Based on) "
    r"|(?:I(?:'m|\u2019m|'ll|\u2019ll|'ve|\u2019ve)|I am|I have|I will|You can) "
    r"|(?:Let(?:'s|\u2019s)|Let me) "
)
"""How answers begin that are no code, whatever comes after that."""
LOWER = ("here's ", "here\u2019s ")
LABEL = re.compile(r"\s*(?:\*[^\n]*|#{1,6}(?: [^\n]*)?|[A-Z][A-Za-z ]*:|\d+\.?)[ \t]*")
"""What may stand above a fence, and may be code where none follows."""
SENTENCE = re.compile(r"[*_\"“(]*(?:[A-Z][a-z'\u2019]*(?![A-Z_\d])|[A-Z]\Z)")
WORD = re.compile(r"[(\"“*]*[A-Za-z0-9'\u2019/-]*[)\"”*]*[,.:;!?…]*[)\"”*]*")
SPAN = re.compile(r"`[^`\n]+`")
OPEN_SPAN = re.compile(r"`[^`\n]*\Z")
LIST = re.compile(r"[ \t]*(?:[-*+]|\d+[.)]) ")
NUMBER = re.compile(r"\d+\. ")
LEAST_WORDS = 3
MANY_WORDS = 6
SENTENCES = frozenset(
    {"abap", "applescript", "cobol", "gherkin", "robotframework", "sql", "vb", "vbscript"}
)
"""Languages whose code may read like a sentence."""
COMMENT = re.compile(r"#|//|/\*|<!--|--[ \t]|^[ \t]*[*;%]")
TRIPLE = ('"""', "'''")


@dataclass(frozen=True)
class Found:
    """The code of an answer, and whether it is over: more of the answer is none."""

    code: str
    is_over: bool = False


def code_of(written: str, prefix: str, language: str, *, is_whole: bool) -> Found:
    """The code of what was written so far, which is to stand behind the prefix.

    is_whole: nothing more comes; until then nothing is given of what may turn out to be no code.
    """
    opening = FENCE.search(written)
    head = written[: opening.start()] if opening else written
    if stands_in_text(prefix) or not head.strip():
        return fenced(written, is_whole=is_whole)
    is_said = _is_said(head, language)
    if opening and not any(head.count(mark) % 2 for mark in TRIPLE):
        if is_said or LABEL.fullmatch(head.rstrip()):
            return _inside(written, opening, is_whole)
        return Found(_without_last_sentence(head, language), True)
    if is_said:
        return Found(_below(written, language), True) if is_whole else Found("")
    if is_whole:
        return Found(written)
    last = written.rpartition("\n")[2]
    if last.strip() and BEGUN_FENCE.match(last):
        written = written[: len(written) - len(last)]
    if _may_become_said(written, language) or LABEL.fullmatch(written.rstrip()):
        return Found("")
    return Found(written)


def fenced(written: str, *, is_whole: bool) -> Found:
    """What the fence holds that an answer begins with; without one, all of it."""
    opening = FENCE.search(written)
    if opening and not written[: opening.start()].strip():
        return _inside(written, opening, is_whole)
    is_begun = not is_whole and (BEGUN_FENCE.match(written.lstrip()) or not written.strip())
    return Found("" if is_begun else written)


def stands_in_text(prefix: str) -> bool:
    """Whether the place behind the prefix is within a comment or a string: sentences belong
    there."""
    line = prefix.rpartition("\n")[2]
    if COMMENT.search(line) or line.count('"') % 2 or line.count("'") % 2:
        return True
    return prefix.rfind("/*") > prefix.rfind("*/") or any(prefix.count(m) % 2 for m in TRIPLE)


def is_sentence(line: str, language: str = "") -> bool:
    """Whether a whole line is said to people."""
    line = NUMBER.sub("", line.strip())
    if SAID_FIRST.match(line) or line.startswith(LOWER):
        return True
    if language.lower() in SENTENCES or not _is_worded(line):
        return False
    count = len(SPAN.sub("x", line).split())
    is_ended = line.rstrip('*_)"”').endswith((".", ":", "!", "?", "…"))
    return count >= MANY_WORDS or (count >= LEAST_WORDS and is_ended)


def _inside(written: str, opening: re.Match[str], is_whole: bool) -> Found:
    """What a fence holds, without what may yet be its end."""
    inner = written[opening.end() :]
    mark = opening["mark"]
    closing = re.search(rf"^[ \t]*{mark}[ \t]*$", inner, re.MULTILINE)
    if closing is not None:
        return Found(inner[: closing.start()].removesuffix("\n"), True)
    line = inner.rpartition("\n")[2]
    if not is_whole and line.strip() and mark.startswith(line.strip()):
        return Found(inner[: len(inner) - len(line)])
    return Found(inner)


def _is_said(head: str, language: str) -> bool:
    """Whether what comes first, up to its line's end, is a sentence."""
    return is_sentence(head.lstrip().partition("\n")[0], language)


def _may_become_said(written: str, language: str) -> bool:
    """Whether the beginning of a first line may become a sentence."""
    line = NUMBER.sub("", written.lstrip())
    if "\n" in line:
        return False
    if any(each.startswith(line) for each in LOWER):
        return True
    return (language.lower() not in SENTENCES or len(line.split()) < LEAST_WORDS) and _is_worded(
        line
    )


def _is_worded(line: str) -> bool:
    """Whether a line, or its beginning, is made of words as sentences are."""
    plain = OPEN_SPAN.sub("x", SPAN.sub("x", line))
    if not line.startswith("`") and not SENTENCE.match(plain):
        return False
    return all(WORD.fullmatch(word) for word in plain.split())


def _below(written: str, language: str) -> str:
    """The code that stands below a sentence without a fence; empty where none does."""
    first, _, rest = written.strip("\n").partition("\n")
    rest = rest.strip("\n")
    if not first.rstrip().endswith(":") or LIST.match(rest) or _is_said(rest, language):
        return ""
    return rest


def _without_last_sentence(head: str, language: str) -> str:
    lines = head.rstrip().split("\n")
    while len(lines) > 1 and (is_sentence(lines[-1], language) or not lines[-1].strip()):
        lines.pop()
    return "\n".join(lines)
