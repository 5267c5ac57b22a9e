"""A real JupyterLab with NeoAI, and Chromium before it.

Servers live as long as this folder's tests. Each test has its own folder under the server's root
(`workspace`), its own browser contexts, a fresh JupyterLab layout and the default settings.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ..conftest import CHROMIUM
from ..conftest import require as require_part

REPOSITORY = Path(__file__).resolve().parents[2]
SCREENSHOTS = REPOSITORY / "build" / "screenshots"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "browser-tests"
PATIENCE_S = 60
"""What a page or the disk may take for a step: much more than it does, since machines are slow."""
# What every test's JupyterLab starts with: nothing that pops up by itself.
QUIET = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
COLLABORATION = ["jupyter_server_ydoc", "jupyter_server_fileid"]
COLLABORATION_IN_LAB = ["@jupyter/collaboration-extension", "@jupyter/docprovider-extension"]


@dataclasses.dataclass
class LabServer:
    """A running `jupyter lab`."""

    url: str
    """With the trailing slash."""
    root: Path
    """The folder that it serves."""
    home: Path
    """Where its configuration, settings and data are."""
    log: Path
    collaborative: bool

    def reset_settings(self) -> None:
        """Forget what a test set, for every user of this server."""
        folder = self.home / "settings"
        shutil.rmtree(folder, ignore_errors=True)
        for name, value in QUIET.items():
            self.set(name, value)

    def set(self, name: str, value: dict[str, Any]) -> None:
        """Write user settings, `name` as in `@neoai/lab/editor.jupyterlab-settings`."""
        file = self.home / "settings" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))

    def get(self, path: str) -> Any:
        """The JSON that `path` answers with."""
        request = urllib.request.Request(
            self.url + path, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)


def free_port() -> int:
    """A port that nothing listens on."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _configure(home: Path, collaborative: bool, extra: dict[str, Any]) -> None:
    config: dict[str, Any] = {
        **extra,
        "IdentityProvider": {"updatable_fields": ["name", "display_name", "initials", "color"]},
        "LabApp": {"expose_app_in_browser": True},
    }
    if not collaborative:
        config["ServerApp"] = {"jpserver_extensions": dict.fromkeys(COLLABORATION, False)}
        labconfig = home / "config" / "labconfig"
        labconfig.mkdir(parents=True)
        off = {"disabledExtensions": dict.fromkeys(COLLABORATION_IN_LAB, True)}
        (labconfig / "page_config.json").write_text(json.dumps(off))
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "jupyter_server_config.json").write_text(json.dumps(config))


