"""The user's own limits over REST, against the scripted provider's count."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from ..fakes.provider import FakeProvider, Script
from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401
from .test_api import (  # noqa: F401
    PRICES,
    USER,
    Call,
    db_url,
    events_of,
    first,
    jp_server_config,
    second,
)


async def test_own_limits_are_set_warn_and_refuse_over_rest(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    shown = (await call("GET", "/ai/limits")).json
    assert (shown["soft_usd"], shown["hard_usd"]) == (None, None)
    assert shown["administrator"] == {"soft_usd": None, "hard_usd": None}
    ask = {"messages": USER, "cache": False}
    said = (await call("POST", "/ai/chat", ask)).json
    assert said["notice"] == ""
    cost = said["usage"]["cost_usd"]

    changed = await call("PUT", "/ai/limits", {"soft_usd": cost, "hard_usd": cost * 2})
    assert changed.code == 200
    assert changed.json["effective"]["state"] == "soft"
    told = (await call("POST", "/ai/chat", {**ask, "stream": True})).body
    assert "limit of" in dict(events_of(told))["end"]["notice"]
    refused = await call("POST", "/ai/chat", ask)
    assert (refused.code, refused.json["type"]) == (429, "urn:neoai:problem:limit-reached")
    assert "Raise it in the Usage panel" in refused.json["detail"]
    assert int(refused.headers["Retry-After"]) > 0
    assert (await call("POST", "/ai/completions", {"prefix": "a"})).code == 429
    assert len(first.requests) == 2
    assert (await call("GET", "/ai/usage")).json["limits"]["state"] == "hard"

    assert (await call("PUT", "/ai/limits", {"soft_usd": None, "hard_usd": None})).code == 200
    assert (await call("POST", "/ai/chat", ask)).code == 200


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
async def test_times_that_utc_has_no_year_for_are_refused(
    call: Call,  # noqa: F811
    time: str,
) -> None:
    for name in ("since", "until"):
        assert (await call("GET", f"/ai/usage?{name}={quote(time)}")).code == 422
    assert (await call("GET", "/ai/usage?since=0001-01-01T00:00:00Z")).code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"soft_usd": -1},
        {"hard_usd": "much"},
        {"soft_usd": 5, "hard_usd": 1},
        {"hard_usd": 1e12},
        {"hard": 1},
    ],
)
async def test_limits_that_make_no_sense_are_refused_and_change_nothing(
    call: Call,  # noqa: F811
    body: Any,
) -> None:
    await call("PUT", "/ai/limits", {"soft_usd": 1, "hard_usd": 2})
    assert (await call("PUT", "/ai/limits", body)).code == 422
    kept = (await call("GET", "/ai/limits")).json
    assert (kept["soft_usd"], kept["hard_usd"]) == (1, 2)


@pytest.mark.parametrize("count", [2.5, 2**63 - 1, 10**30, 10**400])
async def test_counts_that_cannot_be_leave_the_usage_and_the_limits_as_they_were(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    count: float,
) -> None:
    await call("PUT", "/ai/limits", {"hard_usd": 1})
    usage = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": count}
    first.scripts = [Script(reports=(usage,))]
    ask = {"messages": USER, "cache": False}
    assert (await call("POST", "/ai/chat", ask)).code == 200
    assert (await call("POST", "/ai/chat", ask)).code == 200
    summed = await call("GET", "/ai/usage?group_by=model,day")
    assert (summed.code, summed.json["total"]["calls"]) == (200, 2)
    assert summed.json["total"]["estimated"] == 1
    assert (await call("GET", "/ai/limits")).json["effective"]["state"] == "ok"
