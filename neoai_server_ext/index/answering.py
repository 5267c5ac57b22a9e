"""What a search shows: the passages of a project, and before them how the error that is looked for
was mended earlier."""

from __future__ import annotations

import asyncio
from typing import Any, Literal, get_args

from . import passages, words
from .fixes.service import FixService
from .models import SearchItem, SearchQuery
from .service import IndexService

FIX: Literal["fix"] = "fix"


async def found(index: IndexService, fixes: FixService, asked: SearchQuery) -> list[SearchItem]:
    """The best first. Raises as IndexService.search."""
    wanted = asked.kinds or [*get_args(passages.Kind), FIX]
    kinds = [kind for kind in wanted if kind != FIX]
    hits, mended = await asyncio.gather(
        index.search(asked.project_id, asked.query, asked.k, kinds) if kinds else _none(),
        fixes.like(asked.project_id, asked.query) if FIX in wanted else _none(),
    )
    terms = words.terms_of(asked.query)
    best = max((hit.score for hit in hits), default=0.0)
    shown = [
        SearchItem.of_fix(fix, terms, best + 1e-6 * (len(mended) - at))
        for at, fix in enumerate(mended)
    ]
    return (shown + [SearchItem.of(hit, terms) for hit in hits])[: asked.k]


async def _none() -> list[Any]:
    return []
