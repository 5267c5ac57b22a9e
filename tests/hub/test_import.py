"""Users imported from tables: what is said before, and that all of it happens or nothing."""

from __future__ import annotations

import base64
import csv
import html
import io
import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from neoai_hub.admin import roster_csv
from neoai_hub.admin.roster_csv import Unreadable
from tests.conftest import require
from tests.fakes.hub import Hub, free_port

from .test_admin import SERVICE, Site, form_key
from .test_courses import entries, members, site  # noqa: F401
from .test_end_to_end import CONFIG as OWN_ACCOUNTS
from .test_end_to_end import Person, admin


def send(site: Site, table: bytes, group: str = "") -> str:  # noqa: F811
    files = {"table": ("users.csv", table, "text/csv")}
    reply = site.ask("POST", "/admin/import", "root", files=files, data={"group": group})
    assert reply.status_code == 200, reply.text
    return reply.text


def fields_of(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def test_nothing_changes_before_it_is_confirmed_and_then_all_of_it_does(site: Site) -> None:  # noqa: F811
    before = {user["name"] for user in site.hub.http.get("/users").json()}
    page = send(site, "\ufeffName;Groups\r\nMila;ml|new group\r\nann;ml\r\nbob;ml\r\n".encode())
    for said in ("1 new user<", "3 times a user joins", "1 user already", "New groups: new group"):
        assert said in page
    assert {user["name"] for user in site.hub.http.get("/users").json()} == before
    fields = fields_of(page)
    forged = site.ask("POST", "/admin/import/confirm", "root", data={**fields, "digest": "0" * 64})
    assert "The hub has changed since" in forged.text
    assert {user["name"] for user in site.hub.http.get("/users").json()} == before
    done = site.ask("POST", "/admin/import/confirm", "root", data=fields)
    assert "1 new user<" in done.text
    assert members(site, "new group") == ["mila"]
    assert "mila" in members(site)
    assert "bob" in members(site)
    assert [who for who in entries(site, "user.imported") if who[1].startswith("user:")] == [
        ("root", "user:bob"),
        ("root", "user:mila"),
    ]
    assert site.hub.http.get("/users/mila").json()["roles"] == ["user"]
    site.hub.ready("mila")
    site.hub.end("mila")
    again = send(site, fields["text"].encode())
    assert "There is nothing to import" in again


def test_a_table_with_a_mistake_imports_nothing(site: Site) -> None:  # noqa: F811
    table = "name,groups\nok-one,ml\na b/c,ml\nOK-ONE,art\n,ml\nok-two,a/b\n" + "x" * 300 + ",ml\n"
    page = send(site, table.encode())
    for said in (
        "Line 3: this cannot be a user&#39;s name",
        "Line 4: OK-ONE is in line 2 already",
        "Line 5: there is no name",
        "Line 6: “a/b” cannot be a group&#39;s name",
        "Line 7: this cannot be a user&#39;s name",
    ):
        assert said in page
    assert "Import all of them" not in page
    tried = site.ask("POST", "/admin/import/confirm", "root", data=fields_of(page))
    assert "Line 3" in tried.text
    assert site.hub.http.get("/users/ok-one").status_code == 404


def test_an_export_imports_again_and_changes_nothing(site: Site) -> None:  # noqa: F811
    odd = ["a|b", "c;d\\", "-x", "x\\y"]
    for group in odd:
        site.hub.http.post(f"/groups/{quote(group, safe='')}").raise_for_status()
        path = f"/groups/{quote(group, safe='')}/users"
        site.hub.http.post(path, json={"users": ["ann"]}).raise_for_status()
    site.hub.add("-minus")
    site.hub.until(lambda: "-minus" in site.ask("GET", "/admin/users.csv", "root").text, "listed")
    everybody = site.ask("GET", "/admin/users.csv", "root")
    assert everybody.headers["content-disposition"] == "attachment; filename=users.csv"
    assert "'-minus" in everybody.text
    page = send(site, everybody.content)
    assert "There is nothing to import" in page
    assert "0 times a user joins" in page
    mine = site.ask("GET", "/courses/roster.csv?course=ml", "prof").text
    assert "ann,ml\r\n" in mine
    assert "bob" not in mine or "bob" in members(site)
    assert "There is nothing to import" in send(site, mine.encode())
    assert site.ask("GET", "/courses/roster.csv?course=ml", "ann").status_code == 404
    assert site.ask("GET", "/admin/users.csv", "prof").status_code == 403


def test_ten_thousand_are_imported_at_once_and_one_more_is_refused(site: Site) -> None:  # noqa: F811
    rows = [f"student-{number}" for number in range(10_000)]
    page = send(site, "\n".join(["name", *rows]).encode(), "big")
    assert "10000 new users" in page
    done = site.ask("POST", "/admin/import/confirm", "root", data=fields_of(page))
    assert "10000 new users" in done.text
    assert len(members(site, "big")) == 10_000
    assert site.hub.http.get("/info").status_code == 200
    assert "10001 rows" in send(site, "\n".join(["name", *rows, "more"]).encode())


def test_a_form_of_imports_needs_the_page_it_is_of(site: Site) -> None:  # noqa: F811
    client = site.hub.browser("root")
    page = client.get(f"{SERVICE}/admin/import")
    files = {"table": ("users.csv", b"name\nforged\n", "text/csv")}
    assert client.post(f"{SERVICE}/admin/import", files=files).status_code == 403
    own = {"X-XSRFToken": form_key(page)}
    assert client.post(f"{SERVICE}/admin/import", files=files, headers=own).status_code == 200
    client.close()


def test_only_the_admin_service_may_change_the_roster(site: Site) -> None:  # noqa: F811
    change = {"actor": "root", "action": "x", "add": [{"name": "evil"}], "make": True}
    assert site.hub.http.post("/neoai/roster", json=change).status_code == 403
    for name in ("root", "ann"):
        headers = {"Authorization": f"token {site.tokens[name]}"}
        where = f"{site.hub.url}/hub/api/neoai/roster"
        assert httpx.post(where, json=change, headers=headers).status_code == 403
    assert site.hub.http.get("/users/evil").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        "name;groups\nJosé;ml\n".encode("cp1252"),
        "name;groups\nJosé;ml\n".encode("utf-8-sig"),
        "name\tgroups\nJosé\tml\n".encode("utf-16"),
        "groups,email,Login\r\nml,x@y,José\r\n".encode(),
        'José,"ml"\n'.encode(),
        "\n\nName,Group\n José , ml | ml \n,\n".encode(),
    ],
)
def test_tables_are_read_as_spreadsheets_write_them(data: bytes) -> None:
    sheet = roster_csv.read(roster_csv.decode(data))
    assert sheet.entries == [{"name": "José", "groups": ["ml"]}]
    assert sheet.mistakes == []


