"""Invitations for whoever has the link: no approval, into groups, so often and so long."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import httpx
import pytest

from neoai_hub.db import HubDatabase
from neoai_hub.invitation_links import InvitationLinks, NewLink
from neoai_server_ext import errors
from tests.fakes.hub import Hub

from .conftest import MovedClock
from .test_admin import SERVICE, form_key
from .test_end_to_end import Person, admin, hub  # noqa: F401

PAGE = f"{SERVICE}/admin/invitations"


class Inviting:
    """An admin at the page of invitations."""

    def __init__(self, hub: Hub) -> None:  # noqa: F811
        self.person = admin(hub)
        health = f"{hub.url}{SERVICE}/v1/health"
        hub.until(lambda: httpx.get(health).status_code == 200, "the service answers")
        self.key = {"X-XSRFToken": form_key(self.person.http.get(PAGE))}

    def send(self, where: str = "", **fields: str) -> httpx.Response:
        return self.person.http.post(f"{PAGE}{where}", data=fields, headers=self.key)

    def code(self, **fields: str) -> str:
        page = self.send(**{"uses": "1", "days": "7", **fields}).text
        found = re.search(r'value="[^"]*/hub/signup\?invitation_code=([\w-]+)"', page)
        assert found is not None, page
        return found.group(1)


def sign_up(hub: Hub, name: str, code: str, password: str = "") -> str:  # noqa: F811
    person = Person(hub, name, password or f"{name}'s long password")
    chosen = {
        "signup_password": person.password,
        "signup_password_confirmation": person.password,
    }
    return person.send("/hub/signup", username=name, invitation=code, **chosen).text


def told(hub: Hub, code: str) -> str:  # noqa: F811
    return httpx.get(f"{hub.url}/hub/signup", params={"invitation_code": code}).text


def test_whoever_has_the_link_is_in_at_once_and_in_its_groups(hub: Hub) -> None:  # noqa: F811
    for group in ("ml", "gone"):
        hub.http.post(f"/groups/{group}").raise_for_status()
    inviting = Inviting(hub)
    code = inviting.code(uses="2", groups="ml | gone")
    hub.http.delete("/groups/gone").raise_for_status()
    page = told(hub, code)
    assert "You are invited" in page
    assert f'value="{code}"' in page
    assert "at least 10 characters" in sign_up(hub, "ann", code, "short")
    for name in ("Ann", "bob"):
        assert "You can sign in now" in sign_up(hub, name, code)
        assert Person(hub, name.lower(), f"{name}'s long password").sign_in()
        assert hub.http.get(f"/users/{name.lower()}").json()["groups"] == ["ml"]
    assert hub.http.get("/groups/gone").status_code == 404
    assert "This invitation is used up" in told(hub, code)
    assert "This invitation is used up" in sign_up(hub, "cyd", code)
    assert "sent to the admin" in sign_up(hub, "cyd", "")
    assert "2 of 2" in inviting.person.http.get(PAGE).text
    assert code not in hub.log()
    assert code.encode() not in (hub.folder / "hub-data" / "neoai_hub.sqlite").read_bytes()


def test_nobody_takes_a_users_or_an_invited_persons_name_by_a_link(hub: Hub) -> None:  # noqa: F811
    inviting = Inviting(hub)
    hub.add("dora")
    code = inviting.code(uses="5")
    for name in ("dora", "DORA", "root"):
        assert "already in use" in sign_up(hub, name, code)
    files = {"table": ("users.csv", b"name\nfay\n", "text/csv")}
    page = inviting.person.http.post(f"{SERVICE}/admin/import", files=files, headers=inviting.key)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    where = f"{SERVICE}/admin/import/confirm"
    inviting.person.http.post(where, data=fields, headers=inviting.key).raise_for_status()
    assert "kept for somebody who was invited" in sign_up(hub, "fay", code)
    assert "0 of 5" in inviting.person.http.get(PAGE).text


def test_one_that_is_revoked_or_unknown_says_so_and_mistakes_are_told(hub: Hub) -> None:  # noqa: F811
    inviting = Inviting(hub)
    code = inviting.code()
    number = re.findall(r"revoke\?id=(\d+)", inviting.person.http.get(PAGE).text)[0]
    assert inviting.send(f"/revoke?id={number}").status_code == 200
    assert inviting.send(f"/revoke?id={number}").status_code == 409
    assert inviting.send("/revoke?id=99").status_code == 404
    for page in (told(hub, code), sign_up(hub, "ann", code)):
        assert "This invitation was revoked" in page
    for page in (told(hub, "made-up"), sign_up(hub, "ann", "made-up")):
        assert "This invitation is not known here" in page
    assert hub.http.get("/users/ann").status_code == 404
    for fields, why in (
        ({"uses": "0", "days": "7"}, "greater than or equal to 1"),
        ({"uses": "x", "days": "7"}, "is no whole number"),
        ({"uses": "1", "days": "366"}, "less than or equal to 365"),
        ({"uses": "1", "days": "1", "groups": "nothing"}, "There is no group “nothing”"),
        ({}, "is no whole number"),
    ):
        assert why in inviting.send(**fields).text
    assert len(re.findall(r'<th scope="row">', inviting.person.http.get(PAGE).text)) == 1


async def test_a_link_ends_and_is_used_no_more_often_than_it_says(database: HubDatabase) -> None:
    clock = MovedClock()
    links = InvitationLinks(database, clock)
    code = await links.make(NewLink(uses=3, days=1, groups=["ml"]), "root")
    taken = await asyncio.gather(*(links.take(code) for _ in range(10)), return_exceptions=True)
    assert sum(not isinstance(each, errors.Conflict) for each in taken) == 3
    row = next(each for each in taken if not isinstance(each, BaseException))
    await links.give_back(row.id)
    assert await links.why_not(code) == ""
    clock.wall += timedelta(days=1)
    assert await links.why_not(code) == "This invitation ended on 2026-11-05 at 10:00 UTC."
    with pytest.raises(errors.Conflict, match="ended on"):
        await links.take(code)
    with pytest.raises(errors.Conflict, match="not known"):
        await links.take("x" * 10_000)


def test_the_name_of_who_was_deleted_and_has_a_home_is_nobodys_by_a_link(hub: Hub) -> None:  # noqa: F811
    inviting = Inviting(hub)
    code = inviting.code(uses="5")
    assert "You can sign in now" in sign_up(hub, "ann", code)
    hub.ready("ann")
    hub.end("ann")
    hub.http.delete("/users/ann").raise_for_status()
    for name in ("ann", "ANN"):
        assert "Somebody had this name before" in sign_up(hub, name, code)
    assert "You can sign in now" in sign_up(hub, "ann2", code)
    # An admin may give it to somebody.
    assert "sent to the admin" in sign_up(hub, "ann", "")
    assert "2 of 5" in inviting.person.http.get(PAGE).text
