"""RFC 9457 problem documents for everything that can go wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tornado.web import HTTPError

from .. import errors

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "urn:neoai:problem:"

STATUS: dict[type[errors.NeoAIError], int] = {
    errors.BadInput: 400,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.Limited: 429,
    errors.BadGateway: 502,
    errors.Unavailable: 503,
    errors.GatewayTimeout: 504,
    errors.StorageFull: 507,
}

GENERIC = {
    400: "The request cannot be read.",
    401: "Sign in first.",
    403: "You may not do this.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    411: "Say how long the request is (Content-Length).",
    413: "The request is larger than the server takes.",
    500: "Something went wrong on our side. The server's log says more under this request id.",
}


class FieldError(BaseModel):
    """One thing that does not validate: where (path of keys and indexes) and why."""

    loc: list[str | int]
    msg: str


class Problem(BaseModel):
    """RFC 9457 problem document."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="A URN that names the kind of problem.")
    title: str
    status: int
    detail: str = Field(description="What is wrong and what to do next, for a person.")
    message: str = Field(description="The same as `detail`, for Jupyter's own clients.")
    request_id: str
    errors: list[FieldError] | None = None


def status_of(error: errors.NeoAIError) -> int:
    """The status of a domain error: its class's, or its nearest ancestor's."""
    for cls in type(error).__mro__:
        if cls in STATUS:
            return STATUS[cls]
    return 500


def title_of(status: int) -> str:
    """The registered phrase of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def field_errors(error: ValidationError) -> list[dict[str, Any]]:
    """Pydantic's findings as `[{loc, msg}]`, with nothing of the input echoed."""
    return [
        {"loc": list(item["loc"]), "msg": item["msg"]}
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def invalid(error: ValidationError, what: str) -> errors.Invalid:
    """A domain error for a model that does not validate; `what` is 'body' or 'query'."""
    found = field_errors(error)
    first = found[0]
    where = ".".join(str(part) for part in first["loc"]) or what
    return errors.Invalid(f"The {what} does not validate: {where}: {first['msg']}", errors=found)


def problem_of(error: BaseException | None, status: int, request_id: str) -> dict[str, Any]:
    """The document for an exception, or for a bare status where there is none."""
    detail = GENERIC.get(status, title_of(status) + ".")
    code = f"http-{status}"
    extra: dict[str, Any] = {}
    if isinstance(error, errors.NeoAIError):
        status, detail, code, extra = status_of(error), error.detail, error.code, dict(error.extra)
        if isinstance(error, errors.Invalid) and error.errors:
            extra["errors"] = error.errors
    elif isinstance(error, HTTPError):
        status = error.status_code
        if error.log_message and status < 500:
            message = error.log_message
            detail = message % error.args if error.args else message
    document: dict[str, Any] = {
        "type": TYPE_BASE + code,
        "title": title_of(status),
        "status": status,
        "detail": detail,
        "message": detail,
        "request_id": request_id,
    }
    document.update({key: value for key, value in extra.items() if key not in document})
    return document
