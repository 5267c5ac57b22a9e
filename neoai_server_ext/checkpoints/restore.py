"""Makes a folder what it was at a checkpoint, losing nothing on the way.

What is in the folder now was put into the store just before. Each file is prepared beside its
place and exchanged with the one that is there; what comes out of the exchange is thrown away only
if it is still what the store has. Whatever a checkpoint does not know (ignored and oversized
files, `.git`) is neither touched nor overwritten.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .. import errors
from ..projects import paths
from ..projects.temporaries import TEMPORARY
from .private import OTHERS, Private
from .store import Store, meanings

LINK, FILE, EXECUTABLE, GONE = "120000", "100644", "100755", "000000"
JOURNAL = "restoring.json"


@dataclass(frozen=True)
class Change:
    """One path between two trees; modes as git has them, blobs by name, GONE where absent."""

    path: str
    old_mode: str
    new_mode: str
    old: str
    new: str

    @property
    def kind(self) -> str:
        """`added`, `modified` or `deleted`."""
        if self.old_mode == GONE:
            return "added"
        return "deleted" if self.new_mode == GONE else "modified"


@dataclass
class Restored:
    """restored: paths written; removed: paths deleted; kept: paths left as they are, with the
    reason."""

    restored: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)


def changes(store: Store, old: str, new: str, only: Sequence[str] = ()) -> list[Change]:
    """What differs between two trees, below the paths `only` where any are given."""
    with meanings():
        output = store.git("diff-tree", "-r", "-z", "--raw", "--no-renames", old, new)
    found = []
    fields = iter(output.split(b"\0"))
    for head in fields:
        if not head:
            break
        old_mode, new_mode, old_blob, new_blob, _ = head.decode()[1:].split(" ")
        path = os.fsdecode(next(fields))
        if not only or any(path == one or path.startswith(f"{one}/") for one in only):
            found.append(Change(path, old_mode, new_mode, old_blob, new_blob))
    return found


Rescue = Callable[[str, bytes], None]


class Restoring:
    """Brings changes into a folder: `old` of each is what is there, `new` what is wanted.

    rescue: takes a path and a content that was found there and that the store does not have:
    somebody has written it in the meantime, or the store's copy is broken and stays so.
    """

    def __init__(self, store: Store, root: Path, rescue: Rescue) -> None:
        self._store = store
        self._root = str(root)
        self._rescue = rescue
        self._token = f"{TEMPORARY}{secrets.token_hex(4)}-"
        self._result = Restored()
        self._broken: set[str] = set()
        self._private = Private(store).paths()

    def apply(self, wanted: Sequence[Change]) -> Restored:
        """Carry the changes out; what cannot be done is in `kept` of the result."""
        gone = [change for change in wanted if change.new_mode == GONE]
        gone.sort(key=lambda change: change.path, reverse=True)
        written = [change for change in wanted if change.new_mode != GONE]
        self._note([change.path for change in (*gone, *written)])
        self._broken = self._store.broken([c.old for c in wanted if c.old_mode != GONE])
        for number, change in enumerate(gone):
            self._guarded(change, f"{self._token}{number}", b"")
        contents = self._store.readable([change.new for change in written])
        for number, (change, content) in enumerate(zip(written, contents, strict=True), len(gone)):
            if content is None:
                self._result.kept[change.path] = "The checkpoint's copy is missing or broken."
            else:
                self._guarded(change, f"{self._token}{number}", content)
        (self._store.path / JOURNAL).unlink(missing_ok=True)
        return self._result

    def _note(self, wanted: list[str]) -> None:
        """Write down where this run's temporary files may be, for the run after a kill."""
        note = {"root": self._root, "token": self._token, "paths": wanted}
        (self._store.path / JOURNAL).write_text(json.dumps(note))

    def _guarded(self, change: Change, temporary: str, content: bytes) -> None:
        parts = tuple(change.path.split("/"))
        if any(paths.is_git(part) or part in ("", ".", "..") for part in parts):
            self._result.kept[change.path] = "Its name is not allowed."
            return
        try:
            with paths.disk_errors(change.path):
                if change.new_mode == GONE:
                    self._remove(change, parts, temporary)
                else:
                    self._write(change, parts, temporary, content)
        except errors.StorageFull:
            raise
        except errors.NeoAIError as error:
            self._result.kept[change.path] = error.detail

    def _write(self, change: Change, parts: paths.Parts, temporary: str, content: bytes) -> None:
        folder = paths.OpenFolder(self._root, parts[:-1], create=True)
        try:
            _prepare(folder.fd, temporary, change, content, change.path in self._private)
            try:
                occupied = _make_room(folder.fd, parts[-1], temporary, change)
                if occupied:
                    paths.exchange(folder.fd, temporary, parts[-1])
                else:
                    paths.rename_exclusively(folder.fd, temporary, folder.fd, parts[-1])
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=folder.fd)
                raise
            if occupied:
                self._throw_away(folder.fd, temporary, change)
        finally:
            folder.close()
        self._result.restored.append(change.path)

    def _remove(self, change: Change, parts: paths.Parts, temporary: str) -> None:
        with paths.folder(self._root, parts[:-1]) as folder:
            there = _stat(folder, parts[-1])
            if there is None:
                return
            if stat.S_ISDIR(there.st_mode):
                raise errors.Conflict("There is a folder in its place by now.")
            paths.rename_exclusively(folder, parts[-1], folder, temporary)
            self._throw_away(folder, temporary, change)
        self._result.removed.append(change.path)
        for end in range(len(parts) - 1, 0, -1):
            try:
                Path(self._root, *parts[:end]).rmdir()
            except OSError:
                return

    def _throw_away(self, folder: int, name: str, change: Change) -> None:
        """Unlink what was taken out of its place; it is kept where the store does not have it."""
        content, link = _read(folder, name)
        if self._store.name_of(content, encrypted=not link) != change.old or (
            change.old in self._broken and not self._store.keep(content, encrypted=not link)
        ):
            self._rescue(change.path, content)
        os.unlink(name, dir_fd=folder)


