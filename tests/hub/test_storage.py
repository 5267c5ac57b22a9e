"""Storage above its quota in a whole hub: refused, cleaned up, within its quota again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import require
from tests.fakes.hub import Hub, free_port
from tests.spawners.conftest import FAKE

CONFIG = """
from neoai_hub.config import configure
configure(c, {{
    "hub": {{"bind_url": c.JupyterHub.bind_url, "admins": ["root"]}},
    "spawner": {{"kind": "local"}},
    "catalogue": {{"profiles": [
        {{"name": "large", "memory": "4G", "cpus": 4}},
        {{"name": "small", "memory": "1G", "cpus": 1}}]}},
    "quotas": {{"heartbeat_s": 1}},
    "gpus": {{"discover": False}},
    "admin": {{"port": {port}}},
}})
c.NeoAILocalSpawner.cmd = {fake!r}
c.NeoAILocalSpawner.args = []
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
c.DummyAuthenticator.password = "password-of-the-tests"
c.Authenticator.allow_all = True
"""
QUOTAS = "/services/neoai/v1/quotas/default/default"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    require("hub's proxy")
    hub = Hub(tmp_path, CONFIG.format(port=free_port(), fake=FAKE))
    try:
        hub.start()
        yield hub
    finally:
        hub.stop()


def limit_storage(hub: Hub, size: int) -> None:
    token = hub.http.post("/users/root/tokens").raise_for_status().json()["token"]
    quotas = {"quotas": [{"kind": "storage", "limit": size, "window": None, "shared": False}]}
    hub.until(lambda: _put(hub, token, quotas), "the quota is set")


def _put(hub: Hub, token: str, quotas: object) -> bool:
    headers = {"Authorization": f"token {token}"}
    return httpx.put(hub.url + QUOTAS, json=quotas, headers=headers).is_success


def test_who_has_used_too_much_cleans_up_and_starts_again(hub: Hub) -> None:
    hub.add("root", "ann")
    limit_storage(hub, 1 << 20)
    hub.ready("ann")
    home = Path(hub.environ("ann")["HOME"])
    (home / "large").write_bytes(b"x" * (3 << 20))
    browser = hub.browser("ann")

    def measured() -> str:
        page = browser.get("/services/neoai/").text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))

    hub.until(lambda: re.search(rf"{home.name} 3(\.\d+)? MiB", measured()), "it is measured")
    hub.end("ann")

    refused = hub.spawn("ann", {"profile": "large"})
    assert refused.status_code == 403
    assert "in a server that you start to clean up" in refused.json()["message"]

    page = browser.get("/hub/spawn/ann").text
    assert "Start to clean up" in page
    assert "3 MiB in use" in page
    assert 'value="large"' not in page

    hub.ready("ann", {"profile": "clean-up"})
    environment = hub.environ("ann")
    assert environment["NEOAI_DELETE_FOR_GOOD"] == "1"
    assert environment["MEM_LIMIT"] == str(1 << 30)

    (home / "large").unlink()
    hub.until(lambda: not re.search(r"\d MiB \d{4}-", measured()), "it is measured again")
    hub.end("ann")

    page = browser.get("/hub/spawn/ann").text
    assert "Start to clean up" not in page
    assert 'value="large"' in page
    hub.ready("ann", {"profile": "large"})
