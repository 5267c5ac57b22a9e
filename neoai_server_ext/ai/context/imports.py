"""The modules of the same project that a file imports, as signatures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from pathlib import PurePosixPath

from ...grammars import language_of
from .parts import Part
from .signatures import Signature, signatures

Read = Callable[[str, int], bytes]

MAX_BYTES = 400_000
MODULES = 12
SIGNATURES = 30
PYTHON = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<base>[.\w]+)[ \t]+import[ \t]*"
    r"(?:\((?P<many>[^)]*)\)|(?P<some>[^\n#]+))|import[ \t]+(?P<plain>[^\n#]+))",
    re.MULTILINE,
)
SCRIPT = re.compile(r"""(?:\bfrom|\bimport|\brequire)\s*\(?\s*["']([^"'\n]{1,300})["']""")
IDENTIFIER = re.compile(r"[^\W\d]\w*")
ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", "/index.ts", "/index.tsx", "/index.js")


@dataclass(frozen=True)
class _Module:
    path: str
    uses: int
    found: tuple[Signature, ...]


def imported(path: str, text: str, paths: Set[str], read: Read) -> list[Part]:
    """What a file imports from its project, the most used module first; the names of each that the
    file speaks of come first. paths: the project's files that may be told. read: as
    Place.read. Blocks."""
    language = language_of(path)
    if language == "python":
        modules = list(dict.fromkeys(_python(path, text, paths)))
    elif language in ("javascript", "typescript", "tsx"):
        modules = list(dict.fromkeys(_script(path, text, paths)))
    else:
        return []
    spoken = Counter(IDENTIFIER.findall(text))
    known = [_read(module, read, spoken) for module in modules if module != path]
    best = sorted((each for each in known if each.found), key=lambda each: (-each.uses, each.path))
    return [
        Part("imports", module.path, _shown(module, spoken), PurePosixPath(module.path).suffix[1:])
        for module in best[:MODULES]
    ]


def _read(path: str, read: Read, spoken: Counter[str]) -> _Module:
    try:
        source = read(path, MAX_BYTES).decode("utf-8", "replace")
    except (OSError, RuntimeError):
        return _Module(path, 0, ())
    found = tuple(signatures(source, language_of(path)))
    return _Module(path, sum(_uses(each, spoken) for each in found), found)


def _uses(signature: Signature, spoken: Counter[str]) -> int:
    return spoken[signature.name] + sum(spoken[each.name] for each in signature.members)


def _shown(module: _Module, spoken: Counter[str]) -> str:
    order = sorted(module.found, key=lambda each: -_uses(each, spoken))
    lines = [line for each in order[:SIGNATURES] for line in each.lines()]
    return "\n".join(lines) + "\n"


def _python(path: str, text: str, paths: Set[str]) -> Iterator[str]:
    for match in PYTHON.finditer(text):
        if match["plain"]:
            for name in match["plain"].split(","):
                words = name.split()
                yield from _module(path, words[0] if words else "", paths)
            continue
        names = [
            words[0]
            for name in (match["many"] or match["some"]).split(",")
            if (words := name.split())
        ]
        joint = "" if match["base"].endswith(".") else "."
        inner = [found for n in names for found in _module(path, match["base"] + joint + n, paths)]
        yield from inner
        if len(inner) < len(names):
            yield from _module(path, match["base"], paths)


def _module(path: str, name: str, paths: Set[str]) -> Iterator[str]:
    """The file of a module, as it is named in a file: beside it, or from a folder above it."""
    dots = len(name) - len(name.lstrip("."))
    inner = "/".join(part for part in name.split(".") if part)
    folders = [str(folder) for folder in PurePosixPath(path).parents]
    folders = folders[dots - 1 : dots] if dots else [*reversed(folders), "src"]
    for folder in folders:
        base = "/".join(part for part in (folder, inner) if part not in ("", "."))
        for candidate in (f"{base}.py", f"{base}/__init__.py", f"{base}.pyi"):
            if candidate in paths:
                yield candidate
                return


def _script(path: str, text: str, paths: Set[str]) -> Iterator[str]:
    for name in SCRIPT.findall(text):
        if name.startswith("."):
            base = _joined(PurePosixPath(path).parent, name)
        elif name.startswith("@/"):
            base = f"src/{name[2:]}"
        else:
            continue
        stem = re.sub(r"\.[cm]?jsx?$", "", base)
        for candidate in (base, *(stem + ending for ending in ENDINGS)):
            if candidate in paths:
                yield candidate
                break


def _joined(folder: PurePosixPath, name: str) -> str:
    parts = list(folder.parts)
    for part in name.split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
