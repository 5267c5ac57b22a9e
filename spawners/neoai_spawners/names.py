"""Names of containers, volumes and folders, made from names of users and servers."""

from __future__ import annotations

import base64
import hashlib
import re

READABLE = 24


def slug(name: str) -> str:
    """A name of `a-z0-9` and at most one inner hyphen, at most 51 long, another for each name.

    A short name of small letters and digits is its own. Every other has its readable part and a
    hash (the first 128 bits of SHA-256) of the exact name, so that `Ann`, `ann` and `a.nn`, or two
    long names with the same beginning, are kept apart.
    """
    if re.fullmatch(rf"[a-z0-9]{{1,{READABLE}}}", name):
        return name
    readable = re.sub(r"[^a-z0-9]", "", name.lower())[:READABLE] or "x"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:16]
    return f"{readable}-{base64.b32encode(digest).decode().rstrip('=').lower()}"
