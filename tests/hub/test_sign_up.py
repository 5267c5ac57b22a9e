"""The pages of accounts: changes are forms, each in the audit log; a second factor."""

from __future__ import annotations

import re
import sqlite3
import time

import onetimepass

from tests.fakes.hub import Hub

from .test_end_to_end import Person, admin, approve, hub, press  # noqa: F401


def accounts_log(hub: Hub) -> list[tuple[str, str, str]]:  # noqa: F811
    with sqlite3.connect(hub.folder / "hub-data" / "neoai_hub.sqlite") as database:
        rows = database.execute("SELECT actor, action, subject FROM neoai_audit ORDER BY id")
        return [row for row in rows if row[1].startswith("account.")]


def signed_up(hub: Hub, *names: str) -> list[Person]:  # noqa: F811
    people = [Person(hub, name, f"{name}'s long password") for name in names]
    for person in people:
        person.sign_up()
    return people


def test_a_page_that_is_opened_approves_and_discards_nobody(hub: Hub) -> None:  # noqa: F811
    (ann,) = signed_up(hub, "ann")
    root = admin(hub)
    own_page = {"Sec-Fetch-Site": "same-origin", "Referer": f"{hub.url}/hub/authorize"}
    for where in ("authorize/ann", "discard/ann"):
        assert root.http.get(f"/hub/{where}", headers=own_page).status_code == 405
        assert root.http.head(f"/hub/{where}", headers=own_page).status_code == 405
    assert 'id="ann"' in root.http.get("/hub/authorize").text
    assert not ann.sign_in()
    assert accounts_log(hub) == [("ann", "account.asked", "user:ann")]


def test_a_form_needs_the_token_of_the_admins_own_session(hub: Hub) -> None:  # noqa: F811
    ann, eve = signed_up(hub, "ann", "eve")
    root = admin(hub)
    approve(root, "eve")
    assert eve.sign_in()
    eve.http.get("/hub/home")
    of_eve = eve.http.cookies.get("_xsrf", path="/hub/")
    for token in ({}, {"_xsrf": "made-up"}, {"_xsrf": of_eve}):
        for where in ("authorize/ann", "discard/ann"):
            forged = root.http.post(f"/hub/{where}", data={"approved": "yes", **token})
            assert forged.status_code == 403
    assert not ann.sign_in()
    # Eve has a token of her own, but may not do it.
    own = {"approved": "yes", "_xsrf": of_eve}
    assert eve.http.post("/hub/authorize/ann", data=own).status_code == 403
    assert eve.http.get("/hub/authorize").status_code == 403


def test_what_becomes_of_accounts_is_in_the_audit_log(hub: Hub) -> None:  # noqa: F811
    ann, _ = signed_up(hub, "ann", "bob")
    root = admin(hub)
    for _ in range(2):  # an old page: nothing is undone by it
        press_twice = root.http.get("/hub/authorize").text
        token = re.search(r'name="_xsrf" value="([^"]*)"', press_twice)
        assert token is not None
        form = {"_xsrf": token.group(1), "approved": "yes"}
        assert root.http.post("/hub/authorize/ann", data=form).status_code == 200
    assert ann.sign_in()
    assert root.http.post("/hub/authorize/ann", data={**form, "approved": "?"}).status_code == 400
    assert root.http.post("/hub/authorize/nobody", data=form).status_code == 404
    assert root.http.post("/hub/discard/ann", data=form).status_code == 409
    assert press(root, "discard/bob").status_code == 200
    assert 'id="bob"' not in root.http.get("/hub/authorize").text
    assert press(root, "authorize/ann").status_code == 200
    assert not Person(hub, "ann", "ann's long password").sign_in()
    approve(root, "ann")
    assert ann.sign_in()

    new = {"new_password": "a new, long one", "new_password_confirmation": "a new, long one"}
    wrong = ann.send("/hub/change-password", old_password="not this", **new)
    assert "incorrect" in wrong.text
    changed = ann.send("/hub/change-password", old_password=ann.password, **new)
    assert "has been changed" in changed.text
    assert "changed successfully" in root.send("/hub/change-password/ann", **new).text
    assert accounts_log(hub) == [
        ("ann", "account.asked", "user:ann"),
        ("bob", "account.asked", "user:bob"),
        ("root", "account.approved", "user:ann"),
        ("root", "account.discarded", "user:bob"),
        ("root", "account.barred", "user:ann"),
        ("root", "account.approved", "user:ann"),
        ("ann", "account.password", "user:ann"),
        ("root", "account.password", "user:ann"),
    ]


def test_an_account_that_is_locked_is_in_the_audit_log_once(hub: Hub) -> None:  # noqa: F811
    (ann,) = signed_up(hub, "ann")
    approve(admin(hub), "ann")
    for _ in range(7):
        assert not ann.sign_in("a wrong password")
    assert [entry for entry in accounts_log(hub) if entry[1] == "account.locked"] == [
        ("hub", "account.locked", "user:ann")
    ]


def test_names_that_no_table_holds_are_refused(hub: Hub) -> None:  # noqa: F811
    for name in ("a" * 129, "a\nb", "a/b", "a b"):
        assert "Something went wrong" in Person(hub, name, "a long password").sign_up()
    assert accounts_log(hub) == []


def test_a_second_factor_is_set_up_at_sign_up_and_asked_for_at_sign_in(hub: Hub) -> None:  # noqa: F811
    ann = Person(hub, "ann", "ann's long password")
    chosen = {"signup_password": ann.password, "signup_password_confirmation": ann.password}
    page = ann.send("/hub/signup", username="ann", **{"2fa": "2fa"}, **chosen).text
    secret = re.search(r"code is <strong>([A-Z2-7]{16})</strong>", page)
    assert secret is not None
    approve(admin(hub), "ann")
    # A code holds for half a minute: not one that is about to end.
    hub.until(lambda: time.time() % 30 < 20, "a code that lasts")
    code = onetimepass.get_totp(secret.group(1), as_string=True).decode()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for given in ({}, {"2fa": ""}, {"2fa": wrong}, {"2fa": "x" * 1000}):
        form = {"username": "ann", "password": ann.password, **given}
        assert "Invalid username or password" in ann.send("/hub/login", **form).text
    form = {"username": "ann", "password": ann.password, "2fa": code}
    assert ann.send("/hub/login?next=/hub/home", **form).url.path == "/hub/home"


def test_a_password_that_no_hash_takes_and_a_code_that_is_none_are_told(hub: Hub) -> None:  # noqa: F811
    long = "a password of more than 72 bytes, as password managers make them for us all"
    assert "at most 72 bytes" in Person(hub, "ann", long).sign_up()
    (ann,) = signed_up(hub, "ann")
    for given in ({}, {"2fa": "ж"}):
        form = {"username": "ann", "password": long, **given}
        assert "Invalid username or password" in ann.send("/hub/login", **form).text
    approve(admin(hub), "ann")
    assert ann.sign_in()
    for old, new in ((long, "a new, long one"), (ann.password, long)):
        fields = {"new_password": new, "new_password_confirmation": new}
        refused = ann.send("/hub/change-password", old_password=old, **fields)
        assert refused.status_code == 400
        assert "at most 72 bytes" in refused.text
