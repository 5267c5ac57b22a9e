"""What models can do besides writing text, as pydantic-ai's profiles say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal

Capability = Literal["tools", "vision", "structured"]

LACKING: dict[str, tuple[tuple[re.Pattern[str], frozenset[Capability]], ...]] = {
    "openai": (
        (
            re.compile(r"gpt-3\.5|gpt-4(-32k)?(-\d{4})?$"),
            frozenset({"vision", "structured"}),
        ),
        (re.compile(r"o3-mini|o1-preview"), frozenset({"vision"})),
        (re.compile(r"o1-mini"), frozenset({"vision", "tools", "structured"})),
    ),
    "anthropic": ((re.compile(r"claude-(1|2|instant)"), frozenset({"vision", "tools"})),),
    "google": ((re.compile(r"gemini-1\.0-pro(?!-vision)"), frozenset({"vision", "structured"})),),
}
"""Where the profiles, which say of a model they know nothing about that it can, are too kind."""


@lru_cache(512)
def capabilities(kind: str, model: str) -> frozenset[Capability]:
    """What a model of a kind of provider can do; of servers that are not a vendor's own nobody
    knows whether they take images. Blocks where the SDK is not imported yet."""
    profile = _profile(kind)(model) or {}
    found: set[Capability] = set()
    if profile.get("supports_tools", True):
        found.add("tools")
    if profile.get("supports_json_schema_output", False):
        found.add("structured")
    if kind in LACKING and profile.get("supports_image_input", True):
        found.add("vision")
    for name, lacking in LACKING.get(kind, ()):
        if name.match(model):
            found -= lacking
    return frozenset(found)


def _profile(kind: str) -> Callable[[str], Mapping[str, Any] | None]:
    if kind == "anthropic":
        from pydantic_ai.providers.anthropic import AnthropicProvider

        return AnthropicProvider.model_profile
    if kind == "google":
        from pydantic_ai.providers.google import GoogleProvider

        return GoogleProvider.model_profile
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIProvider.model_profile
