"""The admin service of a running hub: the contract's calls, its pages, and who may what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from neoai_hub.admin.access import own_page
from tests.conftest import require
from tests.fakes.hub import Hub, Loopback, free_port

CONFIG = """
from neoai_hub.config import configure
configure(c, {{
    "hub": {{"bind_url": c.JupyterHub.bind_url, "admins": ["root"]}},
    "spawner": {{"kind": "local"}},
    "gpus": {{"discover": False, "devices": [{{"id": "GPU-0", "kind": "H100", "node": "n1"}}]}},
    "admin": {{"port": {port}}},
}})
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
c.DummyAuthenticator.password = "password-of-the-tests"
c.Authenticator.allow_all = True
c.JupyterHub.redirect_to_server = False
"""
SERVICE = "/services/neoai"
GPU_HOURS = {"kind": "gpu-hours", "limit": 10.0, "window": "week", "shared": False}


class Site:
    """The running hub, with a token for each of its people."""

    def __init__(self, hub: Hub, *people: str) -> None:
        self.hub = hub
        self.tokens = {name: self.token(name) for name in people or ("root", "ann", "bob")}

    def token(self, name: str, **options: object) -> str:
        reply = self.hub.http.post(f"/users/{name}/tokens", json=options).raise_for_status()
        return str(reply.json()["token"])

    def ask(
        self, method: str, path: str, who: str | None = "ann", **options: object
    ) -> httpx.Response:
        headers = dict(options.pop("headers", {}))  # type: ignore[call-overload]
        if who:
            headers["Authorization"] = f"token {self.tokens.get(who, who)}"
        url = f"{self.hub.url}{SERVICE}{path}"
        return httpx.request(method, url, headers=headers, timeout=30, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    require("hub's proxy")
    folder: Path = tmp_path_factory.mktemp("hub")
    groups = {"ml": ["ann"], "class": ["bob"]}
    hub = Hub(folder, CONFIG.format(port=free_port()), groups=groups)
    try:
        hub.start()
        health = f"{hub.url}{SERVICE}/v1/health"
        hub.until(lambda: httpx.get(health).status_code == 200, "the service answers")
        yield Site(hub)
    finally:
        hub.stop()


def test_the_service_says_whether_it_works(site: Site) -> None:
    reply = site.ask("GET", "/v1/health", None)
    assert reply.json()["status"] == "ok"


def test_everybody_has_a_profile_and_preferences(site: Site) -> None:
    chosen = {"theme": "dark", "fonts": {"size": 14}}
    assert site.ask("PUT", "/v1/users/preferences", json=chosen).json() == chosen
    assert site.ask("GET", "/v1/users/profile").json() == {
        "name": "ann",
        "admin": False,
        "groups": ["ml"],
        "preferences": chosen,
    }
    assert site.ask("GET", "/v1/users/profile", "bob").json()["preferences"] == {}


def test_preferences_are_small_objects(site: Site) -> None:
    assert site.ask("PUT", "/v1/users/preferences", json=[1]).status_code == 422
    assert site.ask("PUT", "/v1/users/preferences", json={"a": "x" * 17_000}).status_code == 413
    assert site.ask("PUT", "/v1/users/preferences", content=b"x" * 2_000_000).status_code == 413
    nonsense = site.ask(
        "PUT", "/v1/users/preferences", content=b"{no", headers={"Content-Type": "application/json"}
    )
    assert nonsense.status_code == 400


def test_a_body_of_unknown_length_is_not_read(site: Site) -> None:
    for who in ("ann", None):
        reply = site.ask("PUT", "/v1/users/preferences", who, content=iter([b"{", b"}"]))
        assert reply.status_code == 411
        assert reply.headers["content-type"] == "application/problem+json"


def test_an_admin_sets_quotas_and_their_users_see_them(site: Site) -> None:
    body = {"quotas": [GPU_HOURS]}
    reply = site.ask("PUT", "/v1/quotas/group/ml", "root", json=body)
    assert reply.json() == {"scope": "group", "name": "ml", **body}
    assert site.ask("GET", "/v1/quotas/group/ml").json()["quotas"] == [GPU_HOURS]
    (mine,) = site.ask("GET", "/v1/quotas/me").json()["items"]
    assert (mine["kind"], mine["scope"], mine["limit"], mine["left"]) == (
        "gpu-hours",
        "group:ml",
        10,
        10,
    )
    assert site.ask("GET", "/v1/quotas/me", "bob").json()["items"] == []
    newest = site.ask("GET", "/v1/audit?limit=1", "root").json()["items"][0]
    assert (newest["actor"], newest["action"], newest["subject"]) == (
        "root",
        "quotas.set",
        "group:ml",
    )


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/quotas/planet/mars", {"quotas": []}, 422),
        ("/v1/quotas/default/other", {"quotas": []}, 422),
        ("/v1/quotas/group/" + "g" * 300, {"quotas": []}, 422),
        ("/v1/quotas/group/ml", {"quotas": [{"kind": "wishes", "limit": 1}]}, 422),
        ("/v1/quotas/group/ml", {"quotas": [{"kind": "gpu-hours", "limit": 1}]}, 422),
        ("/v1/quotas/group/ml", {"quotas": [{"kind": "servers", "limit": -1}]}, 422),
        ("/v1/quotas/group/ml", {"quotas": [], "more": 1}, 422),
    ],
)
def test_what_makes_no_sense_is_a_problem_document(
    site: Site, path: str, body: dict[str, object], status: int
) -> None:
    reply = site.ask("PUT", path, "root", json=body)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert problem["detail"] == problem["message"]
    assert problem["request_id"] == reply.headers["x-request-id"]


def test_a_cursor_of_nobodys_is_refused(site: Site) -> None:
    assert site.ask("GET", "/v1/audit?cursor=%7B%7D", "root").status_code == 400
    assert site.ask("GET", "/v1/audit?limit=0", "root").status_code == 422


def browser(site: Site, name: str, page: str = "/") -> tuple[httpx.Client, httpx.Response]:
    client = site.hub.browser(name)
    return client, client.get(f"{SERVICE}{page}")


def form_key(page: httpx.Response) -> str:
    found = re.search(r'"X-XSRFToken": "(\w+)"', page.text)
    assert found is not None
    return found.group(1)


def test_a_browser_signs_in_through_the_hub_and_comes_back_to_its_page(site: Site) -> None:
    client, page = browser(site, "ann", "/?from=here")
    assert page.url.path == f"{SERVICE}/"
    assert page.url.query == b"from=here"
    assert "My usage" in page.text
    assert "Audit log" not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    client.close()


def test_a_browser_signs_in_where_each_user_has_a_subdomain(tmp_path: Path) -> None:
    require("hub's proxy")
    hub = Hub(tmp_path, "", by_host=True)
    site = hub.url.replace("127.0.0.1", "hub.test")
    subdomains = f"c.JupyterHub.subdomain_host = {site!r}\n"
    with (tmp_path / "config.py").open("a") as config:
        config.write(CONFIG.format(port=free_port()) + subdomains)
    # The tests' own requests reach the hub by its host too.
    hub.http.close()
    headers = {"Authorization": f"token {hub.token}"}
    hub.http = httpx.Client(
        base_url=f"{site}/hub/api", headers=headers, timeout=60, transport=Loopback()
    )
    try:
        hub.start()
        client = hub.browser("ann", site)
        address = f"{site.replace('hub.test', 'neoai--service.hub.test')}{SERVICE}/"
        hub.until(lambda: client.get(f"{address}v1/health").status_code == 200, "it answers")
        page = client.get(address)
        assert (str(page.url), page.status_code) == (address, 200)
        assert "My usage" in page.text
        client.close()
    finally:
        hub.stop()


def test_an_admin_has_every_page_and_an_edit_is_kept(site: Site) -> None:
    client, page = browser(site, "root", "/admin/users?q=ML")
    assert "ann" in page.text
    assert ">bob<" not in page.text
    address = f"{SERVICE}/admin/quotas/edit?scope=group&name=class"
    form = client.get(address)
    assert "Affects 1 user: bob" in form.text
    headers = {"X-XSRFToken": form_key(form)}
    wrong = client.post(address, headers=headers, data={"memory.each.limit": "lots"})
    assert "“lots” is neither a number nor “none”" in wrong.text
    fields = {"memory.each.limit": "8", "server-hours.shared.limit": "40"}
    missing = client.post(address, headers=headers, data=fields)
    assert "a window is needed" in missing.text
    saved = client.post(
        address, headers=headers, data={**fields, "server-hours.shared.window": "week"}
    )
    assert saved.headers["hx-redirect"] == f"{SERVICE}/admin/quotas"
    listed = client.get(f"{SERVICE}/admin/quotas").text
    assert "8 GiB" in listed
    assert "GPU-0" in client.get(f"{SERVICE}/admin/gpus").text or "no GPU" in page.text
    assert "quotas.set" in client.get(f"{SERVICE}/admin/audit").text
    exported = client.get(f"{SERVICE}/admin/audit.csv")
    assert exported.text.startswith("id,at,actor,action,subject,details")
    client.close()


def test_an_admin_stops_a_server_and_the_log_says_who_did(site: Site) -> None:
    site.hub.ready("bob")
    client, page = browser(site, "root", "/admin/users?q=bob")
    site.hub.until(
        lambda: "Stop the server default of bob" in client.get(str(page.url)).text,
        "the page shows the server",
    )
    headers = {"X-XSRFToken": form_key(page)}
    address = f"{SERVICE}/admin/users/stop?user=bob"
    assert client.post(address).status_code == 403
    assert "being stopped" in client.post(address, headers=headers).text
    site.hub.gone("bob")
    assert client.post(address.replace("bob", "nobody"), headers=headers).status_code == 404
    newest = site.ask("GET", "/v1/audit?action=server.stopped", "root").json()["items"][0]
    assert (newest["actor"], newest["subject"]) == ("root", "server:bob/")
    client.close()


@pytest.mark.parametrize(
    "where",
    ["https://evil.example", "//evil.example", "/\\evil", "/hub/logout", "",
     "/services/neoai/../../hub/logout", "javascript:alert(1)", "/\\\\evil",
     "/services/neoai/%2e%2e/%2e%2e/hub/logout", "/services/neoai/..%2fhub", "///evil.example",
     "/services/neoai/%5c%5cevil", "/services/neoai", "\t//evil.example", "data:text/html,x"],
)  # fmt: skip
def test_no_redirect_leads_away(where: str) -> None:
    assert own_page(where, "/services/neoai/") == "/services/neoai/"
    assert own_page("/services/neoai/admin/users?q=a", "/services/neoai/").endswith("q=a")


@pytest.mark.parametrize(
    "where",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
     f"{SERVICE}/../../hub/logout", f"{SERVICE}/%2e%2e/%2e%2e/hub/logout", "\r\nLocation: /"],
)  # fmt: skip
def test_a_sign_in_ends_on_a_page_of_the_service_whatever_was_kept(site: Site, where: str) -> None:
    client = site.hub.browser("ann")
    client.follow_redirects = False
    to_hub = client.get(f"{SERVICE}/").headers["location"]
    state = httpx.URL(to_hub).params["state"]
    client.cookies.delete("neoai-admin-state")
    kept = f"{state}:{quote(where, safe='')}"
    client.cookies.set("neoai-admin-state", kept, domain="127.0.0.1", path=f"{SERVICE}/")
    back = client.get(to_hub)
    while not back.url.path.endswith("/oauth_callback"):
        back = client.get(str(back.headers["location"]))
    assert (back.status_code, back.headers["location"]) == (302, f"{SERVICE}/")
    assert "My usage" in client.get(back.headers["location"]).text
    client.close()


def test_a_sign_in_that_was_not_begun_here_is_refused(site: Site) -> None:
    reply = site.ask("GET", "/oauth_callback?code=x&state=y", None)
    assert reply.status_code == 403
