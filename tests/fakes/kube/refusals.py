"""What the API server refuses, with the `Status` bodies that Kubernetes sends."""

from __future__ import annotations

from typing import Any

REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    410: "Expired",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


class Refused(Exception):
    """A call that the API server does not carry out."""

    def __init__(self, code: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason or REASONS[code]

    @property
    def status(self) -> dict[str, Any]:
        """The body of the reply, or the object of a watch's ERROR event."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }


def not_found(resource: str, name: str) -> Refused:
    """There is no such object."""
    return Refused(404, f'{resource} "{name}" not found')


def expired(asked: int, oldest: int) -> Refused:
    """A watch that wants events which are forgotten."""
    return Refused(410, f"too old resource version: {asked} ({oldest})")
