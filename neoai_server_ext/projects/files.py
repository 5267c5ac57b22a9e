"""A project's files: read with a strong ETag, written whole or not at all, moved, trashed.

Everything here blocks: call it in a thread.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .. import errors
from . import paths, temporaries, trash
from .paths import disk_errors

BLOCK = 1 << 20
SETTLED_NS = 2_000_000_000
NAMELESS: int = getattr(os, "O_TMPFILE", 0)
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class FileState:
    """What a file is at one moment; `etag` without quotes."""

    path: str
    size: int
    mtime_ns: int
    etag: str
    created: bool = False


@dataclass(frozen=True)
class Condition:
    """`If-Match` (etags, or `*`) and `If-None-Match: *` of a write."""

    match: tuple[str, ...] | None = None
    none: bool = False

    def check(self, etag: str | None) -> None:
        """Raise Stale unless a file of this etag (None: no file) may be written."""
        if self.none and etag is not None:
            raise errors.Stale("There is a file already; read it first.", code="exists")
        if self.match is None or (etag is not None and ("*" in self.match or etag in self.match)):
            return
        if etag is None:
            raise errors.Stale("The file is not there any more.", etag=None)
        raise errors.Stale(
            "The file has changed since you read it: read it again and merge.", etag=f'"{etag}"'
        )


class Digests:
    """Content digests by a file's identity on disk, for files that have been still for a while.

    A file that was written a moment ago is always read again: within one tick of the clock
    a second write would leave size and times as they were.
    """

    def __init__(self, capacity: int = 1024) -> None:
        self._capacity = capacity
        self._known: OrderedDict[tuple[int, ...], str] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, descriptor: int) -> str:
        """The digest of an open file's content; raises Conflict where it changes all the time."""
        for _ in range(3):
            before = _identity(os.fstat(descriptor))
            with self._lock:
                known = self._known.get(before)
            if known is not None:
                return known
            digest = hashlib.sha256()
            os.lseek(descriptor, 0, os.SEEK_SET)
            while block := os.read(descriptor, BLOCK):
                digest.update(block)
            if _identity(os.fstat(descriptor)) == before:
                return self._remember(before, short(digest))
        raise errors.Conflict("The file is being written by another program.", code="busy")

    def _remember(self, identity: tuple[int, ...], digest: str) -> str:
        if time.time_ns() - max(identity[-2:]) > SETTLED_NS:
            with self._lock:
                self._known[identity] = digest
                while len(self._known) > self._capacity:
                    self._known.popitem(last=False)
        return digest


def short(digest: hashlib._Hash) -> str:
    """128 bits are enough to tell contents apart."""
    return digest.hexdigest()[:32]


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


digests = Digests()


