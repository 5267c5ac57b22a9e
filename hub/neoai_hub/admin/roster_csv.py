"""Users and their groups, read from a table as spreadsheets write them."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

NAMES = {"name", "user", "username", "login"}
GROUPS = {"group", "groups", "course", "courses"}
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
GROUP = re.compile(r"(?:\\[|,;\\]|[^|,;])+")
GUESSED = "cp1252"
LONGEST = 1000
MOST_BYTES = 512 * 1024
FORMULA = ("=", "+", "-", "@")
MOST_ROWS = 10_000


class Unreadable(Exception):
    """The file is no table; the text says why."""


@dataclass
class Sheet:
    """What the table says: users with their lines, and mistakes by line. `names`: the lines of
    names as they are compared."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    mistakes: list[tuple[int, str]] = field(default_factory=list)


def decode(data: bytes) -> str:
    """The file's text: by its byte order mark, else UTF-8, else as Windows in the West writes it.
    Raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"The file has more than {MOST_BYTES // 1024} KiB: import it in parts.")
    try:
        text = data.decode(encoding_of(data))
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Unreadable("This is no text: save the table as CSV (UTF-8).")
    return text


def encoding_of(data: bytes) -> str:
    """By its byte order mark, else UTF-8; GUESSED for what is neither."""
    for mark, code in MARKS.items():
        if data.startswith(mark):
            return code
    try:
        data.decode()
    except UnicodeDecodeError:
        return GUESSED
    return "utf-8"


def read(text: str, group: str = "") -> Sheet:
    """Its users; all of them join `group` too, where one is given. Raises Unreadable."""
    rows = list(_rows(text))
    if not rows:
        raise Unreadable("The table is empty.")
    name_at, groups_at, below = _columns(rows)
    if len(below) > MOST_ROWS:
        raise Unreadable(f"The table has {len(below)} rows; {MOST_ROWS} at most are imported.")
    sheet = Sheet()
    for line, cells in below:
        name, groups = _cell(cells, name_at), _cell(cells, groups_at)
        bare = next((cell for cell in (name, groups) if cell.startswith(FORMULA)), None)
        if bare is not None:
            said = f"“{bare[:100]}” begins as formulas do; if it is a name, write '{bare[:100]}"
            sheet.mistakes.append((line, said))
        else:
            _add(sheet, line, _plain(name), groups_of(_plain(groups), group))
    return sheet


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, [cell.strip() for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(f"Line {begins} cannot be read as CSV: {error}.") from None


def _columns(
    rows: Sequence[tuple[int, list[str]]],
) -> tuple[int, int | None, Sequence[tuple[int, list[str]]]]:
    """Where names and groups are, and the rows below the header, if there is one."""
    head = [cell.casefold() for cell in rows[0][1]]
    name_at = next((at for at, cell in enumerate(head) if cell in NAMES), None)
    if name_at is not None:
        return name_at, next((at for at, cell in enumerate(head) if cell in GROUPS), None), rows[1:]
    if len(head) > 2:
        raise Unreadable("The first line must name the columns: name, groups.")
    return 0, 1, rows


def _cell(cells: list[str], at: int | None) -> str:
    return cells[at] if at is not None and at < len(cells) else ""


def groups_of(cell: str, group: str = "") -> list[str]:
    """The groups that a cell names, and `group`."""
    named = [re.sub(r"\\([|,;\\])", r"\1", part.strip()) for part in GROUP.findall(cell)]
    return list(dict.fromkeys(each for each in [*named, group] if each))


def joined(groups: Iterable[str]) -> str:
    """Groups as a cell that is read as these."""
    return "|".join(re.sub(r"([|,;\\])", r"\\\1", group) for group in groups)


def _plain(cell: str) -> str:
    """Without the apostrophe by which a spreadsheet, and our own tables, mark text."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def _add(sheet: Sheet, line: int, name: str, groups: list[str]) -> None:
    key = unicodedata.normalize("NFKC", name).casefold()
    if not name:
        sheet.mistakes.append((line, "there is no name"))
    elif len(name) > LONGEST or any(len(group) > LONGEST for group in groups) or len(groups) > 50:
        sheet.mistakes.append((line, "this is longer than names and groups are"))
    elif key in sheet.names:
        sheet.mistakes.append((line, f"{name} is in line {sheet.names[key]} already"))
    else:
        sheet.names[key] = line
        sheet.lines.append(line)
        sheet.entries.append({"name": name, "groups": groups})
