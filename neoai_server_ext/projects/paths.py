"""Every path that comes from outside is judged and opened here, and nowhere else.

A path is relative to a project's folder, with slashes. It is refused as malformed (400) for
NUL, empty components and what is too long; as not there (404) for whatever leads out of the
folder, by `..`, from the root, or through a symlink, and for `.git`; and a *new* name is refused
as unsafe (422) where it would not survive on another system. What is there already can be
read, moved and deleted under any name.

Paths are resolved once, and then opened one component at a time without following symlinks:
one that is put in the way in the meantime is refused, not followed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import errors
from . import casing
from .temporaries import LEFT

MAX_NAME = 255
MAX_PATH = 4096
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2

Parts = tuple[str, ...]


def parse(path: str) -> Parts:
    """The components of a path; raises BadInput (malformed) and NotFound (outside, `.git`)."""
    try:
        size = len(os.fsencode(path))
    except UnicodeEncodeError:
        raise errors.BadInput("The path is not valid Unicode.") from None
    if "\0" in path:
        raise errors.BadInput("A path cannot contain NUL.")
    if size > MAX_PATH:
        raise errors.BadInput(f"The path is longer than {MAX_PATH} bytes.")
    parts = tuple(path.split("/"))
    if ".." in parts or path.startswith("/"):
        raise outside()
    if "" in parts or "." in parts:
        raise errors.BadInput("The path has an empty component or a '.' in it.")
    if any(len(os.fsencode(part)) > MAX_NAME for part in parts):
        raise errors.BadInput(f"A name in the path is longer than {MAX_NAME} bytes.")
    if any(is_git(part) for part in parts):
        raise errors.NotFound("`.git` is not served.", code="git-folder")
    return parts


def check_new(root: str, parts: Parts) -> None:
    """Raise Invalid where a component that is not there yet would get an unsafe name."""
    there = 0
    while there < len(parts) and os.path.lexists("/".join((root, *parts[: there + 1]))):
        there += 1
    for part in parts[there:]:
        if CONTROL.search(part) or "\\" in part:
            raise _unsafe("A new name cannot contain control characters or backslashes.")
        if DEVICE.fullmatch(part):
            raise _unsafe(
                f"`{part}` is reserved on Windows: the project could not be opened there."
            )
        if LEFT.fullmatch(part):
            raise _unsafe("Such names are for what is not whole yet, and are cleared away.")
        if any("\udc80" <= char <= "\udcff" for char in part):
            raise _unsafe("A new name must be UTF-8.")


def parse_folder(path: str) -> Parts:
    """As `parse`, where nothing (or `.`) stands for the project's own folder."""
    trimmed = path[:-1] if path.endswith("/") and path != "/" else path
    return () if trimmed in ("", ".") else parse(trimmed)


def is_git(name: str) -> bool:
    """Whether a file system could take this name for `.git`."""
    return name.rstrip(". ").casefold() in (".git", "git~1")


def outside() -> errors.NotFound:
    """The answer to whatever is not inside: the same as to what is not there."""
    return errors.NotFound("There is nothing at this path inside the project.", code="outside")


def _unsafe(detail: str) -> errors.Invalid:
    return errors.Invalid(detail, code="unsafe-name")


def resolve(root: str, parts: Parts) -> Parts:
    """The components of where a path really is, symlinks followed; it need not exist.

    `root` is real itself. Raises NotFound where the path leads out of it or into `.git`.
    """
    real = os.path.realpath("/".join((root.rstrip("/"), *parts)))
    if real == root:
        return ()
    base = root.rstrip("/") + "/"
    if not real.startswith(base):
        raise outside()
    found = tuple(real[len(base) :].split("/"))
    if any(is_git(part) for part in found):
        raise errors.NotFound("`.git` is not served.", code="git-folder")
    return found


def resolve_entry(root: str, parts: Parts) -> Parts:
    """As `resolve`, but for the entry itself: a symlink at the end stands for the link."""
    return (*resolve(root, parts[:-1]), parts[-1])


