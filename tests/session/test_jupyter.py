"""What counts as activity in a running server, and the routes for pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..projects.conftest import Call


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def jp_server_config(jp_server_config: Any, tmp_path: Path) -> Any:
    jp_server_config["ServerApp"]["jpserver_extensions"]["jupyter_server_terminals"] = True
    jp_server_config["ServerApp"]["jpserver_extensions"]["jupyterlab"] = True
    jp_server_config["LabApp"] = {"workspaces_dir": str(tmp_path / "workspaces")}
    return jp_server_config


@pytest.fixture
def activity(jp_serverapp: Any) -> Any:
    """As if nobody had done anything for long."""
    found = jp_serverapp.web_app.settings["neoai"].activity
    found._sources.clear()
    found._at -= 10_000
    return found


async def until(met: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not met():
            await asyncio.sleep(0.02)


async def test_what_a_page_asks_by_itself_is_no_activity(
    call: Call, activity: Any, jp_fetch: Any
) -> None:
    await jp_fetch("api", "kernels")
    await jp_fetch("api", "contents", "")
    await call("GET", "/session")
    await call("GET", "/projects")
    layout = json.dumps({"data": {}, "metadata": {"id": "default"}})
    await jp_fetch("lab", "api", "workspaces", "default", method="PUT", body=layout)
    assert (await call("POST", "/session/saves/x", {"page": "p", "done": True})).code == 404
    assert activity.idle_s > 9_000


async def test_what_changes_something_is_and_so_is_what_a_page_tells_of_its_people(
    call: Call, activity: Any, jp_fetch: Any
) -> None:
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    await jp_fetch("api", "contents", "a.txt", method="PUT", body=body)
    assert activity.idle_s < 60

    activity._at -= 10_000
    assert (await call("POST", "/session/activity")).json["hub"] is False
    assert activity.idle_s < 60


async def test_what_is_refused_is_no_activity(activity: Any, http_server_client: Any) -> None:
    reply = await http_server_client.fetch(
        "/a%40b/api/kernels", method="POST", body="{}", raise_error=False
    )
    assert reply.code >= 400
    assert activity.idle_s > 9_000


async def test_while_everything_is_saved_before_the_end_saving_is_no_activity(
    activity: Any, jp_serverapp: Any, jp_fetch: Any
) -> None:
    session = jp_serverapp.web_app.settings["neoai"].session
    session._saving.id = "s"
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    await jp_fetch("api", "contents", "a.txt", method="PUT", body=body)
    assert activity.idle_s > 9_000


async def test_a_terminal_keeps_the_server_while_a_program_runs_in_it(
    activity: Any, jp_serverapp: Any
) -> None:
    terminals = jp_serverapp.web_app.settings["terminal_manager"]
    name = terminals.create()["name"]
    process = terminals.terminals[name].ptyproc
    await until(lambda: "terminals" not in activity.busy)
    process.write("cat\n")
    await until(lambda: activity.busy.get("terminals") == 1)
    process.write("\x04")  # an end of input waits until the program reads
    await until(lambda: "terminals" not in activity.busy)
    await terminals.terminate_all()


async def test_a_kernel_keeps_the_server_while_a_cell_runs(
    activity: Any, jp_serverapp: Any
) -> None:
    manager = jp_serverapp.kernel_manager
    kernel_id = await manager.start_kernel()
    kernel = manager.get_kernel(kernel_id)
    client = kernel.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    await until(lambda: "kernels" not in activity.busy)
    client.execute("__import__('time').sleep(60)", allow_stdin=False)
    await until(lambda: activity.busy.get("kernels") == 1)
    client.stop_channels()
    await manager.shutdown_kernel(kernel_id, now=True)
    assert "kernels" not in activity.busy
