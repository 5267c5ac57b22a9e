"""Every route of the admin service, by every role, and every change from everywhere but its page.

A route without a row in TABLE fails: say who may use it, and what they then get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from neoai_hub.admin.app import create_app
from neoai_hub.admin.hub import HubClient
from neoai_hub.config.settings import HubSettings
from tests.conftest import require
from tests.fakes.hub import Hub, free_port

from .test_admin import CONFIG, SERVICE, Site, form_key

OWN_SERVICE = """
c.JupyterHub.services += [{"name": "narrow", "api_token": "n" * 32}]
"""
# tea is in ann's group, bob in none of hers, and prof teaches the course of that group
PEOPLE = ("ann", "tea", "bob", "prof", "root")
NOBODY = ("anonymous", "made up", "expired", "revoked", "without scopes", "a service")


class Rule(NamedTuple):
    """Who gets in; what everybody else who is signed in gets, and who is not."""

    allowed: tuple[str, ...]
    others: int = 403
    nobody: int = 401


RULES = {
    "anyone": Rule((*PEOPLE, *NOBODY)),
    "someone": Rule(PEOPLE),
    "hers": Rule(("ann", "root"), others=404),
    "her group's": Rule(("ann", "tea", "root"), others=404),
    "admin": Rule(("root",)),
    "course": Rule(("prof", "root"), others=404),
    "course page": Rule(("prof", "root"), others=404, nobody=302),
    "teacher": Rule(("prof", "root")),
    "teachers": Rule(("prof", "root"), nobody=302),
    "page": Rule(PEOPLE, nobody=302),
    "admin page": Rule(("root",), nobody=302),
}
PUT = {"quotas": []}
GONE = "course=ml&user=gone"
EDIT = "/admin/quotas/edit?scope=user&name=ann"

# rule · method · route · address (None: the route itself) · status of who is allowed · body
TABLE: list[tuple[str, str, str, str | None, int, Any]] = [
    ("anyone", "GET", "/v1/openapi.json", None, 200, None),
    ("anyone", "GET", "/v1/health", None, 200, None),
    ("anyone", "GET", "/static", "/static/style.css", 200, None),
    # A sign-in that was not begun here is nobody's.
    ("anyone", "GET", "/oauth_callback", "/oauth_callback?code=x&state=y", 403, None),
    ("someone", "GET", "/v1/users/profile", None, 200, None),
    ("someone", "PUT", "/v1/users/preferences", None, 200, {}),
    ("someone", "GET", "/v1/quotas/me", None, 200, None),
    ("hers", "GET", "/v1/quotas/{scope}/{name}", "/v1/quotas/user/ann", 200, None),
    ("her group's", "GET", "/v1/quotas/{scope}/{name}", "/v1/quotas/group/ml", 200, None),
    ("someone", "GET", "/v1/quotas/{scope}/{name}", "/v1/quotas/default/default", 200, None),
    ("admin", "PUT", "/v1/quotas/{scope}/{name}", "/v1/quotas/user/ann", 200, PUT),
    ("admin", "PUT", "/v1/quotas/{scope}/{name}", "/v1/quotas/group/ml", 200, PUT),
    ("admin", "PUT", "/v1/quotas/{scope}/{name}", "/v1/quotas/default/default", 200, PUT),
    ("admin", "GET", "/v1/audit", None, 200, None),
    ("page", "GET", "/", None, 200, None),
    ("admin page", "GET", "/admin/users", None, 200, None),
    ("admin page", "GET", "/admin/users.csv", None, 200, None),
    ("admin page", "GET", "/admin/import", None, 200, None),
    ("admin", "POST", "/admin/import", None, 200, None),
    ("admin", "POST", "/admin/import/confirm", None, 200, None),
    ("teachers", "GET", "/courses", None, 200, None),
    ("admin page", "GET", "/admin/invitations", None, 200, None),
    ("admin", "POST", "/admin/invitations", None, 200, None),
    ("admin", "POST", "/admin/invitations/revoke", "/admin/invitations/revoke?id=9", 404, None),
    ("teachers", "GET", "/announcements", None, 200, None),
    ("teacher", "POST", "/announcements", None, 200, None),
    ("teacher", "POST", "/announcements/remove", "/announcements/remove?id=99", 404, None),
    ("admin", "POST", "/courses", None, 422, None),
    ("admin", "POST", "/courses/end", "/courses/end?course=gone", 404, None),
    ("admin", "POST", "/courses/teachers", "/courses/teachers?course=gone", 404, None),
    ("admin page", "GET", "/courses/ceiling", "/courses/ceiling?course=ml", 200, None),
    ("admin", "POST", "/courses/ceiling", "/courses/ceiling?course=ml", 200, None),
    ("course page", "GET", "/courses/course", "/courses/course?course=ml", 200, None),
    ("course page", "GET", "/courses/roster.csv", "/courses/roster.csv?course=ml", 200, None),
    ("course page", "GET", "/courses/member", "/courses/member?course=ml&user=ann", 200, None),
    ("course page", "GET", "/courses/limits", "/courses/limits?course=ml", 200, None),
    ("course", "POST", "/courses/limits", "/courses/limits?course=ml", 200, None),
    ("course", "POST", "/courses/members", "/courses/members?course=ml", 200, None),
    ("course", "POST", "/courses/members/remove", f"/courses/members/remove?{GONE}", 404, None),
    ("course", "POST", "/courses/start", f"/courses/start?{GONE}", 404, None),
    ("course", "POST", "/courses/stop", f"/courses/stop?{GONE}", 404, None),
    ("admin", "POST", "/admin/users/stop", "/admin/users/stop?user=gone", 404, None),
    ("admin page", "GET", "/admin/quotas", None, 200, None),
    ("admin page", "GET", "/admin/quotas/edit", EDIT, 200, None),
    ("admin", "POST", "/admin/quotas/edit", EDIT, 200, None),
    ("admin page", "GET", "/admin/profiles", "/admin/profiles?user=ann", 200, None),
    ("admin page", "GET", "/admin/gpus", "/admin/gpus?device=GPU-0&span=week", 200, None),
    ("admin page", "GET", "/admin/audit", None, 200, None),
    ("admin page", "GET", "/admin/audit.csv", None, 200, None),
]  # fmt: skip
ASKED = [(rule, method, where or route, *rest) for rule, method, route, where, *rest in TABLE]
CHANGES = [(method, where, body) for _, method, where, _, body in ASKED if method != "GET"]
VISITS = [where for rule, method, where, *_ in ASKED if method == "GET" and rule != "anyone"]


def every_route() -> set[tuple[str, str]]:
    """Method and address of all that the service answers."""
    hub = HubClient(
        api_url="http://127.0.0.1", token="", client_id="", base_url="/", public_host="",
        prefix=f"{SERVICE}/", callback="",
    )  # fmt: skip
    app = create_app(HubSettings(), hub)
    return {
        (method, str(each.path).removeprefix(SERVICE))
        for each in iter_route_contexts(app.routes)
        for method in getattr(each, "methods", None) or {"GET"}
        if method != "HEAD"
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running hub; `tokens` by role, and browsers that ann and root have signed in with."""
    require("hub's proxy")
    folder: Path = tmp_path_factory.mktemp("hub")
    config = CONFIG.format(port=free_port()) + OWN_SERVICE
    hub = Hub(folder, config, groups={"ml": ["ann", "tea"], "class": ["bob"]})
    try:
        hub.start()
        health = f"{hub.url}{SERVICE}/v1/health"
        hub.until(lambda: httpx.get(health).status_code == 200, "the service answers")
        hub.add("prof")
        site = Site(hub)
        site.tokens["prof"] = site.token("prof")
        for where, given in (("", {"name": "ml"}), ("/teachers?course=ml", {"teachers": "prof"})):
            site.ask("POST", f"/courses{where}", "root", data=given).raise_for_status()
        site.tokens |= {"tea": site.token("tea"), "a service": "n" * 32, "made up": "0" * 32}
        site.tokens["without scopes"] = site.token("root", scopes=["read:users!user=root"])
        site.tokens["expired"] = expired = site.token("root", expires_in=1)
        site.tokens["revoked"] = site.token("root", note="revoked")
        for each in hub.http.get("/users/root/tokens").json()["api_tokens"]:
            if each["note"] == "revoked":
                hub.http.delete(f"/users/root/tokens/{each['id']}").raise_for_status()
        headers = {"Authorization": f"token {expired}"}
        refused: Callable[[], bool] = lambda: (  # noqa: E731
            httpx.get(f"{hub.url}/hub/api/user", headers=headers).status_code == 403
        )
        hub.until(refused, "the token has expired")
        yield site
    finally:
        hub.stop()


