"""Tools and replies that keep to a schema: each provider's format, each fault, and what follows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext import errors
from neoai_server_ext.ai.providers import (
    Delta,
    End,
    Message,
    ProviderError,
    Tool,
    ToolCall,
    Unusable,
    Usage,
)
from neoai_server_ext.ai.providers.schemas import called, check_text
from neoai_server_ext.ai.service import Wanted

from ..fakes.google import SIGNATURE
from ..fakes.provider import FakeProvider, Script, rate_limited, refused_key
from .test_policies import Models, models  # noqa: F401
from .test_providers import ASKED, KEY, KINDS, all_of, to
from .test_routing import FAULTS, OUTCOMES, Two, outcomes, shown, two  # noqa: F401

PLACE = {
    "type": "object",
    "properties": {"path": {"type": "string"}, "line": {"type": "integer", "minimum": 1}},
    "required": ["path"],
}
READ = Tool("read_file", "Reads a file of the project.", PLACE)
LIST = Tool("list_files", "Lists a folder.", {"type": "object", "properties": {}})
ARGUMENTS = {"path": "küche.py", "line": 3}
CALL = Script(text="Let me look.", calls=(("read_file", json.dumps(ARGUMENTS)),))
BAD = {
    "no-json": '{"path": "kitchen.py", "li',
    "no-object": '["kitchen.py"]',
    "lacking": '{"line": 3}',
    "wrong-type": '{"path": "kitchen.py", "line": "three"}',
}


def calls_of(events: list[Any]) -> list[ToolCall]:
    return [event for event in events if isinstance(event, ToolCall)]


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


async def into(seen: list[Any], stream: Any) -> None:
    async for event in stream:
        seen.append(event)


def sent_tools(body: dict[str, Any]) -> str:
    return json.dumps(body["tools"])


@pytest.mark.parametrize("kind", KINDS)
async def test_the_tools_that_a_model_calls_come_with_their_arguments(kind: str) -> None:
    async with FakeProvider(key=KEY) as fake:
        twice = (*CALL.calls, ("list_files", "{}"))
        fake.scripts = [replace(CALL, calls=twice)]
        stream = to(fake, kind).stream(ASKED, "fake-large", max_tokens=50, tools=[READ, LIST])
        events = await all_of(stream)
        assert text_of(events) == "Let me look."
        first, second = calls_of(events)
        assert (first.name, first.arguments) == ("read_file", ARGUMENTS)
        assert (second.name, second.arguments) == ("list_files", {})
        assert first.id != second.id
        assert [type(event) for event in events[-4:]] == [Usage, ToolCall, ToolCall, End]
        said = sent_tools(fake.requests[0].body)
        assert "read_file" in said
        assert "Reads a file of the project." in said


@pytest.mark.parametrize("kind", KINDS)
async def test_a_model_that_has_tools_may_answer_in_text_alone(kind: str) -> None:
    async with FakeProvider() as fake:
        fake.scripts = [Script(text="It is well.", chunks=3)]
        events = await all_of(to(fake, kind).stream(ASKED, "fake-large", tools=[READ]))
        assert (text_of(events), calls_of(events)) == ("It is well.", [])
        assert isinstance(events[-1], End)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_tools_found_goes_back_with_the_calls(kind: str) -> None:
    async with FakeProvider() as fake:
        fake.scripts = [replace(CALL, text="", calls=(*CALL.calls, ("list_files", "{}")))]
        provider = to(fake, kind)
        made = calls_of(await all_of(provider.stream(ASKED, "fake-large", tools=[READ, LIST])))
        results = [Message("tool", f"The result of {call.name}.", answers=call) for call in made]
        turns = [*ASKED, Message("assistant", "", calls=tuple(made)), *results]
        fake.scripts = [Script(text="Now I know.")]
        events = await all_of(provider.stream(turns, "fake-large", tools=[READ, LIST]))
        assert text_of(events) == "Now I know."
        said = json.dumps(fake.requests[1].body, ensure_ascii=False)
        assert "The result of read_file." in said
        assert "The result of list_files." in said
        assert "küche.py" in said
        if kind == "google":
            assert SIGNATURE in said
        else:
            assert all(said.count(call.id) == 2 for call in made)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("arguments", BAD.values(), ids=BAD)
async def test_arguments_that_are_not_what_the_tool_takes_are_malformed(
    kind: str, arguments: str
) -> None:
    if kind == "google" and arguments == BAD["no-object"]:
        pytest.skip("Google's format has no arguments but objects")
    async with FakeProvider() as fake:
        fake.scripts = [Script(text="", calls=(("read_file", arguments),))]
        with pytest.raises(ProviderError) as raised:
            await all_of(to(fake, kind).stream(ASKED, "fake-large", tools=[READ]))
        assert raised.value.outcome == "malformed"
        assert isinstance(raised.value, Unusable)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_tool_that_there_is_not_is_malformed(kind: str) -> None:
    async with FakeProvider() as fake:
        fake.scripts = [Script(text="", calls=(("delete_all", "{}"),))]
        with pytest.raises(Unusable, match="`delete_all`, which there is not"):
            await all_of(to(fake, kind).stream(ASKED, "fake-large", tools=[READ]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (rate_limited(7), "rate"),
        (refused_key(KEY), "auth"),
        (Script(fault="status", status=503), "overloaded"),
        (replace(CALL, text="", fault="cut", after=2), "cut"),
        (replace(CALL, text="", fault="abort", after=2), "cut"),
        (replace(CALL, text="", fault="malformed", after=2), "malformed"),
        (replace(CALL, text="", fault="hang", after=2), "timeout"),
        (replace(CALL, text="", fault="hang", after=0), "timeout"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.fault}-{value.after}",
)
async def test_each_fault_in_the_middle_of_a_call_has_its_outcome_and_gives_no_call(
    kind: str, script: Script, outcome: str
) -> None:
    async with FakeProvider() as fake:
        fake.scripts = [script]
        seen: list[Any] = []
        stream = to(fake, kind, first_s=1.0, idle_s=0.5).stream(ASKED, "fake", tools=[READ])
        with pytest.raises(ProviderError) as raised:
            await into(seen, stream)
        assert raised.value.outcome == outcome
        assert calls_of(seen) == []


@pytest.mark.parametrize("kind", ["openai", "google", "anthropic"])
async def test_a_text_that_keeps_to_the_schema_is_passed_on_and_another_is_malformed(
    kind: str,
) -> None:
    model = {"anthropic": "claude-sonnet-4-5"}.get(kind, "fake-large")
    async with FakeProvider() as fake:
        fake.scripts = [Script(text=json.dumps(ARGUMENTS), chunks=6), Script(text='{"line": 0}')]
        provider = to(fake, kind)
        events = await all_of(provider.stream(ASKED, model, output=PLACE))
        assert json.loads(text_of(events)) == ARGUMENTS
        assert isinstance(events[-1], End)
        assert '"path"' in json.dumps(fake.requests[0].body)
        with pytest.raises(Unusable, match="do not keep to the schema"):
            await all_of(provider.stream(ASKED, model, output=PLACE))


def test_nothing_is_fetched_for_a_schema() -> None:
    remote = Tool("t", "", {"$ref": "http://127.0.0.1:9/schema.json"})
    with pytest.raises(Unusable, match="refers to what is not in it"):
        called("1", "t", "{}", [remote])


@pytest.mark.parametrize("text", ["[" * 100_000, "NaN", "", '"' + "x" * 4_000_001])
def test_text_that_would_break_a_parser_is_malformed(text: str) -> None:
    with pytest.raises(Unusable):
        check_text(text, {"type": "object"})


def test_a_tools_schema_that_is_none_is_a_mistake_of_whoever_asks() -> None:
    with pytest.raises(ValueError, match="no JSON schema"):
        Wanted("chat", tools=(Tool("t", "", {"type": "thing"}),))


async def ask(two: Two, **options: Any) -> list[Any]:  # noqa: F811
    wanted = Wanted("chat", tools=(READ,))
    return [event async for event in two.ai.request(ASKED, wanted, **options)]


async def test_a_malformed_call_is_asked_for_again_once_and_then_of_the_next_model(
    two: Two,  # noqa: F811
) -> None:
    async with two:
        bad = Script(text="Let me", calls=(("read_file", "{"),))
        two.first.scripts = [bad, CALL]
        events = await ask(two)
        assert outcomes(events) == [("p0/m0", "malformed"), ("p0/m0", "ok")]
        assert (shown(events), calls_of(events)[0].arguments) == ("Let me look.", ARGUMENTS)

        two.first.scripts = [bad, bad]
        two.second.scripts = [replace(CALL, text="Other.")]
        events = await ask(two)
        assert [outcome for _, outcome in outcomes(events)] == ["malformed", "malformed", "ok"]
        assert shown(events) == "Other."
        assert len(calls_of(events)) == 1
        assert len(two.first.requests) == 4


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "empty"])
async def test_where_one_model_fails_in_a_call_the_next_one_calls(two: Two, fault: str) -> None:  # noqa: F811
    async with two:
        two.first.scripts = [replace(FAULTS[fault], text="", calls=CALL.calls)]
        two.second.scripts = [CALL]
        events = await ask(two)
        assert outcomes(events) == [("p0/m0", OUTCOMES.get(fault, fault)), ("p1/m1", "ok")]
        assert [call.arguments for call in calls_of(events)] == [ARGUMENTS]


async def test_calls_and_the_replies_to_their_results_are_never_kept(
    models: Models,  # noqa: F811
    tmp_path: Path,
) -> None:
    async with models:
        await models.open(None, tmp_path, a={})
        fake = models.fakes["a"]
        for _ in range(2):
            fake.scripts = [CALL]
            said = [
                event async for event in models.ai.request(ASKED, Wanted("chat", tools=(READ,)))
            ]
            (call,) = calls_of(said)
        turns = [
            *ASKED,
            Message("assistant", "", calls=(call,)),
            Message("tool", "A pot.", answers=call),
        ]
        for _ in range(2):
            await all_of(models.ai.request(turns, Wanted("chat")))  # type: ignore[arg-type]
        for _ in range(2):
            fake.scripts = [Script(text=json.dumps(ARGUMENTS))]
            await all_of(models.ai.request(ASKED, Wanted("chat", output=PLACE)))  # type: ignore[arg-type]
        assert len(fake.requests) == 6


async def test_secrets_in_a_calls_arguments_and_results_do_not_leave(
    models: Models,  # noqa: F811
) -> None:
    async with models:
        await models.open(None, None, a={})
        secret = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
        call = ToolCall("c1", "read_file", {"path": "x", "lines": [f"token = '{secret}'"]})
        turns = [
            *ASKED,
            Message("assistant", "", calls=(call,)),
            Message("tool", f"password: {secret}", answers=call),
        ]
        await all_of(models.ai.request(turns, Wanted("chat", tools=(READ,))))  # type: ignore[arg-type]
        said = json.dumps(models.fakes["a"].requests[0].body)
        assert secret not in said
        assert "[redacted" in said


async def test_only_models_that_call_tools_or_keep_to_schemas_are_asked_to(
    models: Models,  # noqa: F811
) -> None:
    async with models:
        await models.open(None, None, a={"capabilities": []}, b={"capabilities": ["tools"]})
        models.fakes["b"].scripts = [CALL]
        await all_of(models.ai.request(ASKED, Wanted("chat", tools=(READ,))))  # type: ignore[arg-type]
        assert models.asked() == "a0b1"
        with pytest.raises(errors.Invalid, match="keeps to a schema"):
            await all_of(models.ai.request(ASKED, Wanted("chat", output=PLACE)))  # type: ignore[arg-type]
