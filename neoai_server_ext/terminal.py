"""What our commands write to a terminal, and how they end."""

from __future__ import annotations

import os
import re
import sys

ANSWERED, FAILED, MISUSED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a terminal would obey: a text does not move its cursor or set its title."""


class Misused(Exception):
    """The command line cannot be done as it stands."""


def harmless(text: str) -> str:
    """A text without what a terminal would obey."""
    return _CONTROLS.sub("", text)


def pipe_closed() -> int:
    """The exit status where whoever reads has enough; Python would complain on closing it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED
