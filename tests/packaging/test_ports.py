"""Nothing listens that nobody asked for: jupyter_server_mcp, which jupyter-ai brings, is off."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MCP_PORT = 3001


def listening(process: int) -> set[int]:
    """The TCP ports on which a process and its children listen."""
    inodes = set()
    for pid in [process, *children(process)]:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = str(handle.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def children(process: int) -> list[int]:
    found = [
        int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]
    return found + [grandchild for child in found for grandchild in children(child)]


@contextmanager
def running_server(home: Path, config: dict[str, object]) -> Iterator[tuple[int, int]]:
    """A server as anybody starts it; yields its process id and its port."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "jupyter_server_config.json").write_text(json.dumps(config))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(f"--port={port}", "--IdentityProvider.token=ports", f"--ServerApp.root_dir={home}"),
    ]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=log)
    try:
        _wait(process, port, home / "log")
        yield process.pid, port
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/neoai/v1/health", headers={"Authorization": "token ports"}
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text()[-3000:])


def test_a_server_listens_on_its_own_port_alone(tmp_path: Path) -> None:
    with running_server(tmp_path / "home", {}) as (process, port):
        assert listening(process) == {port}


def test_who_wants_the_mcp_server_can_turn_it_on(tmp_path: Path) -> None:
    config = {"ServerApp": {"jpserver_extensions": {"jupyter_server_mcp": True}}}
    with running_server(tmp_path / "home", config) as (process, _):
        deadline = time.monotonic() + 30
        while MCP_PORT not in listening(process) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert MCP_PORT in listening(process)