def sweep(store: Store, rescue: Rescue) -> None:
    """Remove the temporary file of a restore that was killed, after keeping what it holds."""
    try:
        note = json.loads((store.path / JOURNAL).read_text())
        wanted: list[str] = note["paths"]
        root, token = str(note["root"]), str(note["token"])
    except (OSError, ValueError, KeyError):
        return
    for folder in sorted({path.rpartition("/")[0] for path in wanted}):
        with suppress(OSError, errors.NeoAIError):
            parts = tuple(folder.split("/")) if folder else ()
            with paths.folder(root, parts) as descriptor:
                for name in os.listdir(descriptor):  # noqa: PTH208
                    if name.startswith(token):
                        number = int(name.removeprefix(token).partition(".")[0])
                        rescue(wanted[number], _read(descriptor, name)[0])
                        os.unlink(name, dir_fd=descriptor)
    (store.path / JOURNAL).unlink(missing_ok=True)


def _prepare(folder: int, name: str, change: Change, content: bytes, private: bool) -> None:
    if change.new_mode == LINK:
        os.symlink(content, os.fsencode(name), dir_fd=folder)
        return
    mode = (0o777 if change.new_mode == EXECUTABLE else 0o666) & ~(OTHERS if private else 0)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, mode, dir_fd=folder), "wb") as file:
        file.write(content)


def _make_room(folder: int, name: str, temporary: str, change: Change) -> bool:
    """Whether something lies there that is to be exchanged; raises Conflict where it must stay."""
    there = _stat(folder, name)
    if there is None:
        return False
    if stat.S_ISDIR(there.st_mode):
        for _, folders, _, inside in os.fwalk(name, topdown=False, dir_fd=folder):
            for empty in folders:
                os.rmdir(empty, dir_fd=inside)
        os.rmdir(name, dir_fd=folder)
        return False
    if change.old_mode == GONE:
        raise errors.Conflict("Something that is in no checkpoint lies in its place.")
    if stat.S_ISREG(there.st_mode) and change.new_mode != LINK:
        allowed = os.stat(temporary, dir_fd=folder, follow_symlinks=False).st_mode & 0o111
        os.chmod(temporary, stat.S_IMODE(there.st_mode) & ~0o111 | allowed, dir_fd=folder)
    return True


def _stat(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _read(folder: int, name: str) -> tuple[bytes, bool]:
    """A file's content or a link's target, and whether it is a link."""
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(found.st_mode):
        return os.fsencode(os.readlink(name, dir_fd=folder)), True
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(), False
