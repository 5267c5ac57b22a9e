"""Our search with one of its signals switched off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from neoai_server_ext.index import ranking, scoring

SIGNALS = {
    "commits' messages": (ranking, "COMMITS"),
    "path": (ranking, "PATH"),
    "activity": (ranking, "ACTIVITY"),
    "name": (scoring, "NAME"),
    "comments, docstrings": (scoring, "SUMMARY"),
    "words that are together": (scoring, "NEAR"),
}


def variants(ablating: bool) -> Iterator[tuple[str, AbstractContextManager[None]]]:
    """All of it, and where `ablating`, without each signal in turn."""
    yield "NeoAI", nullcontext()
    if ablating:
        for signal, (module, weight) in SIGNALS.items():
            yield f"without {signal}", _zero(module, weight)


@contextmanager
def _zero(module: object, weight: str) -> Iterator[None]:
    before = getattr(module, weight)
    setattr(module, weight, 0.0)
    try:
        yield
    finally:
        setattr(module, weight, before)
