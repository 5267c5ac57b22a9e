"""The AI service against a real self-hosted model server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.ai.service import AIService, Attempts, Chosen, Message, NoReply, Usage
from neoai_server_ext.index.service import IndexService

from ..conftest import require
from ..fakes.self_hosted import CONTEXT, MODEL, self_hosted
from ..index.test_index import Folders

KEY = "local-0123456789abcdef"


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server."""
    require("llama.cpp")
    with self_hosted(tmp_path_factory.mktemp("self-hosted"), KEY) as url:
        yield url


def service(tmp_path: Path, base_url: str, key: str = KEY, **traits: Any) -> AIService:
    spec = {
        "name": "local",
        "kind": "openai-compatible",
        "base_url": base_url,
        "api_key_env": "LOCAL_KEY",
    }
    index = IndexService(projects=Folders(p=tmp_path), index_dir=tmp_path / "index")
    return AIService(index=index, environ={"LOCAL_KEY": key}, providers=[spec], **traits)


async def reply(ai: AIService, *turns: Message, **options: Any) -> list[Any]:
    return [event async for event in ai.chat(turns or [Message("user", "Hello")], **options)]


async def test_its_models_are_found_by_asking_it(base_url: str, tmp_path: Path) -> None:
    ai = service(tmp_path, base_url)
    assert [(m.id, m.available) for m in await ai.models()][1:] == [(f"local/{MODEL}", True)]
    await ai.close()


async def test_a_reply_streams_to_its_end_and_says_what_it_cost(
    base_url: str, tmp_path: Path
) -> None:
    ai = service(tmp_path, base_url)
    events = await reply(ai, max_tokens=16)
    usage = next(event for event in events if isinstance(event, Usage))
    assert Chosen(f"local/{MODEL}", "local") in events
    assert usage.output_tokens == 16
    assert usage.input_tokens > 100  # a token a byte, the system prompt included
    attempts = next(event for event in events if isinstance(event, Attempts))
    assert [attempt.outcome for attempt in attempts.items] == ["ok"]
    await ai.close()


async def test_a_conversation_longer_than_its_context_is_trimmed_and_asked_again(
    base_url: str, tmp_path: Path
) -> None:
    ai = service(tmp_path, base_url)
    past = Message("user", "word " * CONTEXT)
    events = await reply(
        ai, past, Message("assistant", "Yes."), Message("user", "Hello"), max_tokens=4
    )
    attempts = next(event for event in events if isinstance(event, Attempts))
    assert [attempt.outcome for attempt in attempts.items] == ["context", "ok"]
    await ai.close()


async def test_a_cancelled_reply_leaves_the_server_free_for_the_next(
    base_url: str, tmp_path: Path
) -> None:
    ai = service(tmp_path, base_url)
    stream = ai.chat([Message("user", "Hello")], max_tokens=CONTEXT)
    async for event in stream:
        if isinstance(event, Chosen):
            break
    await stream.aclose()
    events = await reply(ai, max_tokens=4)
    assert any(isinstance(event, Usage) for event in events)
    await ai.close()


async def test_a_wrong_key_is_said_to_be_one_and_is_not_repeated(
    base_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "wrong-0123456789abcdef"
    ai = service(tmp_path, base_url, key=wrong, routes={"chat": ["local/random"]})
    with pytest.raises(NoReply) as failure:
        await reply(ai)
    assert failure.value.outcome == "auth"
    told = json.dumps([str(failure.value), failure.value.detail, caplog.text])
    assert wrong not in told
    await ai.close()
