"""How soon the admin service's pages answer on a large hub, beside a page of JupyterHub's own API.

    python benchmarks/admin_pages.py [--rounds 30] [--users 5000]

A real hub with its real proxy: users in 200 groups, 100 servers that run (`rig/stub.py`) with a
GPU each, samples of a day, quotas for every group, 50 courses, thousands of entries in the ledger
and 100,000 in the audit log. An admin's requests go through the proxy one after the other, each
page between two of `GET /hub/api/users?limit=50`, which is the peer. The goal: a median under 100
ms.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from hub_load import BOTH, RIG
from rig.report import Report, at_most

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.fakes.hub import Hub, free_port

GROUPS = 200
SERVERS = 100
COURSES = 50
BATCH = 250
SETTLED = 5_000
AUDIT = 100_000
SAMPLES = 24 * 60
MOST_MS = 100
OURS = """
configured_url = c.JupyterHub.bind_url
from neoai_hub.config import configure
from neoai_spawners.mixin import NeoAISpawner
class Ours(NeoAISpawner, StubSpawner):
    pass
gpus = [{{"id": f"GPU-{{number:04}}", "kind": "H100", "node": f"gpu-{{number // 8}}"}}
        for number in range({servers})]
configure(c, {{
    "hub": {{"bind_url": configured_url, "admins": ["root"]}},
    "spawner": {{"kind": "local", "concurrent_spawns": 20}},
    "admin": {{"port": {port}}},
    "gpus": {{"discover": False, "devices": gpus}},
    "catalogue": {{"profiles": [{{"name": "gpu", "gpus": 1}}, {{"name": "small"}}]}},
}})
"""
SERVICE = "/services/neoai"
PEER = "/hub/api/users?limit=50"
PAGES = {
    "my usage": "/",
    "users": "/admin/users",
    "users, searched by name": "/admin/users?q=user12",
    "users, searched by group": "/admin/users?q=group7",
    "courses": "/courses",
    "a course of 25": "/courses/course?course=group1",
    "a member of it": "/courses/member?course=group1&user=user1",
    "announcements": "/announcements",
    "import": "/admin/import",
    "quotas": "/admin/quotas",
    "quotas of a user": "/admin/quotas/edit?scope=user&name=user1",
    "quotas of a group": "/admin/quotas/edit?scope=group&name=group1",
    "quotas of everybody": "/admin/quotas/edit?scope=default&name=default",
    "profiles": "/admin/profiles",
    "profiles of a user": "/admin/profiles?user=user4321",
    "GPUs, all of a day": "/admin/gpus",
    "GPUs, one of a month": "/admin/gpus?device=GPU-0001&span=month",
    "audit log": "/admin/audit",
    "audit log, far back": "/admin/audit?before=1000",
    "audit log of a user": "/admin/audit?actor=user4999",
    "audit log, a rare action": "/admin/audit?action=quotas.set",
    "audit log, none such": "/admin/audit?actor=nobody&action=nothing",
}


class Big:
    """The hub, filled."""

    def __init__(self, hub: Hub, users: int) -> None:
        self.hub = hub
        self.people = [f"user{number}" for number in range(users)]
        reply = hub.http.post("/users/root/tokens", json={}).raise_for_status()
        headers = {"Authorization": f"token {reply.json()['token']}"}
        self.admin = httpx.Client(base_url=hub.url, headers=headers, timeout=120)

    def fill(self, folder: Path) -> None:
        """Servers, and what months of use leave in the hub's own tables."""
        for first in range(0, len(self.people), BATCH):
            self.hub.add(*self.people[first : first + BATCH])
        for number in range(GROUPS):
            group = f"/groups/group{number}"
            members = self.people[number::GROUPS]
            self.hub.http.post(group).raise_for_status()
            self.hub.http.post(f"{group}/users", json={"users": members}).raise_for_status()
        for number in range(COURSES):
            form = {"name": f"group{number}"}
            self.admin.post(f"{SERVICE}/courses", data=form).raise_for_status()
        started = self.people[:SERVERS]
        for user in started:
            self.hub.spawn(user).raise_for_status()
        ready = {"state": "ready", "limit": SERVERS + 1}
        self.hub.until(
            lambda: len(self.hub.http.get("/users", params=ready).json()) >= SERVERS,
            "the servers are ready", 120,
        )  # fmt: skip
        with contextlib.closing(sqlite3.connect(folder / "hub-data/neoai_hub.sqlite")) as tables:
            for statement, rows in written(self.people).items():
                tables.executemany(statement, rows)
            tables.commit()

    def ask(self, address: str) -> float:
        """Milliseconds until the whole answer is here."""
        began = time.perf_counter()
        self.admin.get(address).raise_for_status()
        return 1000 * (time.perf_counter() - began)


