"""The event log and its encoding as server-sent events."""

from __future__ import annotations

import asyncio

from neoai_server_ext.events import EventLog
from neoai_server_ext.http import sse


async def names(log: EventLog, after: int = 0) -> list[str]:
    return [event.name async for event in log.follow(after)]


async def test_a_reader_sees_what_was_and_what_comes_until_the_end() -> None:
    log = EventLog()
    log.append("first", {})
    reading = asyncio.ensure_future(names(log))
    await asyncio.wait({reading}, timeout=0.01)
    log.append("second", {})
    log.close()
    assert await reading == ["first", "second"]


async def test_a_reader_that_comes_back_goes_on_where_it_left_off() -> None:
    log = EventLog()
    for name in ("a", "b", "c"):
        log.append(name, {})
    log.close()
    assert await names(log, after=2) == ["c"]
    assert await names(log, after=3) == []


async def test_a_log_over_its_capacity_forgets_its_oldest_events_and_keeps_their_numbers() -> None:
    log = EventLog(capacity=3)
    for number in range(1, 6):
        assert log.append(str(number), {}).id == number
    log.close()
    assert await names(log) == ["3", "4", "5"]
    assert await names(log, after=4) == ["5"]


async def test_events_are_encoded_as_numbered_lines_of_json() -> None:
    log = EventLog()
    log.append("progress", {"text": "ü\nline"})
    log.close()
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    chunks = [chunk async for chunk in sse.encode(log.follow(), gone)]
    assert chunks == ['id: 1\nevent: progress\ndata: {"text":"ü\\nline"}\n\n'.encode()]


async def test_a_stream_ends_when_its_client_has_gone() -> None:
    log = EventLog()
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def read() -> int:
        return len([chunk async for chunk in sse.encode(log.follow(), gone)])

    reading = asyncio.ensure_future(read())
    await asyncio.wait({reading}, timeout=0.01)
    gone.set_result(None)
    assert await reading == 0
