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
INDEXED = {
    **LANGUAGES,
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
}
"""Those that the index cuts by their syntax. What is read of C and C++ before their preprocessor is
no proof that they are valid, and their names are not told apart: they are for nothing else."""
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
INDEXED_ALIASES = {
    **dict.fromkeys(("cc", "cu", "cuh", "cxx", "h", "hh", "hpp", "hxx", "inl", "ipp"), "cpp"),
    **dict.fromkeys(("gemspec", "rake", "rb", "ru"), "ruby"),
}
# IPython's own lines, which are no Python
MAGIC = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)


def language_of(path: str) -> str:
    """A file's language, where there is a grammar for it; else nothing."""
    return known(PurePosixPath(path).suffix[1:])


def indexed(path: str) -> str:
    """The language by whose grammar the index cuts a file; nothing without one."""
    suffix = PurePosixPath(path).suffix[1:].lower()
    name = INDEXED_ALIASES.get(suffix) or ALIASES.get(suffix, suffix)
    return name if name in INDEXED else ""


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

    module, function = INDEXED[language]
    return Language(getattr(import_module(module), function)())
