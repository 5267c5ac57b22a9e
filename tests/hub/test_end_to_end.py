"""The whole hub, as `make hub` starts it: accounts with approval, servers, quotas that hold."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import require
from tests.fakes.hub import Hub, free_port

CONFIG = """
from neoai_hub.config import configure
configure(c, {
    "hub": {"bind_url": c.JupyterHub.bind_url, "admins": ["root"]},
    "spawner": {"kind": "local"},
    "quotas": {"heartbeat_s": 1},
    "admin": {"port": PORT},
})
"""


class Person:
    """Somebody with a browser."""

    def __init__(self, hub: Hub, name: str, password: str) -> None:
        self.name, self.password = name, password
        self.http = httpx.Client(base_url=hub.url, follow_redirects=True, timeout=90)

    def send(self, page: str, **form: str) -> httpx.Response:
        self.http.get(page)
        token = self.http.cookies.get("_xsrf", path="/hub/")
        return self.http.post(page, data={**form, "_xsrf": token or ""})

    def sign_up(self, password: str = "") -> str:
        chosen = password or self.password
        fields = {"signup_password": chosen, "signup_password_confirmation": chosen}
        return self.send("/hub/signup", username=self.name, **fields).text

    def sign_in(self, password: str = "") -> bool:
        form = {"username": self.name, "password": password or self.password}
        reply = self.send("/hub/login?next=/hub/home", **form)
        return reply.status_code == 200 and reply.url.path == "/hub/home"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    require("hub's proxy")
    started = Hub(tmp_path, CONFIG.replace("PORT", str(free_port())))
    try:
        started.start()
        yield started
    finally:
        started.stop()


def admin(hub: Hub) -> Person:
    name, password = (hub.folder / "hub-data" / "first-passwords.txt").read_text().split()
    person = Person(hub, name, password)
    assert person.sign_in()
    return person


def press(admin: Person, where: str, **fields: str) -> httpx.Response:
    """Press a button of the page of accounts."""
    page = admin.http.get("/hub/authorize").text
    form = re.search(rf'action="/hub/{where}".*?</form>', page, re.DOTALL)
    assert form is not None, page
    given = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.group()))
    return admin.http.post(f"/hub/{where}", data={**given, **fields})


def approve(admin: Person, name: str) -> int:
    return press(admin, f"authorize/{name}").status_code


def audit(hub: Hub) -> list[tuple[str, str]]:
    with sqlite3.connect(hub.folder / "hub-data" / "neoai_hub.sqlite") as database:
        return list(database.execute("SELECT actor, action FROM neoai_audit ORDER BY id"))


def set_quota(hub: Hub, kind: str, limit: float) -> None:
    with sqlite3.connect(hub.folder / "hub-data" / "neoai_hub.sqlite") as database:
        database.execute(
            'INSERT INTO neoai_quotas (scope, name, kind, shared, "limit") '
            "VALUES ('default', 'default', ?, 1, ?)",
            (kind, limit),
        )


def test_two_sign_up_an_admin_approves_both_work_and_a_third_is_over_quota(hub: Hub) -> None:
    people = [Person(hub, name, f"{name}'s long password") for name in ("ann", "bob", "cyd")]
    for person in people:
        assert "sent to the admin" in person.sign_up()
        form = {"username": person.name, "password": person.password}
        assert "not approved this account yet" in person.send("/hub/login", **form).text
    root = admin(hub)
    for person in people:
        assert approve(root, person.name) == 200
        assert person.sign_in()
    set_quota(hub, "servers", 2)

    for person in people[:2]:
        hub.ready(person.name)
        page = person.http.get(f"/user/{person.name}/lab")
        assert page.status_code == 200
        assert "jupyter-config-data" in page.text
        health = person.http.get(f"/user/{person.name}/neoai/v1/health")
        assert health.json()["status"] == "ok"
    assert people[0].http.get("/user/bob/lab").status_code in (403, 404)

    refused = hub.spawn("cyd")
    assert refused.status_code == 403
    assert "Servers: the hub's default is 2 servers, 2 servers in use" in refused.text

    hub.end("ann")
    hub.ready("cyd")
    assert ("cyd", "server.denied") in audit(hub)
    assert [entry for entry in audit(hub) if entry[0] == "ann"] == [
        ("ann", "account.asked"),
        ("ann", "server.reserved"),
        ("ann", "server.started"),
        ("ann", "server.settled"),
    ]


def test_a_hub_that_is_killed_finds_its_servers_and_what_they_hold_again(hub: Hub) -> None:
    Person(hub, "ann", "ann's long password").sign_up()
    approve(admin(hub), "ann")
    hub.add("ann")
    set_quota(hub, "servers", 1)
    hub.ready("ann")

    hub.kill()
    hub.start()

    assert hub.server("ann")["ready"]
    hub.add("bob")
    assert hub.spawn("bob").status_code == 403
    hub.end("ann")
    assert audit(hub)[-1] == ("ann", "server.settled")


def test_nobody_becomes_an_admin_by_signing_up_as_one(hub: Hub) -> None:
    impostor = Person(hub, "root", "an impostor's password")
    assert "already" in impostor.sign_up()
    assert not impostor.sign_in()


def test_oversized_names_and_tokens_are_refused_and_make_no_account(hub: Hub) -> None:
    for name in ("x" * 256, "x" * 50_000, "two\nlines"):
        assert hub.http.post("/users", json={"usernames": [name]}).status_code == 400
        Person(hub, name, "a long enough password").sign_up()
    for size, status in ((1_000, 403), (60_000, 431)):
        headers = {"Authorization": f"token {'x' * size}"}
        assert httpx.get(f"{hub.url}/hub/api/user", headers=headers).status_code == status
    users = [user["name"] for user in hub.http.get("/users").json()]

    assert users == ["root"]
    assert "x" * 256 not in admin(hub).http.get("/hub/authorize").text
    hub.add("x" * 255)
    hub.ready("x" * 255)


def test_weak_passwords_are_refused_and_many_wrong_ones_lock_an_account(hub: Hub) -> None:
    person = Person(hub, "ann", "ann's long password")
    assert "at least 10 characters" in person.sign_up("short")
    person.sign_up()
    approve(admin(hub), "ann")
    for _ in range(5):
        assert not person.sign_in("a wrong password")
    form = {"username": "ann", "password": person.password}
    assert "locked for 10 minutes" in person.send("/hub/login", **form).text
    assert not person.sign_in()
