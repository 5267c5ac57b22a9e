"""The user's trash. What cannot go there stays where it is: nothing is deleted for good, but in a
server that a hub has started to make room (`NEOAI_DELETE_FOR_GOOD`).

The trash is the desktop's own (freedesktop.org's trash specification: a pair `files/NAME` and
`info/NAME.trashinfo`), so what is in it can be put back by hand as well.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote

from .. import errors
from . import paths

INFO_SUFFIX = ".trashinfo"
LINK = ".link-"
FOR_GOOD = "NEOAI_DELETE_FOR_GOOD"


@dataclass(frozen=True)
class Trashed:
    """Where an entry lies in the trash, and what it was: enough to know it again."""

    can: str
    name: str
    device: int
    inode: int

    @property
    def id(self) -> str:
        """For a URL."""
        packed = json.dumps(asdict(self), separators=(",", ":")).encode("utf-8", "surrogateescape")
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()

    @staticmethod
    def of(trash_id: str) -> Trashed:
        """Raises NotFound for what is no id of ours."""
        try:
            packed = base64.urlsafe_b64decode(trash_id + "=" * (-len(trash_id) % 4))
            found = Trashed(**json.loads(packed))
            if "/" in found.name or found.name in ("", ".", "..") or "\0" in found.name:
                raise ValueError(found.name)
            hash((found.can + "", found.device + 0, found.inode + 0))
        except (ValueError, TypeError) as error:
            raise _gone() from error
        return found


def discard(path: Path) -> Trashed | None:
    """Move a file, folder or symlink to the trash; returns where it lies, if that can be told.

    Raises Conflict (`no-trash`) where that is not possible, with everything left in its place. In a
    server that is started to make room it is deleted for good.
    """
    if deletes_for_good():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
        return None
    if path.is_symlink():
        return _discard_link(path)
    return _send(path)


def deletes_for_good() -> bool:
    """Whether a hub has started this server to make room: the trash of a full disk makes none."""
    return os.environ.get(FOR_GOOD) == "1"


def _discard_link(path: Path) -> Trashed | None:
    """A link goes in a folder of its own: send2trash looks at what a link leads to."""
    wrapping = path.with_name(f"{path.name[:80]}{LINK}{secrets.token_hex(4)}")
    wrapping.mkdir()
    moved = wrapping / path.name
    try:
        path.rename(moved)
        return _send(wrapping)
    except BaseException:
        if moved.is_symlink():
            moved.rename(path)
        wrapping.rmdir()
        raise


def _send(path: Path) -> Trashed | None:
    from send2trash import send2trash

    try:
        send2trash(str(path))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.ENOENT):
            raise
        reason = error.strerror or str(error)
        raise errors.Conflict(
            f"`{path.name}` cannot be moved to the trash ({reason}), so it was left in place. "
            "Delete it in a terminal if it is to go for good.",
            code="no-trash",
        ) from error
    return _find(path)


def _find(path: Path) -> Trashed | None:
    """The newest entry of the trash that came from this path."""
    best: tuple[int, Trashed] | None = None
    start = path.stem[:1] or path.name[:1]
    for can in _cans(path.parent):
        with suppress(OSError), os.scandir(can / "info") as infos:
            for info in infos:
                if not (info.name.startswith(start) and info.name.endswith(INFO_SUFFIX)):
                    continue
                name = info.name.removesuffix(INFO_SUFFIX)
                if _origin(can, name) != path:
                    continue
                with suppress(OSError):
                    found = (can / "files" / name).lstat()
                    at = info.stat(follow_symlinks=False).st_mtime_ns
                    if best is None or at > best[0]:
                        best = at, Trashed(str(can), name, found.st_dev, found.st_ino)
    return None if best is None else best[1]


def _cans(folder: Path) -> Iterator[Path]:
    """The trash cans that something in a folder may have gone to; none on another system."""
    try:
        from send2trash import plat_other
    except ImportError:
        return
    yield Path(os.fsdecode(plat_other.HOMETRASH_B))
    with suppress(OSError):
        top = Path(os.fsdecode(plat_other.find_mount_point(bytes(folder))))
        yield top / ".Trash" / str(os.getuid())
        yield top / f".Trash-{os.getuid()}"


def _origin(can: Path, name: str) -> Path | None:
    """Where an entry came from, by its info file."""
    try:
        text = (can / "info" / (name + INFO_SUFFIX)).read_text()
    except (OSError, UnicodeDecodeError):
        return None
    for line in text.splitlines():
        if line.startswith("Path="):
            origin = Path(os.fsdecode(os.fsencode(unquote(line[5:], errors="surrogateescape"))))
            return origin if origin.is_absolute() else _top(can) / origin
    return None


def _top(can: Path) -> Path:
    """What the relative paths of a can's info files start from."""
    if can.name == "Trash":
        return can.parent
    return can.parent if can.name.startswith(".Trash-") else can.parent.parent


def origin_of(trashed: Trashed, root: Path) -> tuple[str, ...]:
    """The components, in a project's folder, of where it was.

    Raises NotFound where the entry is not in the trash any more, or is another one, or came
    from elsewhere.
    """
    can = Path(trashed.can)
    origin = _origin(can, trashed.name) if can in _cans(root) else None
    if origin is None or not origin.is_relative_to(root) or origin == root:
        raise _gone()
    try:
        found = (can / "files" / trashed.name).lstat()
    except OSError as error:
        raise _gone() from error
    if (found.st_dev, found.st_ino) != (trashed.device, trashed.inode):
        raise _gone()
    parts = origin.relative_to(root).parts
    link = _link_in(can / "files" / trashed.name)
    return (*parts[:-1], link.name) if link is not None else parts


def _link_in(entry: Path) -> Path | None:
    """The link that a folder was made to hold."""
    if LINK not in entry.name or not entry.is_dir() or entry.is_symlink():
        return None
    inside = list(entry.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_symlink() else None


def put_back(trashed: Trashed, folder: int, name: str) -> None:
    """Move an entry out of the trash to a name in an open folder; raises FileExistsError."""
    can = Path(trashed.can)
    entry = can / "files" / trashed.name
    source = _link_in(entry) or entry
    origin = os.open(source.parent, paths.FOLDER)
    try:
        paths.rename_exclusively(origin, source.name, folder, name)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _carry(source, folder, name)
    finally:
        os.close(origin)
    with suppress(OSError):
        if source != entry:
            entry.rmdir()
        (can / "info" / (trashed.name + INFO_SUFFIX)).unlink()


def _carry(source: Path, folder: int, name: str) -> None:
    """Bring it from another disk: complete, or not at all."""
    from .copying import copy_into

    copy_into(source, folder, name)
    if source.is_dir() and not source.is_symlink():
        shutil.rmtree(source, ignore_errors=True)
    else:
        source.unlink()


def _gone() -> errors.NotFound:
    return errors.NotFound(
        "It is not in the trash any more: somebody emptied it, or has put it back already.",
        code="not-in-trash",
    )
