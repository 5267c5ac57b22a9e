"""What encoding a file's text is in, and the way from its bytes to text and back.

A byte order mark stays in the text, as U+FEFF: what is read and written back is the same bytes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from .. import errors

UTF8, UTF8_BOM = "utf-8", "utf-8-bom"
UTF16LE, UTF16BE = "utf-16le", "utf-16be"
MARK = "\ufeff"

ENCODINGS: dict[str, str] = {
    UTF8: "utf-8",
    UTF8_BOM: "utf-8",
    UTF16LE: "utf-16-le",
    UTF16BE: "utf-16-be",
    "iso-8859-1": "iso-8859-1",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "iso-8859-2": "iso-8859-2",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "koi8-r": "koi8-r",
    "iso-8859-7": "iso-8859-7",
    "windows-1254": "cp1254",
    "gb18030": "gb18030",
    "big5": "big5",
    "shift-jis": "shift_jis",
    "euc-jp": "euc_jp",
    "euc-kr": "euc_kr",
}
"""The encodings that can be chosen, and Python's codec for each."""

WITH_MARK = frozenset({UTF8_BOM, UTF16LE, UTF16BE})
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
PAIR = re.compile(rb"[\x81-\xfe][\x40-\xfe]")
HIGH_PAIR = re.compile(rb"[\xa1-\xfe][\xa1-\xfe]")
KANA = re.compile("[\u3040-\u30ff]")
HANGUL = re.compile("[\uac00-\ud7a3]")
IDEOGRAPH = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Unencodable(Exception):
    """A character that an encoding does not have."""

    encoding: str
    char: str
    line: int

    def __str__(self) -> str:
        return (
            f"{self.encoding} has no “{self.char}” (line {self.line}). Take the character out, "
            "or save with another encoding, such as UTF-8."
        )


def codec_of(encoding: str) -> str:
    """Python's codec; raises Invalid for an encoding that is not among ours."""
    try:
        return ENCODINGS[encoding]
    except KeyError:
        raise errors.Invalid(
            f"`{encoding}` is no encoding that is offered here.", code="unknown-encoding"
        ) from None


def decoded(data: bytes, encoding: str) -> str | None:
    """The text, or None where the bytes are not in this encoding, or would not come back."""
    codec = codec_of(encoding)
    try:
        text = data.decode(codec)
        return text if text.encode(codec) == data else None
    except UnicodeError:
        return None


def encoded(text: str, encoding: str, *, chosen: bool) -> bytes:
    """The bytes of a text; raises Unencodable.

    chosen: the encoding was asked for, so that the byte order mark is as it says; otherwise there
    is one where the text has one.
    """
    if chosen:
        text = text.removeprefix(MARK)
        if encoding in WITH_MARK:
            text = MARK + text
    try:
        return text.encode(codec_of(encoding))
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise Unencodable(encoding, text[error.start], line) from None


def detected(data: bytes) -> str | None:
    """The encoding of a file; None where it holds no text."""
    marked = _by_mark(data)
    if marked is not None:
        return marked
    if 0 in data:
        return _without_mark(data) or (UTF8 if _is_utf8(data) else None)
    if _is_utf8(data):
        return UTF8
    if len(CONTROL.findall(data)) > len(data) / 100:
        return None
    return _east_asian(data) or _cyrillic(data) or _western(data)


def without_cut_character(data: bytes) -> bytes:
    """The start of a file, less what may be the first part of a character."""
    cuts = (data[: len(data) - cut] for cut in range(4))
    return next(filter(_is_utf8, cuts), data[: len(data) & ~1])


def _by_mark(data: bytes) -> str | None:
    if data.startswith(codecs.BOM_UTF8) and _is_utf8(data):
        return UTF8_BOM
    for mark, encoding in ((codecs.BOM_UTF16_LE, UTF16LE), (codecs.BOM_UTF16_BE, UTF16BE)):
        if data.startswith(mark) and decoded(data, encoding) is not None:
            return encoding
    return None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _without_mark(data: bytes) -> str | None:
    """UTF-16 of mostly Latin text: every other byte is zero."""
    if len(data) < 4:
        return None
    half = len(data) / 2
    zeros = data[::2].count(0), data[1::2].count(0)
    for encoding, (few, many) in ((UTF16LE, zeros), (UTF16BE, zeros[::-1])):
        if many > 0.4 * half and few < 0.05 * half and decoded(data, encoding) is not None:
            return encoding
    return None


def _east_asian(data: bytes) -> str | None:
    high = sum(byte >= 0x80 for byte in data)
    pairs = len(PAIR.findall(data))
    if pairs < 2:
        return None
    for encoding in ("euc-jp", "shift-jis"):
        text = decoded(data, encoding)
        if text is not None and len(KANA.findall(text)) * 4 > high // 2:
            return encoding
    if 2 * len(HIGH_PAIR.findall(data)) >= 0.95 * high:
        text = decoded(data, "euc-kr")
        if text is not None and len(HANGUL.findall(text)) >= 0.95 * (high // 2):
            return "euc-kr"
        text = decoded(data, "gb18030")
        if text is not None and 2 * len(IDEOGRAPH.findall(text)) > high // 2:
            return "gb18030"
    text = decoded(data, "big5")
    if text is not None and len(IDEOGRAPH.findall(text)) > 0.7 * pairs:
        return "big5"
    return None


def _cyrillic(data: bytes) -> str | None:
    letters = sum(chr(byte).isalpha() for byte in data if byte < 0x80)
    high = sum(byte >= 0xC0 for byte in data)
    if high < letters or high < 4:
        return None
    upper, lower = sum(0xC0 <= byte < 0xE0 for byte in data), sum(byte >= 0xE0 for byte in data)
    return "windows-1251" if lower >= upper else "koi8-r"


def _western(data: bytes) -> str:
    if any(0x80 <= byte < 0xA0 for byte in data) and decoded(data, "windows-1252") is not None:
        return "windows-1252"
    return "iso-8859-1"