def test_every_route_has_a_row() -> None:
    rows = {(method, route) for _, method, route, *_ in TABLE}
    assert every_route() - rows == set(), "say in TABLE who may use these"
    assert rows - every_route() == set(), "these are no more"


@pytest.mark.parametrize("who", [*PEOPLE, *NOBODY])
def test_each_role_gets_what_the_table_says(site: Site, who: str) -> None:
    got, expected = {}, {}
    for rule, method, where, status, body in ASKED:
        reply = site.ask(method, where, None if who == "anonymous" else who, json=body)
        got[method, where] = reply.status_code
        said = RULES[rule]
        refusal = said.nobody if who in NOBODY else said.others
        expected[method, where] = status if who in said.allowed else refusal
        if reply.status_code in (401, 403, 404):
            assert reply.headers["content-type"] == "application/problem+json"
    assert got == expected


@pytest.fixture(scope="module")
def root(site: Site) -> Iterator[httpx.Client]:
    client = site.hub.browser("root")
    yield client
    client.close()


def keys(site: Site) -> dict[str, dict[str, str]]:
    """What a forged request may carry."""
    found = {"none": {}, "empty": {"X-XSRFToken": ""}, "made up": {"X-XSRFToken": "0" * 64}}
    for name in ("root", "ann"):
        other = site.hub.browser(name)
        found[f"of another session of {name}"] = {
            "X-XSRFToken": form_key(other.get(f"{SERVICE}/")),
            "Sec-Fetch-Site": "same-origin",
        }
        other.close()
    return found


