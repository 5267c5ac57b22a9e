"""Announcements: who may make them, who sees them where and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from neoai_hub.announcements import Announcement, Announcements
from neoai_hub.db import HubDatabase
from neoai_server_ext import errors

from .conftest import MovedClock
from .test_admin import Site
from .test_courses import entries, site  # noqa: F401

BOLD = "<b>Exam</b> & <script>alert(1)</script>"
ESCAPED = "&lt;b&gt;Exam&lt;/b&gt; &amp; &lt;script&gt;"


@pytest.fixture
def announce(site: Site) -> Iterator[object]:  # noqa: F811
    """`announce(who, text, …)`; what is left is removed at the end."""

    def go(who: str, text: str, **more: str) -> httpx.Response:
        return site.ask("POST", "/announcements", who, data={"text": text, **more})

    yield go
    page = site.ask("GET", "/announcements", "root").text
    for number in re.findall(r"remove\?id=(\d+)", page):
        site.ask("POST", f"/announcements/remove?id={number}", "root").raise_for_status()


def shown(site: Site, who: str, text: str) -> bool:  # noqa: F811
    """Whether it is on somebody's page of usage."""
    page = site.ask("GET", "/", who)
    assert page.status_code == 200
    return text in page.text


def on_hub(site: Site, text: str, who: str = "") -> bool:  # noqa: F811
    """Whether it is on the hub's own pages: for who signs in, or for nobody yet."""
    if not who:
        return text in httpx.get(f"{site.hub.url}/hub/login").text
    browser = site.hub.browser(who)
    try:
        return text in browser.get("/hub/home").text
    finally:
        browser.close()


def test_everybody_sees_an_admins_as_text_on_all_pages(site: Site, announce) -> None:  # type: ignore[no-untyped-def] # noqa: F811
    assert announce("root", BOLD, level="danger").headers["hx-redirect"]
    site.hub.until(lambda: on_hub(site, ESCAPED), "it is on the sign-in page")
    assert on_hub(site, ESCAPED, "bob")
    site.hub.until(lambda: shown(site, "bob", ESCAPED), "it is on the service's pages")
    for page in (site.ask("GET", "/", "bob").text, httpx.get(f"{site.hub.url}/hub/login").text):
        assert "<script>alert" not in page
        assert "danger" in page
    assert entries(site, "announcement.made")[0][0] == "root"
    (number,) = re.findall(r"remove\?id=(\d+)", site.ask("GET", "/announcements", "root").text)
    site.ask("POST", f"/announcements/remove?id={number}", "root").raise_for_status()
    site.hub.until(lambda: not on_hub(site, ESCAPED), "it is gone from the sign-in page")
    assert not shown(site, "bob", ESCAPED)
    assert entries(site, "announcement.removed")[0] == ("root", f"announcement:{number}")
    assert site.ask("POST", f"/announcements/remove?id={number}", "root").status_code == 404


def test_a_teachers_are_for_the_own_course_alone(site: Site, announce) -> None:  # type: ignore[no-untyped-def] # noqa: F811
    for group in ("", "art", "ML", "nothing"):
        refused = announce("prof", "Not mine to say", group=group)
        assert "for an own course" in refused.text
    announce("prof", "Room 5 today", group="ml").raise_for_status()
    site.hub.until(lambda: on_hub(site, "Room 5 today", "ann"), "it is on a member's page")
    site.hub.until(lambda: shown(site, "ann", "Room 5 today"), "it is on the service's pages")
    assert not on_hub(site, "Room 5 today")
    assert not on_hub(site, "Room 5 today", "bob")
    assert not shown(site, "bob", "Room 5 today")
    announce("root", "For all", group="").raise_for_status()
    announce("dean", "For art", group="art").raise_for_status()
    listed = site.ask("GET", "/announcements", "prof").text
    assert "Room 5 today" in listed
    assert "For art" not in listed
    numbers = dict(
        re.findall(
            r"remove\?id=(\d+).*?Remove: ([^\"]+)", site.ask("GET", "/announcements", "root").text
        )
    )
    assert sorted(numbers.values()) == ["For all", "For art", "Room 5 today"]
    for number, text in numbers.items():
        status = 200 if text == "Room 5 today" else 404
        gone = site.ask("POST", f"/announcements/remove?id={number}", "prof")
        assert gone.status_code == status
    assert site.ask("POST", "/announcements", "ann", data={"text": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"text": " "}, "at least 1 character"),
        ({"text": "x" * 2001}, "at most 2000 characters"),
        ({"text": "a\x00b"}, "should match pattern"),
        ({"text": "x", "level": "loud"}, "should be"),
        ({"text": "x", "starts": "soon"}, "is no time"),
        ({"text": "x", "starts": "2026-01-02 10:00", "ends": "2026-01-02T09:00"}, "ends before"),
        ({"text": "x", "group": "a\nb"}, "should match pattern"),
    ],
)
def test_what_is_wrong_with_one_is_said(site: Site, given: dict[str, str], why: str) -> None:  # noqa: F811
    reply = site.ask("POST", "/announcements", "root", data=given)
    assert why in reply.text
    assert "Nothing is announced" in reply.text


async def test_one_is_told_from_its_start_until_its_end(database: HubDatabase) -> None:
    clock = MovedClock()
    told = Announcements(database, clock)
    hour = timedelta(hours=1)
    given = {
        "text": "Maintenance",
        "starts_at": clock.now() + hour,
        "ends_at": clock.now() + 2 * hour,
    }
    number = await told.add(Announcement.model_validate(given), "root")
    seen = []
    for _ in range(4):
        seen.append([row.id for row in await told.now_for([])])
        clock.wall += hour
    assert seen == [[], [number], [], []]
    await told.add(Announcement(text="Course", groups=["ml"]), "root")
    assert [row.text for row in await told.now_for(["ml", "art"])] == ["Course"]
    assert await told.now_for(["art"]) == []
    with pytest.raises(errors.NotFound):
        await told.remove(number, "prof", ["ml"])
    with pytest.raises(ValueError, match="ends before it begins"):
        Announcement(text="x", starts_at=datetime.now(UTC), ends_at=datetime.now(UTC) - hour)
