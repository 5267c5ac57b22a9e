"""Positions as JavaScript counts them."""

from __future__ import annotations


def units(text: str) -> int:
    """A text's length in UTF-16 units; half a character counts as one."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
