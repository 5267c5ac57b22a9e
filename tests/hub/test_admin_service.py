"""The admin service ends with its hub, however that ends, and the next hub has one of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import psutil
import pytest

from neoai_hub.config.configure import proxy_command
from tests.conftest import require
from tests.fakes.hub import ROOT, Hub, free_port

from .test_admin import CONFIG, SERVICE

OWN_PROXY = """
c.ConfigurableHTTPProxy.should_start = True
c.ConfigurableHTTPProxy.command = {command!r}
"""


def listener(port: int) -> int | None:
    """The process that listens there."""
    found = [
        each.pid
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr.port == port
    ]
    return found[0] if found else None


def test_after_a_kill_the_service_is_gone_and_that_of_the_next_hub_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require("hub's proxy")
    monkeypatch.chdir(ROOT)
    port, command = free_port(), proxy_command()
    hub = Hub(tmp_path, CONFIG.format(port=port) + OWN_PROXY.format(command=command))
    os.killpg(hub.proxy.pid, signal.SIGKILL)  # the hub starts its own
    try:
        hub.start()
        health = f"{hub.url}{SERVICE}/v1/health"
        hub.until(lambda: httpx.get(health).status_code == 200, "the service answers")
        first = listener(port)
        assert first is not None

        hub.kill()
        hub.until(lambda: not psutil.pid_exists(first), "the service has ended", 10)
        hub.start()
        hub.until(lambda: httpx.get(health).status_code == 200, "the new service answers")
        assert listener(port) not in (None, first)
        token = hub.http.post("/users/root/tokens", json={}).raise_for_status().json()["token"]
        who = httpx.get(
            f"{hub.url}{SERVICE}/v1/users/profile", headers={"Authorization": f"token {token}"}
        )
        assert who.json()["name"] == "root"
        client = hub.browser("root")
        assert "My usage" in client.get(f"{SERVICE}/").text
        client.close()
    finally:
        hub.stop()
