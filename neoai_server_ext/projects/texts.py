"""How the text of files is written: in which encoding, and with which line endings.

Mostly the file says so itself. What it does not say, or what a user has chosen before the file
says it too, is remembered here: a room of JupyterLab's knows neither.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from ..logs import logger
from . import encodings, lines

LineEndings = Literal["lf", "crlf", "mixed", "none"]
Stamp = tuple[int, int]

MOST = 5000
"""How many files are remembered; the ones set longest ago are forgotten first."""

JUDGED_WHOLE = 32 << 20
"""Up to this size all bytes of a file say whether it is text; beyond it, the first of them do."""
JUDGED_HEAD = 1 << 16

log = logger("texts")


@dataclass(frozen=True)
class TextMark:
    """What is remembered of a file.

    chosen: the encoding was chosen by a user, and holds where the file can be read in it.
    line_endings: chosen by a user, and in force as long as nobody else writes the file.
    stamp: the file's time and size when we last wrote it, or when the choice was made.
    """

    encoding: str | None = None
    chosen: bool = False
    line_endings: Literal["lf", "crlf"] | None = None
    stamp: Stamp | None = None


class TextMarks:
    """The marks by a file's place on disk, kept in a JSON file; every method may block."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._marks: dict[str, TextMark] | None = None

    def get(self, path: str) -> TextMark:
        """The mark of a file; an empty one where there is none."""
        with self._lock:
            return self._all().get(path, TextMark())

    def put(self, path: str, mark: TextMark) -> None:
        """Remember a mark, or forget it where it is empty."""
        with self._lock:
            marks = self._all()
            if marks.get(path, TextMark()) == mark:
                return
            marks.pop(path, None)
            if mark.encoding or mark.line_endings:
                marks[path] = mark
            while len(marks) > MOST:
                marks.pop(next(iter(marks)))
            self._write(marks)

    def moved(self, old: str, new: str) -> None:
        """A file or folder was renamed: its marks go with it."""
        with self._lock:
            marks = self._all()
            found = [path for path in marks if path == old or path.startswith(old + os.sep)]
            for path in found:
                marks[new + path[len(old) :]] = marks.pop(path)
            if found:
                self._write(marks)

    def _all(self) -> dict[str, TextMark]:
        if self._marks is None:
            self._marks = self._read()
        return self._marks

    def _read(self) -> dict[str, TextMark]:
        if self._file is None:
            return {}
        try:
            stored = json.loads(self._file.read_text("utf-8"))
            return {path: _mark(fields) for path, fields in stored.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.warning("the encodings that were chosen are forgotten: %s", error)
            return {}

    def _write(self, marks: dict[str, TextMark]) -> None:
        if self._file is None:
            return
        stored = json.dumps({path: asdict(mark) for path, mark in marks.items()})
        draft = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.write_text(stored, "utf-8")
            draft.replace(self._file)
        except OSError as error:
            log.warning("an encoding is remembered until the server stops only: %s", error)


def _mark(fields: dict[str, object]) -> TextMark:
    mark = TextMark(**fields)  # type: ignore[arg-type]
    stamp = tuple(mark.stamp) if mark.stamp else None
    return replace(mark, stamp=stamp)  # type: ignore[arg-type]


def read(marks: TextMarks, path: str, data: bytes) -> str | None:
    """The text of a file's bytes, or None where they are no text; remembers a guess, so that the
    file is written as it was read."""
    mark = marks.get(path)
    encoding = encoding_of(mark, data)
    if encoding is None:
        return None
    if not (mark.chosen and mark.encoding == encoding):
        guessed = None if encoding in (encodings.UTF8, encodings.UTF8_BOM) else encoding
        marks.put(path, replace(mark, encoding=guessed, chosen=False))
    return encodings.decoded(data, encoding)


def encoding_on_disk(marks: TextMarks, path: str) -> str | None:
    """The encoding in which a file would be opened, or None for one to be shown as it is: one that
    is no text, or has a NUL byte in UTF-8, which text does not have."""
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(JUDGED_HEAD if size > JUDGED_WHOLE else JUDGED_WHOLE)
    if len(data) < size:
        data = encodings.without_cut_character(data)
    mark = marks.get(path)
    encoding = encoding_of(mark, data)
    is_chosen = mark.chosen and mark.encoding == encoding
    unmarked = encoding == encodings.UTF8 and not is_chosen
    return None if unmarked and 0 in data else encoding


def encoding_of(mark: TextMark, data: bytes) -> str | None:
    """The encoding that was chosen where the bytes are in it, else the one that they look like."""
    if mark.encoding and mark.chosen and encodings.decoded(data, mark.encoding) is not None:
        return mark.encoding
    return encodings.detected(data)


def written(marks: TextMarks, path: str, text: str, *, with_endings: bool) -> bytes:
    """The bytes of a text that is about to be saved; raises Unencodable.

    with_endings: the text's own line endings are meant; otherwise it gets those of the file.
    """
    try:
        old = Path(path).read_bytes()
    except OSError:
        old = b""
    mark = marks.get(path)
    encoding = mark.encoding or (encodings.detected(old) if old else None) or encodings.UTF8
    if mark.line_endings and mark.stamp != stamp_of(path):
        mark = replace(mark, line_endings=None)
        marks.put(path, mark)
    if mark.line_endings:
        text = with_line_endings(text, mark.line_endings)
    elif not with_endings:
        before = _before(old, encoding)
        if "\r\n" in before:
            text = lines.restored(before.encode(), text.encode()).decode()
    return encodings.encoded(text, encoding, chosen=mark.chosen)


def _before(old: bytes, encoding: str) -> str:
    """The text that a file has now, which may be in another encoding than it will be."""
    text = encodings.decoded(old, encoding)
    if text is None:
        found = encodings.detected(old)
        text = encodings.decoded(old, found) if found else None
    return text or ""


def saved(marks: TextMarks, path: str) -> None:
    """The file was written by us: what was chosen for it stays in force."""
    mark = marks.get(path)
    marks.put(path, replace(mark, stamp=stamp_of(path) if mark.line_endings else None))


def choose(
    marks: TextMarks,
    path: str,
    encoding: str | None = None,
    line_endings: Literal["lf", "crlf"] | None = None,
) -> None:
    """Remember what a user chose for a file; raises Invalid for an unknown encoding."""
    mark = marks.get(path)
    if encoding is not None:
        encodings.codec_of(encoding)
        mark = replace(mark, encoding=encoding, chosen=True)
    if line_endings is not None:
        mark = replace(mark, line_endings=line_endings)
    marks.put(path, replace(mark, stamp=stamp_of(path)))


def touch(marks: TextMarks, path: str) -> None:
    """Give the file a new time, so that a room that has it open reads it again."""
    os.utime(path)
    saved(marks, path)


def state(marks: TextMarks, path: str) -> tuple[str | None, LineEndings]:
    """The encoding (None for no text) and the line endings with which a file is saved next."""
    data = Path(path).read_bytes()
    mark = marks.get(path)
    encoding = mark.encoding if mark.chosen else encoding_of(mark, data)
    if mark.line_endings and mark.stamp == stamp_of(path):
        return encoding, mark.line_endings
    text = encodings.decoded(data, encoding) if encoding else None
    return encoding, line_endings_of(text or "")


def line_endings_of(text: str) -> LineEndings:
    """What a text's lines end with."""
    crlf = text.count("\r\n")
    lf = text.count("\n") - crlf
    if crlf and lf:
        return "mixed"
    return "crlf" if crlf else "lf" if lf else "none"


def with_line_endings(text: str, line_endings: Literal["lf", "crlf"]) -> str:
    """The text with every line ended the same way."""
    text = text.replace("\r\n", "\n")
    return text.replace("\n", "\r\n") if line_endings == "crlf" else text


def stamp_of(path: str) -> Stamp | None:
    """The time and size of a file on disk; None where it is not there."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
