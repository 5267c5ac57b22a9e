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

from .test_admin import Site

CONFIG = """
from neoai_hub.config import configure
configure(c, {{
    "hub": {{"bind_url": c.JupyterHub.bind_url, "admins": []}},
    "spawner": {{"kind": "local"}},
    "admin": {{"port": {service}}},
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
    config = CONFIG.format(provider=f"http://127.0.0.1:{port}", service=free_port())
    made = Hub(tmp_path_factory.mktemp("hub"), config)
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


def test_a_courses_members_are_those_of_the_claim_whatever_teachers_ask_for(
    hub: Hub, sign_in: SignIn
) -> None:
    for account in ("dean+staff", "prof+ml", "ann+ml", "zoe+staff"):
        assert sign_in(account).url.path == "/hub/home"
    site = Site(hub, "dean", "prof")
    hub.until(lambda: site.ask("GET", "/v1/health").status_code == 200, "the service answers")
    for name in ("ml", "later"):
        site.ask("POST", "/courses", "dean", data={"name": name}).raise_for_status()
        where = f"/courses/teachers?course={name}"
        site.ask("POST", where, "dean", data={"teachers": "prof"}).raise_for_status()
    page = site.ask("GET", "/courses/course?course=ml", "prof").text
    assert "Members are managed by your organisation" in page
    assert "courses/members" not in page
    for who in ("prof", "dean"):
        for where, given in (
            ("/courses/members?course=ml", {"names": "zoe"}),
            ("/courses/members/remove?course=ml&user=ann", {}),
        ):
            refused = site.ask("POST", where, who, data=given)
            assert refused.status_code == 409
            assert "The identity provider says who is in which group" in refused.json()["detail"]
    members = hub.http.get("/groups/ml").json()["users"]
    assert {"ann", "prof"} <= set(members)
    assert "zoe" not in members
    assert sign_in("ann+ml+later").url.path == "/hub/home"
    assert sorted(hub.http.get("/users/ann").json()["groups"]) == ["later", "ml"]
    seen = lambda: ">ann<" in site.ask("GET", "/courses/course?course=later", "prof").text  # noqa: E731
    hub.until(seen, "the course has its member")
    assert sign_in("ann+ml").url.path == "/hub/home"
    assert hub.http.get("/users/ann").json()["groups"] == ["ml"]
    assert site.ask("GET", "/courses/member?course=later&user=ann", "prof").status_code == 404


def test_who_is_in_no_allowed_group_is_not_let_in(hub: Hub, sign_in: SignIn) -> None:
    assert sign_in("eve+visitors").status_code == 403
    assert hub.http.get("/users/eve").status_code == 404


def test_a_state_that_was_not_begun_here_is_refused(hub: Hub) -> None:
    reply = httpx.get(f"{hub.url}/hub/oauth_callback", params={"code": "x", "state": "y"})
    assert reply.status_code in (400, 403)
