"""Who reaches whose server on a hub of containers: by token and cookie, HTTP and websocket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import docker
import httpx
import pytest
import websockets

from neoai_spawners.names import slug
from tests.fakes.hub import Hub
from tests.spawners.conftest import (  # noqa: F401
    StartHub,
    docker_hub,
    engine,
    neoai_image_of_this_tree,
    prefix,
    small,
    start_hub,
)

ASKED = [
    ("GET", "/lab", None),
    ("GET", "/api/contents", None),
    ("GET", "/api/kernels", None),
    ("GET", "/files/of-ann.txt", None),
    ("GET", "/neoai/v1/projects", None),
    ("PUT", "/api/contents/x.txt", {"type": "file", "format": "text", "content": "x"}),
    ("POST", "/api/terminals", {}),
    ("POST", "/api/shutdown", {}),
]
SOCKETS = ["/api/events/subscribe", "/terminals/websocket/1"]


@dataclass
class Caller:
    """Somebody with a token, a cookie, both or nothing."""

    headers: dict[str, str] = field(default_factory=dict)
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def asks(self, hub: Hub, method: str, path: str, body: object = None) -> int:
        """The status at ann's server."""
        with httpx.Client(cookies=self.cookies, headers=self.headers, timeout=60) as client:
            return client.request(method, f"{hub.url}/user/ann{path}", json=body).status_code

    def connects(self, hub: Hub, path: str, origin: str = "") -> bool:
        """Whether ann's server opens a websocket."""
        cookies = "; ".join(f"{each.name}={each.value}" for each in self.cookies.jar)
        headers = {**self.headers, **({"Cookie": cookies} if cookies else {})}
        headers["Origin"] = origin or hub.url
        return asyncio.run(_opens(f"{hub.url}/user/ann{path}".replace("http", "ws", 1), headers))


async def _opens(url: str, headers: Mapping[str, str]) -> bool:
    try:
        async with websockets.connect(url, additional_headers=headers, open_timeout=30):
            return True
    except websockets.InvalidStatus as refused:
        if refused.response.status_code in (302, 403):
            return False
        raise


def token(hub: Hub, user: str, **settings: object) -> tuple[Caller, str]:
    """Who has a new token of this user, and its name in the hub."""
    reply = hub.http.post(f"/users/{user}/tokens", json=settings)
    made = reply.raise_for_status().json()
    return Caller({"Authorization": f"token {made['token']}"}), made["id"]


@pytest.fixture
def hub(
    docker_hub: StartHub,  # noqa: F811
    neoai_image_of_this_tree: str,  # noqa: F811
) -> Hub:
    """ann, whose server runs, tea of her team, out of none, and root, an admin."""
    profile = {"name": "p", "memory": "2G", "image": neoai_image_of_this_tree}
    hub = docker_hub(
        f"c.NeoAISpawner.catalogue = {{'profiles': [{profile!r}]}}\nc.Spawner.http_timeout = 120\n",
        groups={"team": ["ann", "tea"]},
    )
    hub.add("out", "friend")
    hub.http.post("/users", json={"usernames": ["root"], "admin": True}).raise_for_status()
    for user in ("ann", "out"):
        hub.spawn(user).raise_for_status()
        hub.until(lambda: (hub.server(user) or {}).get("ready"), f"{user}'s server", 120)  # noqa: B023
    return hub


def callers(hub: Hub, client: docker.APIClient, prefix: str) -> dict[str, Caller]:  # noqa: F811
    """Everybody who must not get in."""
    expired, _ = token(hub, "ann", expires_in=1)
    revoked, name = token(hub, "ann")
    hub.http.delete(f"/users/ann/tokens/{name}").raise_for_status()
    narrow, _ = token(hub, "ann", scopes=["read:users!user=ann"])
    made = client.exec_create(f"{prefix}-{slug('out')}", ["cat", "/proc/1/environ"])
    environment = client.exec_start(made["Id"]).decode().split("\0")
    own = next(each for each in environment if each.startswith("JUPYTERHUB_API_TOKEN="))
    hub.until(lambda: expired_is_known(hub, expired), "the token has expired")
    root = token(hub, "root")[0]
    share = {"user": "friend"}
    given = httpx.post(f"{hub.url}/hub/api/shares/ann/", headers=root.headers, json=share)
    given.raise_for_status()
    return {
        "teammate": token(hub, "tea")[0],
        "friend, whom the hub lets in and who has a role in no project": token(hub, "friend")[0],
        "outsider": token(hub, "out")[0],
        "admin": root,
        "outsider's server": Caller({"Authorization": f"token {own.partition('=')[2]}"}),
        "expired": expired,
        "revoked": revoked,
        "narrow": narrow,
        "made up": Caller({"Authorization": "token " + "0" * 32}),
        "a service": Caller({"Authorization": f"token {hub.token}"}),
        "outsider's browser": Caller(cookies=hub.browser("out").cookies),
        "nobody": Caller(),
    }


def expired_is_known(hub: Hub, caller: Caller) -> bool:
    return httpx.get(f"{hub.url}/hub/api/user", headers=caller.headers).status_code == 403


def test_nobody_but_its_user_reaches_a_server_and_an_admin_does_not_either(
    hub: Hub,
    engine: docker.APIClient,  # noqa: F811
    prefix: str,  # noqa: F811
) -> None:
    ann = token(hub, "ann")[0]
    text = {"type": "file", "format": "text", "content": "hers"}
    assert ann.asks(hub, "PUT", "/api/contents/of-ann.txt", text) == 201
    assert ann.asks(hub, "POST", "/api/terminals", {}) == 200

    for name, caller in callers(hub, engine, prefix).items():
        got = {path: caller.asks(hub, method, path, body) for method, path, body in ASKED}
        assert set(got.values()) <= {302, 403}, (name, got)
        assert not any(caller.connects(hub, path) for path in SOCKETS), name

    got = {path: ann.asks(hub, method, path, body) for method, path, body in ASKED[:-1]}
    assert set(got.values()) <= {200, 201}, got
    assert all(ann.connects(hub, path) for path in SOCKETS)


def test_a_users_browser_opens_no_websocket_for_a_page_from_elsewhere(hub: Hub) -> None:
    browser = hub.browser("ann")
    assert browser.get("/user/ann/lab").status_code == 200
    ann = Caller(cookies=browser.cookies)

    assert ann.connects(hub, "/api/events/subscribe")
    assert not ann.connects(hub, "/api/events/subscribe", origin="https://elsewhere.example.org")
    stranger = hub.browser("out").get("/user/ann/lab")
    assert stranger.status_code == 403


def test_a_server_asks_again_about_a_token_that_it_knows_and_its_owner_revoked(hub: Hub) -> None:
    ann, name = token(hub, "ann")
    assert ann.asks(hub, "GET", "/api/contents") == 200

    hub.http.delete(f"/users/ann/tokens/{name}").raise_for_status()

    hub.until(lambda: ann.asks(hub, "GET", "/api/contents") == 403, "it is refused", 45)
