"""What of a provider's stream is taken from the wire, and what is left to the SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest

from neoai_server_ext.ai.providers.base import ProviderError
from neoai_server_ext.ai.providers.wire import LONGEST_LINE, TEXTS, Watch


def openai(delta: dict[str, Any], **more: Any) -> bytes:
    """A chunk of OpenAI's stream, without the blank line after it."""
    choice = {"index": 0, "delta": delta, "finish_reason": None, **more}
    return b"data: " + json.dumps({"choices": [choice], "usage": None}).encode()


def anthropic(kind: str, **more: Any) -> bytes:
    """An event of Anthropic's stream, without the blank line after it."""
    said = {"type": kind, "index": 0, **more}
    return f"event: {kind}\ndata: {json.dumps(said)}".encode()


def watch(kind: str, *seen: bytes) -> Watch:
    """One that has seen these events."""
    found = Watch()
    found.text_of = TEXTS[kind]
    for event in seen:
        assert found.text(event) == ""
    return found


def test_a_replys_first_piece_of_text_is_the_sdks_and_the_others_are_taken() -> None:
    found = watch("openai", openai({"role": "assistant", "content": ""}), openai({"content": "a"}))
    assert found.text(openai({"content": "b"})) == "b"
    assert found.text(openai({"role": "assistant", "content": "\n\n"})) == "\n\n"


@pytest.mark.parametrize(
    "event",
    [
        openai({"content": "c", "tool_calls": [{"index": 0}]}),
        openai({"content": "c"}, finish_reason="stop"),
        openai({"reasoning_content": "Hm."}),
        openai({"content": ["c"]}),
        b'data: {"choices": [{"delta": {"content": "c"}}], "usage": {"prompt_tokens": 1}}',
        b'data: {"error": {"message": "no"}}',
        b"data: [DONE]",
        b"data: {not json",
        b'data: ["choices"]',
        b": ping",
        b"",
    ],
)
def test_whatever_is_more_than_text_is_the_sdks(event: bytes) -> None:
    found = watch("openai", openai({"content": "a"}))
    assert found.text(event) == ""
    assert found.text(openai({"content": "b"})) == "b"


def test_of_anthropics_events_those_of_text_are_taken() -> None:
    def piece(**delta: Any) -> bytes:
        return anthropic("content_block_delta", delta=delta)

    found = watch(
        "anthropic",
        anthropic("content_block_start", content_block={"type": "text", "text": ""}),
        piece(type="text_delta", text="a"),
        piece(type="thinking_delta", thinking="Hm."),
        piece(type="input_json_delta", partial_json="{"),
        anthropic("message_delta", delta={"stop_reason": "end_turn"}),
    )
    assert found.text(piece(type="text_delta", text="b")) == "b"


def test_thoughts_written_into_the_text_are_told_apart_by_the_sdk() -> None:
    found = watch("openai", openai({"content": "<think>\n"}), openai({"content": "Hm."}))
    assert found.text(openai({"content": "Hm, again."})) == ""


def test_a_line_that_does_not_end_is_refused_and_many_lines_are_not() -> None:
    found = Watch()
    for _ in range(3):
        found.feed(b"x" * (LONGEST_LINE - 1) + b"\n")
    found.feed(b"x" * LONGEST_LINE)
    with pytest.raises(ProviderError, match="no end"):
        found.feed(b"x")
