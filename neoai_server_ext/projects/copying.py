"""Copies within a project: complete or not at all, never over something else. Blocks."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .. import errors
from . import paths, temporaries
from .files import locked
from .paths import disk_errors

F_GETPATH = 50
"""macOS's way to ask for an open folder's path."""
TELLING = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT)


def copy(root: str, old: str, new: str) -> None:
    """Copy a file, folder (links in it stay links) or link, making the new one's parents.

    Raises NotFound, Conflict (`exists`), Invalid (a folder into itself), StorageFull.
    """
    source = paths.resolve_entry(root, paths.parse(old))
    target = paths.resolve_entry(root, paths.parse(new))
    paths.check_new(root, target)
    if target[: len(source)] == source:
        if target == source:
            raise errors.Conflict(f"`{new}` is there already.", code="exists")
        raise errors.Invalid("A folder cannot be copied into itself.", code="into-itself")
    with disk_errors(old):
        Path(root, *source).lstat()
    with disk_errors(new):
        destination = paths.OpenFolder(root, target[:-1], create=True)
    try:
        with disk_errors(new):
            copy_into(Path(root, *source), destination.fd, target[-1])
            os.fsync(destination.fd)
    except BaseException:
        destination.undo()
        raise
    finally:
        destination.close()


def copy_into(source: Path, folder: int, name: str) -> None:
    """Copy to a name in an open folder, by way of a temporary one; raises FileExistsError."""
    temporary = temporaries.new_name()
    whole = _path_of(folder) / temporary
    try:
        with _copied(source, whole), locked(folder):
            paths.rename_exclusively(folder, temporary, folder, name)
    except shutil.Error as error:
        raise _first(error) from error
    finally:
        with suppress(OSError):
            temporaries.remove(whole)


@contextmanager
def _copied(source: Path, whole: Path) -> Iterator[None]:
    """A copy under its temporary name, held for as long as it bears that."""
    kind = source.lstat().st_mode
    if stat.S_ISDIR(kind):
        whole.mkdir()
        with temporaries.held(whole):
            shutil.copytree(
                *(source, whole),
                symlinks=True,
                copy_function=_copy,
                ignore=_special,
                dirs_exist_ok=True,
            )
            yield
    elif stat.S_ISREG(kind):
        whole.touch(exist_ok=False)
        with temporaries.held(whole):
            _copy(str(source), str(whole))
            yield
    else:
        _copy(str(source), str(whole))
        yield


def _copy(source: str, target: str) -> str:
    if not stat.S_ISREG(os.lstat(source).st_mode) and not Path(source).is_symlink():
        raise errors.Conflict(
            f"`{Path(source).name}` is not a regular file: it cannot be copied.", code="not-a-file"
        )
    return str(shutil.copy2(source, target, follow_symlinks=False))


def _special(folder: str, names: list[str]) -> list[str]:
    """Sockets, pipes and devices in a folder are not taken along."""
    with os.scandir(folder) as entries:
        kinds = {entry.name: entry for entry in entries}
    return [
        name
        for name in names
        if (entry := kinds.get(name)) is not None
        and not entry.is_symlink()
        and not entry.is_dir(follow_symlinks=False)
        and not entry.is_file(follow_symlinks=False)
    ]


def _path_of(folder: int) -> Path:
    """The path of an open folder, which stays right when a name on the way changes."""
    here = Path(f"/proc/self/fd/{folder}")
    if here.exists():
        return here
    return Path(os.fsdecode(fcntl.fcntl(folder, F_GETPATH, bytes(1024)).rstrip(b"\0")))


def _first(error: shutil.Error) -> OSError:
    """What went wrong first of all that copytree collected: it keeps the words alone."""
    failures = error.args[0]
    reason = str(failures[0][-1]) if isinstance(failures, list) and failures else str(error)
    code = next((code for code in TELLING if os.strerror(code) in reason), errno.EIO)
    return OSError(code, os.strerror(code) if code != errno.EIO else reason)
