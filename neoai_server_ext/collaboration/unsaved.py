"""Why a document in a room could not be saved, in words for whoever wrote it."""

from __future__ import annotations

import errno
from typing import TypedDict

from tornado.web import HTTPError

UNENCODABLE = "unencodable"
"""The `reason` of the contents manager's error where the file's encoding lacks a character."""


class NotSaved(Exception):
    """A document that was to be saved is not."""


class Unsaved(TypedDict):
    """What the document's state says. code: `unencodable` where another encoding would do, else
    `other`."""

    code: str
    reason: str


def unsaved_because(error: BaseException) -> Unsaved:
    """What a failed save is to be told as."""
    if isinstance(error, HTTPError) and error.reason == UNENCODABLE:
        return Unsaved(code=UNENCODABLE, reason=error.log_message or "")
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return Unsaved(code="other", reason=_in_words(cause))
        cause = cause.__cause__
    if isinstance(error, HTTPError) and error.status_code < 500:
        return Unsaved(code="other", reason=error.log_message or error.reason or str(error))
    return Unsaved(code="other", reason=str(error) or type(error).__name__)


def _in_words(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "There is no space left on the disk."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "The file or its folder is read-only."
    return f"{error.strerror or error}."
