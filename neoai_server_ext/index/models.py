"""The models of requests and replies of search."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ..utf16 import units
from . import words
from .fixes.models import Fix
from .passages import Kind, kind_of
from .service import Hit, IndexState, Symbol

MAX_QUERY = 8000
MOST_LINES = 12


class SearchQuery(BaseModel):
    """What is looked for, and where."""

    model_config = ConfigDict(extra="forbid")

    project_id: str = Field(min_length=1, max_length=200)
    query: str = Field(
        max_length=MAX_QUERY, description="A question or some words; no character is special."
    )
    k: int = Field(default=10, ge=1, le=100, description="At most so many passages.")
    kinds: list[Kind | Literal["fix"]] | None = Field(
        default=None,
        description="Only files of these kinds, and `fix`: how the error that the query is about "
        "was mended earlier. By default all.",
    )


class SearchItem(BaseModel):
    """A passage, or a fix that the user accepted earlier. Lines count from 1; `path` is relative to
    the project's folder."""

    path: str
    kind: Kind | Literal["fix"] = Field(
        description="Of the file; `fix`: an error was mended there, `symbol` says which, and the "
        "snippet is the change, unified."
    )
    start_line: int = Field(description="Where to look first.")
    end_line: int
    symbol: str | None = Field(description="The definition that it belongs to, `Class.method`.")
    snippet: str = Field(description="At most twelve lines from `start_line` on.")
    score: float = Field(description="Comparable within one reply only.")
    marks: list[tuple[int, int]] = Field(
        description="Where in the snippet words of the query begin and end, in UTF-16 units."
    )

    @classmethod
    def of(cls, hit: Hit, terms: frozenset[str]) -> SearchItem:
        """The item that shows a hit of a question with these terms."""
        return cls(
            path=hit.path,
            kind=kind_of(hit.path),
            start_line=hit.start_line,
            end_line=hit.end_line,
            symbol=hit.symbol or None,
            snippet=hit.snippet,
            score=hit.score,
            marks=_marks(hit.snippet, terms),
        )

    @classmethod
    def of_fix(cls, fix: Fix, terms: frozenset[str], score: float) -> SearchItem:
        """The item that shows an earlier fix."""
        changed = [line for line in fix.diff.split("\n")[2:] if not line.startswith("@@")]
        snippet = "\n".join(changed[:MOST_LINES])
        return cls(
            path=fix.path,
            kind="fix",
            start_line=1,
            end_line=1,
            symbol=f"{fix.name}: {fix.message}" if fix.message else fix.name,
            snippet=snippet,
            score=score,
            marks=_marks(snippet, terms),
        )


def _marks(snippet: str, terms: frozenset[str]) -> list[tuple[int, int]]:
    return [
        (units(snippet[:start]), units(snippet[:end]))
        for start, end in words.found_in(snippet, terms)
    ]


class SearchItems(BaseModel):
    """The passages found, the best first."""

    items: list[SearchItem]


class SymbolsQuery(BaseModel):
    """Which definitions."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(max_length=MAX_QUERY, description="A part of a name, `Class.method` too.")
    limit: int = Field(default=50, ge=1, le=500)


class SymbolItem(BaseModel):
    """A definition, or a heading of a document."""

    symbol: str = Field(description="`Class.method`.")
    path: str
    line: int = Field(description="From 1.")

    @classmethod
    def of(cls, symbol: Symbol) -> SymbolItem:
        """The item that shows a symbol."""
        return cls(symbol=symbol.symbol, path=symbol.path, line=symbol.line)


class SymbolItems(BaseModel):
    """The definitions found, the best first."""

    items: list[SymbolItem]


class IndexPatch(BaseModel):
    """What is changed of the way a project is indexed."""

    model_config = ConfigDict(extra="forbid")

    paused: bool


class IndexStatus(BaseModel):
    """How a project's index stands."""

    state: Literal["absent", "building", "ready", "failed"]
    files: int
    chunks: int
    bytes: int = Field(description="The size of the indexed files.")
    progress: float = Field(ge=0, le=1)
    updated_at: datetime | None
    embedder: str | None = Field(description="None: full-text search alone.")
    embedding: float | None = Field(
        ge=0, le=1, description="How much of what is new has its vectors; null without."
    )
    detail: str | None = Field(
        description="Why it failed, why changes are not watched, or what of `.neoaiignore` is not "
        "read."
    )
    index_bytes: int = Field(description="The size of the index itself on the disk.")
    paused: bool = Field(description="Changed files are left alone.")
    watching: Literal["watch", "scan", "none"] = Field(
        description="`watch`: changed files are indexed as they are saved; `scan`: each search "
        "looks for them; `none`: nobody has asked of this project yet."
    )

    @classmethod
    def of(cls, state: IndexState) -> IndexStatus:
        """The reply that shows a state."""
        return cls(
            state=state.state,
            files=state.files,
            chunks=state.chunks,
            bytes=state.bytes,
            progress=state.progress,
            updated_at=state.updated_at,
            embedder=state.embedder,
            embedding=state.embedding,
            detail=state.detail or None,
            index_bytes=state.index_bytes,
            paused=state.paused,
            watching=state.watching,
        )
