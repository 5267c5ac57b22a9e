"""The project tree beside os.scandir + stat and beside walking Jupyter's /api/contents.

    python benchmarks/tree.py [--folders 1000] [--files 50] [--rounds 5]

A real Jupyter Server is started on a made tree; everything is measured in turn, round by round,
and given as medians. The goals: the whole listing through the service at most 2 times the bare
walk, over HTTP at least 40 times faster than /api/contents, the first page under 50 ms.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from neoai_server_ext.projects import tree

TOKEN = "benchmark"
CONTENTS_ROUNDS = 1


def make_tree(root: Path, folders: int, files: int) -> None:
    """Folders of files, forty folders to a package, with an ordinary .gitignore."""
    for number in range(folders):
        folder = root / f"package{number // 40:03d}" / f"module{number:05d}"
        folder.mkdir(parents=True)
        for file in range(files):
            (folder / f"file{file:02d}.py").write_text("x" * file)
    ignored = ["__pycache__/", "*.py[cod]", "/build/", "*.egg-info/", ".venv/", "node_modules/"]
    (root / ".gitignore").write_text("\n".join(ignored) + "\n")


def bare_walk(path: str) -> int:
    """os.scandir and stat, nothing else."""
    found = 0
    with os.scandir(path) as entries:
        for entry in entries:
            entry.stat(follow_symlinks=False)
            found += bare_walk(entry.path) if entry.is_dir(follow_symlinks=False) else 1
    return found


class Server:
    """A Jupyter Server with NeoAI, and one connection to it that stays open."""

    def __init__(self, root: Path, state: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        environment = {
            **os.environ,
            "JUPYTER_DATA_DIR": str(state / "data"),
            "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
            "JUPYTER_CONFIG_DIR": str(state / "config"),
        }
        options = [
            f"--port={self.port}",
            "--ip=127.0.0.1",
            "--no-browser",
            "--allow-root",
            f"--ServerApp.root_dir={root}",
            f"--IdentityProvider.token={TOKEN}",
            "--ServerApp.jpserver_extensions={'neoai_server_ext': True}",
            "--ServerApp.contents_manager_class="
            "jupyter_server.services.contents.largefilemanager.AsyncLargeFileManager",
            "--ServerApp.log_level=ERROR",
        ]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyter", "server", *options],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        self._wait()
        self._connection = self.connect()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the server did not start")

    def connect(self) -> http.client.HTTPConnection:
        """Another connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        connection: http.client.HTTPConnection | None = None,
    ) -> bytes:
        """The body of a reply that must be good."""
        connection = connection or self._connection
        sent = json.dumps(body) if body is not None else None
        connection.request(method, path, sent, {"Authorization": f"token {TOKEN}"})
        reply = connection.getresponse()
        data = reply.read()
        assert reply.status < 300, (reply.status, data[:500])
        return data

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def contents_walk(server: Server, path: str = "") -> int:
    """What a client of Jupyter's own API must do for the same listing."""
    found = 0
    for item in json.loads(server.call("GET", f"/api/contents/{path}?content=1"))["content"]:
        found += contents_walk(server, item["path"]) if item["type"] == "directory" else 1
    return found


def listing(server: Server, project: str) -> int:
    """The whole tree by pages of the default size, read as JSON; how many files."""
    found, cursor = 0, ""
    while True:
        path = f"/neoai/v1/projects/{project}/files{cursor}"
        page = json.loads(server.call("GET", path))
        found += sum(item["kind"] == "file" for item in page["items"])
        if page["next_cursor"] is None:
            return found
        cursor = f"?cursor={page['next_cursor']}"


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def worst_wait(server: Server, work: Callable[[], object]) -> float:
    """The longest that another request waited for an answer while `work` went on, in seconds."""
    waits: list[float] = []
    done = threading.Event()

    def ask() -> None:
        connection = server.connect()
        while not done.is_set():
            waits.append(timed(lambda: server.call("GET", "/api", connection=connection)))

    asking = threading.Thread(target=ask)
    asking.start()
    work()
    done.set()
    asking.join()
    return max(waits)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folders", type=int, default=1000)
    parser.add_argument("--files", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server ends with us
    with tempfile.TemporaryDirectory() as name:
        root, state = Path(name) / "root", Path(name) / "state"
        root.mkdir()
        make_tree(root, options.folders, options.files)
        server = Server(root, state)
        try:
            report(server, root, options.rounds)
        finally:
            server.stop()


def report(server: Server, root: Path, rounds: int) -> None:
    """The measurements, interleaved."""
    body = {"name": "benchmark", "path": "."}
    project = json.loads(server.call("POST", "/neoai/v1/projects", body))["id"]
    first = f"/neoai/v1/projects/{project}/files"
    works: dict[str, Callable[[], object]] = {
        "os.scandir + stat": lambda: bare_walk(str(root)),
        "service, whole listing as JSON": lambda: tree.page(str(root), limit=100_000),
        "service, walk for the index": lambda: list(tree.walk(str(root))),
        "HTTP, whole listing, one page": lambda: server.call("GET", f"{first}?limit=100000"),
        "HTTP, default pages, JSON read": lambda: listing(server, project),
        "HTTP, first page of 1000": lambda: server.call("GET", f"{first}?limit=1000"),
        "HTTP, first page, default limit": lambda: server.call("GET", first),
    }
    expected = bare_walk(str(root))
    assert listing(server, project) == expected
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(timed(work))
    contents = [timed(lambda: contents_walk(server)) for _ in range(CONTENTS_ROUNDS)]
    bare, peer = median(times["os.scandir + stat"]), median(contents)
    print(f"{expected:,} files; medians of {rounds} rounds\n")
    for name, taken in [*times.items(), ("walking /api/contents", contents)]:
        value = median(taken)
        print(
            f"{name:<38} {value * 1000:>9.1f} ms {value / bare:>7.2f} x scandir "
            f"{peer / value:>8.1f} x faster than /api/contents"
        )
    quiet = worst_wait(server, lambda: time.sleep(1))
    waits = [worst_wait(server, works["HTTP, whole listing, one page"]) for _ in range(rounds)]
    print(
        f"\nanother request's longest wait: {median(waits) * 1000:.1f} ms during the whole "
        f"listing, {quiet * 1000:.1f} ms in a quiet second"
    )


if __name__ == "__main__":
    main()
