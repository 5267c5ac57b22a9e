"""The line of starts, by itself and in a real hub: a storm is served in turn, and nobody fails."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from jupyterhub.spawner import SpawnException

from neoai_spawners.queue import StartQueue, Ticket
from tests.fakes.hub import Hub
from tests.fakes.ledger import Ledger

StartHub = Callable[..., Hub]
DENIAL = "Your servers: 1 of 1 taken. More from 12:00 UTC."


def told() -> tuple[list[str], Callable[[str, int], None]]:
    messages: list[str] = []
    return messages, lambda message, _: messages.append(message)


async def settled() -> None:
    """Everything that can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


def waiting(queue: StartQueue, *tickets: Ticket, at_once: int = 1) -> list[asyncio.Task[None]]:
    _, tell = told()
    return [asyncio.create_task(queue.wait(ticket, at_once, 60, tell)) for ticket in tickets]


async def test_so_many_go_at_once_and_the_others_in_the_order_in_which_they_asked() -> None:
    queue = StartQueue()
    tickets = [queue.ticket() for _ in range(5)]
    late_first = [tickets[index] for index in (0, 1, 4, 3, 2)]
    tasks = dict(zip([0, 1, 4, 3, 2], waiting(queue, *late_first, at_once=2), strict=True))
    await settled()

    order = [number for number in range(5) if tasks[number].done()]
    for leaving in (0, 1, 2):
        queue.leave(tickets[leaving])
        await settled()
        order += [number for number in range(5) if tasks[number].done() and number not in order]
        assert sum(tasks[number].done() for number in range(5)) == leaving + 3

    assert order == [0, 1, 2, 3, 4]


async def test_who_is_cancelled_leaves_the_line_and_gives_a_turn_back() -> None:
    queue = StartQueue()
    first, second, third, fourth = (queue.ticket() for _ in range(4))
    going, cancelled, called, last = waiting(queue, first, second, third, fourth)
    await settled()

    cancelled.cancel()
    await settled()
    queue.leave(first)
    queue.leave(first)
    called.cancel()  # it has its turn, and has not heard of it yet
    await settled()

    assert going.done()
    assert cancelled.cancelled()
    assert last.done()


async def test_who_waits_too_long_is_told_the_place_and_waits_no_more() -> None:
    queue = StartQueue()
    first, second, third = queue.ticket(), queue.ticket(), queue.ticket()
    waiting(queue, first)
    await settled()
    _, tell = told()

    with pytest.raises(SpawnException, match="number 1 in the line") as caught:
        await queue.wait(second, 1, 0.05, tell)
    assert caught.value.status_code == 503

    (after,) = waiting(queue, third)
    queue.leave(first)
    await settled()
    assert after.done()


async def test_how_long_it_takes_is_said_once_some_turns_have_ended() -> None:
    queue = StartQueue()
    for _ in range(3):
        ticket = queue.ticket()
        await asyncio.gather(*waiting(queue, ticket))
        ticket.called_at -= 90
        queue.leave(ticket)
    first, second = queue.ticket(), queue.ticket()
    waiting(queue, first)
    await settled()
    messages, tell = told()
    task = asyncio.create_task(queue.wait(second, 1, 60, tell))
    await settled()
    task.cancel()

    assert messages == [
        "Many servers are starting; you are number 1 in the line. Yours starts in about 2 minutes."
    ]


@contextmanager
def asked(hub: Hub, ledger: Ledger, *users: str, **options: str) -> Iterator[None]:
    """A start for each, one after the other, not waited for."""
    threads = []
    for user in users:
        thread = threading.Thread(target=hub.spawn, args=(user, options or None))
        thread.start()
        threads.append(thread)
        hub.until(lambda user=user: user in keys(ledger), f"{user}'s start is reserved")
    yield
    for thread in threads:
        thread.join()