@contextmanager
def running_lab(
    home: Path,
    *arguments: str,
    collaborative: bool = True,
    config: dict[str, Any] | None = None,
) -> Iterator[LabServer]:
    """Start `jupyter lab` with everything of its own under `home`; stop it at the end.

    `config` is the server's configuration by class, as in `jupyter_server_config.json`.
    """
    root = home / "root"
    root.mkdir(parents=True)
    _configure(home, collaborative, config or {})
    port = free_port()
    environment = {
        # JUPYTER_PATH stays: it may say where the lab extension of this checkout is.
        **{
            k: v
            for k, v in os.environ.items()
            if k == "JUPYTER_PATH" or not k.startswith(("JUPYTER", "NEOAI_"))
        },
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={TOKEN}", *arguments),
    ]
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=home, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    server = LabServer(f"http://127.0.0.1:{port}/", root, home, log, collaborative)
    server.reset_settings()
    try:
        _wait_until_it_answers(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(server: LabServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            server.get("api/status")
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"jupyter lab did not start:\n{server.log.read_text()[-4000:]}")


@pytest.fixture(scope="package", autouse=True)
def _parts() -> None:
    require_part("chromium")
    require_part("lab extension")


@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """No event loop but Playwright's: pytest-jupyter's own could not be closed beside it."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """Nothing to clean up in this process: these tests' servers are processes of their own."""


@pytest.fixture(scope="package")
def lab_server(_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """JupyterLab as NeoAI installs it: with real-time collaboration."""
    with running_lab(tmp_path_factory.mktemp("collaborative") / "home") as server:
        yield server


@pytest.fixture(scope="package")
def plain_lab_server(_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """JupyterLab without jupyter-collaboration, in the server and in the page."""
    with running_lab(tmp_path_factory.mktemp("plain") / "home", collaborative=False) as server:
        yield server


@pytest.fixture(scope="package")
def chromium(_parts: None) -> Iterator[Any]:
    """Chromium; a `playwright.sync_api.Browser`."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> LabServer:
    """The server that `workspace` and `new_page` use.

    Choose with `@pytest.mark.parametrize("server", ["plain_lab_server"], indirect=True)`.
    """
    found: LabServer = request.getfixturevalue(getattr(request, "param", "lab_server"))
    found.reset_settings()
    return found


@dataclasses.dataclass
class Workspace:
    """This test's folder under the server's root."""

    folder: Path
    name: str

    def write(self, name: str, content: str | bytes) -> str:
        """Write a file, byte for byte; returns the path by which JupyterLab knows it."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return f"{self.name}/{name}"

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


@pytest.fixture
def workspace(server: LabServer) -> Workspace:
    """A folder of this test's own under the server's root."""
    name = f"w{uuid.uuid4().hex[:8]}"
    (server.root / name).mkdir()
    return Workspace(server.root / name, name)


NewPage = Callable[..., Any]


@pytest.fixture
def new_page(server: LabServer, chromium: Any) -> Iterator[NewPage]:
    """`new_page("Ada", dark=True, path="", width=1280, height=800)`: JupyterLab as another person.

    Returns a `playwright.sync_api.Page` on which JupyterLab has started. Its `console_errors` holds
    what went wrong in the page's scripts.
    """
    contexts: list[Any] = []

    def open_page(
        user: str = "Ada",
        *,
        dark: bool = False,
        path: str = "",
        width: int = 1280,
        height: int = 800,
    ) -> Any:
        if dark:
            server.set(
                "@jupyterlab/apputils-extension/themes.jupyterlab-settings",
                {"theme": "JupyterLab Dark"},
            )
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_S * 1000)
        page = context.new_page()
        page.console_errors = []
        page.on("pageerror", lambda error: page.console_errors.append(str(error)))
        _introduce(context, server, user)
        layout = uuid.uuid4().hex
        tree = f"/tree/{path}" if path else ""
        page.goto(f"{server.url}lab/workspaces/{layout}{tree}?token={TOKEN}")
        page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
        if not path:
            # It comes by itself, and would otherwise come in front of what a test has opened.
            page.wait_for_selector(".jp-Launcher")
        return page

    yield open_page
    for context in contexts:
        context.close()


def _introduce(context: Any, server: LabServer, user: str) -> None:
    """Give the browser context `user`'s name, which others see."""
    reply = context.request.get(f"{server.url}lab?token={TOKEN}")
    assert reply.ok, f"{reply.status} from the server: {server.log.read_text()[-2000:]}"
    xsrf = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "_xsrf")
    reply = context.request.patch(
        f"{server.url}api/me",
        data={"name": user, "display_name": user, "initials": user[0]},
        headers={"X-XSRFToken": xsrf},
    )
    assert reply.ok, f"the server did not take the name {user}: {reply.text()}"


@pytest.fixture
def page(new_page: NewPage) -> Any:
    """JupyterLab as Ada."""
    return new_page("Ada")


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """`screenshot(page, "chat-dark")` writes build/screenshots/chat-dark.png."""

    def take(page: Any, name: str = "") -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        slug = re.sub(r"[^a-z0-9]+", "-", (name or request.node.name).lower()).strip("-")
        file = SCREENSHOTS / f"{slug}.png"
        page.screenshot(path=str(file))
        return file

    return take


def until(condition: Callable[[], Any], what: str, timeout_s: float = PATIENCE_S) -> Any:
    """Wait for something outside the page, such as a file on disk; returns what it became."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail(f"{what}: not within {timeout_s:g} s")
