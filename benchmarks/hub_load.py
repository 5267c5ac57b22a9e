"""What our quotas, leases and line of starts cost a hub: beside JupyterHub alone.

    python benchmarks/hub_load.py [--rounds 3] [--servers 500] [--at-once 20]

Two hubs take turns, real processes with their real proxies. Both start the same servers, which
cost nothing (`rig/stub.py`); ours takes the quotas of each out of its ledger and a GPU of its own.
Spawns a second are counted from the first request until the last server is ready; then the hub is
killed and started, until it answers and knows every server to be ready. The goals: at least 0.9
times the spawns of the bare hub, and a restart within 6 s. Where other programs want the cores, the
hub's loop waits for one: spawns a second without that wait are told beside those by the clock.
"""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
from rig.report import Goal, Report, at_most

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.fakes.hub import Hub, free_port

RIG = Path(__file__).parent / "rig"
BOTH = """
sys.path.insert(0, {rig!r})
from stub import StubSpawner
{configure}
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
c.JupyterHub.spawner_class = {spawner}
c.JupyterHub.trust_user_provided_tokens = True
c.JupyterHub.concurrent_spawn_limit = 0
c.StubSpawner.answers_at = {answers_at}
c.JupyterHub.api_page_max_limit = 10_000
c.Spawner.poll_interval = 60
c.JupyterHub.log_level = "WARN"
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 60}}
"""
OURS = """
configured_url = c.JupyterHub.bind_url
from neoai_hub.config import configure
from neoai_spawners.mixin import NeoAISpawner
class Ours(NeoAISpawner, StubSpawner):
    pass
gpus = [{{"id": f"GPU-{{number}}", "kind": "H100"}} for number in range({servers})]
configure(c, {{
    "hub": {{"bind_url": configured_url}},
    "spawner": {{"kind": "local", "concurrent_spawns": {at_once}}},
    "admin": {{"enabled": False}},
    "gpus": {{"discover": False, "devices": gpus}},
    "catalogue": {{"profiles": [{{"name": "gpu", "gpus": 1}}]}},
}})
"""
QUOTAS = {"servers": 2, "cpu": 64, "memory": 1 << 40, "server-hours": 100, "gpu-hours": 100}


class Load:
    """A hub with users whose servers have not been started."""

    def __init__(self, hub: Hub, servers: int, at_once: int) -> None:
        self.hub = hub
        self.users = [f"user{number}" for number in range(servers)]
        self.at_once = at_once
        hub.add(*self.users)

    def spawn(self) -> tuple[float, float, float]:
        """Start every user's server, so many requests at once: spawns a second, milliseconds of
        the hub's processor for each, and spawns a second had its loop never waited for a core."""
        asking = [
            threading.Thread(target=self._ask, args=(self.users[first :: self.at_once],))
            for first in range(self.at_once)
        ]
        began, used, queued = time.perf_counter(), self._processor_s(), self._queued_s()
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        self.hub.until(self._all_ready, "every server is ready", 120)
        took, used = time.perf_counter() - began, self._processor_s() - used
        queued, many = self._queued_s() - queued, len(self.users)
        return many / took, 1000 * used / many, many / (took - queued)

    def _queued_s(self) -> float:
        """Seconds for which the hub's loop, its main thread, was ready to run and had no core."""
        assert self.hub.process is not None
        return int(Path(f"/proc/{self.hub.process.pid}/schedstat").read_text().split()[1]) / 1e9

    def _processor_s(self) -> float:
        assert self.hub.process is not None
        times = psutil.Process(self.hub.process.pid).cpu_times()
        return times.user + times.system

    def restart(self) -> tuple[float, float]:
        """Seconds from the start of a hub in the place of a killed one until it knows them all, and
        seconds of its processor until then."""
        self.hub.kill()
        began = time.perf_counter()
        self.hub.start()
        self.hub.until(self._all_ready, "every server is known", 120)
        return time.perf_counter() - began, self._processor_s()

    def _ask(self, users: list[str]) -> None:
        headers = dict(self.hub.http.headers)
        with httpx.Client(base_url=self.hub.http.base_url, headers=headers, timeout=120) as client:
            for user in users:
                client.post(f"/users/{user}/server").raise_for_status()

    def _all_ready(self) -> bool:
        asked = {"state": "ready", "limit": 2 * len(self.users)}
        return len(self.hub.http.get("/users", params=asked).json()) == len(self.users)


@contextlib.contextmanager
def load(ours: bool, servers: int, at_once: int, answers_at: int) -> Iterator[Load]:
    """A hub of its own, with or without NeoAI."""
    with tempfile.TemporaryDirectory() as folder:
        configured = OURS.format(servers=servers, at_once=at_once) if ours else ""
        spawner = "Ours" if ours else "StubSpawner"
        config = BOTH.format(
            rig=str(RIG), configure=configured, spawner=spawner, answers_at=answers_at
        )
        hub = Hub(Path(folder), config)
        try:
            hub.start()
            if ours:
                hub.until(lambda: set_quotas(Path(folder)), "the ledger is there")
            yield Load(hub, servers, at_once)
        finally:
            hub.kill()
            hub.stop()


def set_quotas(folder: Path) -> bool:
    """Quotas of every kind for everybody; False while the ledger has no tables yet."""
    windows = {"server-hours": "month", "gpu-hours": "7d"}
    rows = [(kind, limit, windows.get(kind)) for kind, limit in QUOTAS.items()]
    try:
        with contextlib.closing(sqlite3.connect(folder / "hub-data/neoai_hub.sqlite")) as ledger:
            ledger.executemany(
                'INSERT INTO neoai_quotas (scope, name, kind, shared, "limit", "window") '
                "VALUES ('default', 'default', ?, 0, ?, ?)",
                rows,
            )
            ledger.commit()
    except sqlite3.OperationalError:
        return False
    return True


def each(measured: dict[bool, list[tuple[float, ...]]], which: int) -> list[list[float]]:
    """One of the figures: ours, and the peer's."""
    return [[figures[which] for figures in measured[ours]] for ours in (True, False)]


def main() -> int:
    """Measure, print, and say whether the goals were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--servers", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=20)
    asked = parser.parse_args()
    answers_at = free_port()
    answering = subprocess.Popen([sys.executable, str(RIG / "stub.py"), str(answers_at)])
    report = Report("NeoAI", "JupyterHub")
    spawns: dict[bool, list[tuple[float, ...]]] = {False: [], True: []}
    restarts: dict[bool, list[tuple[float, ...]]] = {False: [], True: []}
    try:
        for number in range(asked.rounds):
            for ours in (False, True) if number % 2 == 0 else (True, False):
                with load(ours, asked.servers, asked.at_once, answers_at) as loaded:
                    spawns[ours].append(loaded.spawn())
                    restarts[ours].append(loaded.restart())
    finally:
        answering.kill()
        answering.wait()
    goal = Goal("at least 0.9 x", lambda our, peer: peer is not None and our >= 0.9 * peer)
    report.add("spawns a second", "", *each(spawns, 0), goal)
    report.add("the same without waiting for a core", "", *each(spawns, 2), goal)
    report.add("the hub's processor for a spawn", "ms", *each(spawns, 1))
    what = f"a restart with {asked.servers} servers"
    report.add(what, "s", *each(restarts, 0), at_most(6, "s"))
    report.add("the hub's processor for it", "s", *each(restarts, 1))
    return report.status()


if __name__ == "__main__":
    sys.exit(main())
