"""A home without any room: a server that is started to clean up comes up all the same."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from neoai_spawners.mixin import OUT_OF_THE_HOME
from tests.conftest import require
from tests.fakes.hub import free_port


@pytest.fixture
def full_home(tmp_path: Path) -> Iterator[Path]:
    """One whose disk is full."""
    require("tmpfs mount")
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(home)], check=True)
    with contextlib.suppress(OSError), (home / "large").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    yield home
    subprocess.run(["umount", str(home)], check=True)


def comes_up(home: Path, environment: dict[str, str], log: Path) -> bool:
    """Whether Jupyter's server, with NeoAI in it, answers; stopped again then."""
    port = free_port()
    command = [sys.executable, "-m", "jupyter", "server", "--allow-root", f"--port={port}"]
    own = {"PATH": os.environ["PATH"], "HOME": str(home), **environment}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*command, f"--ServerApp.root_dir={home}"], env=own, stdout=output, stderr=output
        ) as process,
    ):
        try:
            while process.poll() is None:
                with contextlib.suppress(httpx.HTTPError):
                    return httpx.get(f"http://127.0.0.1:{port}/api").is_success
                time.sleep(0.1)
            return False
        finally:
            process.kill()


def test_a_server_that_cleans_up_needs_no_room_in_its_home(full_home: Path, tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    aside = {name: path.replace("/tmp", str(tmp_path), 1) for name, path in OUT_OF_THE_HOME.items()}

    assert not comes_up(full_home, {}, log)
    assert "No space left on device" in log.read_text()
    assert comes_up(full_home, aside, log), log.read_text()
