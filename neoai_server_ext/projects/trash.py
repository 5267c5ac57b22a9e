"""The user's trash. What cannot go there stays where it is: nothing is deleted for good."""

from __future__ import annotations

import errno
import secrets
from pathlib import Path

from .. import errors


def discard(path: Path) -> None:
    """Move a file, folder or symlink to the trash.

    Raises Conflict (`no-trash`) where that is not possible, with everything left in its place.
    """
    if path.is_symlink():
        _discard_link(path)
        return
    _send(path)


def _discard_link(path: Path) -> None:
    """A link goes in a folder of its own: send2trash looks at what a link leads to."""
    wrapping = path.with_name(f"{path.name[:80]}.link-{secrets.token_hex(4)}")
    wrapping.mkdir()
    moved = wrapping / path.name
    try:
        path.rename(moved)
        _send(wrapping)
    except BaseException:
        if moved.is_symlink():
            moved.rename(path)
        wrapping.rmdir()
        raise


def _send(path: Path) -> None:
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
