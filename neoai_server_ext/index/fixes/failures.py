"""What an error is, read from what a program put out, so that the same error is known again.

Two errors are of one kind where they have the same name and say the same but for addresses,
numbers, paths, quoted values and identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST = 200_000
MOST_MESSAGE = 1_000
MOST_FRAMES = 20
LONGEST = 200

COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00\x07]")
BEGINS = "Traceback (most recent call last)"
RAISED = re.compile(r"(?P<name>[^\W\d][\w.$]*)(?:: ?(?P<message>.*))?\s*\Z")
ENDINGS = "Error|Exception|Warning|Interrupt|Exit|Failure|Fault|Timeout"
NAMED = re.compile(
    r"^(?:Uncaught |Unhandled |Caused by: |Exception in thread \"[^\"]*\" |E +)?"
    r"(?P<name>(?:[^\W\d][\w.$]*\.)?[^\W\d]\w*"
    rf"(?:{ENDINGS}))"
    r"(?:: ?(?P<message>.*)|\s*)$",
    re.M,
)
OTHERS = (
    re.compile(rf"`(?P<name>[\w.]{{0,200}}(?:{ENDINGS})): (?P<message>[^`\n]+)`"),  # in a question
    re.compile(r"^(?P<name>Error) in (?:[^\n:]{1,200}? )?: ?\n? *(?P<message>\S[^\n]*)", re.M),  # R
    re.compile(
        r"^(?P<name>ERROR|Error|error|panic|fatal error)(?:\[\w+\])?: (?P<message>.+)", re.M
    ),
    re.compile(r"^thread '[^'\n]*' (?P<name>panicked) at (?P<message>.+)", re.M),  # Rust
)
JULIA = re.compile(r"(?P<name>\w+(?:Error|Exception)): (?P<message>.*)", re.S)
FRAMES = (
    re.compile(r'^ *File "[^"\n]*", line \d+, in (?P<name>[^\n]+)', re.M),
    re.compile(r"^(?:File|Cell|Input) [^\n]*?(?:, line \d+)?,? in (?P<name>[^\n]+)", re.M),
    re.compile(r"^(?:<ipython-input[^>\n]*>|[~/]\S+) in (?P<name>[^\n]+)", re.M),
    re.compile(r"^[ \t]+at (?:async |new )?(?P<name>[^\s(@]+)[ (]", re.M),  # JavaScript, Java
    re.compile(r"^ *\[\d+\] (?P<name>[^\s(]+)\(", re.M),  # Julia
)
FRAMED = (" ", "\t", "File ", "Cell ", "--")
NO_FUNCTION = re.compile(r"<(?:module|cell line.*|anonymous|top.*)>\Z")

ABSTRACTED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>)\]]+", re.I), "<address>"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.I), "<address>"),
    (
        re.compile(
            r"(?<!\w)'(?:[^'\\\n]|\\.|(?<=\w)'(?=\w))*'(?!\w)"
            r'|"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|“[^”\n]*”|\u2018[^\u2019\n]*\u2019|«[^»\n]*»'
        ),
        "<value>",
    ),
    (
        re.compile(r"(?<![\w<])(?:[A-Za-z]:)?(?:~|\.{1,2})?(?:[\\/][\w.@+~ -]*[\w.@+~-])+[\\/]?"),
        "<path>",
    ),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.I), "<id>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b", re.I), "<id>"),
    (
        re.compile(r"(?<![A-Za-z_])[+-]?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?j?(?![A-Za-z_])", re.I),
        "<number>",
    ),
    (re.compile(r"(?<=[A-Za-z])\d+\b"), "<number>"),
)
PLAIN = (ABSTRACTED[1], *ABSTRACTED[4:])
REPEATED = re.compile(r"(<(?:number|value|path|address|id)>)(?:\s*[,;x\xd7]?\s*\1)+,?")


@dataclass(frozen=True)
class Failure:
    """An error. name: its class, without the module; message: what it says, in one line; frames:
    the functions it came through, the outermost first."""

    name: str
    message: str
    frames: tuple[str, ...] = ()
    language: str = ""

    @property
    def kind(self) -> str:
        """What it says, with a word in place of each value."""
        return _replaced(self.message, ABSTRACTED)

    @property
    def wording(self) -> str:
        """What it says, with a word in place of addresses and numbers alone."""
        return _replaced(self.message, PLAIN)


def read(traceback: str, name: str = "", message: str = "", language: str = "") -> Failure | None:
    """The error that a traceback, or any text with one, is about: the last one in it. name and
    message count where they are known. None: there is none."""
    text = without_colours(traceback[-MOST:])
    found = Failure(name, message) if name.strip() else _last(text)
    if found is None:
        return None
    frames = tuple(_frames(text[_start_of_last(text) :]))[-MOST_FRAMES:]
    return Failure(
        _short(found.name) or "Error",
        one_line(found.message),
        frames,
        language or _language(text),
    )


def without_colours(text: str) -> str:
    """The text without a terminal's sequences."""
    return COLOURS.sub("", text).replace("\r\n", "\n")


