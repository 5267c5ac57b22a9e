"""What a reply's message knows of itself, in the chat's document: `metadata["neoai"]`.

answers: the id of the message that it answers. model, usage: who wrote it and what that
took, `cost_usd` null where the price is not known. context: what went along, as `POST /ai/chat`
says it. versions: all replies that there were to the message, where there are several, each
with its `body` and the keys above; the one that is shown has its body in the message. shown: which
of them that is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyterlab_chat.models import Message as ChatMessage

KEY = "neoai"
MOST_VERSIONS = 20

Note = dict[str, Any]


def note_of(message: ChatMessage) -> Note:
    """What a message knows of itself; empty where it is no reply of ours."""
    found = (message.metadata or {}).get(KEY)
    return dict(_whole(found)) if isinstance(found, dict) else {}


def _whole(value: Any) -> Any:
    """Whole numbers as such: a collaborative document knows only floats."""
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def noted(message: ChatMessage, note: Note) -> ChatMessage:
    """The message with that note."""
    return replace(message, metadata={**(message.metadata or {}), KEY: note})


def anew(message: ChatMessage) -> ChatMessage:
    """A reply that is about to be replaced: what it says becomes a version of it."""
    note = note_of(message)
    versions = _with_shown(message)[-MOST_VERSIONS + 1 :]
    fresh: Note = {"answers": note.get("answers", ""), "versions": [*versions, {}]}
    return noted(message, {**fresh, "shown": len(versions)})


def finished(message: ChatMessage, body: str, about: Note) -> ChatMessage:
    """The reply at its end. about: what its note says of this version."""
    note = {**note_of(message), **about}
    if "versions" in note:
        versions = [dict(version) for version in note["versions"]]
        versions[note["shown"]] = dict(about)
        note["versions"] = versions
    return replace(noted(message, note), body=body)


def turned(message: ChatMessage, shown: int) -> ChatMessage:
    """The reply with another of its versions shown; raises IndexError where there is none."""
    note, versions = note_of(message), _with_shown(message)
    if not 0 <= shown < len(versions):
        raise IndexError(shown)
    wanted = versions[shown]
    body = str(wanted.pop("body", ""))
    kept = {key: note[key] for key in ("answers",) if key in note}
    return replace(
        noted(message, {**kept, **wanted, "versions": versions, "shown": shown}), body=body
    )


def total(messages: Iterable[ChatMessage]) -> Note:
    """What all replies of a conversation took, those that are not shown too; `cost_usd` is that of
    those whose price is known, and null where it is of none."""
    sums: Note = {"input_tokens": 0, "output_tokens": 0, "cached_tokens": 0, "cost_usd": None}
    for message in messages:
        note = note_of(message)
        for version in note.get("versions") or [note]:
            for key, value in (version.get("usage") or {}).items():
                if key in sums and value is not None:
                    sums[key] = (sums[key] or 0) + value
    return sums


def _with_shown(message: ChatMessage) -> list[Note]:
    note = note_of(message)
    about: Note = {key: note[key] for key in ("model", "usage", "context") if key in note}
    versions: list[Note] = [dict(version) for version in note.get("versions") or [Note()]]
    versions[note.get("shown", 0)] = {**about, "body": message.body}
    return versions
