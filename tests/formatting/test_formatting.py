"""Files are formatted by their languages' tools, and by nothing of an untrusted project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from neoai_server_ext import errors
from neoai_server_ext.formatting import tools


async def call(jp_fetch: Any, *address: str, **body: Any) -> Any:
    reply = await jp_fetch("neoai", "v1", *address, method="POST", body=json.dumps(body))
    return json.loads(reply.body)


async def refused(jp_fetch: Any, *address: str, **body: Any) -> Any:
    with pytest.raises(HTTPClientError) as caught:
        await call(jp_fetch, *address, **body)
    assert caught.value.response is not None
    return json.loads(caught.value.response.body)


async def test_python_is_formatted_by_ruff_with_the_projects_own_settings(
    jp_fetch: Any, jp_root_dir: Path
) -> None:
    (jp_root_dir / "p").mkdir()
    (jp_root_dir / "p" / "ruff.toml").write_text('[format]\nquote-style = "single"\n')
    done = await call(jp_fetch, "format", path="p/a.py", content='x = {  "a":1 }\n')
    assert (done["content"], done["tool"]) == ("x = {'a': 1}\n", "ruff")
    assert not (jp_root_dir / "p" / "a.py").exists()


async def test_python_is_formatted_by_black_where_the_project_names_it(
    jp_fetch: Any, jp_root_dir: Path
) -> None:
    (jp_root_dir / "pyproject.toml").write_text("[tool.black]\nline-length = 20\n")
    done = await call(jp_fetch, "format", path="a.py", content="x = [1111, 2222, 3333]\n")
    assert done["tool"] == "black"
    assert done["content"].count("\n") > 1


async def test_a_syntax_error_is_told_and_an_unknown_language_too(
    jp_fetch: Any, jp_root_dir: Path
) -> None:
    problem = await refused(jp_fetch, "format", path="a.py", content="x = (\n")
    assert problem["status"] == 422
    assert problem["type"].endswith("format-failed")
    assert "ruff" in problem["detail"]
    problem = await refused(jp_fetch, "format", path="a.xyz", content="x")
    assert problem["status"] == 409
    assert "a.xyz" in problem["detail"]


async def test_a_missing_tool_is_named_with_the_way_to_get_it(
    jp_fetch: Any, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    problem = await refused(jp_fetch, "format", path="a.css", content="a{}")
    assert problem["status"] == 409
    assert "npm install -g prettier" in problem["detail"]
    done = await call(jp_fetch, "format", path="a.json", content='{"a":[1.0e5,{}],"a":2}')
    assert done["content"] == '{\n  "a": [\n    1.0e5,\n    {}\n  ],\n  "a": 2\n}\n'


async def test_a_projects_own_prettier_runs_only_when_the_project_is_trusted(
    jp_fetch: Any, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    program = jp_root_dir / "web" / "node_modules" / ".bin" / "prettier"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho from the project\n")
    program.chmod(0o755)
    project = await call(jp_fetch, "projects", name="web", path="web")
    address = ("projects", project["id"], "format")
    try:
        before = (await call(jp_fetch, *address, path="a.css", content="a{}"))["content"]
    except HTTPClientError as error:
        before = str(error)
    assert "from the project" not in before
    await jp_fetch(
        "neoai", "v1", "projects", project["id"], method="PATCH", body='{"trusted": true}'
    )
    done = await call(jp_fetch, *address, path="a.css", content="a{}")
    assert done["content"] == "from the project\n"


async def test_a_path_outside_is_not_found(jp_fetch: Any, jp_root_dir: Path) -> None:
    problem = await refused(jp_fetch, "format", path="../a.py", content="x\n")
    assert problem["status"] == 404


def test_json_that_is_none_is_refused() -> None:
    with pytest.raises(errors.Invalid):
        tools.formatted_json('{"a": }')
    assert tools.formatted_json("[]") == "[]\n"
    assert tools.formatted_json('"a, b: {"') == '"a, b: {"\n'