class Reading:
    """An open file at one state of its content."""

    def __init__(self, root: str, path: str) -> None:
        """Open it; raises NotFound, Forbidden, or Conflict for what is not a regular file."""
        parts = paths.resolve(root, paths.parse(path))
        if not parts:
            raise _not_a_file(path, stat.S_IFDIR)
        with disk_errors(path), paths.folder(root, parts[:-1]) as folder:
            self._fd = os.open(parts[-1], READ, dir_fd=folder)
        try:
            found = os.fstat(self._fd)
            if not stat.S_ISREG(found.st_mode):
                raise _not_a_file(path, found.st_mode)
            with disk_errors(path):
                etag = digests.of(self._fd)
                found = os.fstat(self._fd)
        except BaseException:
            self.close()
            raise
        self._found = _identity(found)
        self.state = FileState(path, found.st_size, found.st_mtime_ns, etag)

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes at `offset`."""
        with disk_errors(self.state.path):
            return os.pread(self._fd, size, offset)

    def settled(self, offset: int, size: int) -> bytes:
        """As `read`, but nothing where the content is no longer the one that the etag names."""
        data = self.read(offset, size)
        return data if _identity(os.fstat(self._fd)) == self._found else b""

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class Writing:
    """New content on its way: collected in a nameless file, put in place in one step.

    The file keeps its mode and owner; a symlink stays and its target is written. Where
    anything fails, the old content stands, and nothing of the new is left behind.
    """

    def __init__(self, root: str, path: str, *, limit: int) -> None:
        """Prepare to write at most `limit` bytes; raises Invalid for a new name that is not
        safe, Conflict for what is not a regular file, Forbidden for a read-only one."""
        parts = paths.resolve(root, paths.parse(path))
        if not parts:
            raise _not_a_file(path, stat.S_IFDIR)
        self._path = path
        self._name = parts[-1]
        self._limit = limit
        self._size = 0
        self._digest = hashlib.sha256()
        self._temporary: str | None = None
        self._fd = -1
        self._busy = threading.RLock()
        paths.check_new(root, parts)
        with disk_errors(path):
            self._folder = paths.OpenFolder(root, parts[:-1], create=True)
            try:
                self._old = self._existing()
                self._open()
            except BaseException:
                self.abort()
                raise

    def _existing(self) -> os.stat_result | None:
        try:
            found = os.stat(self._name, dir_fd=self._folder.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):
            raise _not_a_file(self._path, found.st_mode)
        if not os.access(self._name, os.W_OK, dir_fd=self._folder.fd):
            raise errors.Forbidden(f"`{self._path}` is read-only.", code="read-only")
        return found

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CLOEXEC
        if NAMELESS:
            with suppress(OSError):
                self._fd = os.open(".", flags | NAMELESS, 0o666, dir_fd=self._folder.fd)
                return
        self._temporary = temporaries.new_name()
        flags |= os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self._fd = os.open(self._temporary, flags, 0o666, dir_fd=self._folder.fd)
        temporaries.lock(self._fd)

    def make_private(self) -> None:
        """Let nobody but the owner read it, where no file is there yet whose mode it keeps."""
        os.fchmod(self._fd, stat.S_IMODE(os.fstat(self._fd).st_mode) & ~0o077)

    def write(self, data: bytes) -> None:
        """Append; raises TooLarge beyond the limit, StorageFull on a full disk."""
        self._size += len(data)
        if self._size > self._limit:
            raise too_large(self._limit)
        self._digest.update(data)
        view = memoryview(data)
        with self._busy, disk_errors(self._path):
            while view:
                view = view[os.write(self._fd, view) :]

    def commit(self, condition: Condition) -> FileState:
        """Put the content in place; raises Stale where the condition does not hold (any more)."""
        try:
            with self._busy, disk_errors(self._path):
                if self._old is not None:
                    self._keep(self._old)
                os.fsync(self._fd)
                with locked(self._folder.fd):
                    created = self._place(condition)
                os.fsync(self._folder.fd)
                found = os.fstat(self._fd)
        except BaseException:
            self.abort()
            raise
        self._close()
        return FileState(self._path, found.st_size, found.st_mtime_ns, short(self._digest), created)

    def _keep(self, old: os.stat_result) -> None:
        new = os.fstat(self._fd)
        if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
            with suppress(PermissionError):
                os.fchown(self._fd, old.st_uid, old.st_gid)
        os.fchmod(self._fd, stat.S_IMODE(old.st_mode))

    def _place(self, condition: Condition) -> bool:
        folder = self._folder.fd
        current = self._existing()
        if condition.match is not None or condition.none:
            condition.check(self._etag() if current is not None else None)
        if self._temporary is None:
            link = f"/proc/self/fd/{self._fd}"
            if current is None:
                with suppress(FileExistsError):
                    os.link(link, self._name, dst_dir_fd=folder, follow_symlinks=True)
                    return True
                condition.check(self._etag())
            name = temporaries.new_name()
            os.link(link, name, dst_dir_fd=folder, follow_symlinks=True)
            self._temporary = name
        if condition.none:
            try:
                paths.rename_exclusively(folder, self._temporary, folder, self._name)
            except FileExistsError:
                condition.check("")
        else:
            os.rename(self._temporary, self._name, src_dir_fd=folder, dst_dir_fd=folder)
        self._temporary = None
        return current is None

    def _etag(self) -> str:
        descriptor = os.open(self._name, READ, dir_fd=self._folder.fd)
        try:
            return digests.of(descriptor)
        finally:
            os.close(descriptor)

    def abort(self) -> None:
        """Leave everything as it was; waits for a write that is under way."""
        with self._busy:
            if self._temporary is not None:
                with suppress(OSError):
                    os.unlink(self._temporary, dir_fd=self._folder.fd)
                self._temporary = None
            self._close()
            self._folder.undo()

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        self._folder.close()


def too_large(limit: int) -> errors.TooLarge:
    """The answer to a body over the limit, in bytes."""
    return errors.TooLarge(
        f"The file is larger than the {limit:,} bytes that "
        "`c.ProjectService.max_upload_bytes` allows.",
        limit=limit,
    )


def _not_a_file(path: str, mode: int) -> errors.NeoAIError:
    if stat.S_ISLNK(mode):
        return errors.NotFound(f"`{path}` is a link that leads nowhere.")
    if stat.S_ISDIR(mode):
        return errors.Conflict(
            f"`{path}` is a folder: list it with `files?path=`.", code="is-a-folder"
        )
    return errors.Conflict(f"`{path}` is not a regular file.", code="not-a-file")


_one_at_a_time = threading.Lock()


@contextmanager
def locked(folder: int) -> Iterator[None]:
    """Exclude every other writer in this folder, those of other servers too where the disk can."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
    except OSError:
        with _one_at_a_time:
            yield
        return
    try:
        yield
    finally:
        fcntl.flock(folder, fcntl.LOCK_UN)


def move(root: str, old: str, new: str) -> None:
    """Rename a file or folder, making the new one's parents; never over something else.

    Raises NotFound, Conflict (`exists`), Invalid (a folder into itself).
    """
    source = paths.resolve_entry(root, paths.parse(old))
    target = paths.resolve_entry(root, paths.parse(new))
    paths.check_new(root, target)
    if target[: len(source)] == source and len(target) > len(source):
        raise errors.Invalid("A folder cannot be moved into itself.", code="into-itself")
    with disk_errors(old), paths.folder(root, source[:-1]) as origin:
        os.stat(source[-1], dir_fd=origin, follow_symlinks=False)
        if source == target:
            return
        with disk_errors(new):
            destination = paths.OpenFolder(root, target[:-1], create=True)
        try:
            with locked(destination.fd):
                paths.rename_exclusively(origin, source[-1], destination.fd, target[-1])
            os.fsync(destination.fd)
        except FileExistsError:
            destination.undo()
            raise errors.Conflict(f"`{new}` is there already.", code="exists") from None
        except BaseException:
            destination.undo()
            raise
        finally:
            destination.close()


def delete(root: str, path: str, condition: Condition) -> trash.Trashed | None:
    """Move a file or folder to the trash; returns where it lies, if that can be told.

    Raises Conflict (`no-trash`) where there is no trash.
    """
    parts = paths.resolve_entry(root, paths.parse(path))
    with disk_errors(path), paths.folder(root, parts[:-1]) as folder, locked(folder):
        found = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
        if condition.match is not None:
            if not stat.S_ISREG(found.st_mode):
                raise _not_a_file(path, found.st_mode)
            descriptor = os.open(parts[-1], READ, dir_fd=folder)
            try:
                condition.check(digests.of(descriptor))
            finally:
                os.close(descriptor)
        return trash.discard(Path(root, *parts))
