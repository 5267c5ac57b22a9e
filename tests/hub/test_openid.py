"""Signing in at a real OpenID provider: its groups become the hub's, and who may enter is kept."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import require
from tests.fakes.hub import ROOT, Hub, free_port

CONFIG = """
from neoai_hub.config import configure
configure(c, {{
    "hub": {{"bind_url": c.JupyterHub.bind_url, "admins": []}},
    "spawner": {{"kind": "local"}},
    "admin": {{"enabled": False}},
    "authentication": {{"kind": "oidc", "oidc": {{
        "authorize_url": "{provider}/auth",
        "token_url": "{provider}/token",
        "userdata_url": "{provider}/me",
        "client_id": "neoai",
        "client_secret": "secret-of-the-tests",
        "callback_url": c.JupyterHub.bind_url + "/hub/oauth_callback",
        "allowed_groups": ["ml", "staff"],
        "admin_groups": ["staff"],
    }}}},
}})
c.JupyterHub.load_groups = {{}}
c.JupyterHub.redirect_to_server = False
"""
SignIn = Callable[[str], httpx.Response]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    require("hub's proxy")
    require("node")
    port = free_port()
    made = Hub(tmp_path_factory.mktemp("hub"), CONFIG.format(provider=f"http://127.0.0.1:{port}"))
    callback = f"{made.url}/hub/oauth_callback"
    program: Path = ROOT / "tests" / "fakes" / "openid.mjs"
    command = ["node", str(program), str(port), callback]
    provider = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert provider.stdout is not None
        assert provider.stdout.readline() == "ready\n"
        made.start()
        yield made
    finally:
        made.stop()
        os.killpg(provider.pid, signal.SIGKILL)  # pip's launcher of node passes no signals on
        provider.wait()


@pytest.fixture
def sign_in(hub: Hub) -> SignIn:
    """`sign_in("ann+ml")`, with a fresh browser: the last page that it sees."""

    def go(account: str) -> httpx.Response:
        with httpx.Client(base_url=hub.url, follow_redirects=True, timeout=60) as client:
            page = client.get("/hub/oauth_login", params={"next": "/hub/home"})
            page = submit(client, page, login=account, password="any", prompt="login")
            return submit(client, page, prompt="consent")

    return go


def submit(client: httpx.Client, page: httpx.Response, **fields: str) -> httpx.Response:
    """Send the page's form."""
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None, page.text
    return client.post(str(page.url.join(action.group(1))), data=fields)


def test_the_claims_groups_become_the_users_at_each_sign_in(hub: Hub, sign_in: SignIn) -> None:
    assert sign_in("ann+ml").url.path == "/hub/home"
    user = hub.http.get("/users/ann").json()
    assert (user["groups"], user["admin"]) == (["ml"], False)


def test_what_the_provider_takes_back_is_gone_at_the_next_sign_in(
    hub: Hub, sign_in: SignIn
) -> None:
    assert sign_in("bob+ml+staff").url.path == "/hub/home"
    user = hub.http.get("/users/bob").json()
    assert (sorted(user["groups"]), user["admin"]) == (["ml", "staff"], True)
    assert sign_in("bob+ml").url.path == "/hub/home"
    user = hub.http.get("/users/bob").json()
    assert (user["groups"], user["admin"]) == (["ml"], False)


def test_who_is_in_no_allowed_group_is_not_let_in(hub: Hub, sign_in: SignIn) -> None:
    assert sign_in("eve+visitors").status_code == 403
    assert hub.http.get("/users/eve").status_code == 404


def test_a_state_that_was_not_begun_here_is_refused(hub: Hub) -> None:
    reply = httpx.get(f"{hub.url}/hub/oauth_callback", params={"code": "x", "state": "y"})
    assert reply.status_code in (400, 403)
