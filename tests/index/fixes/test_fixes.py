"""Fixes that the user has accepted, over REST: kept, found again, forgotten, told to models."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ...ai.test_api import sent
from ...fakes.provider import FakeProvider, Script
from .conftest import FIX, NAME, ZERO

Call = Callable[..., Awaitable[Any]]
Served = Callable[..., Awaitable[str]]

TRACEBACK = f"""Traceback (most recent call last)
Cell In[7], line 2, in cook(pot)

{NAME}: division by zero"""


def missing(name: str) -> dict[str, str]:
    """The error of a name that is not there."""
    return {"name": "NameError", "message": f"name '{name}' is not defined"}


async def test_a_fix_is_found_by_its_error_wherever_that_comes_again(
    served: Served,
    keep: Any,
    find: Any,
) -> None:
    project = await served()
    kept = await keep(project)
    assert (kept["name"], kept["diff"].splitlines()[-2:]) == (NAME, ["-pots / 0", "+pots / 3"])
    (found,) = await find(project, {"traceback": TRACEBACK}, code="a = 1\npans / 0\n")
    assert (found["id"], found["match"]) == (kept["id"], "same")
    assert found["applied"] == "a = 1\npans / 3\n"
    (found,) = await find(project, ZERO, code="import pandas")
    assert found["applied"] is None


async def test_the_same_words_come_first_then_the_same_kind_then_common_words(
    served: Served,
    keep: Any,
    find: Any,
) -> None:
    project = await served()
    await keep(project, error=ZERO, before="np.divide(1, 0)", after="np.divide(1, 2)")
    await keep(project, error=missing("pd"), before="pd.x", after="import pandas as pd\npd.x")
    await keep(project, error=missing("np"), before="np.x", after="import numpy as np\nnp.x")
    await keep(project, error=missing("plt"), before="plt.x", after="import m as plt\nplt.x")
    found = await find(project, missing("np"), code="np.zeros(3)")
    assert [each["match"] for each in found] == ["same", "kind", "kind", "similar"]
    assert found[0]["applied"] == "import numpy as np\nnp.zeros(3)"
    assert found[3]["name"] == NAME
    assert len(await find(project, missing("np"), k=2)) == 2


async def test_what_came_through_the_same_functions_and_fits_comes_first(
    served: Served,
    keep: Any,
    find: Any,
) -> None:
    project = await served()
    trace = {**ZERO, "traceback": TRACEBACK}
    await keep(project, error=trace, before="a / 0", after="a / 1")
    await keep(project, error=ZERO, before="b / 0", after="b / 2")
    best, _ = await find(project, trace, code="")
    assert best["before"] == "a / 0"
    best, _ = await find(project, trace, code="b / 0")
    assert best["before"] == "b / 0"


async def test_the_index_may_go_and_the_fixes_stay(
    call: Call,
    served: Served,
    keep: Any,
    find: Any,
    jp_serverapp: Any,
) -> None:
    project = await served()
    await keep(project)
    await call("POST", "/ai/search", {"project_id": project, "query": "pots"})
    extension = jp_serverapp.web_app.settings["neoai"]
    await extension.index.rebuild(project)
    await extension.index.close()
    shutil.rmtree(Path(extension.data_dir) / "index")
    assert len(await find(project, ZERO)) == 1


async def test_the_fixes_move_with_their_project_and_go_with_it(
    call: Call,
    served: Served,
    keep: Any,
    find: Any,
) -> None:
    outer = await served("outer")
    project = await served("outer/old")
    await keep(project)
    await call("POST", f"/projects/{outer}/move", {"from": "old", "to": "new"})
    assert len(await find(project, ZERO)) == 1
    assert (await call("DELETE", f"/projects/{project}")).code == 204
    again = await served("outer/new")
    assert await find(again, ZERO) == []
    refused = await call("POST", "/ai/fixes/search", {"project_id": project, "error": ZERO})
    assert refused.code == 404


async def test_each_project_has_its_own(
    call: Call,
    served: Served,
    keep: Any,
    find: Any,
) -> None:
    mine, other = await served("mine"), await served("other")
    kept = await keep(mine)
    assert await find(other, ZERO) == []
    assert (await call("DELETE", f"/ai/fixes/{kept['id']}?project_id={other}")).code == 404
    assert len(await find(mine, ZERO)) == 1


async def test_a_fix_can_be_forgotten(call: Call, served: Served, keep: Any, find: Any) -> None:
    project = await served()
    kept = await keep(project)
    address = f"/ai/fixes/{kept['id']}?project_id={project}"
    assert (await call("DELETE", address)).code == 204
    assert (await call("DELETE", address)).code == 404
    assert await find(project, ZERO) == []


async def test_the_same_fix_is_kept_once_and_the_oldest_go(
    served: Served,
    keep: Any,
    find: Any,
    jp_serverapp: Any,
) -> None:
    project = await served()
    jp_serverapp.web_app.settings["neoai"].fixes.max_fixes = 3
    for number in (1, 1, 2, 3, 1, 4):
        await keep(project, after=f"pots / {number}")
    found = await find(project, ZERO, k=50)
    assert sorted(each["after"] for each in found) == ["pots / 1", "pots / 3", "pots / 4"]


async def test_secrets_are_not_kept_and_what_had_one_is_not_applied(
    served: Served,
    keep: Any,
    find: Any,
) -> None:
    project = await served()
    key = "sk-proj-" + "aB3dE5gH7jK9mN1pQ3sT5vX7zA2cD4fG6hJ8kL0" + "x"
    said = f"Incorrect API key provided: {key}"
    kept = await keep(
        project,
        error={"name": "AuthenticationError", "message": said},
        before="ask()",
        after=f'ask(api_key="{key}")',
    )
    assert key not in str(kept)
    (found,) = await find(project, {"name": "AuthenticationError", "message": said}, code="ask()")
    assert (found["match"], found["applied"]) == ("same", None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"after": "pots / 0 "}, 422),
        ({"before": "x" * 20_001}, 422),
        ({"error": {"message": "x"}}, 422),
        ({"error": {"traceback": "All is well."}}, 422),
        ({"project_id": "none"}, 404),
        ({"more": 1}, 422),
    ],
)
async def test_what_is_no_fix_is_refused(
    call: Call,
    served: Served,
    change: Any,
    code: int,
) -> None:
    body = {**FIX, "project_id": await served(), **change}
    assert (await call("POST", "/ai/fixes", body)).code == code


@pytest.mark.parametrize("text", ["\0", "'\"; DROP TABLE fixes", "NEAR(a b) OR *", "ü" * 5000])
async def test_no_text_is_special(served: Served, keep: Any, find: Any, text: str) -> None:
    project = await served()
    error = {"name": "E", "message": text}
    await keep(project, error=error, before=text, after=f"{text} + 1")
    await keep(project)
    found = await find(project, error, code=text)
    assert (found[0]["name"], found[0]["match"]) == ("E", "same")


async def test_where_they_are_off_none_is_kept(
    call: Call,
    served: Served,
    jp_serverapp: Any,
) -> None:
    project = await served()
    jp_serverapp.web_app.settings["neoai"].fixes.remember_fixes = False
    refused = await call("POST", "/ai/fixes", {**FIX, "project_id": project})
    assert (refused.code, refused.json["type"].endswith("fixes-off")) == (409, True)


async def test_an_earlier_fix_goes_along_when_its_error_is_asked_about(
    call: Call,
    first: FakeProvider,
    kitchen: str,
    keep: Any,
) -> None:
    first.default = lambda _: Script(text="One.\n\n```python\npots / 2\n```\n")
    await keep(kitchen)
    fix = {
        "template": "fix-error",
        "error": TRACEBACK,
        "project_id": kitchen,
        "selection": {"text": "pots / 0"},
    }
    assert (await call("POST", "/ai/code-generation", fix)).code == 200
    for text in (f"What is this?\n\n{TRACEBACK}", f"Explain the error `{NAME}: division by zero`."):
        asked = {"project_id": kitchen, "messages": [{"role": "user", "content": text}]}
        reply = await call("POST", "/ai/chat", asked)
        assert {"fixes"} <= {part["kind"] for part in reply.json["context"]}
    for request in first.requests:
        assert "# How the user had this error mended before" in sent(request)
        assert "-pots / 0\n+pots / 3" in sent(request)
    other = {"project_id": kitchen, "messages": [{"role": "user", "content": "KeyError: 'pot'"}]}
    await call("POST", "/ai/chat", other)
    assert "mended before" not in sent(first.requests[-1])