def keys(ledger: Ledger) -> dict[str, str]:
    return {request["user"]: key for _, key, request in ledger.calls("reserve")}


def places(hub: Hub, user: str) -> Iterator[int]:
    for event in hub.progress(user):
        if "number" in event["message"]:
            yield int(event["message"].split("number ")[1].split(" ")[0])


def is_ready(hub: Hub, user: str) -> bool:
    return bool((hub.server(user) or {}).get("ready"))


def test_a_hundred_users_in_a_minute_are_all_served(local_hub: StartHub, ledger: Ledger) -> None:
    hub = local_hub("c.NeoAISpawner.concurrent_spawns = 8\nc.Spawner.poll_interval = 30\n")
    users = [f"user{number}" for number in range(100)]
    hub.add(*users)
    answers: list[int] = []

    def ask(some: list[str]) -> None:
        answers.extend(hub.spawn(user).status_code for user in some)

    threads = [threading.Thread(target=ask, args=(users[n::25],)) for n in range(25)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 60

    def ready() -> int:
        found = hub.http.get("/users", params={"state": "ready", "limit": 200}).json()
        return len(found)

    hub.until(lambda: ready() == len(users), "every server is ready", 180)
    assert set(answers) <= {201, 202}
    assert len(ledger.open()) == len(users)


def test_the_spawn_page_shows_the_place_and_who_stops_waiting_leaves_the_line_at_once(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub(
        """
c.NeoAISpawner.concurrent_spawns = 1
class Slow(NeoAILocalSpawner):
    def get_args(self):
        return ["--after", "60"] if self.user.name == "ann" else []
c.JupyterHub.spawner_class = Slow
"""
    )
    users = ["ann", "bob", "cyd", "dan"]
    hub.add(*users)
    with asked(hub, ledger, *users):
        assert [next(places(hub, user)) for user in users[1:]] == [1, 2, 3]
        held = keys(ledger)

        hub.http.delete("/users/bob/server").raise_for_status()
        hub.gone("bob")
        assert ledger.open() == {held[user] for user in ("ann", "cyd", "dan")}
        assert next(place for place in places(hub, "dan") if place < 3) == 2

        hub.http.delete("/users/ann/server").raise_for_status()
        hub.until(lambda: is_ready(hub, "cyd") and is_ready(hub, "dan"), "the others are served")
    assert ledger.open() == {held[user] for user in ("cyd", "dan")}
    hub.ready("bob")


def test_waiting_in_line_takes_no_time_from_a_start_and_an_over_quota_start_does_not_wait(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub(
        """
c.NeoAISpawner.concurrent_spawns = 1
c.Spawner.start_timeout = 2
c.Spawner.http_timeout = 20
class Slow(NeoAILocalSpawner):
    def get_args(self):
        return ["--after", "6"] if self.user.name == "ann" else []
c.JupyterHub.spawner_class = Slow
"""
    )
    hub.add("ann", "bob", "cyd")
    with asked(hub, ledger, "ann", "bob"):
        ledger.set(denied=DENIAL)
        refused = hub.spawn("cyd")
        assert not is_ready(hub, "ann")
        assert (refused.status_code, refused.json()["message"]) == (403, DENIAL)

        hub.until(lambda: is_ready(hub, "bob"), "bob, who waited longer than a start may take")
    assert is_ready(hub, "ann")


def test_who_waits_for_a_gpu_holds_no_turn(local_hub: StartHub, ledger: Ledger) -> None:
    hub = local_hub("c.NeoAISpawner.concurrent_spawns = 1\n")
    hub.add("ann", "bob")
    with asked(hub, ledger, "ann", profile="gpu"):
        hub.until(lambda: ledger.calls("acquire"), "ann waits for a GPU")
        hub.ready("bob")
        assert not is_ready(hub, "ann")

        ledger.add_devices("H100", "GPU-1")
        hub.until(lambda: is_ready(hub, "ann"), "ann has one")
