"""The languages that have a grammar here, and the syntax trees of texts in them."""

from __future__ import annotations

import re
import time
from functools import cache
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tree_sitter

PARSE_S = 0.5
SLICE = 4096
LANGUAGES = {
    "bash": ("tree_sitter_bash", "language"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "json": ("tree_sitter_json", "language"),
    "python": ("tree_sitter_python", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
}
ALIASES = {
    "cjs": "javascript",
    "cts": "typescript",
    "golang": "go",
    "ipython": "python",
    "js": "javascript",
    "jsx": "javascript",
    "mjs": "javascript",
    "mts": "typescript",
    "py": "python",
    "pyi": "python",
    "pyw": "python",
    "python3": "python",
    "rs": "rust",
    "sh": "bash",
    "shell": "bash",
    "ts": "typescript",
}
# IPython's own lines, which are no Python
MAGIC = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)


def language_of(path: str) -> str:
    """A file's language, where there is a grammar for it; else nothing."""
    return known(PurePosixPath(path).suffix[1:])


def known(name: str) -> str:
    """A language's name here, of the one that it goes by elsewhere; nothing without a grammar."""
    name = ALIASES.get(name.lower(), name.lower())
    return name if name in LANGUAGES else ""


def parsed(
    code: str | bytes, language: str, seconds: float = PARSE_S, slice_: int = SLICE
) -> tree_sitter.Node | None:
    """The root of its tree; None where that takes longer than so many seconds. Blocks.

    slice_: so many bytes are read before other threads may run.
    """
    from tree_sitter import Parser

    source = code if isinstance(code, bytes) else code.encode("utf-8", "surrogatepass")
    ends = time.monotonic() + seconds
    # In slices, as the parser lets no other thread run while it has all of the text.
    try:
        tree = Parser(_grammar(language)).parse(
            lambda offset, _point: source[offset : offset + slice_],
            progress_callback=lambda *_: time.monotonic() > ends,
        )
    except ValueError:
        return None
    return tree.root_node


@cache
def _grammar(language: str) -> tree_sitter.Language:
    from tree_sitter import Language

    module, function = LANGUAGES[language]
    return Language(getattr(import_module(module), function)())
