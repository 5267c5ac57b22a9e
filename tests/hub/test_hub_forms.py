"""The hub's own forms: no change without its session's token, no way out by `next`."""

from __future__ import annotations

from urllib.parse import quote

import httpx

from tests.fakes.hub import Hub

from .test_end_to_end import Person, admin, approve, hub  # noqa: F401

NEW = {"new_password": "a new, long one", "new_password_confirmation": "a new, long one"}
SIGN_UP = {"signup_password": "a long password", "signup_password_confirmation": "a long password"}
FORMS = {
    "login": {"username": "ann", "password": "ann's long password"},
    "signup": {"username": "eve", **SIGN_UP},
    "change-password": {"old_password": "root's", **NEW},
    "change-password/ann": NEW,
    "authorize/ann": {"approved": "no"},
    "discard/ann": {},
    "spawn/ann": {},
    "api/users/eve": {},
    "api/users/ann/server": {},
    "api/users/ann/tokens": {},
    "api/shares/ann/": {"user": "root"},
}
AWAY = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%5cevil.example",
    "%2f%2fevil.example",
    "http:evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/hub//evil.example/..//evil.example",
    "//user@evil.example@127.0.0.1",
    "\thttps://evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
]


def test_no_form_of_the_hub_is_taken_without_its_sessions_token(hub: Hub) -> None:  # noqa: F811
    ann = Person(hub, "ann", "ann's long password")
    ann.sign_up()
    root = admin(hub)
    approve(root, "ann")
    assert ann.sign_in()
    ann.http.get("/hub/home")
    other = ann.http.cookies.get("_xsrf", path="/hub/")
    before = [user["name"] for user in hub.http.get("/users").json()]

    for form, fields in FORMS.items():
        for token in ({}, {"_xsrf": ""}, {"_xsrf": "made-up"}, {"_xsrf": other}):
            if form.startswith("api/"):
                headers = {"X-XSRFToken": token.get("_xsrf", "")}
                reply = root.http.post(f"/hub/{form}", json=fields, headers=headers)
            else:
                reply = root.http.post(f"/hub/{form}", data={**fields, **token})
            assert reply.status_code == 403, (form, token)

    assert [user["name"] for user in hub.http.get("/users").json()] == before
    assert hub.server("ann") is None
    assert ann.sign_in()


def leads_to(hub: Hub, reply: httpx.Response) -> str:  # noqa: F811
    """The host that a browser goes to next: it takes a backslash for a slash, and drops tabs."""
    where = reply.headers["location"].replace("\\", "/").translate({9: None, 10: None, 13: None})
    return httpx.URL(f"{hub.url}/hub/").join(where).host


def test_no_next_leads_away_from_the_hub(hub: Hub) -> None:  # noqa: F811
    root = admin(hub)
    here = httpx.URL(hub.url).host
    form = {"username": root.name, "password": root.password}
    for where in AWAY:
        for method, page in (("POST", "login"), ("GET", "login"), ("GET", "logout")):
            token = root.http.cookies.get("_xsrf", path="/hub/")
            reply = root.http.request(
                method,
                f"/hub/{page}?next={quote(where)}",
                data={**form, "_xsrf": token} if method == "POST" else None,
                follow_redirects=False,
            )
            assert reply.status_code == 302, (method, page, where)
            assert leads_to(hub, reply) == here, (method, page, where)
        assert root.sign_in()
