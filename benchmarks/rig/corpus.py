"""Real source files in plenty: those of this Python and of what is installed in it."""

from __future__ import annotations

import ast
import random
import re
import sysconfig
from pathlib import Path

MOST_BYTES = 100_000
PER_FOLDER = 500


def write_sources(root: Path, count: int) -> list[Path]:
    """Copy so many files below `root`, the same ones on the same installation."""
    found = sorted({
        file.resolve()
        for name in ("stdlib", "purelib")
        for file in Path(sysconfig.get_paths()[name]).rglob("*.py")
        if 500 < file.stat().st_size < MOST_BYTES
    })  # fmt: skip
    random.Random(1).shuffle(found)
    written = []
    for number in range(count):
        source = found[number % len(found)]
        # Not `site-packages` nor another name that is left out.
        folder = root / f"part{number // PER_FOLDER}" / source.parent.name.replace("-", "_")
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{source.stem}_{number}.py"
        target.write_bytes(source.read_bytes())
        written.append(target)
    return written


def questions(files: list[Path], count: int) -> list[str]:
    """Questions of a few words, as people ask them: the first lines of functions' docstrings."""
    chance = random.Random(2)
    found: list[str] = []
    for file in chance.sample(files, len(files)):
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                said = (ast.get_docstring(node) or "").split("\n")[0]
                words = re.findall(r"[A-Za-z]{2,}", said)
                if 3 <= len(words) <= 15:
                    found.append(" ".join(words[:10]))
                    break
        if len(found) == count:
            break
    return found
