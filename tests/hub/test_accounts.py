"""The accounts that admins have from the start."""

from __future__ import annotations

from collections.abc import Iterator
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
