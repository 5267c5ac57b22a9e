"""A project's folder as a zip archive, and what such an archive holds put into a project. Blocks.

An archive from elsewhere is judged entry by entry: nothing is written outside the folder it goes to
(*zip slip*), nothing beyond the limits (*zip bombs*; the bytes that come out count, not what the
archive says of itself), and nothing at all where one entry is refused.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from .. import errors
from . import paths, temporaries, tree
from .files import BLOCK, READ, Reading, locked
from .paths import disk_errors
from .sharing.roles import is_chat

MAX_ENTRIES = 200_000
OLDEST = (1980, 1, 1, 0, 0, 0)


class _Sink:
    """Takes what ZipFile writes, until it is sent on."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def take(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data


Told = Callable[[int, int], None]
"""Hears how many bytes of how many are done."""


def zipped(
    root: str, path: str, *, ignored: bool = False, told: Told | None = None
) -> Iterator[bytes]:
    """The archive of a folder, in blocks: every regular file that git does not ignore (with
    `ignored` those too), under its path in the folder. Links are left out, and so is what cannot
    be read."""
    sink = _Sink()
    prefix = f"{path}/" if path else ""
    total = done = 0
    if told is not None:
        total = sum(size for _, size, _ in tree.walk(root, path, ignored=ignored))
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:  # type: ignore[call-overload]
        for name, size, mtime_ns in tree.walk(root, path, ignored=ignored):
            parts = tuple(name.split("/"))
            try:
                with paths.folder(root, parts[:-1]) as folder:
                    descriptor = os.open(parts[-1], READ, dir_fd=folder)
            except (OSError, errors.NeoAIError):
                continue
            with os.fdopen(descriptor, "rb") as file:
                for block in _entry(archive, sink, file, name.removeprefix(prefix), mtime_ns):
                    if told is not None:
                        told(done + min(size, file.tell()), total)
                    yield block
            done += size
    yield sink.take()


def _entry(
    archive: zipfile.ZipFile, sink: _Sink, file: IO[bytes], name: str, mtime_ns: int
) -> Iterator[bytes]:
    moment = max(time.localtime(mtime_ns // 1_000_000_000)[:6], OLDEST)
    info = zipfile.ZipInfo(os.fsencode(name).decode("utf-8", "replace"), moment)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = os.fstat(file.fileno()).st_mode << 16
    with archive.open(info, "w", force_zip64=True) as out:
        while block := file.read(BLOCK):
            out.write(block)
            yield sink.take()


def unpack(root: str, path: str, target: str, *, limit: int, chats: bool = True) -> int:
    """Unpack the archive at `path` into a new folder; returns how many files that gave.

    All of it or nothing. `.git`, links and devices are left out, and without `chats` those too.
    Raises BadInput (no zip, damaged, with a password), Invalid (an entry that leads outside, or
    under an unsafe name), TooLarge (more than `limit` bytes, or too many entries), Conflict
    (`exists`).
    """
    parts = paths.resolve_entry(root, paths.parse(target))
    paths.check_new(root, parts)
    reading = Reading(root, path)
    try:
        with disk_errors(target):
            parent = paths.OpenFolder(root, parts[:-1], create=True)
    except BaseException:
        reading.close()
        raise
    whole = Path(root, *parts[:-1], temporaries.new_name())
    try:
        with disk_errors(target):
            if _lies(parent.fd, parts[-1]):
                raise errors.Conflict(f"`{target}` is there already.", code="exists")
            whole.mkdir()
            archive = Path(root, *paths.resolve(root, paths.parse(path)))
            with temporaries.held(whole):
                with archive.open("rb") as file:
                    count = _unpack(file, whole, limit, chats=chats)
                with locked(parent.fd):
                    paths.rename_exclusively(parent.fd, whole.name, parent.fd, parts[-1])
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, RuntimeError) as error:
        raise errors.BadInput(f"`{path}` is not a zip archive that can be read.") from error
    finally:
        reading.close()
        with suppress(OSError):
            shutil.rmtree(whole)
        parent.undo()
        parent.close()
    return count


def _lies(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _unpack(file: IO[bytes], whole: Path, limit: int, *, chats: bool) -> int:
    count = left = 0
    left = limit
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise errors.TooLarge(f"The archive has more than {MAX_ENTRIES:,} entries.")
        for entry in entries:
            parts = _judged(entry)
            if parts is None or (not chats and any(is_chat(part) for part in parts)):
                continue
            place = whole.joinpath(*parts)
            try:
                folder = place if entry.is_dir() else place.parent
                folder.mkdir(parents=True, exist_ok=True)
                if entry.is_dir():
                    continue
                target = place.open("xb")
            except (FileExistsError, NotADirectoryError):
                raise errors.Invalid(
                    f"The archive has `{entry.filename[:200]}` twice, or beside a name that this "
                    "disk takes for the same. Nothing was unpacked.",
                    code="names-clash",
                ) from None
            with archive.open(entry) as source, target as out:
                while block := source.read(BLOCK):
                    left -= len(block)
                    if left < 0:
                        raise errors.TooLarge(
                            f"The archive holds more than the {limit:,} bytes that "
                            "`c.ProjectService.max_upload_bytes` allows.",
                            limit=limit,
                        )
                    out.write(block)
            if entry.external_attr >> 16 & stat.S_IXUSR:
                place.chmod(place.stat().st_mode | 0o111)
            count += 1
    return count


def _judged(entry: zipfile.ZipInfo) -> tuple[str, ...] | None:
    """Where an entry goes, below the folder; None for what is left out."""
    if entry.flag_bits & 1:
        raise errors.BadInput("The archive has a password: unpack it first.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return None
    name = entry.filename.replace("\\", "/").rstrip("/")
    if any(paths.is_git(part) for part in name.split("/")):
        return None
    try:
        parts = paths.parse(name)
        paths.check_new("/nowhere", parts)
    except errors.NeoAIError as error:
        raise errors.Invalid(
            f"The archive has an entry that would not stay in its folder, or whose name is not "
            f"safe: `{entry.filename[:200]}`. Nothing was unpacked.",
            code="unsafe-name",
        ) from error
    return parts
