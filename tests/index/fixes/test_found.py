"""Ordinary search finds how an error was mended before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from .conftest import ZERO
from .test_fixes import TRACEBACK, missing

Call = Callable[..., Awaitable[Any]]
Served = Callable[..., Awaitable[str]]


async def search(call: Call, project: str, query: str, **values: Any) -> list[Any]:
    body = {"project_id": project, "query": query, **values}
    reply = await call("POST", "/ai/search", body)
    assert reply.code == 200, reply.body
    found: list[Any] = reply.json["items"]
    return found


@pytest.mark.parametrize(
    "query",
    [
        "ZeroDivisionError",
        "ZeroDivisionError: division by zero",
        "division by zero",
        "zero division error",
        "why is there a division by zero?",
        TRACEBACK,
    ],
)
async def test_a_search_for_an_error_finds_its_fix_first_and_marked_as_one(
    call: Call, served: Served, keep: Any, query: str
) -> None:
    project = await served()
    await keep(project)
    await keep(project, error=missing("np"), before="np.x", after="import numpy as np\nnp.x")
    fix, *others = await search(call, project, query)
    assert (fix["kind"], fix["path"], fix["symbol"]) == (
        "fix",
        "n.ipynb",
        "ZeroDivisionError: division by zero",
    )
    assert fix["snippet"].splitlines()[-2:] == ["-pots / 0", "+pots / 3"]
    assert all(item["kind"] != "fix" for item in others)
    assert [item["score"] for item in (fix, *others)] == sorted(
        (item["score"] for item in (fix, *others)), reverse=True
    )


async def test_a_search_knows_at_once_of_what_was_kept_and_forgotten_since_the_last(
    call: Call, served: Served, keep: Any
) -> None:
    project = await served()
    query: dict[str, Any] = {"query": "ZeroDivisionError", "kinds": ["fix"]}
    assert await search(call, project, **query) == []
    fix = await keep(project)
    assert len(await search(call, project, **query)) == 1
    gone = await call("DELETE", f"/ai/fixes/{fix['id']}?project_id={project}")
    assert gone.code == 204, gone.body
    assert await search(call, project, **query) == []


@pytest.mark.parametrize(
    "query", ["where is the error shown", "pots", "divide", "", "NameError: x"]
)
async def test_a_search_for_something_else_finds_no_fix(
    call: Call, served: Served, keep: Any, query: str
) -> None:
    project = await served()
    await keep(project)
    assert all(item["kind"] != "fix" for item in await search(call, project, query))


async def test_fixes_alone_or_none_are_found_where_that_is_asked_for(
    call: Call, served: Served, keep: Any
) -> None:
    project = await served()
    await keep(project, error=ZERO)
    await keep(project, error=ZERO, path="", before="a / 0", after="a / 1")
    (fix,) = await search(call, project, "division by zero", kinds=["fix"])
    assert fix["kind"] == "fix"
    sources = await search(call, project, "division by zero", kinds=["source", "doc"])
    assert all(item["kind"] in ("source", "doc") for item in sources)
    assert len(await search(call, project, "division by zero", k=1)) == 1
