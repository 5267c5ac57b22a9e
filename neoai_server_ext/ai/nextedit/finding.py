"""All places that the latest edits leave to be done, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from . import imports, insertions, overrides, renames, repeats, signatures
from .edits import Change
from .places import MOST_PLACES, Look, Place, Stopped


def find(changes: Sequence[Change], look: Look) -> list[Place]:
    """The places, those of the first change's file from its last edit on first; of names within
    texts the last. changes: the latest edits by file, the file in front first.

    What was found in time is given where it is up. Blocks.
    """
    made = [each for each in changes if each.hunks]
    if not made:
        return []
    found: list[Place] = []
    with suppress(Stopped):
        for place in _search(made, look):
            if _is_free(place, found):
                found.append(place)
            if len(found) >= MOST_PLACES:
                break
    return sorted(_still_there(found, changes, look), key=_order(changes[0]))


def _search(changes: Sequence[Change], look: Look) -> Iterator[Place]:
    for each in changes:
        for signature in signatures.changed(each):
            look.go_on()
            yield from signatures.places(each, signature, look)
            yield from overrides.places(each, signature, look)
        yield from renames.places(each, look)
    yield from repeats.places(changes, look)
    yield from insertions.places(changes, look)
    for each in changes:
        yield from imports.places(each, look)


def _is_free(place: Place, found: Sequence[Place]) -> bool:
    """Whether no place is known there: what takes more into account was looked for first."""
    return not any(
        other.path == place.path
        and (place.start < other.end or place.start == other.start)
        and (other.start < place.end or place.start == other.start)
        for other in found
    )


def _still_there(found: Sequence[Place], changes: Sequence[Change], look: Look) -> list[Place]:
    """In files that were edited, places are where they are now: those of other files' edits were
    found in the text as it is."""
    sources = look.sources | {each.path: each.after for each in changes}
    texts = {path: source.original.text for path, source in sources.items()}
    return [p for p in found if texts.get(p.path, "")[p.start : p.end] == p.old]


def _order(front: Change) -> Callable[[Place], tuple[bool, bool, str, bool, int]]:
    latest = max((s.after for s in front.substitutions), default=0)

    def key(place: Place) -> tuple[bool, bool, str, bool, int]:
        is_here = place.path == front.path
        return (
            place.kind == "text",
            not is_here,
            place.path,
            is_here and place.start < latest,
            place.start,
        )

    return key
