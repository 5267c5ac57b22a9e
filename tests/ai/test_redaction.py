"""No secret crosses the socket to a provider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.ai.completion.models import CompletionRequest
from neoai_server_ext.ai.completion.service import CompletionService
from neoai_server_ext.ai.completion.wording import BEFORE
from neoai_server_ext.ai.context import Part, Place
from neoai_server_ext.ai.context.history import PIECE
from neoai_server_ext.ai.providers import Message
from neoai_server_ext.db import Database
from neoai_server_ext.projects.service import ProjectService

from ..fakes.provider import FakeProvider, Script
from .test_service import answer, provider, service

TOKEN = "ghp_" + "a1B2" * 9
PASSWORD = "Tr0ub4dor&3"


async def said(tmp_path: Path, kind: str, **traits: Any) -> tuple[str, list[Any]]:
    """What crossed the socket of a question with secrets in all its parts, and the events."""
    async with FakeProvider() as fake:
        url = fake.url if kind != "anthropic" else fake.url.removesuffix("/v1")
        models = [{"id": "m0"}]
        config = provider(fake, models=models) | {"kind": kind, "base_url": url}
        ai = service(
            tmp_path, {"K": "sk-test"}, providers=[config | {"api_key_env": "K"}], **traits
        )
        kitchen = tmp_path / "project" / "kitchen.py"
        kitchen.write_text(f'def boil_water(pot):\n    password = "{PASSWORD}"\n')
        asked = [
            Message("user", f"My token is {TOKEN}."),
            Message("assistant", f"I see {TOKEN}."),
            Message("user", f"How do I boil water? {TOKEN}"),
        ]
        stream = ai.chat(
            asked,
            Place(root=tmp_path / "project"),
            parts=[Part("attachment", "", f"notes.txt\n{TOKEN}")],
        )
        events = [event async for event in stream]
        await ai.close()
        (request,) = fake.requests
        return json.dumps(request.body, ensure_ascii=False), events


@pytest.mark.parametrize("kind", ["openai", "openai-compatible", "anthropic"])
async def test_no_secret_of_message_history_passage_or_attachment_is_sent(
    tmp_path: Path, kind: str
) -> None:
    sent, _ = await said(tmp_path, kind)
    assert "def boil_water" in sent
    assert TOKEN not in sent
    assert PASSWORD not in sent
    assert sent.count("[redacted: github-token]") == 4
    assert sent.count("[redacted: password]") == 1


async def test_redaction_can_be_turned_off(tmp_path: Path) -> None:
    sent, _ = await said(tmp_path, "openai-compatible", redact_secrets=False)
    assert TOKEN in sent
    assert "[redacted" not in sent


async def test_text_without_secrets_goes_as_it_is_however_long(tmp_path: Path) -> None:
    async with FakeProvider() as fake:
        ai = service(tmp_path, providers=[provider(fake, models=[{"id": "m0"}])])
        question = "".join(f"line {n}: x = y[{n}]\r\n\t“ü” 💧\n" for n in range(4000))
        [event async for event in ai.chat([Message("user", question)])]
        await answer(ai, tmp_path)
        await ai.close()
        assert fake.requests[0].body["messages"][-1]["content"] == question
        assert fake.requests[1].body["messages"][-1]["content"].endswith("\n\nHow do I boil water?")


async def test_secrets_are_taken_out_before_anything_is_cut(tmp_path: Path) -> None:
    key = f"-----BEGIN PRIVATE KEY-----\n{TOKEN * 2}\n{'q7W' * 21}\n-----END PRIVATE KEY-----\n"
    filler = "A line of a file.\n"
    async with FakeProvider(default=lambda _: Script(text="Summed up.")) as fake:
        models = [{"id": "m0"}]
        ai = service(
            tmp_path, providers=[provider(fake, models=models)], history_tokens=10, retries=0
        )
        for before in range(PIECE * 3 - 60, PIECE * 3, 10):
            said = [Message("user", "x" * before + f" {TOKEN} " + "y z " * 6000)]
            said += [Message("assistant", "So?"), Message("user", f"Well? {before}")]
            [event async for event in ai.chat(said)]
        for lines in range(2, 5):
            attached = Part("attachment", "f", key + filler * 3000, line=lines)
            [event async for event in ai.chat([Message("user", "Why?")], parts=[attached])]
        projects = ProjectService(Database(f"sqlite:///{tmp_path / 'n.db'}"), tmp_path)
        completions = CompletionService(ai, projects)
        for after in range(BEFORE - 40, BEFORE, 8):
            prefix = f"k = {TOKEN}\n" + "x" * after
            await completions.complete(CompletionRequest(prefix=prefix, suffix="y " * 1990 + TOKEN))
        await ai.close()
    told = json.dumps([request.body for request in fake.requests])
    assert "Well?" in told
    assert "a1B2a1" not in told
    assert "q7Wq7W" not in told
