"""A user's server under a hub: what it tells, what it hears, and what is saved before its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from neoai_server_ext import errors
from neoai_server_ext.session import service as module
from neoai_server_ext.session.activity import Activity
from neoai_server_ext.session.hub import HubClient
from neoai_server_ext.session.models import PageSaves
from neoai_server_ext.session.service import SessionService

from .hub import TOKEN, ScriptedHub

IDLE = {"kind": "idle", "message": "Idle.", "minutes": 5, "left_s": 300.0, "can_keep": True}
HOURS = {"kind": "server-hours", "message": "Over soon.", "minutes": 15, "left_s": 900.0}


class Moved:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Moved:
    return Moved()


@pytest.fixture
def activity(clock: Moved) -> Activity:
    return Activity(clock)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are waited for so long at first, and a hub that is away is asked again so soon."""
    monkeypatch.setattr(module, "PAGES_WITHIN_S", 0.2)
    monkeypatch.setattr(module, "FIRST_DELAY_S", 0.05)
    monkeypatch.setattr(module, "BETWEEN_S", 0.01)
    monkeypatch.setattr(module, "REFUSED_S", 0.1)


class Server:
    """A service, and what it does."""

    def __init__(self, hub: ScriptedHub, activity: Activity, clock: Moved) -> None:
        self.events = 0
        self.saves = 0
        self.failed: list[str] = []
        self.blocks = False
        self._changed = asyncio.Event()
        self.service = SessionService(
            hub=hub.client(), activity=activity, save=self._save, emit=self._emit, clock=clock
        )

    def _emit(self) -> None:
        self.events += 1
        self._changed.set()

    async def _save(self) -> list[str]:
        self.saves += 1
        if self.blocks:
            await asyncio.Event().wait()
        return self.failed

    async def until(self, met: Callable[[Any], bool]) -> Any:
        """What pages are told, once it meets a condition: only looked at as they would look."""
        async with asyncio.timeout(20):
            while not met(session := self.service.session()):
                self._changed.clear()
                await self._changed.wait()
        return session


@pytest.fixture
def serving(activity: Activity, clock: Moved) -> Any:
    @asynccontextmanager
    async def serving(hub: ScriptedHub) -> AsyncIterator[Server]:
        server = Server(hub, activity, clock)
        server.service.start()
        try:
            yield server
        finally:
            await server.service.stop()

    return serving


async def test_a_server_tells_the_hub_of_itself_with_its_own_token(
    serving: Any, activity: Activity, clock: Moved
) -> None:
    activity.keep("kernels", lambda: 2)
    activity.keep("agents", lambda: 0)
    clock.now += 40
    async with ScriptedHub() as hub, serving(hub) as server:
        report = await hub.until(lambda report: True)
        assert (report["idle_s"], report["busy"]) == (40, {"kernels": 2})
        assert hub.paths[0] == "/hub/api/neoai/servers/ann%2Fx%40y//session"
        assert hub.tokens == {f"token {TOKEN}"}
        session = await server.until(lambda session: session.hub)
        assert (session.notices, session.save, session.busy) == ([], "", {"kernels": 2})


async def test_one_question_is_kept_open_and_no_more(serving: Any) -> None:
    async with ScriptedHub() as hub, serving(hub) as server:
        await server.until(lambda session: session.hub)
        await hub.until(lambda report: report["hold_s"] == 30)
        await asyncio.sleep(0.3)
        assert len(hub.reports) == 2


async def test_a_warning_reaches_the_pages_at_once_and_its_time_runs(
    serving: Any, clock: Moved
) -> None:
    async with ScriptedHub() as hub, serving(hub) as server:
        await hub.until(lambda report: report["hold_s"] > 0)
        hub.say(HOURS)
        session = await server.until(lambda session: session.notices)
        assert session.notices[0].left_s == 900
        clock.now += 1000
        assert server.service.session().notices[0].left_s == 0
        hub.say()
        await server.until(lambda session: not session.notices)


async def test_what_is_announced_reaches_the_pages_until_it_is_taken_back(serving: Any) -> None:
    gpus = {"id": "1", "level": "warning", "text": "New GPUs on Monday"}
    exam = {"id": "2", "level": "danger", "text": "Exam in room 5"}
    async with ScriptedHub() as hub, serving(hub) as server:
        await hub.until(lambda report: report["hold_s"] > 0)
        hub.say(announcements=[exam, gpus])
        session = await server.until(lambda session: len(session.announcements) == 2)
        assert [each.model_dump() for each in session.announcements] == [exam, gpus]
        assert session.notices == []
        hub.say(announcements=[exam])
        await server.until(lambda session: [each.id for each in session.announcements] == ["2"])
        hub.say()
        await server.until(lambda session: not session.announcements)


