"""JupyterLab with and without NeoAI, each server with folders of its own."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_path

TOKEN = "benchmark"
OURS = Path("@neoai", "lab")
START_S = 60.0
# Nothing that asks the network or pops up by itself.
QUIET = {"fetchNews": "false", "checkForUpdates": False}
COLLABORATION = {
    "server": ["jupyter_server_ydoc", "jupyter_server_fileid"],
    "lab": ["@jupyter/collaboration-extension", "@jupyter/docprovider-extension"],
}


@dataclasses.dataclass(frozen=True)
class Lab:
    """A running `jupyter lab`."""

    url: str
    """With the trailing slash."""
    root: Path
    """The folder that it serves."""
    pid: int
    answered_s: float
    """From the process's start until `/api` answered."""

    def get(self, path: str) -> bytes:
        """The body that `path` answers with; OSError where that is no success."""
        headers = {"Authorization": f"token {TOKEN}"}
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, headers=headers), timeout=30
        ) as reply:
            body: bytes = reply.read()
            return body


@dataclasses.dataclass(frozen=True)
class Setup:
    """Which parts a server has; all else is the same."""

    server_extension: bool = True
    lab_extension: bool = True
    collaborative: bool = True
    config: dict[str, Any] = dataclasses.field(default_factory=dict)
    """The server's configuration besides, by class."""

    def write(self, home: Path) -> None:
        """The configuration files under `home`."""
        extensions = {"neoai_server_ext": self.server_extension}
        config: dict[str, Any] = {**self.config, "LabApp": {"expose_app_in_browser": True}}
        if not self.lab_extension:
            config["LabApp"]["labextensions_path"] = [str(_without_ours(home / "labextensions"))]
        if not self.collaborative:
            extensions |= dict.fromkeys(COLLABORATION["server"], False)
            off = {"disabledExtensions": dict.fromkeys(COLLABORATION["lab"], True)}
            _write(home / "config" / "labconfig" / "page_config.json", off)
        config["ServerApp"] = {"jpserver_extensions": extensions}
        _write(home / "config" / "jupyter_server_config.json", config)
        _write(
            home / "settings" / "@jupyterlab" / "apputils-extension"
            / "notification.jupyterlab-settings",
            QUIET,
        )  # fmt: skip


@contextmanager
def running(home: Path, setup: Setup) -> Iterator[Lab]:
    """Start `jupyter lab` with all of its own under `home` (made here); stop it at the end.

    A page that is disabled would still be loaded by the browser, so that "without the lab
    extension" is a folder of all the other lab extensions.
    """
    root = home / "root"
    root.mkdir(parents=True)
    setup.write(home)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={TOKEN}"),
    ]
    log = home / "log"
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=home, env=_environment(home), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_for_an_answer(process, port, log)
        answered = time.perf_counter() - began
        yield Lab(f"http://127.0.0.1:{port}/", root, process.pid, answered)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(home: Path) -> dict[str, str]:
    """This one, with Jupyter's folders under `home`; Python may keep its byte code, as usual."""
    kept = {
        name: value
        for name, value in os.environ.items()
        # JUPYTER_PATH stays: it may say where the lab extension of this checkout is.
        if name == "JUPYTER_PATH"
        or (not name.startswith(("JUPYTER", "NEOAI_")) and name != "PYTHONDONTWRITEBYTECODE")
    }
    return {
        **kept,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


def _wait_for_an_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_S)
        try:
            connection.request("GET", "/api")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise SystemExit(f"jupyter lab did not start:\n{log.read_text()[-3000:]}")


def _without_ours(target: Path) -> Path:
    """A folder of this environment's lab extensions but ours."""
    for source in reversed([Path(folder) for folder in jupyter_path("labextensions")]):
        for manifest in [*source.glob("*/package.json"), *source.glob("@*/*/package.json")]:
            name = manifest.parent.relative_to(source)
            if name != OURS:
                shutil.copytree(manifest.parent, target / name, dirs_exist_ok=True)
    return target


def _write(file: Path, content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
