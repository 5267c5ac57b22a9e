"""Which model is asked: by policy, by what it can and has room for, and who answered before."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import pytest

from neoai_server_ext import errors
from neoai_server_ext.ai import config
from neoai_server_ext.ai.catalog import is_local
from neoai_server_ext.ai.choice import CONVERSATIONS, Chooser, Needs, Sticky
from neoai_server_ext.ai.providers import Message
from neoai_server_ext.ai.service import Part, Place
from neoai_server_ext.ai.speeds import FRESH_S, LEAST, Speeds

from ..fakes.provider import FakeProvider, Request, Script
from .test_routing import ASKED, outcomes, shown
from .test_service import service


class Models:
    """A service with models `a/m`, `b/m`, … of a scripted provider each, that name themselves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = AsyncExitStack()
        self.fakes: dict[str, FakeProvider] = {}
        self.models: dict[str, dict[str, Any]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def open(
        self, routes: Any = None, data_dir: Path | None = None, **models: dict[str, Any]
    ) -> None:
        """Begin the service. data_dir: where replies are kept. models: the members of each model
        in the configuration."""
        given = []
        for name, members in models.items():
            fake = FakeProvider(default=lambda _, name=name: Script(text=f"I am {name}."))  # type: ignore[misc]
            await self._stack.enter_async_context(fake)
            self.fakes[name] = fake
            entry = {"name": name, "kind": "openai-compatible", "base_url": fake.url}
            given.append({**entry, "models": [{"id": "m", **members}]})
        times = {"first_timeout_s": 2.0, "idle_timeout_s": 2.0, "retries": 0}
        options = {"providers": given, "routes": routes or {}, "data_dir": data_dir}
        self.ai = service(self._folder, **options, **times)
        self._stack.push_async_callback(self.ai.close)

    async def ask(self, *said: str, **options: Any) -> str:
        """What is answered."""
        turns = [Message("user", text) for text in said] or ASKED
        return shown([event async for event in self.ai.chat(turns, **options)])

    def asked(self) -> str:
        """How often each was asked, as in `a2b0`."""
        return "".join(f"{name}{len(fake.requests)}" for name, fake in self.fakes.items())


@pytest.fixture
def models(tmp_path: Path) -> Models:
    """`async with models:` closes them."""
    return Models(tmp_path)


def price(both: float) -> dict[str, Any]:
    return {"price_in_usd": both, "price_out_usd": both}


async def test_the_cheapest_model_answers_and_one_whose_price_nobody_knows_comes_last(
    models: Models,
) -> None:
    async with models:
        await models.open({"chat": "cheapest"}, a={}, b=price(3.0), c=price(1.0))
        assert await models.ask() == "I am c."
        models.fakes["c"].default = models.fakes["b"].default = lambda _: Script(
            fault="status", status=500
        )
        assert await models.ask() == "I am a."
        assert models.asked() == "a1b1c2"


async def test_what_is_cheapest_depends_on_how_much_is_said(models: Models) -> None:
    async with models:
        reader = {"price_in_usd": 0.1, "price_out_usd": 10.0}
        writer = {"price_in_usd": 2.0, "price_out_usd": 2.0}
        await models.open({"chat": {"policy": "cheapest"}}, reads=reader, writes=writer)
        assert await models.ask("Hm?") == "I am writes."
        assert await models.ask("word " * 20_000) == "I am reads."


async def test_the_best_model_is_the_one_of_the_highest_quality_then_the_dearest(
    models: Models,
) -> None:
    async with models:
        await models.open(
            {"chat": "best", "edit": {"policy": "best", "models": ["a/m", "c/m"]}},
            a=price(1.0),
            b={"quality": 60},
            c={**price(5.0), "context_tokens": 9000},
            d={"quality": 90},
        )
        (chat, edit) = await models.ai.route_infos()
        assert (chat.task, chat.policy) == ("chat", "best")
        assert chat.models == ("d/m", "b/m", "c/m", "a/m")
        assert edit.models == ("c/m", "a/m")
        assert await models.ask() == "I am d."


async def test_the_fastest_model_answers_once_each_has_been_tried(models: Models) -> None:
    async with models:
        await models.open({"chat": "fastest"}, slow={}, quick={})
        models.fakes["slow"].default = lambda _: Script(text="I am slow.", delay_s=0.05)
        for _ in range(2 * LEAST):
            await models.ask(cache=False)
        assert models.asked() == f"slow{LEAST}quick{LEAST}"
        assert {await models.ask() for _ in range(3)} == {"I am quick."}
        slow, quick = (model.speed for model in (await models.ai.models())[1:])
        assert slow is not None
        assert quick is not None
        assert slow.first_s > quick.first_s
        assert slow.tokens_per_s is not None
        assert 1 < slow.tokens_per_s < 60


async def test_a_model_that_is_fast_at_failing_is_not_the_fastest(models: Models) -> None:
    async with models:
        await models.open({"chat": "fastest"}, broken={}, works={})
        models.fakes["broken"].default = lambda _: Script(fault="status", status=500)
        for _ in range(3 * LEAST):
            assert await models.ask() == "I am works."
        assert len(models.fakes["broken"].requests) == LEAST


def test_a_model_that_was_slow_once_is_tried_again_after_a_while() -> None:
    clock = [0.0]
    speeds = Speeds(clock=lambda: clock[0])
    for _ in range(LEAST):
        speeds.took("a/m", 5.0, 9.0, 40)
    assert speeds.tries("a/m") == LEAST
    assert speeds.seconds("a/m", 500) == 5.0 + 500 / 10
    clock[0] = FRESH_S + 1
    assert speeds.tries("a/m") == 0
    assert speeds.seconds("a/m", 500) is None


def test_one_reply_in_four_may_be_slow_without_making_its_model_so() -> None:
    speeds = Speeds()
    for first in (0.1, 0.2, 0.3, 60.0):
        speeds.took("a/m", first, first, 0)
    assert speeds.seconds("a/m", 500) == 0.3
    speed = speeds.of("a/m")
    assert speed is not None
    assert (speed.first_s, speed.tokens_per_s, speed.replies) == (0.2, None, 4)


async def test_replies_that_were_kept_say_nothing_about_speed(
    models: Models, tmp_path: Path
) -> None:
    async with models:
        await models.open({"chat": "fastest"}, tmp_path, a={})
        for _ in range(3):
            assert await models.ask() == "I am a."
        assert models.asked() == "a1"
        assert models.ai.router.speeds.tries("a/m") == 1


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("cheapst", "'order', 'cheapest', 'fastest' or 'best'"),
        ({"policy": "best", "model": ["p/m"]}, "model: Extra inputs"),
        ({"policy": 3}, "policy"),
        ({"models": "p/m"}, "models"),
        (["q/m"], "no provider for the model `q/m`"),
        ({"policy": "best", "models": ["q/m"]}, "no provider for the model `q/m`"),
    ],
)
def test_a_mistake_in_a_route_is_said_where_it_is(route: Any, said: str) -> None:
    good = {"name": "p", "kind": "openai", "models": [{"id": "m"}]}
    (problem,) = config.read([good], {"chat": route}).problems
    assert problem.startswith("c.AIService.routes['chat']")
    assert said in problem


