"""How the error that is asked about was mended before."""

from __future__ import annotations

from collections.abc import Sequence

from ... import errors
from ...index.fixes.service import FixService
from ...logs import logger
from .parts import Part
from .place import Place

MOST = 3
ABOUT = frozenset({"attachment", "selection", "file"})
"""Parts that the user gives, in which an error may stand."""

log = logger("ai")


async def earlier_fixes(
    fixes: FixService | None, place: Place, asked: str, parts: Sequence[Part] = ()
) -> list[Part]:
    """The fixes that the user has accepted of the error which is asked about, the best first. It is
    looked for in the question, and then in what was attached to it."""
    if fixes is None or place.project_id is None:
        return []
    texts = [asked, *(part.text for part in parts if part.kind in ABOUT)]
    for text in texts:
        try:
            found = await fixes.earlier(place.project_id, text)
        except errors.NeoAIError as error:
            log.warning("earlier fixes are not known: %s", error.detail)
            return []
        shown = [fix for fix in found if not fix.path or place.shows(fix.path)]
        if shown:
            return [
                Part("fixes", f"{fix.name}: {fix.message}", fix.diff, "diff")
                for fix in shown[:MOST]
            ]
    return []
