"""What can still be read of a chat's file that was written by halves.

jupyterlab-chat opens what is no JSON as an empty chat, and its next save makes that so.
"""

from __future__ import annotations

import json
import re
from typing import Any

PERSONAS = "jupyter-ai-personas"
SHAPE: dict[str, type] = {"messages": list, "users": dict, "attachments": dict, "metadata": dict}
GAP = re.compile(r"[\s,:]*")


def is_sound(text: str) -> bool:
    """Whether it is a chat; an empty one, which a new file is, too."""
    return not text.strip() or _read(text) is not None


def mended(text: str, kept: str = "") -> str:
    """The chat, where that is sound; else what was kept of it, where that is and says something;
    else what can be read of the text."""
    found = _read(text)
    if found is not None and (found or not text.strip()):
        return text
    if (_read(kept) or {}).get("messages"):
        return kept
    if found is not None or not text.strip():
        return text
    return json.dumps(_salvaged(text), indent=2)


def _read(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and _is_chat(found) else None


def _is_chat(found: dict[str, Any]) -> bool:
    """Whether its parts are what jupyterlab-chat takes them for."""
    return all(isinstance(found.get(name, kind()), kind) for name, kind in SHAPE.items()) and all(
        isinstance(message, dict) and isinstance(message.get("id", ""), str)
        for message in found.get("messages", [])
    )


def _salvaged(text: str) -> dict[str, Any]:
    """Whole values up to where it breaks off, and of the messages all that are whole."""
    found: dict[str, Any] = {name: kind() for name, kind in SHAPE.items()}
    decoder = json.JSONDecoder()
    at = text.find("{") + 1
    try:
        while at > 0:
            key, at = decoder.raw_decode(text, _over(text, at))
            at = _over(text, at)
            if key == "messages" and text.startswith("[", at):
                at = _messages(text, at + 1, decoder, found["messages"])
            else:
                found[key], at = decoder.raw_decode(text, at)
    except (ValueError, RecursionError, TypeError):
        pass
    found |= {name: kind() for name, kind in SHAPE.items() if not isinstance(found[name], kind)}
    for message in found["messages"]:
        name = str(message.get("sender", ""))
        user = {"username": name, "name": name, "display_name": name}
        found["users"].setdefault(name, {**user, "bot": name.startswith(PERSONAS)})
    return found


def _messages(text: str, at: int, decoder: json.JSONDecoder, into: list[Any]) -> int:
    while not text.startswith("]", at := _over(text, at)):
        message, at = decoder.raw_decode(text, at)
        if isinstance(message, dict) and isinstance(message.get("id"), str) and "body" in message:
            into.append(message)
    return at + 1


def _over(text: str, at: int) -> int:
    found = GAP.match(text, at)
    return found.end() if found else at
