"""Replacements across a project: what was previewed is what is written, and all of it can be
taken back at once. Everything here blocks: call it in a thread."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ... import errors
from ...notebooks.sources import is_notebook
from .models import Edit

KEPT = 50
TOKEN = re.compile(r"[0-9a-f]{32}")


class Changed(Exception):
    """The file is not the one that was previewed."""


def edited(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The content with all edits made; line endings and all else stay as they are.

    Raises Changed where a line does not hold what an edit says, or two edits overlap.
    """
    try:
        encoding, bom, text = _decoded(content)
    except UnicodeError:
        raise Changed from None
    lines = text.split("\n")
    by_line: dict[int, list[Edit]] = {}
    for edit in edits:
        by_line.setdefault(edit.line, []).append(edit)
    for number, found in by_line.items():
        if number > len(lines):
            raise Changed
        lines[number - 1] = _line(lines[number - 1], sorted(found, key=lambda edit: edit.start))
    return bom + "\n".join(lines).encode(encoding, "surrogateescape")


def check_still_valid(path: str, content: bytes) -> None:
    """Raise Conflict for a chat, which only its own writer changes, and for a notebook that would
    be none any more (a quote in the new text would end a string of its JSON)."""
    if path.lower().endswith(".chat"):
        raise errors.Conflict("A chat is not changed by replacing.", code="chat")
    if is_notebook(path):
        try:
            json.loads(content)
        except (ValueError, RecursionError):
            raise errors.Conflict(
                "The notebook would not be valid any more: change it in the notebook editor.",
                code="breaks-notebook",
            ) from None


def _line(line: str, edits: list[Edit]) -> str:
    """One line; columns count UTF-16 units."""
    units = None if line.isascii() else line.encode("utf-16-le", "surrogatepass")
    done, parts = 0, []
    for edit in edits:
        if edit.start < done:
            raise Changed
        width = len(edit.old) if units is None else len(_wide(edit.old)) // 2
        end = edit.start + width
        if _cut(line, units, edit.start, end) != edit.old:
            raise Changed
        parts += [_cut(line, units, done, edit.start), edit.new]
        done = end
    return "".join([*parts, _cut(line, units, done, None)])


def _cut(line: str, units: bytes | None, start: int, end: int | None) -> str:
    if units is None:
        return line[start:end]
    part = units[2 * start : None if end is None else 2 * end]
    return part.decode("utf-16-le", "surrogatepass")


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _decoded(content: bytes) -> tuple[str, bytes, str]:
    for bom, encoding in (
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"\xef\xbb\xbf", "utf-8"),
    ):
        if content.startswith(bom):
            return encoding, bom, content[len(bom) :].decode(encoding, "surrogateescape")
    return "utf-8", b"", content.decode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class Before:
    """A file as it was before a replacement, and the etag that it got by it."""

    path: str
    etag: str
    content: bytes


class History:
    """The replacements that can be undone, each in a folder of its own; the last ones are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, project_id: str) -> str:
        """A new replacement's id."""
        replacement_id = secrets.token_hex(16)
        folder = self._folder / replacement_id
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._thin()
        folder.mkdir(mode=0o700)
        (folder / "project").write_text(project_id)
        return replacement_id

    def keep(self, replacement_id: str, number: int, content: bytes) -> None:
        """Put a file's content by, before it is written over."""
        (self._folder / replacement_id / f"{number}.before").write_bytes(content)

    def wrote(self, replacement_id: str, number: int, path: str, etag: str) -> None:
        """Note that the file was written."""
        note = json.dumps({"path": path, "etag": etag, "number": number})
        with (self._folder / replacement_id / "written").open("a", encoding="utf-8") as file:
            file.write(note + "\n")

    def written(self, project_id: str, replacement_id: str) -> list[Before]:
        """What can be put back; raises NotFound where the replacement is not kept (any more)."""
        folder = self._folder / replacement_id
        try:
            if not TOKEN.fullmatch(replacement_id):
                raise FileNotFoundError
            if (folder / "project").read_text() != project_id:
                raise FileNotFoundError
            notes = (folder / "written").read_text(encoding="utf-8").splitlines()
            found = [json.loads(note) for note in notes]
            return [
                Before(
                    note["path"], note["etag"], (folder / f"{note['number']}.before").read_bytes()
                )
                for note in found
            ]
        except (OSError, ValueError, KeyError):
            raise errors.NotFound(
                "This replacement cannot be undone any more.", code="not-kept"
            ) from None

    def forget(self, replacement_id: str) -> None:
        """It was undone, or nothing came of it."""
        shutil.rmtree(self._folder / replacement_id, ignore_errors=True)

    def _thin(self) -> None:
        folders = sorted(self._folder.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
        for folder in folders[: max(0, len(folders) - KEPT + 1)]:
            shutil.rmtree(folder, ignore_errors=True)
