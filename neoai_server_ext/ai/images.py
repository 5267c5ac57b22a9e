"""Pictures in requests: `data:` URLs of four types, looked at before they go anywhere."""

from __future__ import annotations

import base64
import binascii
import re

from .providers import Image

MAX_BYTES = 5_000_000
MAX_URL = MAX_BYTES * 4 // 3 + 100
TOO_LARGE = f"has more than {MAX_BYTES:,} bytes"
AT_MOST = 20
HEAD = re.compile(r"data:(image/(?:png|jpeg|webp|gif));base64,", re.IGNORECASE)
BEGINNINGS: dict[str, re.Pattern[bytes]] = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/gif": re.compile(rb"GIF8[79]a"),
}


def decoded(url: str) -> Image:
    """The picture in a `data:` URL. Raises ValueError: another URL or type, too large, or not what
    it says it is."""
    head = HEAD.match(url)
    if head is None:
        raise ValueError(
            "must be a data: URL with base64 of a png, jpeg, webp or gif; nothing is fetched"
        )
    if len(url) > MAX_URL:
        raise ValueError(TOO_LARGE)
    try:
        data = base64.b64decode(url[head.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is no valid base64") from None
    if len(data) > MAX_BYTES:
        raise ValueError(TOO_LARGE)
    media_type = head[1].lower()
    if not BEGINNINGS[media_type].match(data):
        raise ValueError(f"does not begin as {media_type} does")
    return Image(media_type, data)


def recognised(data: bytes) -> Image:
    """The picture in a file. Raises ValueError: too large, or none of the four types."""
    if len(data) > MAX_BYTES:
        raise ValueError(TOO_LARGE)
    for media_type, beginning in BEGINNINGS.items():
        if beginning.match(data):
            return Image(media_type, data)
    raise ValueError("is no png, jpeg, webp or gif")
