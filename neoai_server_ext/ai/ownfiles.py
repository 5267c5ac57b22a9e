"""The user's and the project's own files, of which a model is told."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path


class Outside(OSError):
    """It leads out of the folder."""


class Hidden(Outside):
    """It leads into a folder of which nothing goes along."""


class NoFile(OSError):
    """It is a folder, a pipe or a device."""


def located(file: Path, within: Path, hidden: Sequence[str]) -> Path:
    """Where a file really is, wherever links lead. hidden: folders in `within`, with a slash at the
    end, that nothing may lead into. Raises Outside, Hidden, RuntimeError (a loop of links) and
    ValueError (NUL); it need not be there. Blocks."""
    real, folder = file.resolve(), within.resolve()
    if not real.is_relative_to(folder):
        raise Outside
    if f"{real.relative_to(folder).as_posix()}/".startswith(tuple(hidden)):
        raise Hidden
    return real


def read_within(file: Path, within: Path, most: int, hidden: Sequence[str] = ()) -> bytes:
    """The first `most` bytes of a file; raises NoFile, and as `located` and opening do. Blocks."""
    real = located(file, within, hidden)
    # a pipe would never end
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NoFile
        return opened.read(most)
