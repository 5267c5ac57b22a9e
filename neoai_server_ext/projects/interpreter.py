"""The Python that a project's setting names: a path, or a kernel."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

ProgramOfKernel = Callable[[str], str | None]
"""The Python of the kernel of a name, or None."""


def program_of(interpreter: str, folder: Path, of_kernel: ProgramOfKernel) -> str | None:
    """Where the Python is that `interpreter` names in a project's folder; None where there is
    none. Blocks."""
    try:
        place = folder / Path(interpreter).expanduser()
        if place.exists():
            return os.path.abspath(place)  # noqa: PTH100 - a virtual environment's link stays
    except (OSError, RuntimeError):  # no name for a file, or of a user's home
        return None
    return of_kernel(interpreter)


def warnings_about(interpreter: str | None, folder: Path, of_kernel: ProgramOfKernel) -> list[str]:
    """What to tell whoever has just set it. Blocks."""
    if not interpreter or program_of(interpreter, folder, of_kernel):
        return []
    return [f"There is no Python at `{interpreter}`, and no kernel of this name."]
