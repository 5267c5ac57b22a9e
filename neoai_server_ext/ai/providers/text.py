"""Text as JSON carries it and UTF-8 cannot: halves of characters (surrogates)."""

from __future__ import annotations

import re

HALF = re.compile("[\ud800-\udfff]")
FIRST_HALF = re.compile("[\ud800-\udbff]\\Z")


def whole(text: str) -> str:
    """With pairs of halves put together, and what stands alone replaced."""
    if HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class Halves:
    """Puts characters together again that were cut in two between the pieces of a stream."""

    def __init__(self) -> None:
        self._kept = ""

    def fed(self, piece: str) -> str:
        """The piece as text; half a character at its end waits for the next."""
        if not self._kept and HALF.search(piece) is None:
            return piece
        piece = self._kept + piece
        self._kept = piece[-1:] if FIRST_HALF.search(piece) else ""
        return whole(piece[: len(piece) - len(self._kept)])

    def rest(self) -> str:
        """What was left at the end."""
        left, self._kept = whole(self._kept), ""
        return left
