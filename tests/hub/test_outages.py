"""A whole hub whose database is gone for a while: starts are refused in words, servers run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.conftest import postgres_schema, require
from tests.fakes.hub import Hub, free_port
from tests.fakes.wire import Wire

CONFIG = """
configured_url = c.JupyterHub.bind_url
from neoai_hub.config import configure
configure(c, {{
    "hub": {{"bind_url": configured_url}},
    "database": {database!r},
    "spawner": {{"kind": "local", "options": {{"homes": "homes", "args": []}}}},
    "admin": {{"enabled": False}},
    "gpus": {{"discover": False}},
    "quotas": {{"heartbeat_s": 1}},
}})
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
import sys
c.Spawner.cmd = [sys.executable, {server!r}]
"""
SERVER = str(Path(__file__).parents[1] / "fakes" / "singleuser.py")


@pytest.fixture
def postgres() -> Iterator[str]:
    require("hub's proxy")
    require("postgresql")
    with postgres_schema() as url:
        yield url


def between(url: str) -> tuple[Wire, str]:
    """A wire before a database, and its URL through the wire."""
    direct = sa.make_url(url)
    port = free_port()
    wire = Wire(("127.0.0.1", port), (direct.host or "127.0.0.1", direct.port or 5432))
    through = direct.set(host="127.0.0.1", port=port)
    return wire, through.render_as_string(hide_password=False)


def metered(url: str, user: str) -> float:
    """Seconds for which the user's server has been charged."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        query = sa.text('SELECT sum(metered_s) FROM neoai_reservations WHERE "user" = :user')
        seconds = connection.execute(query, {"user": user}).scalar()
    engine.dispose()
    return float(seconds or 0)


def test_a_ledger_that_never_answers_refuses_a_start_in_words(tmp_path: Path) -> None:
    require("hub's proxy")
    config = (
        CONFIG.format(database={}, server=SERVER)
        + """
import asyncio
from neoai_spawners import account
from tests.fakes.ledger import Ledger
account.ANSWER_WITHIN = 1
class Silent(Ledger):
    async def reserve(self, request):
        await asyncio.Event().wait()
    settle = reserve
silent = Silent(ledger.path)
c.NeoAISpawner.quotas = lambda: silent
"""
    )
    hub = Hub(tmp_path, config)
    try:
        hub.start()
        hub.add("ann")
        refused = hub.spawn("ann")
        assert refused.status_code == 503
        assert "cannot look its quotas up now. Try again" in refused.json()["message"]
    finally:
        hub.stop()


@pytest.mark.parametrize("shared", [False, True], ids=["the ledger's", "JupyterHub's too"])
def test_a_database_that_is_gone_for_a_while_loses_no_server_and_no_time(
    tmp_path: Path, postgres: str, shared: bool
) -> None:
    wire, through = between(postgres)
    database: dict[str, Any] = {"url": through, **({"jupyterhub_url": through} if shared else {})}
    hub = Hub(tmp_path, CONFIG.format(database=database, server=SERVER))
    try:
        hub.start()
        hub.add("ann", "bob")
        hub.ready("ann")
        running = hub.environ("ann")["PID"]
        hub.until(lambda: metered(postgres, "ann") > 0, "a heartbeat")

        wire.cut()
        before = metered(postgres, "ann")
        refused = hub.spawn("bob")
        vain = "Exception in callback" if shared else "No heartbeat of ann"
        hub.until(lambda: hub.log().count(vain) > 3, "heartbeats in vain")
        assert hub.environ("ann")["PID"] == running
        wire.mend()

        assert refused.is_error  # JupyterHub's own: it knows nobody's token now
        if not shared:
            assert refused.status_code == 503
            assert "cannot look its quotas up now. Try again" in refused.json()["message"]
        hub.until(lambda: metered(postgres, "ann") >= before + 3, "the time is charged")
        assert hub.environ("ann")["PID"] == running
        hub.ready("bob")
        hub.end("ann")
    finally:
        hub.stop()
        wire.cut()