def written(people: list[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Rows for the hub's tables, by the statement that writes them."""
    now = datetime.now(UTC).replace(tzinfo=None)

    def ago(**by: float) -> str:
        return (now - timedelta(**by)).strftime("%Y-%m-%d %H:%M:%S.%f")

    groups = [f"group{number}" for number in range(GROUPS)]
    kinds = [("servers", 2, None), ("memory", 2**34, None), ("gpu-hours", 40, "week")]
    quotas = [("group", group, kind, 0, *rest) for group in groups for kind, *rest in kinds]
    quotas += [("user", user, "servers", 0, 3, None) for user in people[::25]]
    settled = [
        (f"key{number}", people[number % len(people)], "", "gpu", "[]", 1.0, 2**31, 1, "",
         "settled", "ended", ago(hours=number), 3600.0, ago(hours=number), 0.0, "earlier")
        for number in range(SETTLED)
    ]  # fmt: skip
    slots = [
        (f"user:{user}", kind, ago(minutes=15 * slot), 900.0)
        for user in people[:SERVERS] for kind in ("server-hours", "gpu-hours") for slot in range(50)
    ]  # fmt: skip
    log = [
        (ago(seconds=30 * (AUDIT - number)), people[number * 7 % len(people)], "server.started",
         f"server:{people[number * 7 % len(people)]}/", json.dumps({"profile": "gpu", "gpus": 1}))
        for number in range(AUDIT)
    ]  # fmt: skip
    samples = [
        (f"GPU-{device:04}", ago(minutes=minute + 1), people[device],
         (minute + device) % 100 / 100, 2**33)
        for device in range(SERVERS) for minute in range(SAMPLES)
    ]  # fmt: skip
    return {
        'INSERT INTO neoai_quotas (scope, name, kind, shared, "limit", "window") '
        "VALUES (?, ?, ?, ?, ?, ?)": quotas,
        'INSERT INTO neoai_reservations ("key", "user", server, profile, groups, cpus, '
        "memory_bytes, gpus, gpu_kind, state, outcome, reserved_at, metered_s, beat_at, beat_s, "
        "beat_boot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)": settled,
        "INSERT INTO neoai_usage (subject, kind, slot, amount) VALUES (?, ?, ?, ?)": slots,
        "INSERT INTO neoai_audit (at, actor, action, subject, details) VALUES (?, ?, ?, ?, ?)": log,
        'INSERT INTO neoai_gpu_samples (device_id, at, "user", utilisation, memory_bytes) '
        "VALUES (?, ?, ?, ?, ?)": samples,
    }


@contextlib.contextmanager
def big(users: int, answers_at: int) -> Iterator[Big]:
    """A hub of its own with so many users."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configured = OURS.format(servers=SERVERS, port=free_port())
        config = BOTH.format(
            rig=str(RIG), configure=configured, spawner="Ours", answers_at=answers_at
        )
        hub = Hub(folder, config)
        try:
            hub.start()
            health = f"{hub.url}{SERVICE}/v1/health"
            hub.until(lambda: httpx.get(health).status_code == 200, "the service answers")
            filled = Big(hub, users)
            filled.fill(folder)
            yield filled
        finally:
            hub.kill()
            hub.stop()


def main() -> int:
    """Measure, print, and say whether the goals were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--users", type=int, default=5_000)
    asked = parser.parse_args()
    answers_at = free_port()
    answering = subprocess.Popen([sys.executable, str(RIG / "stub.py"), str(answers_at)])
    ours: dict[str, list[float]] = {what: [] for what in PAGES}
    peer: list[float] = []
    try:
        with big(asked.users, answers_at) as hub:
            first = hub.ask(f"{SERVICE}/admin/users")
            for page in PAGES.values():
                hub.ask(f"{SERVICE}{page}")
            for _ in range(asked.rounds):
                for what, page in PAGES.items():
                    peer.append(hub.ask(PEER))
                    ours[what].append(hub.ask(f"{SERVICE}{page}"))
    finally:
        answering.kill()
        answering.wait()
    report = Report("NeoAI", "/hub/api/users?limit=50")
    report.add("users, the first time", "ms", [first])
    for what, samples in ours.items():
        report.add(what, "ms", samples, peer, at_most(MOST_MS, "ms"))
        report.add("  95 of 100 within", "ms", [within(samples)], [within(peer)])
    return report.status()


def within(samples: list[float]) -> float:
    """What 95 of 100 do not exceed."""
    return statistics.quantiles(samples, n=20, method="inclusive")[-1]


if __name__ == "__main__":
    sys.exit(main())
