"""Providers over a real socket: replies, and each way in which they fail."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from neoai_server_ext.ai.prices import cost_usd
from neoai_server_ext.ai.providers import (
    Delta,
    End,
    Event,
    Message,
    Provider,
    ProviderError,
    Secret,
    Timeouts,
    Usage,
    connect,
)
from neoai_server_ext.ai.providers.sdk import TOO_LONG, VENDORS, SDKProvider

from ..fakes.provider import FakeProvider, Script, rate_limited, refused_key, too_long

KEY = "sk-very-secret-0123456789"
KINDS = ["openai", "openai-compatible", "gateway", "anthropic", "google"]
VERSIONED = ("openai", "openai-compatible", "gateway")
ASKED = [Message("system", "Be brief."), Message("user", "How are you?")]


def to(fake: FakeProvider, kind: str, **timeouts: float) -> Provider:
    url = fake.url if kind in VERSIONED else fake.url.removesuffix("/v1")
    return connect(kind, url, Secret(KEY), Timeouts(**timeouts))


async def all_of(stream: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in stream]


@pytest.mark.parametrize("kind", KINDS)
async def test_requests_one_after_the_other_go_over_one_connection(kind: str) -> None:
    async with FakeProvider(key=KEY) as fake:
        provider = to(fake, kind)
        for number in range(3):
            fake.scripts = [Script(text=f"reply {number} of three", chunks=4)]
            await all_of(provider.stream(ASKED, "fake-large"))
        assert len(fake.requests) == 3
        assert fake.accepted == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reply_is_streamed_whole_with_its_usage_and_its_end(kind: str) -> None:
    async with FakeProvider(key=KEY) as fake:
        fake.scripts = [Script(text="Well, äh, fine €.\n", chunks=5)]
        events = await all_of(to(fake, kind).stream(ASKED, "fake-large", max_tokens=50))
        text = "".join(event.text for event in events if isinstance(event, Delta))
        assert text == "Well, äh, fine €.\n"
        assert len([event for event in events if isinstance(event, Delta)]) > 1
        usage, end = events[-2:]
        assert isinstance(usage, Usage)
        assert (usage.input_tokens, usage.output_tokens) == (100, 5)
        assert isinstance(end, End)
        (request,) = fake.requests
        assert request.body["model"] == "fake-large"
        assert "Be brief." in str(request.body)
        assert "How are you?" in str(request.body)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (rate_limited(7), "rate"),
        (refused_key(KEY), "auth"),
        (Script(fault="status", status=500), "overloaded"),
        (Script(fault="status", status=503), "overloaded"),
        (Script(fault="status", status=400, error={"message": "no"}), "refused"),
        (Script(fault="status", status=404, error={"message": "no such model"}), "refused"),
        (Script(fault="cut", after=2), "cut"),
        (Script(fault="abort", after=2), "cut"),
        (Script(fault="malformed", after=2), "malformed"),
        (Script(fault="hang", after=0), "timeout"),
        (Script(fault="hang", after=2), "timeout"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.fault}-{value.status}",
)
async def test_each_fault_has_its_outcome_and_never_shows_the_key(
    kind: str, script: Script, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with FakeProvider() as fake:
        fake.scripts = [script]
        provider = to(fake, kind, first_s=1.0, idle_s=0.5)
        with pytest.raises(ProviderError) as raised:
            await all_of(provider.stream(ASKED, "fake-large"))
        assert raised.value.outcome == outcome
        assert raised.value.detail
        assert len(fake.requests) == 1
        assert KEY not in f"{raised.value!r} {raised.value} {caplog.text}"
        if outcome == "rate":
            assert raised.value.retry_after == 7


@pytest.mark.parametrize(
    ("said", "too_long"),
    [
        ("request (7816 tokens) exceeds the available context size (1024 tokens)", True),
        ("This model's maximum context length is 4096 tokens. However, you asked for 5", True),
        ("The number of tokens to keep is greater than the context length", True),
        ("prompt is too long: 210000 tokens > 200000 maximum", True),
        ("the input length exceeds the maximum context length", True),
        ("The input token count (9) exceeds the maximum number of tokens allowed (5).", True),
        ("The image is too large.", False),
        ("Unknown parameter: context.", False),
    ],
)
def test_servers_without_a_code_for_it_say_in_words_that_it_is_too_long(
    said: str, too_long: bool
) -> None:
    assert bool(TOO_LONG.search(said)) is too_long


async def test_more_than_the_context_window_is_told_apart() -> None:
    async with FakeProvider() as fake:
        fake.scripts = [too_long()]
        with pytest.raises(ProviderError) as raised:
            await all_of(to(fake, "openai").stream(ASKED, "fake-large"))
        assert raised.value.outcome == "context"


@pytest.mark.parametrize("kind", KINDS)
async def test_what_came_before_a_cut_is_passed_on(kind: str) -> None:
    async with FakeProvider() as fake:
        fake.scripts = [Script(text="abcdefgh", chunks=4, fault="cut", after=3)]
        stream = to(fake, kind).stream(ASKED, "fake-large")
        seen: list[Event] = [await anext(stream), await anext(stream), await anext(stream)]
        with pytest.raises(ProviderError):
            await anext(stream)
        assert seen == [Delta("ab"), Delta("cd"), Delta("ef")]


async def test_text_that_speaks_of_finish_reasons_does_not_make_a_cut_reply_complete() -> None:
    async with FakeProvider() as fake:
        text = 'send {"finish_reason": "stop"} or data: [DONE] or {"type": "message_stop"} '
        fake.scripts = [Script(text=text * 2, chunks=2, fault="cut", after=1)]
        with pytest.raises(ProviderError) as raised:
            await all_of(to(fake, "openai").stream(ASKED, "fake-large"))
        assert raised.value.outcome == "cut"


async def test_a_slow_drip_is_passed_on_as_it_comes() -> None:
    async with FakeProvider() as fake:
        fake.scripts = [Script(text="abcdefgh", chunks=8, delay_s=0.05)]
        events = await all_of(to(fake, "openai", idle_s=5.0).stream(ASKED, "fake-large"))
        assert len([event for event in events if isinstance(event, Delta)]) == 8


async def test_a_reply_that_takes_too_long_altogether_is_ended() -> None:
    async with FakeProvider() as fake:
        fake.scripts = [Script(text="a" * 100, chunks=100, delay_s=0.05)]
        with pytest.raises(ProviderError) as raised:
            await all_of(to(fake, "openai", total_s=0.5).stream(ASKED, "fake-large"))
        assert raised.value.outcome == "timeout"


async def test_closing_the_stream_drops_the_request() -> None:
    async with FakeProvider() as fake:
        fake.scripts = [Script(text="a" * 100, chunks=100, delay_s=0.05)]
        async with aclosing(to(fake, "openai").stream(ASKED, "fake-large")) as stream:
            await anext(stream)
        await fake.gone.wait()


async def test_an_unreachable_provider_is_said_to_be_unreachable() -> None:
    async with FakeProvider() as fake:
        provider = to(fake, "openai")
    with pytest.raises(ProviderError, match="cannot be reached") as raised:
        await all_of(provider.stream(ASKED, "fake-large"))
    assert raised.value.outcome == "overloaded"


async def test_the_providers_models_are_listed() -> None:
    async with FakeProvider(key=KEY) as fake:
        assert await to(fake, "openai").models() == ["fake-large", "fake-small"]
        wrong = connect("openai", fake.url, Secret("sk-wrong-wrong"), Timeouts())
        with pytest.raises(ProviderError) as raised:
            await wrong.models()
        assert raised.value.outcome == "auth"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "anthropic"])
async def test_each_text_gets_a_vector(kind: str) -> None:
    async with FakeProvider(key=KEY) as fake:
        one, two, again = await to(fake, kind).embed(["one", "two", "one"], "embedder")
        assert one == again != two
        fake.key = "another"
        with pytest.raises(ProviderError) as raised:
            await to(fake, kind).embed(["one"], "embedder")
        assert raised.value.outcome == "auth"
        assert KEY not in str(raised.value)


async def test_google_lists_its_models_without_their_folder() -> None:
    async with FakeProvider(key=KEY) as fake:
        assert await to(fake, "google").models() == fake.models


async def test_anthropic_is_told_what_to_keep_of_a_conversation_that_goes_on() -> None:
    goes_on = [
        *ASKED,
        Message("assistant", "Fine."),
        Message("user", "And you?"),
        Message("assistant", "Fine too."),
        Message("user", "Good."),
    ]
    async with FakeProvider(key=KEY) as fake:
        provider = to(fake, "anthropic")
        await all_of(provider.stream(ASKED, "claude-sonnet-4-5"))
        await all_of(provider.stream(goes_on, "claude-sonnet-4-5"))
        once, more = (request.body for request in fake.requests)
    assert "cache_control" not in str(once)
    assert "cache_control" in str(more["system"])
    kept = ["cache_control" in str(message) for message in more["messages"]]
    assert kept == [False, False, True, False, False]


def test_what_a_provider_keeps_is_charged_as_it_charges_it() -> None:
    plain = cost_usd("anthropic", "claude-sonnet-4-5", Usage(1000, 0))
    written = cost_usd("anthropic", "claude-sonnet-4-5", Usage(1000, 0, 0, 1000))
    read = cost_usd("anthropic", "claude-sonnet-4-5", Usage(1000, 0, 1000))
    assert plain is not None
    assert written == pytest.approx(plain * 1.25)
    assert read == pytest.approx(plain * 0.1)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_sdks_take_nothing_from_the_environment(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = "Authorization: Bearer hers\nX-Api-Key: hers\nX-More: hers"
    async with FakeProvider(key=KEY) as fake, FakeProvider() as other:
        for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL"):
            monkeypatch.setenv(name, other.url)
        for name in ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS"):
            monkeypatch.setenv(name, headers)
        for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "ANTHROPIC_AUTH_TOKEN"):
            monkeypatch.setenv(name, "hers")
        await all_of(to(fake, kind).stream(ASKED, "fake-large"))
        (request,) = fake.requests
        assert "hers" not in str(request.headers)
        if kind in VENDORS:
            vendor = SDKProvider(kind, None, Secret(KEY), Timeouts(connect_s=0.01, total_s=0.01))
            with pytest.raises(ProviderError):
                await all_of(vendor.stream(ASKED, "fake-large"))
            await vendor.close()
        assert other.requests == []


@pytest.mark.parametrize("kind", KINDS)
async def test_halves_of_characters_are_put_together_or_replaced(kind: str) -> None:
    text = "Hi \ud83d\ude00 \ud800! \udc00"
    async with FakeProvider(key=KEY) as fake:
        fake.scripts = [Script(text=text, chunks=len(text))]
        events = await all_of(to(fake, kind).stream(ASKED, "fake-large"))
    assert "".join(e.text for e in events if isinstance(e, Delta)) == "Hi 😀 \ufffd! \ufffd"


async def test_the_providers_words_on_an_error_are_text() -> None:
    async with FakeProvider(key=KEY) as fake:
        error = {"message": "Half \ud800 a word", "type": "x"}
        fake.scripts = [Script(fault="status", status=400, error=error)]
        with pytest.raises(ProviderError, match="Half \ufffd a word"):
            await all_of(to(fake, "openai").stream(ASKED, "fake-large"))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reply_that_is_compressed_unasked_is_not_unpacked(kind: str) -> None:
    async with FakeProvider(key=KEY) as fake:
        fake.scripts = [Script(headers={"Content-Encoding": "gzip"})]
        with pytest.raises(ProviderError, match="compressed") as raised:
            await all_of(to(fake, kind).stream(ASKED, "fake-large"))
        assert raised.value.outcome == "malformed"
        assert fake.requests[0].headers["accept-encoding"] == "identity"
