"""The accounts that admins have from the start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.orm import new_session_factory
from sqlalchemy.orm import Session

from neoai_hub.accounts import NeoAIAuthenticator
from neoai_hub.config import SettingsError


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_session_factory(f"sqlite:///{tmp_path}/hub.sqlite")() as opened:
        yield opened


def first_passwords(session: Session, folder: Path, **options: Any) -> dict[str, str]:
    """By name, what the file says, each of which must be good to sign in with."""
    file = folder / "first-passwords.txt"
    made = NeoAIAuthenticator(db=session, first_passwords=str(file), **options)
    written = dict(line.split() for line in file.read_text().splitlines())
    for name, password in written.items():
        account = made.get_user(name)
        assert account.is_authorized
        assert account.is_valid_password(password)
    return written


def test_a_first_password_is_as_long_as_passwords_have_to_be(
    session: Session, tmp_path: Path
) -> None:
    written = first_passwords(session, tmp_path, admin_users={"ann"}, minimum_password_length=60)
    assert len(written["ann"]) >= 60


def test_an_admins_account_has_the_name_as_the_hub_writes_it(
    session: Session, tmp_path: Path
) -> None:
    written = first_passwords(session, tmp_path, admin_users={"Alice", "bob"})
    assert set(written) == {"alice", "bob"}


def test_an_admin_who_can_have_no_account_is_said(session: Session, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"`hub\.admins`: `a/b`"):
        first_passwords(session, tmp_path, admin_users={"a/b"})


@pytest.mark.parametrize(
    "name",
    ["ann\u200b", "\u202enna", "ann\u00ad", "ann\u00a0", "\uff41nn", "e\u0301va", "a\x85b"],
    ids=ascii,
)
def test_no_name_looks_like_another_by_what_is_not_seen(session: Session, name: str) -> None:
    accounts = NeoAIAuthenticator(db=session)
    assert accounts.create_user(name, "a long password") is None


@pytest.mark.parametrize("name", ["ann", "Éva", "名前", "🦊", "o'neil.c", "a%2fb", "{{7}}"])
def test_names_in_any_writing_can_be_taken(session: Session, name: str) -> None:
    accounts = NeoAIAuthenticator(db=session)
    assert accounts.create_user(name, "a long password").username == name.lower()


async def test_what_no_hash_takes_is_a_wrong_password_and_counts_as_one(session: Session) -> None:
    accounts = NeoAIAuthenticator(db=session, allowed_failed_logins=2, allow_2fa=True)
    accounts.seconds_before_next_try = 600
    for password in ("x" * 73, "é" * 37):
        assert accounts.create_user("ann", password) is None
    account = accounts.create_user("ann", "é" * 36, is_authorized=True, has_2fa=True)
    assert account.username == "ann"
    for code in ("ж", "\uff11\uff12\uff13\uff14\uff15\uff16", None, 7):
        wrong: dict[str, Any] = {"username": "ann", "password": "p" * 73, "2fa": code}
        assert await accounts.authenticate(None, wrong) is None
    assert accounts.is_blocked("ann")


async def test_a_lock_lasts_as_long_as_it_says_whatever_the_walls_clock_does(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 1000.0
    monkeypatch.setattr("neoai_hub.accounts.monotonic", lambda: seconds)
    accounts = NeoAIAuthenticator(db=session, allowed_failed_logins=2, seconds_before_next_try=600)
    assert accounts.create_user("ann", "a long password", is_authorized=True) is not None
    for _ in range(2):
        await accounts.authenticate(None, {"username": "ann", "password": "wrong"})
    for passed, locked in ((0, True), (599, True), (601, False), (86_400 + 60, False)):
        seconds = 1000.0 + passed
        accounts.login_attempts["ann"]["time"] = datetime.now() - timedelta(hours=passed)  # jumps
        assert accounts.is_blocked("ann") is locked
