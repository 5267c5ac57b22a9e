"""What `@operation` gives every route, tried on routes of the test's own in a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, Field
from tornado.httpclient import HTTPClientError, HTTPResponse

from neoai_server_ext import errors
from neoai_server_ext.events import EventLog
from neoai_server_ext.http import NeoAIHandler, Reply, Route, operation
from neoai_server_ext.pagination import PageQuery, decode_cursor, encode_cursor


class Order(BaseModel):
    name: str = Field(min_length=1)
    count: int = 1


class Receipt(BaseModel):
    number: int
    name: str


class OrdersHandler(NeoAIHandler):
    auth_resource = "neoai-projects"
    made: int = 0
    gate: asyncio.Event | None = None

    @operation("Order", body=Order, reply=Receipt, status=201)
    async def post(self, *, body: Order) -> Reply:
        if OrdersHandler.gate is not None:
            await OrdersHandler.gate.wait()
        OrdersHandler.made += 1
        if body.name == "broken":
            raise errors.Conflict("It is sold out; order another.", code="sold-out")
        if body.name == "bug":
            raise KeyError("/etc/secret")
        if body.name == "slow down":
            raise errors.Limited("Too many orders.", retry_after=7)
        receipt = Receipt(number=OrdersHandler.made, name=body.name)
        return Reply(receipt, headers={"Location": f"/orders/{receipt.number}"})

    @operation("List", query=PageQuery)
    async def get(self, *, query: PageQuery) -> Receipt:
        position = decode_cursor(query.cursor) if query.cursor else 0
        return Receipt(number=query.limit, name=json.dumps(position))


class EventsHandler(NeoAIHandler):
    auth_resource = "neoai-projects"
    events: EventLog

    @operation("Follow", media_type="text/event-stream")
    async def get(self) -> None:
        await self.stream(EventsHandler.events.follow(self.last_event_id))


Fetch = Callable[..., Any]


@pytest.fixture
def fetch(jp_fetch: Fetch, jp_serverapp: Any) -> Fetch:
    routes = [Route("/orders", OrdersHandler), Route("/events", EventsHandler)]
    base = jp_serverapp.base_url.rstrip("/")
    # before the extension's own rules, whose last one claims every address below the prefix
    jp_serverapp.web_app.default_router.rules.insert(
        0, _rule(jp_serverapp, [(base + route.pattern, route.handler) for route in routes])
    )
    OrdersHandler.made = 0
    OrdersHandler.gate = None
    EventsHandler.events = EventLog()

    async def call(path: str, *, ok: bool = True, **kwargs: Any) -> HTTPResponse:
        if isinstance(kwargs.get("body"), dict):
            kwargs["body"] = json.dumps(kwargs["body"])
        if ok:
            return await jp_fetch("neoai", "v1", path, **kwargs)
        with pytest.raises(HTTPClientError) as caught:
            await jp_fetch("neoai", "v1", path, **kwargs)
        return caught.value.response

    return call


def _rule(serverapp: Any, handlers: list[Any]) -> Any:
    from tornado.routing import HostMatches, Rule
    from tornado.web import _ApplicationRouter

    named = [(pattern, handler, {"name": "neoai"}) for pattern, handler in handlers]
    return Rule(HostMatches(".*"), _ApplicationRouter(serverapp.web_app, named))


async def test_a_body_that_does_not_validate_is_422_with_each_field_named(fetch: Fetch) -> None:
    reply = await fetch("orders", ok=False, method="POST", body={"name": "", "count": "many"})
    problem = json.loads(reply.body)
    assert reply.code == 422
    assert {tuple(error["loc"]) for error in problem["errors"]} == {("name",), ("count",)}


@pytest.mark.parametrize(
    "body", ["{", "[1]", '"text"', '{"count": NaN}', "\xff\xfe", "[" * 100_000]
)
async def test_a_body_that_is_no_json_object_is_400(fetch: Fetch, body: str) -> None:
    reply = await fetch("orders", ok=False, method="POST", body=body.encode("latin-1"))
    assert reply.code == 400
    assert "JSON" in json.loads(reply.body)["detail"]


async def test_a_domain_error_has_its_status_its_code_and_its_words(fetch: Fetch) -> None:
    reply = await fetch("orders", ok=False, method="POST", body={"name": "broken"})
    problem = json.loads(reply.body)
    assert reply.code == 409
    assert problem["type"] == "urn:neoai:problem:sold-out"
    assert problem["detail"] == "It is sold out; order another."


async def test_a_limit_says_when_to_try_again(fetch: Fetch) -> None:
    reply = await fetch("orders", ok=False, method="POST", body={"name": "slow down"})
    assert (reply.code, reply.headers["Retry-After"]) == (429, "7")


async def test_a_fault_of_ours_is_500_and_says_nothing_of_the_inside(fetch: Fetch) -> None:
    reply = await fetch("orders", ok=False, method="POST", body={"name": "bug"})
    assert reply.code == 500
    assert b"secret" not in reply.body
    assert b"Traceback" not in reply.body


async def test_the_same_key_gives_the_first_reply_again(fetch: Fetch) -> None:
    sent = {"method": "POST", "body": {"name": "tea"}, "headers": {"Idempotency-Key": "k1"}}
    first = await fetch("orders", **sent)
    second = await fetch("orders", **sent)
    assert first.code == second.code == 201
    assert first.body == second.body
    assert first.headers["Location"] == second.headers["Location"] == "/orders/1"
    assert second.headers["Idempotency-Replayed"] == "true"
    assert OrdersHandler.made == 1


async def test_the_same_key_with_another_body_is_refused(fetch: Fetch) -> None:
    headers = {"Idempotency-Key": "k1"}
    await fetch("orders", method="POST", body={"name": "tea"}, headers=headers)
    reply = await fetch("orders", ok=False, method="POST", body={"name": "ale"}, headers=headers)
    assert reply.code == 422
    assert json.loads(reply.body)["type"].endswith("idempotency-key-reused")


async def test_two_requests_at_once_with_one_key_do_the_work_once(fetch: Fetch) -> None:
    OrdersHandler.gate = asyncio.Event()
    sent = {"method": "POST", "body": {"name": "tea"}, "headers": {"Idempotency-Key": "k1"}}
    both = [asyncio.ensure_future(fetch("orders", **sent)) for _ in range(2)]
    await asyncio.wait(both, timeout=0.2)
    OrdersHandler.gate.set()
    first, second = await asyncio.gather(*both)
    assert first.body == second.body
    assert OrdersHandler.made == 1


async def test_a_failed_request_may_be_tried_again_with_its_key(fetch: Fetch) -> None:
    sent = {"method": "POST", "body": {"name": "broken"}, "headers": {"Idempotency-Key": "k1"}}
    assert (await fetch("orders", ok=False, **sent)).code == 409
    assert (await fetch("orders", ok=False, **sent)).code == 409
    assert OrdersHandler.made == 2


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1", "1e3"])
async def test_a_strange_limit_is_422(fetch: Fetch, limit: str) -> None:
    reply = await fetch("orders", ok=False, params={"limit": limit})
    assert reply.code == 422


@pytest.mark.parametrize("cursor", ["x", "%00", "é", "////", "W1tbW1s"])
async def test_a_cursor_that_no_list_gave_out_is_400(fetch: Fetch, cursor: str) -> None:
    assert (await fetch("orders", ok=False, params={"cursor": cursor})).code == 400


async def test_a_cursor_brings_its_position_back(fetch: Fetch) -> None:
    position = ["a/ü", 3]
    reply = await fetch("orders", params={"cursor": encode_cursor(position)})
    assert json.loads(json.loads(reply.body)["name"]) == position


async def test_a_stream_resumes_after_the_last_event_seen(fetch: Fetch) -> None:
    for number in range(3):
        EventsHandler.events.append("tick", {"n": number})
    EventsHandler.events.close()
    whole = await fetch("events")
    assert whole.headers["Content-Type"] == "text/event-stream"
    assert whole.body.count(b"event: tick") == 3
    rest = await fetch("events", headers={"Last-Event-ID": "2"})
    assert rest.body == b'id: 3\nevent: tick\ndata: {"n":2}\n\n'


@pytest.mark.parametrize("given", ["x", "-1", "9" * 40, "٣"])
async def test_a_strange_last_event_id_starts_from_the_beginning(fetch: Fetch, given: str) -> None:
    EventsHandler.events.append("tick", {})
    EventsHandler.events.close()
    reply = await fetch("events", headers={"Last-Event-ID": given.encode().decode("latin-1")})
    assert reply.body.startswith(b"id: 1\n")
