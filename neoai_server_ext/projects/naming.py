"""A folder's name out of a project's, which may be anything."""

from __future__ import annotations

import re
import unicodedata

from .paths import DEVICE, is_git

MAX_BYTES = 100
UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


def folder_name(name: str) -> str:
    """A name that any file system takes: `Sales: Q3/Q4` becomes `Sales- Q3-Q4`."""
    cleaned = UNSAFE.sub("-", unicodedata.normalize("NFC", name)).strip(" .-")
    while len(cleaned.encode("utf-8", "ignore")) > MAX_BYTES:
        cleaned = cleaned[:-1]
    cleaned = cleaned.rstrip(" .")
    if not cleaned or is_git(cleaned) or DEVICE.fullmatch(cleaned):
        return f"project-{cleaned}".rstrip("-")
    return cleaned
