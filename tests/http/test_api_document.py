"""The published API document and the types made from it are those of the code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from neoai_server_ext.extension import NeoAIExtension
from neoai_server_ext.http.openapi import document

REPOSITORY = Path(__file__).resolve().parents[2]
TYPES = Path("neoai_lab_ext/src/api/schema.ts")
AGAIN = "it is not current: run `make api`"


def test_openapi_json_is_what_the_code_says() -> None:
    published = json.loads((REPOSITORY / "openapi.json").read_text())
    assert published == json.loads(json.dumps(document(NeoAIExtension().routes))), AGAIN


def test_the_command_writes_openapi_json_as_it_is_committed(tmp_path: Path) -> None:
    written = tmp_path / "openapi.json"
    command = [sys.executable, "-m", "neoai_server_ext", "openapi", str(written)]
    subprocess.run(command, check=True, cwd=tmp_path)
    assert written.read_bytes() == (REPOSITORY / "openapi.json").read_bytes(), AGAIN


def test_the_client_s_types_are_made_from_openapi_json(
    tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("node")
    require("lab extension")
    # As `jlpm api` would, but beside the tree: nothing of it is written by a test.
    script = json.loads((REPOSITORY / "package.json").read_text())["scripts"]["api"]
    program, *arguments = script.replace(str(TYPES), str(tmp_path / "schema.ts")).split()
    node = shutil.which("node")
    assert node is not None
    cli = REPOSITORY / "node_modules" / program / "bin" / "cli.js"
    environment = {**os.environ, "NO_COLOR": "1"}
    subprocess.run([node, str(cli), *arguments], check=True, cwd=REPOSITORY, env=environment)
    assert (tmp_path / "schema.ts").read_text() == (REPOSITORY / TYPES).read_text(), AGAIN
