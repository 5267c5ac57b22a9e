"""The route of next edits."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from ...http import NeoAIHandler, Route, operation
from .edits import Told
from .models import EditedFile, NextEdit, NextEdits, NextEditsRequest
from .service import Edited, Offer

AUTH_RESOURCE = "neoai-ai"


class NextEditsHandler(NeoAIHandler):
    """`/ai/next-edits`."""

    auth_resource = AUTH_RESOURCE

    @operation(
        "Find the places that must change too after an edit", body=NextEditsRequest, reply=NextEdits
    )
    async def post(self, *, body: NextEditsRequest) -> NextEdits | None:
        """Renames, changed signatures and repeated edits, by syntax and the index: no model is
        needed. With `fill` one fills in the first places whose `new` takes judgement; where none
        can, `problem` says why and `new` stays null. Leaving ends the search."""
        front = [body, *body.recent]
        search = asyncio.ensure_future(
            self.neoai.next_edits.find(
                [_edited(each) for each in front],
                body.project_id,
                {each.path: each.text for each in body.open},
                body.fill,
                {each.path: each.language for each in body.open},
            )
        )
        waited: list[asyncio.Future[Any]] = [search, self._gone]
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not search.done():
            search.cancel()
            with suppress(asyncio.CancelledError):
                await search
            return None
        offers, problem = await search
        return NextEdits(items=[_item(offer) for offer in offers], problem=problem)


def _edited(file: EditedFile) -> Edited:
    references = tuple(
        Told(each.name, each.line, tuple((p.path, p.line, p.column) for p in each.places))
        for each in file.references
    )
    return Edited(file.path, file.before, file.after, file.language, references)


def _item(offer: Offer) -> NextEdit:
    place = offer.place
    return NextEdit(
        path=place.path,
        start_line=offer.start[0],
        start_column=offer.start[1],
        end_line=offer.end[0],
        end_column=offer.end[1],
        old=place.old,
        new=place.new,
        kind=place.kind,
        reason=place.reason,
        doubtful=place.doubtful,
        model=offer.model,
    )


routes = [Route("/ai/next-edits", NextEditsHandler)]
