"""With a database that cannot be used, Jupyter works and NeoAI says why and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    path = tmp_path / "damaged.db"
    path.write_bytes(b"no database" * 1000)
    return f"sqlite:///{path}"


async def test_jupyter_still_answers_and_health_names_the_way_out(jp_fetch: Any) -> None:
    assert (await jp_fetch("api", "contents")).code == 200
    health = json.loads((await jp_fetch("neoai", "v1", "health")).body)
    assert health["status"] == "degraded"
    assert health["checks"]["database"]["status"] == "failed"
    assert "doctor --repair" in health["checks"]["database"]["detail"]
    assert health["checks"]["root"]["status"] == "ok"