def test_no_change_is_made_without_the_key_of_the_own_session(
    site: Site, root: httpx.Client
) -> None:
    own = {"X-XSRFToken": form_key(root.get(f"{SERVICE}/"))}
    for name, headers in keys(site).items():
        for method, where, body in CHANGES:
            for sent in ({"json": body}, {"data": {"servers.each.limit": "99"}}):
                reply = root.request(method, f"{SERVICE}{where}", headers=headers, **sent)  # type: ignore[arg-type]
                assert reply.status_code == 403, (name, method, where)
    for method, where, body in CHANGES:
        reply = root.request(method, f"{SERVICE}{where}", headers=own, json=body)
        assert reply.status_code in (200, 404, 422), (method, where)
    log = site.ask("GET", "/v1/audit?action=quotas.set&limit=200", "root").json()["items"]
    assert {str(entry["details"]["after"]) for entry in log} == {"[]"}


def test_a_script_of_another_page_reads_nothing(site: Site, root: httpx.Client) -> None:
    own = form_key(root.get(f"{SERVICE}/"))
    script = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
    for where in VISITS:
        for headers in keys(site).values():
            reply = root.get(f"{SERVICE}{where}", headers={**script, **headers})
            assert reply.status_code == 403, where
        with_key = {**script, "X-XSRFToken": own}
        assert root.get(f"{SERVICE}{where}", headers=with_key).status_code == 200, where
        visit = {"Sec-Fetch-Mode": "navigate"}
        assert root.get(f"{SERVICE}{where}", headers=visit).status_code == 200, where
