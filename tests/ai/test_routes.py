"""Models and search over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError


async def test_the_key_free_model_is_listed_first(jp_fetch: Any) -> None:
    reply = json.loads((await jp_fetch("neoai", "v1", "ai", "models")).body)
    assert reply["items"][0]["id"] == "neoai/search"
    assert reply["items"][0]["available"] is True
    assert reply["routes"] == []
    assert reply["problems"] == []


async def test_a_project_is_searched_and_its_index_shown(jp_fetch: Any, jp_root_dir: Path) -> None:
    folder = jp_root_dir / "kitchen"
    folder.mkdir()
    (folder / "water.py").write_text("import os\n\n\ndef boil_water(pot):\n    pot.heat(100)\n")
    body = json.dumps({"path": "kitchen"})
    made = await jp_fetch("neoai", "v1", "projects", method="POST", body=body)
    project = json.loads(made.body)["id"]
    before = json.loads((await jp_fetch("neoai", "v1", "ai", "index", project)).body)
    assert before["state"] == "absent"
    body = json.dumps({"project_id": project, "query": "how is water boiled? (*", "k": 3})
    found = json.loads(
        (await jp_fetch("neoai", "v1", "ai", "search", method="POST", body=body)).body
    )
    item = found["items"][0]
    assert (item["path"], item["start_line"], item["end_line"]) == ("water.py", 4, 5)
    assert item["symbol"] == "boil_water"
    started = await jp_fetch("neoai", "v1", "ai", "index", project, method="POST", body="{}")
    assert started.code == 202
    assert started.headers["Location"].endswith(f"/neoai/v1/ai/index/{project}")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"query": "water"}, 422),
        ({"project_id": "nobody", "query": "water"}, 404),
        ({"project_id": "nobody", "query": "water", "k": 0}, 422),
        ({"project_id": "nobody", "query": "w" * 9000}, 422),
    ],
)
async def test_a_bad_search_is_refused_with_its_status(
    jp_fetch: Any, body: dict[str, Any], status: int
) -> None:
    with pytest.raises(HTTPClientError) as raised:
        await jp_fetch("neoai", "v1", "ai", "search", method="POST", body=json.dumps(body))
    assert raised.value.code == status
