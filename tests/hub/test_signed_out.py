"""Who is barred, or has a new password, is out: sessions, tokens, servers, starts on their way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import require
from tests.fakes.hub import Hub, free_port

from .test_end_to_end import CONFIG, Person, admin, approve, audit, hub, press  # noqa: F401

NEVER_STARTS = """
import asyncio
c.Spawner.pre_spawn_hook = lambda spawner: asyncio.sleep(600)
"""


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Hub]:
    """A hub whose servers are on their way for ten minutes."""
    require("hub's proxy")
    started = Hub(tmp_path, CONFIG.replace("PORT", str(free_port())) + NEVER_STARTS)
    try:
        started.start()
        yield started
    finally:
        started.stop()


def let_in(hub: Hub, root: Person, name: str = "ann") -> Person:  # noqa: F811
    person = Person(hub, name, f"{name}'s long password")
    person.sign_up()
    approve(root, name)
    assert person.sign_in()
    return person


def own_token(person: Person) -> httpx.Client:
    """A client with a token that the user made."""
    person.http.get("/hub/token")
    key = {"X-XSRFToken": person.http.cookies.get("_xsrf", path="/hub/") or ""}
    made = person.http.post(f"/hub/api/users/{person.name}/tokens", json={}, headers=key)
    assert made.status_code == 201, made.text
    token = {"Authorization": f"token {made.json()['token']}"}
    return httpx.Client(base_url=person.http.base_url, headers=token, timeout=30)


def is_in(person: Person) -> bool:
    return person.http.get("/hub/home").url.path == "/hub/home"


def opens(person: Person) -> bool:
    where = f"/user/{person.name}/lab"
    page = person.http.get(where)
    return page.status_code == 200 and page.url.path.startswith(where)


def servers(hub: Hub, name: str = "ann") -> dict[str, object]:  # noqa: F811
    found: dict[str, object] = hub.http.get(f"/users/{name}").json()["servers"]
    return found


def test_whose_approval_is_withdrawn_is_out_at_once_with_servers_and_tokens(
    hub: Hub,  # noqa: F811
) -> None:
    root = admin(hub)
    ann, bob = let_in(hub, root), let_in(hub, root, "bob")
    token, other = own_token(ann), own_token(bob)
    hub.ready("ann")
    assert token.get("/user/ann/api/status").status_code == 200
    assert opens(ann)

    assert press(root, "authorize/ann").status_code == 200
    assert not is_in(ann)
    assert token.get("/hub/api/user").status_code == 403
    assert token.post("/hub/api/users/ann/server", json={}).status_code in (403, 404)
    hub.until(lambda: not servers(hub), "her server is stopped")
    assert not ann.sign_in()
    assert is_in(bob)
    assert other.get("/hub/api/user").status_code == 200
    assert is_in(root)

    approve(root, "ann")
    assert token.get("/hub/api/user").status_code == 403
    assert not is_in(ann)
    assert ann.sign_in()
    hub.ready("ann")


def test_a_start_that_is_on_its_way_ends_with_the_approval(slow: Hub) -> None:
    root = admin(slow)
    let_in(slow, root)
    assert slow.spawn("ann").status_code == 202
    assert press(root, "authorize/ann").status_code == 200
    slow.until(lambda: not servers(slow), "her start is given up")
    assert [entry for entry in audit(slow) if entry[1].startswith("server.")] == []


def test_a_password_that_an_admin_sets_ends_what_the_old_one_opened(hub: Hub) -> None:  # noqa: F811
    root = admin(hub)
    ann = let_in(hub, root)
    token = own_token(ann)
    hub.ready("ann")
    new = {"new_password": "a new, long one", "new_password_confirmation": "a new, long one"}
    assert "changed successfully" in root.send("/hub/change-password/Ann", **new).text
    assert ("root", "account.password") in audit(hub)
    assert not is_in(ann)
    assert token.get("/hub/api/user").status_code == 403
    hub.until(lambda: not servers(hub), "her server is stopped")
    assert not ann.sign_in()
    assert ann.sign_in("a new, long one")
    assert is_in(root)


def test_who_changes_the_own_password_stays_in_and_other_browsers_do_not(
    hub: Hub,  # noqa: F811
) -> None:
    root = admin(hub)
    ann = let_in(hub, root)
    thief = Person(hub, "ann", ann.password)
    assert thief.sign_in()
    token = own_token(ann)
    hub.ready("ann")
    assert opens(thief)
    for old, new in ((ann.password, "a new, long one"), ("a new, long one", "another long one")):
        fields = {"new_password": new, "new_password_confirmation": new}
        changed = ann.send("/hub/change-password", old_password=old, **fields)
        assert "has been changed" in changed.text
        assert is_in(ann)
        assert not is_in(thief)
    assert "ready" in str(servers(hub))
    assert token.get("/hub/api/user").status_code == 200
    assert opens(ann)
    assert not thief.sign_in()


def test_an_admin_does_not_bar_herself(hub: Hub) -> None:  # noqa: F811
    root = admin(hub)
    assert "Withdraw approval root" not in root.http.get("/hub/authorize").text
    key = root.http.cookies.get("_xsrf", path="/hub/") or ""
    refused = root.http.post("/hub/authorize/root", data={"approved": "no", "_xsrf": key})
    assert refused.status_code == 409
    assert "your own account" in refused.text
    assert is_in(root)