class OpenFolder:
    """An open folder, and which folders were made on the way, so that they can be taken back."""

    def __init__(self, root: str, parts: Parts, *, create: bool = False) -> None:
        """Open the folder at real components; raises NotFound, or Conflict where the root or
        a component is no folder (any more)."""
        self._made: list[str] = []
        try:
            self.fd = os.open(root, FOLDER)
        except (FileNotFoundError, NotADirectoryError):
            raise missing_root() from None
        try:
            for i, part in enumerate(parts):
                self._descend(part, "/".join((root, *parts[: i + 1])), create)
        except BaseException:
            self.close()
            self.undo()
            raise

    def _descend(self, part: str, path: str, create: bool) -> None:
        if create:
            try:
                os.mkdir(part, dir_fd=self.fd)
                self._made.append(path)
            except FileExistsError:
                pass
        inner = os.open(part, FOLDER, dir_fd=self.fd)
        os.close(self.fd)
        self.fd = inner

    def undo(self) -> None:
        """Remove the folders that were made, as far as they are still empty."""
        for path in reversed(self._made):
            try:
                Path(path).rmdir()
            except OSError:
                return
        self._made = []

    def close(self) -> None:
        """Close it; what was made stays."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


@contextmanager
def folder(root: str, parts: Parts) -> Iterator[int]:
    """The descriptor of the folder at real components, for a block."""
    opened = OpenFolder(root, parts)
    try:
        yield opened.fd
    finally:
        opened.close()


def missing_root() -> errors.Conflict:
    """The answer of a project whose folder was deleted or moved by somebody else."""
    return errors.Conflict(
        "The project's folder is not there any more. Put it back, or remove the project.",
        code="project-missing",
    )


def rename_exclusively(source: int, old: str, target: int, new: str) -> None:
    """Rename within open folders, never over something; raises FileExistsError.

    Atomic where the file system can (renameat2); a name that differs in case alone and is the
    same file on a file system that ignores case is renamed all the same.
    """
    code = _renameat2(source, old, target, new, RENAME_NOREPLACE)
    if not code:
        return
    if code in (errno.ENOSYS, errno.EINVAL):
        code = errno.EEXIST if _exists(target, new) else 0
    if code and not (code == errno.EEXIST and _differ_in_case(source, old, target, new)):
        raise OSError(code, os.strerror(code), new)
    os.rename(old, new, src_dir_fd=source, dst_dir_fd=target)


def _differ_in_case(source: int, old: str, target: int, new: str) -> bool:
    """Whether both names are the same file, on a disk that ignores case. Not every such disk
    gives the two the same inode."""
    if old == new or not os.path.samestat(os.fstat(source), os.fstat(target)):
        return False
    return casing.listed(target, new) == old


def _exists(folder_fd: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def exchange(folder_fd: int, one: str, other: str) -> None:
    """Two entries of an open folder change places: in one step where the file system can
    (renameat2), else in three, of which each leaves both contents there."""
    code = _renameat2(folder_fd, one, folder_fd, other, RENAME_EXCHANGE)
    if not code:
        return
    if code not in (errno.ENOSYS, errno.EINVAL):
        raise OSError(code, os.strerror(code), other)
    aside = f"{one}.aside"
    os.rename(other, aside, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
    rename_exclusively(folder_fd, one, folder_fd, other)
    os.rename(aside, one, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)


def _renameat2(source: int, old: str, target: int, new: str, flags: int) -> int:
    function = getattr(_libc, "renameat2", None)
    if function is None:
        return errno.ENOSYS
    result = function(source, os.fsencode(old), target, os.fsencode(new), flags)
    return ctypes.get_errno() if result else 0


_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def disk_errors(path: str = "") -> Iterator[None]:
    """Say what the file system's errors mean, in the words of the domain."""
    try:
        yield
    except OSError as error:
        raise _meaning(error, path) from error


def _meaning(error: OSError, path: str) -> errors.NeoAIError:
    what = f"`{path}`" if path else "It"
    match error.errno:
        case errno.ENOENT | errno.ELOOP:
            return errors.NotFound(f"{what} is not there.")
        case errno.ENOTDIR:
            return errors.Conflict(f"A part of {what} is not a folder.", code="not-a-folder")
        case errno.EISDIR:
            return errors.Conflict(f"{what} is a folder.", code="is-a-folder")
        case errno.EEXIST | errno.ENOTEMPTY:
            return errors.Conflict(f"{what} is there already.", code="exists")
        case errno.EACCES | errno.EPERM:
            return errors.Forbidden(f"You may not do this to {what}: check its permissions.")
        case errno.EROFS:
            return errors.Forbidden(f"{what} is on a read-only disk.", code="read-only")
        case errno.ENOSPC | errno.EDQUOT:
            return errors.StorageFull(
                "The disk or your quota is full. Free some space and try again; "
                "what was there before is untouched."
            )
        case errno.EFBIG:
            return errors.TooLarge(f"{what} is larger than the disk can hold.")
        case errno.ENAMETOOLONG:
            return errors.BadInput(f"{what} is too long a path for this disk.")
        case errno.EINVAL:
            return errors.Invalid(f"The disk cannot do this with {what}.", code="not-possible")
        case errno.ENXIO | errno.ENODEV:
            return errors.Conflict(f"{what} is not a regular file.", code="not-a-file")
        case errno.EXDEV:
            return errors.Conflict(f"{what} is on another disk: copy it.", code="other-disk")
        case errno.EBUSY | errno.ETXTBSY:
            return errors.Conflict(f"{what} is in use.", code="busy")
        case _:
            return errors.Unavailable(f"The disk reports: {error.strerror}.", code="disk")
