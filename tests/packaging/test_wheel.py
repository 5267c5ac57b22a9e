"""The wheel that is released: what is in it, and that it works where it is installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from ..conftest import require

ROOT = Path(__file__).parents[2]
LAB = "share/jupyter/labextensions/@neoai/lab"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, with the lab extension as it is built now."""
    require("lab extension")
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    (found,) = target.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    """The files in it, data files by where they go."""
    with zipfile.ZipFile(wheel) as archive:
        return [re.sub(r"^neoai-[^/]+\.data/data/", "", name) for name in archive.namelist()]


def test_it_carries_the_built_lab_extension_and_its_packed_chunks(names: list[str]) -> None:
    assert f"{LAB}/package.json" in names
    assert f"{LAB}/install.json" in names
    assert f"{LAB}/schemas/@neoai/lab/package.json.orig" in names
    chunks = [name for name in names if re.fullmatch(rf"{LAB}/static/.*\.js", name)]
    large = [name for name in chunks if f"{name}.gz" in names]
    assert len(large) > 10


def test_it_enables_the_server_extension_by_data_files(names: list[str]) -> None:
    assert "etc/jupyter/jupyter_server_config.d/neoai.json" in names


def test_it_carries_the_migrations_and_nothing_of_the_development(names: list[str]) -> None:
    assert any(name.startswith("neoai_server_ext/db/migrations/versions/0001") for name in names)
    assert "neoai_server_ext/ai/chat/neoai.svg" in names
    texts = "neoai_server_ext/ai/prompts/texts"
    written = {f"{texts}/{each.name}" for each in (ROOT / texts).iterdir()}
    assert len(written) >= 12
    assert {name for name in names if name.startswith(f"{texts}/")} == written
    top = {name.split("/")[0] for name in names}
    assert {part for part in top if not part.endswith(".dist-info")} == {
        "neoai_hub",
        "neoai_server_ext",
        "neoai_spawners",
        "etc",
        "share",
    }


def test_installed_in_a_new_environment_jupyter_finds_both_extensions(
    wheel: Path, tmp_path: Path
) -> None:
    place = tmp_path / "venv"
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel],
        check=True,
    )
    # its dependencies are those of this environment; its own files must come from the new one
    library = next((place / "lib").glob("python*")) / "site-packages"
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (library / "dependencies.pth").write_text("\n".join(ours))
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")},
        "HOME": str(tmp_path),
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
    }

    def listed(*command: str) -> str:
        run = subprocess.run(
            [python, "-m", *command], env=environment, capture_output=True, text=True, cwd=tmp_path
        )
        return run.stdout + run.stderr

    server = listed("jupyter_server.extension.serverextension", "list")
    assert re.search(r"neoai_server_ext \S*enabled", server), server
    assert re.search(r"neoai_server_ext [\d.]+ \S*OK", server), server
    lab = listed("jupyterlab.labextensions", "list")
    assert re.search(r"@neoai/lab v[\d.]+ \S*enabled\S* \S*OK\S* \(python, neoai\)", lab), lab


def test_the_versions_of_the_wheel_and_the_lab_extension_are_one(wheel: Path) -> None:
    package = json.loads((ROOT / "package.json").read_text())
    assert wheel.name.startswith(f"neoai-{package['version']}-")
