"""Health, the API document, problem documents and request ids, over a real server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from neoai_server_ext.http.openapi import METHODS, operations


async def test_health_says_that_every_part_works(jp_fetch: Any) -> None:
    reply = await jp_fetch("neoai", "v1", "health")
    body = json.loads(reply.body)
    assert body["status"] == "ok"
    assert body["checks"]["database"]["status"] == "ok"
    assert reply.headers["X-Request-ID"]


async def test_a_callers_request_id_comes_back_and_a_strange_one_does_not(jp_fetch: Any) -> None:
    reply = await jp_fetch("neoai", "v1", "health", headers={"X-Request-ID": "abc-1"})
    assert reply.headers["X-Request-ID"] == "abc-1"
    reply = await jp_fetch("neoai", "v1", "health", headers={"X-Request-ID": "a b\tc"})
    assert reply.headers["X-Request-ID"] != "a b\tc"


async def test_an_unknown_address_is_a_problem_document(jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("neoai", "v1", "nothing", "here")
    reply = caught.value.response
    assert reply.code == 404
    assert reply.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(reply.body)
    assert problem["status"] == 404
    assert problem["message"] == problem["detail"]
    assert problem["request_id"] == reply.headers["X-Request-ID"]


async def test_a_method_that_a_route_lacks_is_405(jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("neoai", "v1", "health", method="DELETE")
    assert caught.value.response.code == 405
    assert json.loads(caught.value.response.body)["status"] == 405


async def test_without_a_token_nothing_is_answered(jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("neoai", "v1", "health", headers={"Authorization": "token wrong"})
    assert caught.value.response.code == 403
    assert json.loads(caught.value.response.body)["title"] == "Forbidden"


async def test_every_route_is_documented_and_every_documented_route_exists(
    jp_fetch: Any, jp_serverapp: Any
) -> None:
    served = json.loads((await jp_fetch("neoai", "v1", "openapi.json")).body)
    routes = jp_serverapp.web_app.settings["neoai"].routes
    ours = {(route.template, method) for route in routes for method in operations(route)}
    documented = {(path, method) for path, entry in served["paths"].items() for method in entry}
    assert documented == ours
    for route in routes:
        own = {name for name in METHODS if name in vars(route.handler)}
        assert own == set(operations(route)), f"{route.path}: a method without @operation"