async def test_who_is_at_work_again_is_told_of_at_once(
    serving: Any, activity: Activity, clock: Moved
) -> None:
    async with ScriptedHub() as hub, serving(hub) as server:
        clock.now += 500
        await hub.until(lambda report: report["hold_s"] > 0)
        hub.say(IDLE)
        await server.until(lambda session: session.notices)
        before = len(hub.reports)
        hub.say()
        await server.service.active()
        assert any(report["idle_s"] == 0 for report in hub.reports[before:])
        assert server.service.session().notices == []


async def test_a_warning_that_somebodys_work_has_overtaken_is_not_shown(
    serving: Any, activity: Activity, clock: Moved
) -> None:
    async with ScriptedHub() as hub, serving(hub):
        clock.now += 500
        await hub.until(lambda report: report["hold_s"] > 0)
        clock.now += 10
        activity.touch()
        hub.say(IDLE)
        await hub.until(lambda report: report["idle_s"] == 0 and report["hold_s"] == 0)


async def test_everything_is_saved_and_the_hub_hears_what_is_not(serving: Any) -> None:
    async with ScriptedHub() as hub, serving(hub) as server:
        server.failed = ["locked.py"]
        await hub.until(lambda report: report["hold_s"] > 0)
        hub.say(HOURS, save="s1")
        await server.until(lambda session: session.save == "s1")
        assert server.service.is_saving
        server.service.page_saves("s1", PageSaves(page="one", done=False))
        server.service.page_saves("s1", PageSaves(page="two", done=True))
        await asyncio.sleep(0.4)
        assert server.saves == 0
        done = PageSaves(page="one", done=True, unsaved=["n.ipynb", "locked.py"])
        server.service.page_saves("s1", done)
        report = await hub.until(lambda report: report["saved"] == "s1")
        assert report["unsaved"] == ["n.ipynb", "locked.py"]
        assert server.saves == 1


async def test_a_page_that_never_ends_and_rooms_that_hang_are_not_waited_for(serving: Any) -> None:
    async with ScriptedHub() as hub, serving(hub) as server:
        server.blocks = True
        await hub.until(lambda report: report["hold_s"] > 0)
        hub.say(save="s1", save_s=1.0)
        await server.until(lambda session: session.save)
        server.service.page_saves("s1", PageSaves(page="one", done=False))
        await hub.until(lambda report: report["saved"] == "s1")


async def test_a_hub_that_goes_on_takes_the_save_back(serving: Any) -> None:
    async with ScriptedHub() as hub, serving(hub) as server:
        await hub.until(lambda report: report["hold_s"] > 0)
        hub.say(save="s1")
        await server.until(lambda session: session.save)
        hub.say()
        await server.until(lambda session: not session.save)
        assert not server.service.is_saving
        with pytest.raises(errors.NotFound):
            server.service.page_saves("s1", PageSaves(page="one", done=True))
        with pytest.raises(errors.NotFound):
            server.service.page_saves("", PageSaves(page="one", done=True))


async def test_a_hub_that_is_away_is_asked_again_and_what_it_said_stays(serving: Any) -> None:
    hub = ScriptedHub()
    async with hub, serving(hub) as server:
        await hub.until(lambda report: report["hold_s"] > 0)
        hub.say(HOURS)
        await server.until(lambda session: session.notices)
        hub.status = 503
        hub.say(HOURS)
        await hub.until(lambda report: not report)
        assert server.service.session().notices
        hub.status, seen = 200, len(hub.reports)
        hub.say()
        await server.until(lambda session: not session.notices)
        assert len(hub.reports) > seen


async def test_a_hub_that_refuses_leaves_nothing_to_show(serving: Any) -> None:
    async with ScriptedHub() as hub, serving(hub) as server:
        await hub.until(lambda report: report["hold_s"] > 0)
        hub.say(HOURS)
        await server.until(lambda session: session.notices)
        hub.status = 404
        hub.say(HOURS)
        await server.until(lambda session: not session.hub)
        assert server.service.session().notices == []


async def test_no_hub_at_all_is_no_error(activity: Activity) -> None:
    async def nothing() -> list[str]:
        return []

    assert HubClient.of_environment({}) is None
    service = SessionService(hub=None, activity=activity, save=nothing, emit=lambda: None)
    service.start()
    assert not (await service.active()).hub
    await service.stop()


def test_part_of_the_registry_that_fails_hides_nothing_else(
    activity: Activity, clock: Moved
) -> None:
    def broken() -> int:
        raise RuntimeError("gone")

    activity.keep("kernels", broken)
    activity.keep("builds", lambda: 3)
    activity.watch(broken)
    activity.watch(lambda: 7)
    activity.watch(lambda: None)
    clock.now += 50
    assert activity.busy == {"builds": 3}
    assert activity.idle_s == 7
