"""What nobody well-meaning sends: the admin service refuses it with a reason, and never fails."""

from __future__ import annotations

import base64
import json
import socket
from urllib.parse import quote

import httpx
import pytest

from .test_admin import SERVICE, Site, form_key, site  # noqa: F401

ODD = [
    "", " ", "\x00", "a\x00b", "a\nb", "\u202ebob", "😀", "\uff21nn", ".", "..", "../..", "%2e%2e",
    "'; --", "<script>", "x" * 300,
]  # fmt: skip
NAMED = [
    "/admin/users?q={}",
    "/admin/quotas/edit?scope=user&name={}",
    "/admin/quotas/edit?scope=group&name={}",
    "/admin/quotas/edit?scope={}&name=ann",
    "/admin/profiles?user={}",
    "/courses/course?course={}",
    "/courses/ceiling?course={}",
    "/courses/member?course=ml&user={}",
    "/admin/gpus?device={}",
    "/admin/gpus?span={}",
    "/admin/audit?actor={}",
    "/admin/audit?action={}",
    "/v1/audit?subject={}",
    "/v1/audit?cursor={}",
    "/v1/quotas/user/{}",
    "/v1/quotas/{}/ann",
]
BODIES = {
    b"": 422,
    b"null": 422,
    b"{": 400,
    b"\xff\xfe": 400,
    b"[" * 100_000: 400,
    b'{"a":' * 50_000: 400,
    b'{"a": NaN}': 422,
    b'{"a": 1e999}': 422,
    b'{"a": "\\ud800"}': 422,
    b'{"a": "\\u0000"}': 200,
}
HEADERS = {
    b"Authorization: token " + b"x" * 6_000: 401,
    b"Authorization: token " + b"x" * 60_000: 431,
    b"Authorization: token \xe9\xe8": 401,
    b"Authorization: token a\x01b": 400,
    b"Cookie: neoai-admin=\xe9\xff": 401,
    b'Cookie: neoai-admin="\\001\\012"': 401,
    b"Cookie: neoai-admin=" + b"x" * 6_000: 401,
    b"Cookie: " + b"; ".join(b"c%d=1" % number for number in range(800)): 401,
    b"Cookie: neoai-admin=x\r\nX-XSRFToken: \xe9": 401,
    b"X-Request-ID: " + b"y" * 5_000: 401,
    b"Content-Length: abc": 400,
}


@pytest.mark.parametrize("page", NAMED)
def test_odd_names_are_found_nowhere_or_refused(site: Site, page: str) -> None:  # noqa: F811
    replies = {text: site.ask("GET", page.format(quote(text)), "root") for text in ODD}
    codes = {text: reply.status_code for text, reply in replies.items()}
    assert set(codes.values()) <= {200, 400, 404, 422}, codes
    assert {codes[text] for text in ODD if "\x00" in text} == {400}
    html = [each.text for each in replies.values() if "html" in each.headers["content-type"]]
    assert not any("<script>" in text for text in html)


def test_no_quota_is_set_for_a_name_with_control_characters(site: Site) -> None:  # noqa: F811
    for name, status in (("a%00b", 400), ("a%0Ab", 422), ("%7F", 422), ("x" * 300, 422)):
        for scope in ("user", "group"):
            reply = site.ask("PUT", f"/v1/quotas/{scope}/{name}", "root", json={"quotas": []})
            assert reply.status_code == status, name


def test_a_name_of_dots_leads_nowhere_else_in_the_hub(site: Site) -> None:  # noqa: F811
    for where in ("user=ann&server=..", "user=..", "user=.&server=.", "user=ann&server=../.."):
        assert site.ask("POST", f"/admin/users/stop?{where}", "root").status_code == 404
    assert site.hub.http.get("/users/ann").status_code == 200


def test_numbers_that_no_table_holds_are_refused(site: Site) -> None:  # noqa: F811
    for number in ("0", "-1", "1.5", "abc", "9" * 30, "NaN"):
        for page in ("/admin/audit?before=", "/v1/audit?limit="):
            assert site.ask("GET", f"{page}{number}", "root").status_code == 422, number
    for value in (10**30, 0, -1, 1.5, None, "x", [1], True):
        cursor = base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
        reply = site.ask("GET", f"/v1/audit?cursor={cursor}", "root")
        assert reply.status_code == 400, value


@pytest.mark.parametrize(("body", "status"), BODIES.items())
def test_preferences_that_cannot_be_kept_spoil_nothing(
    site: Site,  # noqa: F811
    body: bytes,
    status: int,
) -> None:
    kind = {"Content-Type": "application/json"}
    sent = site.ask("PUT", "/v1/users/preferences", content=body, headers=kind)
    assert sent.status_code == status
    assert site.ask("GET", "/v1/users/profile").status_code == 200


def test_a_form_says_what_is_wrong_with_its_fields(site: Site) -> None:  # noqa: F811
    client = site.hub.browser("root")
    address = f"{SERVICE}/admin/quotas/edit?scope=group&name=class"
    headers = {"X-XSRFToken": form_key(client.get(address))}
    before = site.ask("GET", "/v1/quotas/group/class", "root").json()
    for limit in ("nan", "inf", "-1", "1e400", "9" * 400, "\x00", "0x10"):
        reply = client.post(address, headers=headers, data={"memory.each.limit": limit})
        assert 'role="alert"' in reply.text, limit
    for window in ("week\x00", "0h", "-1d", "9999999h", "x" * 5_000):
        fields = {"gpu-hours.each.limit": "1", "gpu-hours.each.window": window}
        assert 'role="alert"' in client.post(address, headers=headers, data=fields).text, window
    many = {f"field{number}": "1" for number in range(5_000)}
    assert client.post(address, headers=headers, data=many).status_code == 400
    broken = {**headers, "Content-Type": "multipart/form-data"}
    assert client.post(address, headers=broken, content=b"x").status_code == 400
    assert site.ask("GET", "/v1/quotas/group/class", "root").json() == before
    client.close()


@pytest.mark.parametrize(("header", "status"), HEADERS.items())
def test_oversized_and_odd_headers_are_refused(
    site: Site,  # noqa: F811
    header: bytes,
    status: int,
) -> None:
    first = f"GET {SERVICE}/v1/users/profile HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", httpx.URL(site.hub.url).port or 0)) as peer:
        peer.sendall(first.encode() + header + b"\r\n\r\n")
        assert int(peer.makefile("rb").readline().split()[1]) == status
