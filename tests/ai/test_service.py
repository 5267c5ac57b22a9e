"""Providers as they are configured, their keys, and the models that result."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext import errors
from neoai_server_ext.ai import config
from neoai_server_ext.ai.context import Place
from neoai_server_ext.ai.providers import (
    Delta,
    End,
    KeyProblem,
    Message,
    Secret,
    read_key,
    scrubbed,
)
from neoai_server_ext.ai.service import AIService, Chosen, Sources
from neoai_server_ext.index.service import IndexService

from ..fakes.provider import FakeProvider, Script
from ..index.test_index import Folders

KEY = "sk-very-secret-0123456789"


def service(tmp_path: Path, environ: dict[str, str] | None = None, **traits: Any) -> AIService:
    project = tmp_path / "project"
    project.mkdir(exist_ok=True)
    (project / "kitchen.py").write_text("def boil_water(pot):\n    return pot.heat(100)\n")
    index = IndexService(projects=Folders(p=project), index_dir=tmp_path / "index")
    return AIService(index=index, environ=environ or {}, **traits)


def provider(fake: FakeProvider, **members: Any) -> dict[str, Any]:
    return {"name": "p0", "kind": "openai-compatible", "base_url": fake.url, **members}


async def answer(ai: AIService, tmp_path: Path, **options: Any) -> list[Any]:
    asked = [Message("user", "How do I boil water?")]
    return [event async for event in ai.chat(asked, Place(root=tmp_path / "project"), **options)]


async def test_without_providers_search_is_the_only_model_and_answers(tmp_path: Path) -> None:
    ai = service(tmp_path)
    (model,) = await ai.models()
    assert (model.id, model.provider, model.available) == ("neoai/search", "neoai", True)
    sources, chosen, text, _attempts, end = await answer(ai, tmp_path)
    assert chosen == Chosen("neoai/search", "neoai")
    assert [hit.path for hit in sources.hits] == ["kitchen.py"]
    assert "kitchen.py:1" in text.text
    assert isinstance(end, End)


async def test_the_route_chooses_the_model(tmp_path: Path) -> None:
    async with FakeProvider() as fake:
        models = [{"id": "m0"}, {"id": "m1"}]
        routes = {"chat": ["p0/m1", "p0/m0"]}
        ai = service(tmp_path, providers=[provider(fake, models=models)], routes=routes)
        sources, chosen, *_ = await answer(ai, tmp_path)
        assert chosen == Chosen("p0/m1", "p0")
        assert isinstance(sources, Sources)
        assert fake.requests[0].body["model"] == "m1"
        await answer(ai, tmp_path, model="p0/m0")
        assert fake.requests[1].body["model"] == "m0"
        with pytest.raises(errors.NotFound):
            await answer(ai, tmp_path, model="nobody/m0")
        await ai.close()


async def test_a_compatible_server_without_models_is_asked_for_them(tmp_path: Path) -> None:
    async with FakeProvider() as fake:
        ai = service(tmp_path, providers=[provider(fake)])
        assert [m.id for m in await ai.models()][1:] == ["p0/fake-large", "p0/fake-small"]
        assert (await answer(ai, tmp_path))[1] == Chosen("p0/fake-large", "p0")


async def test_the_key_comes_from_the_environment_and_goes_into_the_request_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with FakeProvider(key=KEY) as fake:
        given = provider(fake, api_key_env="P0_KEY", models=[{"id": "m0"}])
        ai = service(tmp_path, {"P0_KEY": KEY}, providers=[given])
        events = await answer(ai, tmp_path)
        assert any(isinstance(event, Delta) for event in events)
        assert fake.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert KEY not in caplog.text + repr(ai.__dict__.get("configuration")) + repr(events)


async def test_a_key_that_changes_is_used_from_the_next_request_on(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("old-key")
    file.chmod(0o600)
    async with FakeProvider(key=KEY) as fake:
        given = provider(fake, api_key_file=str(file), models=[{"id": "m0"}])
        ai = service(tmp_path, providers=[given])
        with pytest.raises(Exception, match="refused the key"):
            await answer(ai, tmp_path)
        file.write_text(KEY)
        assert await answer(ai, tmp_path)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(mode)
    with pytest.raises(KeyProblem, match="chmod 600") as raised:
        read_key(None, str(file), {})
    assert KEY not in str(raised.value)


def test_a_missing_or_empty_key_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="P0_KEY is not set"):
        read_key("P0_KEY", None, {})
    with pytest.raises(KeyProblem, match="cannot be read"):
        read_key(None, str(tmp_path / "nowhere"), {})
    empty = tmp_path / "empty"
    empty.touch(0o600)
    with pytest.raises(KeyProblem, match="is empty"):
        read_key(None, str(empty), {})
    assert read_key(None, None, {}) is None


def test_a_secret_does_not_show_itself() -> None:
    assert KEY not in f"{Secret(KEY)} {Secret(KEY)!r} {[Secret(KEY)]} {vars(Secret)}"
    with pytest.raises(TypeError):
        json.dumps(Secret(KEY))


def test_keys_in_a_providers_words_are_taken_out() -> None:
    said = scrubbed(f"bad key {KEY}, or sk-ab***yz,\nor Bearer abc", Secret(KEY))
    assert "sk-" not in said
    assert "abc" not in said


async def test_a_provider_without_its_key_is_listed_as_not_available(tmp_path: Path) -> None:
    given = {"name": "p0", "kind": "openai", "models": [{"id": "m0", "price_in_usd": 0.5}]}
    ai = service(tmp_path, providers=[given])
    model = (await ai.models())[1]
    assert (model.id, model.available, model.price_in_usd) == ("p0/m0", False, 0.5)
    assert "OPENAI_API_KEY is not set" in str(model.reason)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"name": "p", "kind": "nonsense"}, "kind"),
        ({"kind": "openai"}, "name"),
        ({"name": "a/b", "kind": "openai"}, "slash"),
        ({"name": "neoai", "kind": "openai"}, "neoai"),
        ({"name": "p", "kind": "openai"}, "needs models"),
        ({"name": "p", "kind": "openai-compatible"}, "needs a base_url"),
        ({"name": "p", "kind": "openai-compatible", "base_url": "ftp://x"}, "http"),
        ({"name": "p", "kind": "openai", "api_key": KEY}, "api_key"),
        (
            {"name": "p", "kind": "openai-compatible", "base_url": f"http://u:{KEY}@x/v1"},
            "password",
        ),
        ({"name": "p", "kind": "gateway"}, "needs a base_url"),
        ({"name": "p", "kind": "google"}, "needs models"),
        ("p0", "entry"),
    ],
)
def test_a_mistake_in_the_configuration_is_said_where_it_is_and_shows_no_key(
    entry: Any, said: str
) -> None:
    good = {"name": "good", "kind": "openai", "models": [{"id": "m"}]}
    found = config.read([good, entry], {})
    assert list(found.providers) == ["good"]
    assert found.problems[0].startswith("c.AIService.providers[1]")
    assert said in " ".join(found.problems)
    assert KEY not in " ".join(found.problems)


def test_a_route_to_nowhere_is_a_mistake() -> None:
    found = config.read([], {"chat": ["p9/m"]})
    assert "p9/m" in found.problems[0]


async def test_an_index_that_is_not_ready_leaves_the_model_to_answer(tmp_path: Path) -> None:
    async with FakeProvider() as fake:
        fake.scripts = [Script(text="From memory.")]
        ai = service(tmp_path, providers=[provider(fake, models=[{"id": "m0"}])])
        ai.index.wait_s = 0
        events = await answer(ai, tmp_path)
        assert "being indexed" in events[0].problem
        assert "From memory." in "".join(e.text for e in events if isinstance(e, Delta))
        await ai.index.close()
