"""Makes a provider of a kind; the SDKs are imported when the first request is made."""

from __future__ import annotations

from .base import Provider, Timeouts
from .keys import Secret

KINDS = ("openai", "openai-compatible", "gateway", "anthropic", "google")


def connect(kind: str, base_url: str | None, key: Secret | None, timeouts: Timeouts) -> Provider:
    """A provider of one of KINDS; `base_url` None is the vendor's own."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of provider: {kind}")
    from .sdk import SDKProvider

    return SDKProvider(kind, base_url, key, timeouts)