def test_names_that_collide_and_formulas_are_mistakes_with_their_lines() -> None:
    table = (
        "name,groups\r\nJosé,ml\r\nJOSE\u0301,ml\r\n=HYPERLINK(1),ml\r\nbob,@ml\r\n"
        "\"two\r\nlines\",ml\r\n'-x,'+y\r\nann\r\n"
    )
    sheet = roster_csv.read(table)
    assert [(line, said.split(";")[0]) for line, said in sheet.mistakes] == [
        (3, "JOSE\u0301 is in line 2 already"),
        (4, "“=HYPERLINK(1)” begins as formulas do"),
        (5, "“@ml” begins as formulas do"),
    ]
    assert sheet.entries == [
        {"name": "José", "groups": ["ml"]},
        {"name": "two\r\nlines", "groups": ["ml"]},
        {"name": "-x", "groups": ["+y"]},
        {"name": "ann", "groups": []},
    ]
    assert sheet.lines == [2, 6, 8, 9]


def test_what_the_hub_writes_as_one_name_is_a_mistake(site: Site) -> None:  # noqa: F811
    page = send(site, b"name\nbob\nBob2\nrobert\n")
    assert "Line 4: the hub writes this name as bob, which is here already" in page
    assert "Import all of them" not in page


def test_a_file_that_is_too_large_or_of_a_guessed_encoding_is_said_so(
    site: Site,  # noqa: F811
) -> None:
    assert "more than 512 KiB" in send(site, b"name\n" + b"x" * 600_000)
    huge = {"table": ("users.csv", b"x" * 2_000_000, "text/csv")}
    assert site.ask("POST", "/admin/import", "root", files=huge).status_code == 413
    page = send(site, "name\nJosé\n".encode("cp1252"))
    assert "The file is not in UTF-8" in page
    assert "josé" in page


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\x00\x01", b'name\n"open', b"a,b,c\nd,e,f\n", b"PK\x03\x04\x00\x00"]
)
def test_what_is_no_table_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Unreadable):
        roster_csv.read(roster_csv.decode(data))


def test_who_is_imported_signs_up_with_the_code_and_nobody_else_does(tmp_path: Path) -> None:
    require("hub's proxy")
    closed = "c.NeoAIAuthenticator.enable_signup = False\n"
    hub = Hub(tmp_path, OWN_ACCOUNTS.replace("PORT", str(free_port())) + closed)
    try:
        hub.start()
        root = admin(hub)
        health = f"{hub.url}{SERVICE}/v1/health"
        hub.until(lambda: httpx.get(health).status_code == 200, "the service answers")
        key = {"X-XSRFToken": form_key(root.http.get(f"{SERVICE}/admin/import"))}
        files = {"table": ("users.csv", b"name,groups\nann,ml\nroot,ml\n", "text/csv")}
        page = root.http.post(f"{SERVICE}/admin/import", files=files, headers=key)
        assert "1 invitation " in page.text
        fields = fields_of(page.text)
        done = root.http.post(f"{SERVICE}/admin/import/confirm", data=fields, headers=key).text
        codes = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', done)
        assert codes is not None
        (line,) = csv.DictReader(io.StringIO(base64.b64decode(codes.group(1)).decode()))
        assert (line["name"], line["sign up at"][-11:]) == ("ann", "/hub/signup")

        person = Person(hub, "ann", "ann's long password")
        chosen = {"signup_password": person.password}
        chosen["signup_password_confirmation"] = person.password
        for wrong in ("", "guess", line["invitation"] + "x"):
            told = person.send("/hub/signup", username="ann", invitation=wrong, **chosen).text
            assert "kept for somebody who was invited" in told
        stranger = Person(hub, "eve", person.password)
        assert "Only who was invited" in stranger.sign_up()
        code = line["invitation"]
        weak = {"signup_password": "short", "signup_password_confirmation": "short"}
        told = person.send("/hub/signup", username="ann", invitation=code, **weak).text
        assert "at least 10 characters" in told
        told = person.send("/hub/signup", username="ann", invitation=code, **chosen).text
        assert "You can sign in now" in told
        assert person.sign_in()
        assert hub.http.get("/users/ann").json()["groups"] == ["ml"]
        again = Person(hub, "ann", "another long password")
        told = again.send("/hub/signup", username="ann", invitation=code, **chosen).text
        assert "already in use" in told
        assert code.encode() not in (tmp_path / "hub-data" / "neoai_hub.sqlite").read_bytes()
    finally:
        hub.stop()
