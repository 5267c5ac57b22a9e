"""Errors as the contract's problem documents, the same as those of a user's server."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from neoai_server_ext import errors
from neoai_server_ext.http.problems import MEDIA_TYPE, problem_of, status_of

from .access import SignInFirst, sign_in

MAX_BODY = 1024 * 1024
log = logging.getLogger("neoai.hub.admin")


def install(app: FastAPI, api: str) -> None:
    """Put request ids on replies and problem documents in the place of errors; pages under
    anything but `api` send browsers to sign in."""

    @app.middleware("http")
    async def _identified(
        request: Request, go_on: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        given = request.headers.get("x-request-id", "")
        known = given if re.fullmatch(r"[\w.-]{1,64}", given) else uuid.uuid4().hex
        request.state.request_id = known
        length = request.headers.get("content-length", "0")
        try:
            too_large = not length.isdigit() or int(length) > MAX_BODY
            if b"%00" in request.scope["raw_path"] + b"?" + request.scope["query_string"]:
                reply = _problem(request, errors.BadInput("An address has no NUL in it."), 400)
            elif "transfer-encoding" in request.headers:  # its length would be known too late
                reply = _problem(request, None, 411)
            else:
                reply = _problem(request, None, 413) if too_large else await go_on(request)
        except Exception:
            log.exception("request %s failed", known)
            reply = _problem(request, None, 500)
        reply.headers["X-Request-ID"] = known
        return reply

    @app.exception_handler(errors.NeoAIError)
    async def _ours(request: Request, error: errors.NeoAIError) -> Response:
        return _problem(request, error, status_of(error))

    @app.exception_handler(SignInFirst)
    async def _nobody(request: Request, error: SignInFirst) -> Response:
        if request.url.path.startswith(api) or request.method != "GET":
            return _problem(request, None, 401)
        return sign_in(request)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        found = [{"loc": list(each["loc"])[1:], "msg": each["msg"]} for each in error.errors()]
        if any(each["type"] == "json_invalid" for each in error.errors()):
            return _problem(request, errors.BadInput("The body is no JSON."), 400)
        first = found[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        text = f"The request does not validate: {where}: {first['msg']}"
        return _problem(request, errors.Invalid(text, errors=found), 422)

    @app.exception_handler(HTTPException)
    async def _bare(request: Request, error: HTTPException) -> Response:
        return _problem(request, None, error.status_code)


def _problem(request: Request, error: Exception | None, status: int) -> Response:
    document = problem_of(error, status, request.state.request_id)
    return JSONResponse(document, document["status"], media_type=MEDIA_TYPE)
