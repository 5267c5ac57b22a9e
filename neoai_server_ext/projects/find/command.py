"""The program that searches: ripgrep where there is one, else our own, which speaks as it does."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .. import ignore
from ..temporaries import TEMPORARY
from .patterns import Scope

SPECIAL = frozenset("[]{}\\!")
OURS = (sys.executable, "-I", str(Path(__file__).with_name("scan.py")))


def find_ripgrep(configured: str) -> str | None:
    """The ripgrep to use: the configured one, else the one on the PATH; None for our own."""
    return shutil.which(configured) if configured else None


def ripgrep(
    program: str, root: str, pattern: str, *, case: bool, scope: Scope, max_bytes: int
) -> list[str]:
    """The command to run in the project's folder. It may find in more files than are shown (an
    included pattern overrides `.gitignore`): each is judged again."""
    arguments = [
        program, "--json", "--no-config", "--hidden", "--no-messages", "--no-mmap", "--crlf",
        "--no-require-git", "--no-ignore-global", "--no-ignore-dot",
        f"--max-filesize={max_bytes}",
        "--case-sensitive" if case else "--ignore-case",
    ]  # fmt: skip
    if not ignore.inherits(root):
        arguments.append("--no-ignore-parent")
    if all(_is_plain(glob) for glob in scope.include):
        for glob in scope.include:
            arguments += [f"--glob={glob}", f"--glob={_inside(glob)}"]
    for glob in filter(_is_plain, scope.exclude):
        arguments += [f"--glob=!{glob}", f"--glob=!{_inside(glob)}"]
    arguments += ["--glob=!.[gG][iI][tT]", f"--glob=!{TEMPORARY}*"]
    return [*arguments, f"--regexp={pattern}", "--", "."]


def _is_plain(glob: str) -> bool:
    """Whether ripgrep reads it as we do; the rest is for the judgement of what it found."""
    return SPECIAL.isdisjoint(glob)


def _inside(glob: str) -> str:
    """What lies in the folders that match."""
    return f"{glob}/**" if "/" in glob else f"**/{glob}/**"
