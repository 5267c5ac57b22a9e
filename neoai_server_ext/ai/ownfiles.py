"""Reads the files in which a project or a user says what a model is told."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class Outside(OSError):
    """It leads out of the folder."""


class NoFile(OSError):
    """It is a folder, a pipe or a device."""


def read_within(file: Path, within: Path, most: int) -> bytes:
    """The first `most` bytes of a file; raises Outside, NoFile, and OSError or RuntimeError (a loop
    of links) as opening does. Blocks."""
    real = file.resolve(strict=True)
    if not real.is_relative_to(within.resolve()):
        raise Outside
    # a pipe would never end
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NoFile
        return opened.read(most)
