"""`jupyter neoai doctor`, run as a person runs it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.db import migrate


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
    }


def doctor(environment: dict[str, str], *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "neoai_server_ext", "doctor", *flags]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


def findings(environment: dict[str, str]) -> dict[str, Any]:
    listed = json.loads(doctor(environment, "--json").stdout)
    return {finding["name"]: finding for finding in listed}


def test_it_names_what_is_installed(environment: dict[str, str]) -> None:
    found = findings(environment)
    assert found["jupyterlab"]["detail"].startswith("4.")
    assert found["database"]["status"] == "ok"
    assert found["server extension"]["status"] == "ok"


def test_repair_sets_a_damaged_database_aside_and_deletes_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "data" / "neoai" / "neoai.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"garbage" * 1000)
    assert findings(environment)["database"]["status"] == "failed"
    run = doctor(environment, "--repair")
    assert "Set aside" in run.stdout
    (aside,) = path.parent.glob("neoai.db.aside-*Z")
    assert aside.read_bytes() == b"garbage" * 1000
    assert findings(environment)["database"]["status"] == "ok"


def test_repair_sets_a_newer_database_aside(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "data" / "neoai" / "neoai.db"
    path.parent.mkdir(parents=True)
    migrate.migrate(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    assert findings(environment)["database"]["status"] == "failed"
    doctor(environment, "--repair")
    assert len(list(path.parent.glob("neoai.db.aside-*Z"))) == 1
    assert findings(environment)["database"]["status"] == "ok"


def test_repair_leaves_a_sound_database_alone(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "data" / "neoai" / "neoai.db"
    path.parent.mkdir(parents=True)
    migrate.migrate(f"sqlite:///{path}")
    run = doctor(environment, "--repair")
    assert "needs no repair" in run.stdout
    assert not list(path.parent.glob("*.aside-*"))
