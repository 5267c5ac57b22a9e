"""The tools that format, and which one a file takes."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .. import errors


@dataclass(frozen=True)
class Tool:
    """A program that reads a file's text from its input and writes it formatted.

    arguments: `{path}` stands for the file's place on disk, by which the tool finds its settings.
    install: how to get it.
    """

    name: str
    arguments: tuple[str, ...]
    install: str


RUFF = Tool("ruff", ("format", "--stdin-filename", "{path}", "-"), "pip install ruff")
BLACK = Tool("black", ("-q", "--stdin-filename", "{path}", "-"), "pip install black")
PRETTIER = Tool("prettier", ("--stdin-filepath", "{path}"), "npm install -g prettier")
GOFMT = Tool("gofmt", (), "install Go, https://go.dev")
RUSTFMT = Tool("rustfmt", ("--edition", "2021"), "rustup component add rustfmt")
CLANG = Tool("clang-format", ("--assume-filename={path}",), "pip install clang-format")
SHFMT = Tool("shfmt", ("-filename", "{path}"), "apt install shfmt, or brew install shfmt")

SUFFIXES: list[tuple[Tool, str]] = [
    (RUFF, ".py .pyi"),
    (PRETTIER, ".js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .graphql .hbs"),
    (PRETTIER, ".css .scss .less .html .htm .md .markdown .mdx"),
    (PRETTIER, ".json .jsonc .json5 .yaml .yml"),
    (GOFMT, ".go"),
    (RUSTFMT, ".rs"),
    (CLANG, ".c .h .cc .cpp .cxx .hh .hpp .cu .cuh .m .java .proto"),
    (SHFMT, ".sh .bash .ksh .bats"),
]
TOOLS = {suffix: tool for tool, suffixes in SUFFIXES for suffix in suffixes.split()}
NAMES: dict[str, Tool] = {
    **dict.fromkeys((".bashrc", ".bash_profile", ".profile", ".bash_aliases"), SHFMT),
    **dict.fromkeys((".prettierrc", ".eslintrc", ".babelrc"), PRETTIER),
}
BY_LANGUAGE: dict[str, Tool] = {"python": RUFF, "shell": SHFMT}
"""For files whose name says nothing, by Monaco's name of their language."""


def tools_for(path: str, language: str | None, folder: Path, root: Path) -> list[Tool]:
    """The tools for a file, the preferred one first; raises Conflict where none is known.

    Python is formatted by Black where the project's settings name it, else by Ruff.
    """
    name = PurePosixPath(path).name
    suffix = PurePosixPath(name).suffix.lower()
    tool = TOOLS.get(suffix) or NAMES.get(name) or BY_LANGUAGE.get(language or "")
    if tool is None:
        raise errors.Conflict(
            f"No tool is known that formats files like `{name}`.", code="no-formatter"
        )
    if tool is not RUFF:
        return [tool]
    return [BLACK, RUFF] if _names_black(folder, root) else [RUFF, BLACK]


def _names_black(folder: Path, root: Path) -> bool:
    for place in (folder, *folder.parents):
        settings = place / "pyproject.toml"
        if settings.is_file():
            text = settings.read_text("utf-8", "replace")
            return "[tool.black]" in text and "[tool.ruff.format]" not in text
        if place == root:
            return False
    return False


def found(tool: Tool, folder: Path, root: Path, *, trusted: bool) -> str | None:
    """Where a tool is: beside the server's Python, on its PATH, and, in a trusted project only,
    among what the project itself has installed."""
    if trusted and tool is PRETTIER:
        for place in (folder, *folder.parents):
            own = place / "node_modules" / ".bin" / tool.name
            if own.is_file():
                return str(own)
            if place == root:
                break
    places = [str(Path(sys.executable).parent), *os.environ.get("PATH", "").split(os.pathsep)]
    absolute = [place for place in places if os.path.isabs(place)]  # noqa: PTH117
    return shutil.which(tool.name, path=os.pathsep.join(absolute))


PART = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


def formatted_json(text: str, indent: int = 2) -> str:
    """JSON with one entry a line; literals, their order and doubled keys stay as they are written.
    Raises Invalid where it is no JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.Invalid(
            f"The file is not valid JSON: {error}.", code="format-failed"
        ) from None
    out: list[str] = []
    depth = 0
    parts = PART.findall(text)
    for i, part in enumerate(parts):
        following = parts[i + 1] if i + 1 < len(parts) else ""
        if part in "[{":
            out.append(part)
            if following not in ("]", "}"):
                depth += 1
                out.append("\n" + " " * indent * depth)
        elif part in "]}":
            if parts[i - 1] not in ("[", "{"):
                depth -= 1
                out.append("\n" + " " * indent * depth)
            out.append(part)
        elif part == ",":
            out.append(",\n" + " " * indent * depth)
        elif part == ":":
            out.append(": ")
        else:
            out.append(part)
    return "".join(out) + "\n"
