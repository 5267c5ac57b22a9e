"""`jupyter neoai search`: a folder's passages and definitions, found in a terminal."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, get_args

from .. import errors
from ..terminal import ANSWERED, FAILED, INTERRUPTED, Misused, harmless
from . import passages, words
from .alone import without_projects
from .models import MAX_QUERY, SearchItem, SymbolItem
from .service import Hit, IndexService, Symbol

LINES, LONGEST = 5, 200
PATH, FOUND, SYMBOL, PLAIN = "\x1b[35m", "\x1b[1;31m", "\x1b[36m", "\x1b[0m"


@dataclass(frozen=True)
class Wanted:
    """What is looked for, and where."""

    text: str
    folder: Path
    k: int
    kinds: tuple[passages.Kind, ...]
    symbols: bool


def wanted(asked: Sequence[str], project: str, k: int, kinds: str, *, symbols: bool) -> Wanted:
    """What a command line asks for. Raises Misused."""
    text = " ".join(asked).strip()
    if not text:
        raise Misused('What is looked for? jupyter neoai search "where is the pot heated"')
    if len(text) > MAX_QUERY:
        raise Misused(f"A question has at most {MAX_QUERY:,} characters.")
    folder = Path(project)
    if not folder.is_dir():
        raise Misused(f"There is no folder {harmless(project)}.")
    every = get_args(passages.Kind)
    chosen = tuple(kind for kind in every if kind in kinds.split(","))
    strange = {kind.strip() for kind in kinds.split(",")} - {*every, ""}
    if strange:
        raise Misused(f"There is no kind {', '.join(sorted(strange))}: {', '.join(every)}.")
    return Wanted(text, folder, k, chosen, symbols)


async def search(index: IndexService, asked: Wanted, out: IO[str], *, as_json: bool) -> int:
    """Write what is found to `out`; gives the exit status."""
    if asked.symbols:
        symbols = await index.symbols_of_folder(asked.folder, asked.text, asked.k)
        _write(out, [_symbol(each, as_json, out.isatty()) for each in symbols], as_json)
        return ANSWERED if symbols else FAILED
    hits = await index.search_folder(asked.folder, asked.text, asked.k, list(asked.kinds) or None)
    terms = words.terms_of(asked.text)
    _write(out, [_hit(hit, terms, as_json, out.isatty()) for hit in hits], as_json)
    return ANSWERED if hits else FAILED


def run(extension: Any, asked: Wanted, *, as_json: bool) -> int:
    """`search` on the process's own streams."""
    index = without_projects(Path(extension.data_dir) / "index", extension)

    async def work() -> int:
        try:
            status = await search(index, asked, sys.stdout, as_json=as_json)
            if status == FAILED:
                sys.stderr.write("Nothing was found.\n")
            return status
        except errors.NeoAIError as error:
            sys.stderr.write(f"{harmless(error.detail)}\n")
            return FAILED
        finally:
            await index.close()

    try:
        return asyncio.run(work())
    except KeyboardInterrupt:
        return INTERRUPTED


def _write(out: IO[str], items: list[Any], as_json: bool) -> None:
    if as_json:
        out.write(json.dumps({"items": items}, ensure_ascii=False, indent=2) + "\n")
    else:
        out.writelines(items)
    out.flush()


def _hit(hit: Hit, terms: frozenset[str], as_json: bool, coloured: bool) -> Any:
    """A hit as a program reads it, or as a person does: its place, and its lines below it."""
    if as_json:
        return SearchItem.of(hit, terms).model_dump()
    lines = [f"    {_marked(line, terms, coloured)}" for line in hit.snippet.split("\n")[:LINES]]
    return "\n".join([_place(hit.path, hit.start_line, hit.symbol, coloured), *lines, ""])


def _symbol(symbol: Symbol, as_json: bool, coloured: bool) -> Any:
    if as_json:
        return SymbolItem.of(symbol).model_dump()
    return _place(symbol.path, symbol.line, symbol.symbol, coloured) + "\n"


def _place(path: str, line: int, symbol: str, coloured: bool) -> str:
    """`path:line`, which terminals make a link of, and the definition."""
    place, symbol = harmless(f"{path}:{line}"), harmless(symbol)
    if coloured:
        return f"{PATH}{place}{PLAIN}" + (f"  {SYMBOL}{symbol}{PLAIN}" if symbol else "")
    return f"{place}  {symbol}".rstrip()


def _marked(line: str, terms: frozenset[str], coloured: bool) -> str:
    """A line as a terminal may show it, with the words that were looked for emphasised."""
    line = harmless(line.rstrip())[:LONGEST]
    for start, end in reversed(words.found_in(line, terms) if coloured else []):
        line = f"{line[:start]}{FOUND}{line[start:end]}{PLAIN}{line[end:]}"
    return line
