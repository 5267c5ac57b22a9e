"""What is wrong with a database, in words that say what to do next."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError

from .migrate import NewerSchema

Kind = Literal[
    "newer", "damaged", "locked", "full", "permission", "unreachable", "driver", "refused"
]


@dataclass(frozen=True)
class Advice:
    """Whose database it is: the setting that names it, who says more, and how it is mended."""

    setting: str
    more: str
    repair: str


USERS = Advice(
    "`c.NeoAIExtension.db_url`",
    "`jupyter neoai doctor` says more",
    "Stop this server and run `jupyter neoai doctor --repair`: "
    "it sets the file aside (nothing is deleted) and a new one is made at the next start",
)


@dataclass(frozen=True)
class Fault:
    """Why the database cannot be used, and the way out."""

    kind: Kind
    detail: str


def fault_of(error: BaseException, url: URL, advice: Advice = USERS) -> Fault:
    """Classify an error of SQLite, PostgreSQL, Alembic or the file system."""
    where = url.render_as_string(hide_password=True)
    if isinstance(error, NewerSchema):
        return Fault(
            "newer",
            f"The database {where} was written by a newer NeoAI (schema {error}). To keep it, "
            "get that version with `pip install -U neoai`, or name another file in "
            f"{advice.setting}. {advice.repair}.",
        )
    if isinstance(error, IntegrityError):
        return Fault("refused", "The database refused a value.")
    if isinstance(error, ImportError):
        return Fault(
            "driver",
            f"The driver for {where} is not installed ({error}). "
            "Install it with `pip install 'neoai[postgresql]'`.",
        )
    if isinstance(error, PermissionError):
        return Fault("permission", _permission(where, advice))
    if isinstance(error, OSError):
        return Fault(
            "unreachable", f"The database {where} cannot be opened: {error}. {advice.more}."
        )
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _sqlite_fault(cause, where, advice)
    reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    return Fault(
        "unreachable",
        f"The database {where} does not answer: {reason}. Check that it runs and that "
        f"{advice.setting} is right. {advice.more}.",
    )


def _permission(where: str, advice: Advice) -> str:
    return (
        f"The database {where} cannot be written: check who owns the file and its folder. "
        f"{advice.more}."
    )


def _sqlite_fault(error: sqlite3.Error, where: str, advice: Advice) -> Fault:
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    message = str(error)
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or "locked" in message:
        return Fault(
            "locked",
            f"The database {where} is locked by another process. Close the other program that "
            "has it open; this server tries again by itself.",
        )
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or "malformed" in message:
        return Fault("damaged", f"The database {where} is damaged ({message}). {advice.repair}.")
    if primary == sqlite3.SQLITE_FULL:
        return Fault("full", f"The disk with the database {where} is full: free some space.")
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return Fault("permission", _permission(where, advice))
    return Fault("unreachable", f"The database {where} failed: {message}. {advice.more}.")
