"""What the name of an account or a group, a password and a code can be."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 128
LONGEST_PASSWORD = 72
"""Bytes: bcrypt takes no more."""


def can_be_name(name: str) -> bool:
    """Whether it is seen as it is: nothing in it is invisible or turns the writing round, and it is
    written in the one way that Unicode prefers, so that no two names look alike for that."""
    return name.isprintable() and unicodedata.normalize("NFKC", name) == name


def can_be_group(name: str) -> bool:
    """Whether a group, and so a course, can be called so."""
    return 0 < len(name) <= 255 and name.isprintable() and name == name.strip() and "/" not in name


def is_too_long(password: str) -> bool:
    """Whether no account can have it."""
    return len(password.encode()) > LONGEST_PASSWORD


def as_code(given: object) -> str:
    """The code of a second factor; empty for what can be none."""
    text = given if isinstance(given, str) else ""
    return text if text.isascii() and text.isdigit() else ""
