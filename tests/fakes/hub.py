"""A real JupyterHub with its real proxy, in processes of their own, and its REST API."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).parents[2]
CONFIG = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.fakes.ledger import Ledger
ledger = Ledger(Path({ledger!r}))
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://{hub_ip}:{hub_port}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.auth_token = {token!r}
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cookie_secret_file = {folder!r} + "/cookie_secret"
c.JupyterHub.db_url = "sqlite:///" + {folder!r} + "/hub.sqlite"
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
c.DummyAuthenticator.password = "password-of-the-tests"
c.Authenticator.allow_all = True
c.JupyterHub.load_groups = {groups!r}
c.JupyterHub.services = [{{"name": "tests", "api_token": {token!r}, "admin": True}}]
c.JupyterHub.load_roles = [{{"name": "tests", "services": ["tests"], "scopes": [
    "admin:users", "admin:servers", "access:servers", "admin:groups", "list:users"]}}]
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 3}}
c.NeoAISpawner.quotas = lambda: ledger
c.NeoAISpawner.leases = lambda: ledger
c.NeoAISpawner.gpu_wait_interval = 0.1
c.Spawner.poll_interval = 1
c.JupyterHub.log_level = "INFO"
c.Spawner.consecutive_failure_limit = 2
"""


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def proxy_command() -> str | None:
    """configurable-http-proxy, from the PATH or from what `make install` fetched."""
    beside = ROOT / "node_modules" / ".bin"
    return shutil.which("configurable-http-proxy", path=f"{os.environ['PATH']}:{beside}")


class Loopback(httpx.HTTPTransport):
    """Finds every host here."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        here = request.url.copy_with(host="127.0.0.1")
        headers, extensions = request.headers, request.extensions
        sent = httpx.Request(
            request.method, here, headers=headers, stream=request.stream, extensions=extensions
        )
        return super().handle_request(sent)


class Hub:
    """A hub in `folder`; `config` is Python that follows CONFIG. `by_host`: for subdomains."""

    def __init__(
        self,
        folder: Path,
        config: str,
        groups: dict[str, list[str]] | None = None,
        hub_ip: str = "127.0.0.1",
        by_host: bool = False,
    ) -> None:
        self.folder = folder
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.ledger = folder / "ledger.sqlite"
        values = {
            "root": str(ROOT),
            "ledger": str(self.ledger),
            "port": self.url.rsplit(":", 1)[1],
            "hub_ip": hub_ip,
            "hub_port": free_port(),
            "api_port": (api_port := free_port()),
            "folder": str(folder),
            "groups": groups or {},
            "token": self.token,
        }
        (folder / "config.py").write_text(CONFIG.format(**values) + config)
        self.http = httpx.Client(
            base_url=f"{self.url}/hub/api",
            headers={"Authorization": f"token {self.token}"},
            timeout=60,
        )
        self.process: subprocess.Popen[bytes] | None = None
        command = proxy_command()
        assert command is not None
        address = ["--ip", "127.0.0.1", "--port", str(values["port"])]
        api = ["--api-ip", "127.0.0.1", "--api-port", str(api_port)]
        fallback = ["--error-target", f"http://{hub_ip}:{values['hub_port']}/hub/error"]
        self.proxy = subprocess.Popen(
            [command, *address, *api, *fallback, *(["--host-routing"] if by_host else [])],
            env={**os.environ, "CONFIGPROXY_AUTH_TOKEN": self.token},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start(self) -> None:
        """Start it, and return when it answers."""
        log = (self.folder / "hub.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "config.py"],
            cwd=self.folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self.until(self._answers, "the hub answers", 60)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()[-4000:]
        with contextlib.suppress(httpx.HTTPError):
            return self.http.get("/info").status_code == 200
        return False

    def kill(self) -> None:
        """As a crash would: the hub alone; proxy and servers stay."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Stop every server, the hub and its proxy."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                self._stop_servers()
            self.process.kill()
            self.process.wait()
        os.killpg(self.proxy.pid, signal.SIGKILL)
        self.proxy.wait()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if Path(process.cwd()).is_relative_to(self.folder):
                    process.kill()
        self.http.close()

    def _stop_servers(self) -> None:
        for user in self.http.get("/users").json():
            for name, server in user["servers"].items():
                if server["ready"]:
                    self.http.delete(f"/users/{user['name']}/servers/{name}")
        self.until(
            lambda: not any(user["servers"] for user in self.http.get("/users").json()),
            "every server stopped",
            30,
        )

    def log(self) -> str:
        """What the hub has logged."""
        return (self.folder / "hub.log").read_text(errors="replace")

    def until(self, met: Any, what: str, longest: float = 30) -> Any:
        """Wait for what another process does; the log is told where it does not come."""
        deadline = time.monotonic() + longest
        while True:
            if value := met():
                return value
            assert time.monotonic() < deadline, (
                f"not within {longest} s: {what}\n{self.log()[-4000:]}"
            )
            time.sleep(0.1)

    # --- users and servers

    def add(self, *names: str) -> None:
        """Users, signed up."""
        self.http.post("/users", json={"usernames": list(names)}).raise_for_status()

    def spawn(self, user: str, options: Any = None) -> httpx.Response:
        """Ask for the user's server, and return what the hub says at once."""
        body = {} if options is None else {"content": json.dumps(options)}
        return self.http.post(f"/users/{user}/server", **body)

    def server(self, user: str) -> Any:
        """The user's server as the hub sees it; None where there is none."""
        return self.http.get(f"/users/{user}").json()["servers"].get("")

    def ready(self, user: str, options: Any = None) -> None:
        """Start the user's server and wait until it is ready."""
        self.spawn(user, options).raise_for_status()
        self.until(lambda: (self.server(user) or {}).get("ready"), f"{user}'s server is ready", 60)

    def gone(self, user: str) -> None:
        """Wait until the user has no server."""
        self.until(lambda: self.server(user) is None, f"{user}'s server is gone")

    def end(self, user: str) -> None:
        """Stop the user's server, and wait for it."""
        self.http.delete(f"/users/{user}/server").raise_for_status()
        self.gone(user)

    def environ(self, user: str) -> dict[str, str]:
        """The environment of the user's (fake) server, seen through the proxy."""
        reply = httpx.get(f"{self.url}/user/{user}/environ", timeout=20)
        environment: dict[str, str] = reply.raise_for_status().json()
        return environment

    def progress(self, user: str) -> Iterator[dict[str, Any]]:
        """The events of the user's spawn page, until the start has ended."""
        with self.http.stream("GET", f"/users/{user}/server/progress") as reply:
            reply.raise_for_status()
            for line in reply.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    def failure(self, user: str) -> str:
        """The reason why the user's last start failed, as the spawn page shows it."""
        last = list(self.progress(user))[-1]
        assert last.get("failed"), last
        message: str = last["message"]
        return message

    def browser(self, user: str, url: str = "") -> httpx.Client:
        """The user signed in, as a browser is: cookies, and the token against forged requests. At
        `url`, whose host and its subdomains are found without DNS."""
        client = httpx.Client(
            base_url=url or self.url, follow_redirects=True, timeout=60, transport=Loopback()
        )
        client.get("/hub/login")
        form = {"username": user, "password": "password-of-the-tests"}
        params = {"_xsrf": client.cookies["_xsrf"]}
        client.post("/hub/login", data=form, params=params).raise_for_status()
        return client
