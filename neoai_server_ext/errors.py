"""What can go wrong, in the words of the domain; `http.problems` gives each its status."""

from __future__ import annotations

from typing import Any


class NeoAIError(Exception):
    """An error that its reader can act on.

    detail: one or two sentences for a person: what is wrong, and what to do next.
    code: a short stable slug for programs (`untrusted`); the class's own where none is given.
    extra: further members of the problem document, JSON values.
    """

    code = "internal"

    def __init__(self, detail: str, *, code: str | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.extra = extra


class BadInput(NeoAIError):
    """The request cannot be read at all."""

    code = "bad-request"


class Forbidden(NeoAIError):
    """This user may not do this."""

    code = "forbidden"


class NotFound(NeoAIError):
    """There is nothing there, or nothing that may be shown."""

    code = "not-found"


class Conflict(NeoAIError):
    """The thing is there already, or in the wrong state for this."""

    code = "conflict"


class Stale(NeoAIError):
    """It has changed since the caller last read it."""

    code = "stale"


class TooLarge(NeoAIError):
    """More than the configured limit."""

    code = "too-large"


class Invalid(NeoAIError):
    """It can be read, and its content is not acceptable.

    errors: `[{"loc": [...], "msg": "..."}]`, one a field.
    """

    code = "invalid"

    def __init__(
        self,
        detail: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        code: str | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail, code=code, **extra)
        self.errors = errors or []


class Limited(NeoAIError):
    """Over a limit; try again after `retry_after` seconds."""

    code = "limited"

    def __init__(
        self, detail: str, *, retry_after: float, code: str | None = None, **extra: Any
    ) -> None:
        super().__init__(detail, code=code, **extra)
        self.retry_after = retry_after


class BadGateway(NeoAIError):
    """A provider or a tool that we asked has failed."""

    code = "bad-gateway"


class Unavailable(NeoAIError):
    """It cannot be done now: a part that we need is missing or out of order."""

    code = "unavailable"


class GatewayTimeout(NeoAIError):
    """A provider or a tool that we asked did not answer in time."""

    code = "timeout"


class StorageFull(NeoAIError):
    """The disk or its quota is full."""

    code = "storage-full"
