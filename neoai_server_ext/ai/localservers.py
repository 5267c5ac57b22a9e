"""Model servers on this machine: looked for at the ports where they usually listen, and offered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 1_000_000
MOST_MODELS = 200
OWNERS = {"vllm": "vLLM", "llamacpp": "llama.cpp", "library": "Ollama", "organization_owner": ""}
"""Who `owned_by` in a list of models says that it is; empty: many say so."""


@dataclass(frozen=True)
class LocalServer:
    """A server that speaks OpenAI's API. title: what it is, by what it says, else by its port."""

    title: str
    base_url: str
    models: tuple[str, ...]


async def found(usual: Mapping[str, str], within_s: float) -> list[LocalServer]:
    """Those that list their models in time. usual: base URLs by name."""
    answers = await asyncio.gather(
        *(_look(title, base_url, within_s) for title, base_url in usual.items())
    )
    return [server for server in answers if server is not None]


async def _look(title: str, base_url: str, within_s: float) -> LocalServer | None:
    import httpx2

    base_url = base_url.rstrip("/")
    try:
        # no proxy of the environment: what is asked is this machine
        async with (
            asyncio.timeout(within_s),
            httpx2.AsyncClient(trust_env=False, follow_redirects=False) as client,
            client.stream("GET", f"{base_url}/models") as response,
        ):
            if response.status_code != 200:
                return None
            raw = b""
            async for piece in response.aiter_bytes():
                raw += piece
                if len(raw) > MAX_BYTES:
                    return None
    except (TimeoutError, OSError, ValueError, httpx2.HTTPError, httpx2.InvalidURL):
        return None
    return _read(title, base_url, raw)


def _read(title: str, base_url: str, raw: bytes) -> LocalServer | None:
    """The server that such a list of models comes from; None where it is none."""
    try:
        listed: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    items = listed.get("data") if isinstance(listed, dict) else None
    if items is None and isinstance(listed, dict) and listed.get("object") == "list":
        items = []  # Ollama without a model
    if not isinstance(items, list):
        return None
    models = [item for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]
    if len(models) != len(items):
        return None
    owners = {OWNERS.get(str(item.get("owned_by")), "") for item in models} - {""}
    names = tuple(item["id"] for item in models[:MOST_MODELS])
    return LocalServer(owners.pop() if len(owners) == 1 else title, base_url, names)