def test_a_route_for_a_task_that_there_is_not_is_a_mistake() -> None:
    (problem,) = config.read([], {"chatting": "best"}).problems
    assert "chat, completion, edit, plan, summarise, embed" in problem


@pytest.mark.parametrize(
    "model", [{"id": "m", "capabilities": ["seeing"]}, {"id": "m", "quality": 101}]
)
def test_a_mistake_in_what_a_model_can_is_said_where_it_is(model: dict[str, Any]) -> None:
    entry = {"name": "p", "kind": "openai", "models": [model]}
    (problem,) = config.read([entry], {}).problems
    assert problem.startswith("c.AIService.providers[0]: models.0.")


async def test_what_models_can_comes_from_the_librarys_tables_unless_it_is_configured(
    tmp_path: Path,
) -> None:
    def given(kind: str, *models: Any, **more: Any) -> dict[str, Any]:
        listed = [{"id": model} if isinstance(model, str) else model for model in models]
        return {"name": kind, "kind": kind, "models": listed, **more}

    ai = service(
        tmp_path,
        providers=[
            given("openai", "gpt-5-mini", "gpt-3.5-turbo", {"id": "e", "tasks": ["embed"]}),
            given("anthropic", "claude-sonnet-4-5", "claude-3-haiku-20240307"),
            given("google", "gemini-2.5-pro"),
            given(
                "openai-compatible",
                "local",
                {"id": "seeing", "capabilities": ["vision"]},
                base_url="http://127.0.0.1:9/v1",
            ),
        ],
    )
    listed = {model.id.partition("/")[2]: model for model in await ai.models()}
    can = {name: set(model.capabilities) for name, model in listed.items()}
    everything = {"tools", "vision", "structured"}
    assert can["gpt-5-mini"] == can["claude-sonnet-4-5"] == can["gemini-2.5-pro"] == everything
    assert can["gpt-3.5-turbo"] == {"tools"}
    assert can["claude-3-haiku-20240307"] == {"tools", "vision"}
    assert can["local"] == {"tools", "structured"}
    assert can["seeing"] == {"vision"}
    assert can["e"] == set()
    assert listed["gpt-5-mini"].context_tokens == 400_000


async def test_only_models_that_can_what_is_needed_are_asked(models: Models) -> None:
    async with models:
        await models.open(a={"capabilities": ["tools"]}, b={"capabilities": ["vision", "tools"]})
        chooser = Chooser(models.ai.catalog, models.ai.router, 60.0)

        async def able(*needed: Any, model: str = "auto") -> list[str]:
            needs = Needs(capabilities=frozenset(needed))
            found = await chooser.choose(model, "chat", needs)
            return [spec.name for spec, _ in found if spec is not None]

        assert await able("tools") == ["a", "b"]
        assert await able("tools", "vision") == ["b"]
        with pytest.raises(errors.Invalid, match="keeps to a schema") as raised:
            await able("structured")
        assert raised.value.code == "no-able-model"
        assert raised.value.extra["missing"] == ["structured"]
        with pytest.raises(errors.Invalid, match=r"\(`a/m`\) takes images"):
            await able("vision", model="a/m")


