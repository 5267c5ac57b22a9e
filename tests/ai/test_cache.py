"""Kept replies: when they are given again, when they are not, and what happens to their file."""

from __future__ import annotations

import sqlite3
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.ai.cache import ReplyCache
from neoai_server_ext.ai.context import Part
from neoai_server_ext.ai.providers import Delta, End, ProviderError
from neoai_server_ext.ai.service import AIService, Chosen

from ..fakes.provider import FakeProvider, Script
from .test_service import answer, provider, service


def cached(tmp_path: Path, fake: FakeProvider, **traits: Any) -> AIService:
    providers = [provider(fake, models=[{"id": "m0"}, {"id": "m1"}])]
    return service(tmp_path, providers=providers, data_dir=tmp_path / "data", **traits)


def text(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def was_cached(events: list[Any]) -> bool:
    assert isinstance(events[-1], End)
    return events[-1].cached


async def test_the_same_request_gets_the_same_pieces_without_the_provider(tmp_path: Path) -> None:
    async with FakeProvider() as fake:
        ai = cached(tmp_path, fake)
        first = await answer(ai, tmp_path)
        again = await answer(ai, tmp_path)
        await ai.close()
        later = cached(tmp_path, fake)
        after_a_restart = await answer(later, tmp_path)
        await later.close()
        assert len(fake.requests) == 1
    deltas = [event for event in first if isinstance(event, Delta)]
    assert len(deltas) > 1
    for events in (again, after_a_restart):
        assert [event for event in events if isinstance(event, Delta)] == deltas
        assert was_cached(events)
        assert Chosen("p0/m0", "p0") in events
    assert not was_cached(first)


@pytest.mark.parametrize(
    "options",
    [
        {"cache": False},
        {"temperature": 0.7},
        {"model": "p0/m1"},
        {"max_tokens": 9},
        {"parts": [Part("attachment", "", "An attachment.")]},
    ],
)
async def test_any_other_request_is_asked_anew(tmp_path: Path, options: dict[str, Any]) -> None:
    async with FakeProvider() as fake:
        ai = cached(tmp_path, fake)
        await answer(ai, tmp_path)
        assert not was_cached(await answer(ai, tmp_path, **options))
        await ai.close()
        assert len(fake.requests) == 2


@pytest.mark.parametrize("options", [{"cache": False}, {"temperature": 0.7}])
async def test_what_may_not_be_kept_is_not(tmp_path: Path, options: dict[str, Any]) -> None:
    async with FakeProvider() as fake:
        ai = cached(tmp_path, fake)
        for _ in range(2):
            assert not was_cached(await answer(ai, tmp_path, **options))
        await ai.close()
    assert not list((tmp_path / "data").rglob("*"))


async def test_it_can_be_turned_off(tmp_path: Path) -> None:
    async with FakeProvider() as fake:
        ai = cached(tmp_path, fake, cache=False)
        for _ in range(2):
            assert not was_cached(await answer(ai, tmp_path))
        await ai.close()
        assert len(fake.requests) == 2


@pytest.mark.parametrize(
    "script",
    [
        Script(fault="cut", after=2),
        Script(fault="abort", after=2),
        Script(fault="malformed", after=2),
        Script(fault="status", status=500),
        Script(text=""),
    ],
    ids=["cut", "abort", "malformed", "status", "empty"],
)
async def test_a_reply_that_failed_is_not_kept(tmp_path: Path, script: Script) -> None:
    async with FakeProvider() as fake:
        ai = cached(tmp_path, fake, retries=0)
        fake.scripts = [script]
        with pytest.raises(ProviderError):
            await answer(ai, tmp_path, model="p0/m0")
        fake.scripts = [Script(text="Whole.")]
        events = await answer(ai, tmp_path, model="p0/m0")
        assert (text(events), was_cached(events)) == ("Whole.", False)
        await ai.close()


async def test_a_reply_that_reached_the_limit_is_not_kept(tmp_path: Path) -> None:
    async with FakeProvider() as fake:
        ai = cached(tmp_path, fake)
        fake.scripts = [Script(text="Half a", finish="length")]
        await answer(ai, tmp_path)
        assert not was_cached(await answer(ai, tmp_path))
        await ai.close()


async def test_a_damaged_or_locked_file_costs_the_cache_alone(tmp_path: Path) -> None:
    async with FakeProvider() as fake:
        ai = cached(tmp_path, fake)
        await answer(ai, tmp_path)
        await ai.close()
        file = tmp_path / "data" / "cache" / "replies.sqlite"
        for suffix in ("-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        file.write_bytes(b"no database" * 999)
        assert not was_cached(await answer(ai, tmp_path))
        await answer(ai, tmp_path)
        assert was_cached(await answer(ai, tmp_path))
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        assert isinstance(
            (await answer(ai, tmp_path, parts=[Part("attachment", "", "x")]))[-1], End
        )
        holder.close()
        await ai.close()


def test_replies_are_bounded_in_age_and_size_and_the_unused_go_first(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path / "c.sqlite", ttl_s=60, max_bytes=1000)
    for name in "abcd":
        cache.put(name, [name * 290])
        assert cache.get("a") == ["a" * 290]
    assert cache.get("b") is None
    assert cache.get("d") == ["d" * 290]
    cache.put("e", ["e" * 2000])
    assert cache.get("e") is None
    cache.close()
    old = ReplyCache(tmp_path / "c.sqlite", ttl_s=0, max_bytes=1000)
    assert old.get("a") is None
    old.close()


def test_a_clock_that_is_set_back_makes_no_reply_live_longer(tmp_path: Path) -> None:
    file = tmp_path / "c.sqlite"
    cache = ReplyCache(file, ttl_s=60, max_bytes=1000)
    cache.put("a", ["x"])
    cache.close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE replies SET at = ?", (time.time() + 3600,))
    assert cache.get("a") is None
    cache.close()


def test_only_the_user_reads_it_and_no_request_is_in_it(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path / "cache" / "c.sqlite", ttl_s=60, max_bytes=1000)
    cache.put("a", ["x"])
    assert stat.S_IMODE((tmp_path / "cache" / "c.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    cache.close()
