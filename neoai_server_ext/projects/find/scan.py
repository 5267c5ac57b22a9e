"""Our own search, for where there is no ripgrep: a program that prints what `rg --json` would.

A process of its own, because Python's expressions can take for ever and hold the interpreter
while they do: this one can be ended. Input: one JSON object on stdin.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def main() -> int:
    """Search; 2 where the expression cannot be read."""
    sys.path.insert(0, str(Path(__file__).parents[3]))
    from neoai_server_ext.projects import tree
    from neoai_server_ext.projects.find.patterns import Scope

    asked = json.load(sys.stdin)
    flags = 0 if asked["case"] else re.IGNORECASE
    try:
        pattern = re.compile(asked["pattern"], flags)
    except (re.error, RecursionError, OverflowError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    scope = Scope(tuple(asked["include"]), tuple(asked["exclude"]))
    root = asked["root"]
    for prefix, run, _ in tree.runs(root):
        for entry in run:
            path = prefix + entry.name
            if entry.is_file(follow_symlinks=False) and scope.holds(path):
                _search(path, f"{root}/{path}", pattern, asked["max_bytes"])
    _say("summary", {})
    return 0


def _search(path: str, location: str, pattern: re.Pattern[str], max_bytes: int) -> None:
    """Print the matches in one file, if any, unless it is binary."""
    try:
        descriptor = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if os.fstat(descriptor).st_size > max_bytes:
                return
            content = file.read()
    except OSError:
        return
    text = _decoded(content)
    if "\0" in text:
        return
    where = {"path": _bytes_or_text(f"./{path}")}
    begun = False
    for number, line in enumerate(_lines(text), 1):
        found = [match.span() for match in pattern.finditer(line)]
        spans = [
            {"start": _size(line[:start]), "end": _size(line[:end])}
            for start, end in found
            if end > start
        ]
        if not spans:
            continue
        if not begun:
            begun = True
            _say("begin", where)
        _say("match", {**where, "lines": _bytes_or_text(line), "line_number": number,
                       "submatches": spans})  # fmt: skip
    if begun:
        _say("end", {**where, "binary_offset": None})


def _decoded(content: bytes) -> str:
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(encoding, "replace")
    return content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


def _bytes_or_text(text: str) -> dict[str, str]:
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"bytes": b64encode(text.encode("utf-8", "surrogateescape")).decode()}
    return {"text": text}


def _say(kind: str, data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"type": kind, "data": data}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