async def test_more_than_a_models_context_goes_to_one_with_room_before_anything_is_left_out(
    models: Models,
) -> None:
    async with models:
        await models.open(a={"context_tokens": 6000}, b={"context_tokens": 60_000})
        assert await models.ask("Hm?", max_tokens=100) == "I am a."
        long = ("word " * 4000, "And now?")
        assert await models.ask(*long, max_tokens=100) == "I am b."
        models.fakes["b"].default = lambda _: Script(fault="status", status=500)
        assert await models.ask(*long, max_tokens=100) == "I am a."


async def test_more_than_any_model_takes_is_refused_with_how_much_that_is(models: Models) -> None:
    async with models:
        await models.open(a={"context_tokens": 6000}, b={"context_tokens": 9000})
        with pytest.raises(errors.TooLarge, match="takes 9,000") as raised:
            await models.ask("word " * 40_000)
        assert (raised.value.code, raised.value.extra["largest"]) == ("too-long", 9000)
        assert models.asked() == "a0b0"


async def test_a_models_context_of_the_price_table_bounds_what_goes_along(tmp_path: Path) -> None:
    async with FakeProvider() as fake:
        names = ("gpt-3.5-turbo", "gpt-unheard-of")
        listed = [{"id": name} for name in names]
        given = {"name": "o", "kind": "openai", "base_url": fake.url, "models": listed}
        key = {"OPENAI_API_KEY": "k"}
        ai = service(tmp_path, key, providers=[given], context_tokens=1_000_000)
        notes = Part("attachment", "notes.txt", "All of it is needed.\n" * 10_000)
        for name in names:
            asked = ai.chat(ASKED, parts=[notes], model=f"o/{name}", max_tokens=1000)
            assert shown([event async for event in asked])
        known, unknown = (len(str(request.body["messages"])) for request in fake.requests)
        assert 30_000 < known < 16_385 * 3
        assert unknown > 200_000
        await ai.close()


async def test_a_conversation_goes_on_with_the_model_that_answered_it_last(models: Models) -> None:
    async with models:
        await models.open(a={}, b={})
        models.fakes["a"].scripts = [Script(fault="status", status=500)]
        assert await models.ask(conversation="one") == "I am b."
        assert await models.ask("More?", conversation="one") == "I am b."
        assert await models.ask(conversation="two") == "I am a."
        assert await models.ask() == "I am a."


async def test_a_conversation_leaves_its_model_where_that_fails_or_is_left_alone(
    models: Models,
) -> None:
    async with models:
        await models.open({"chat": ["b/m", "a/m"]}, a={}, b={})
        assert await models.ask(conversation="one", model="a/m") == "I am a."
        assert await models.ask(conversation="one") == "I am a."
        for _ in range(models.ai.breaker_failures):
            models.ai.router.breaker("a/m").failed("overloaded")
        assert await models.ask(conversation="one") == "I am b."
        models.ai.router.breaker("a/m").succeeded()
        assert await models.ask("Still?", conversation="one") == "I am b."


async def test_a_private_projects_conversation_does_not_go_on_with_a_model_elsewhere(
    models: Models,
) -> None:
    async with models:
        await models.open(a={}, b={})
        models.ai._chooser.sticky.answered("one", "far/m")
        assert await models.ask(conversation="one", place=Place(private=True)) == "I am a."


@pytest.mark.parametrize(
    ("host", "is_near"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("192.168.1.5", True),
        ("10.0.0.7", True),
        ("203.0.113.5", False),
        ("198.18.0.1", False),
        ("240.0.0.1", False),
        ("8.8.8.8", False),
        ("models.example", False),
    ],
)
def test_a_private_project_stays_on_this_machine_and_in_private_networks(
    host: str, is_near: bool
) -> None:
    spec = config.ProviderSpec(
        name="p", kind="openai-compatible", base_url=f"http://{host}:8000/v1"
    )
    assert is_local(spec) is is_near


def test_who_answered_is_forgotten_after_a_while_and_for_all_but_the_last_conversations() -> None:
    clock = [0.0]
    sticky = Sticky(60.0, clock=lambda: clock[0])
    sticky.answered("", "a/m")
    sticky.answered("searched", "neoai/search")
    assert (sticky.get(""), sticky.get("searched")) == (None, None)
    for number in range(CONVERSATIONS + 1):
        sticky.answered(str(number), "a/m")
    assert (sticky.get("0"), sticky.get("1")) == (None, "a/m")
    clock[0] = 60.0
    assert sticky.get("1") is None


async def test_a_model_that_writes_on_and_on_is_stopped_and_the_next_one_answers(
    models: Models,
) -> None:
    async with models:
        await models.open(a={}, b={})

        def endless(request: Request) -> Script:
            return Script(text="a" * 10_000_000, chunks=400)

        models.fakes["a"].default = endless
        events = [event async for event in models.ai.chat(ASKED)]
        assert shown(events) == "I am b."
        assert outcomes(events) == [("a/m", "malformed"), ("b/m", "ok")]