def one_line(message: str) -> str:
    """The first line of a message that says something."""
    lines = (line.strip() for line in without_colours(message).split("\n"))
    return next((line for line in lines if line), "")[:MOST_MESSAGE]


def _replaced(message: str, by: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, word in by:
        message = pattern.sub(word, message)
    return " ".join(REPEATED.sub(r"\1", message).split())


def _last(text: str) -> Failure | None:
    """The error that a text ends with."""
    if BEGINS in text:
        for line in _after_frames(text.rpartition(BEGINS)[2]):
            found = RAISED.match(line)
            if found is not None:
                return _julia(Failure(found["name"], found["message"] or ""))
    named = list(NAMED.finditer(text))
    if named and not text[named[-1].start() :].startswith("Caused by: "):
        return _chosen(text, named)
    for pattern in OTHERS:
        others = list(pattern.finditer(text))
        if others:
            return _julia(Failure(others[-1]["name"], others[-1]["message"]))
    return Failure(named[-1]["name"], named[-1]["message"] or "") if named else None


def _chosen(text: str, named: list[re.Match[str]]) -> Failure:
    """Of stacks that follow their error the first, of tracebacks that end with it the last."""
    follows = re.compile(r"\n[ \t]+at ")
    first = next((each for each in named if follows.match(text, each.end())), named[-1])
    return Failure(first["name"], first["message"] or "")


def _after_frames(block: str) -> Iterator[str]:
    """The lines of a traceback that may name the error: those that stand to the left of the
    frames, after the last of them, before what else there is."""
    lines = block.split("\n")
    last = max(
        (i for i, line in enumerate(lines) if line.startswith(FRAMED)),
        default=0,
    )
    after = [line for line in lines[last + 1 :] if line.strip()]
    likely = [line for line in lines[1:] if NAMED.match(line)]
    yield from after[:1] if after and RAISED.match(after[0]) else likely[-1:] or after[:1]


def _julia(failure: Failure) -> Failure:
    """`ERROR: BoundsError: attempt …` is a BoundsError."""
    inner = (
        JULIA.fullmatch(failure.message) if failure.name in ("ERROR", "Error", "error") else None
    )
    return Failure(inner["name"], inner["message"]) if inner else failure


def _start_of_last(text: str) -> int:
    return max(text.rfind(BEGINS), 0)


def _frames(text: str) -> Iterator[str]:
    found = [match for pattern in FRAMES for match in pattern.finditer(text)]
    for match in sorted(found, key=lambda each: each.start()):
        name = match["name"].partition("(")[0].strip().rpartition(".")[2][:LONGEST]
        if name and not NO_FUNCTION.match(name):
            yield name


def _short(name: str) -> str:
    return re.split(r"[.$]", without_colours(name).strip())[-1][:LONGEST]


def _language(text: str) -> str:
    if BEGINS in text or re.search(r'^ *(?:File "[^"\n]*"|Cell In\[\d+\]), line \d+', text, re.M):
        return "python"
    return "javascript" if re.search(r"^[ \t]+at .*\.[mc]?[jt]sx?:\d+", text, re.M) else ""
