"""A hub on which months were worked: for looking at its pages in a browser."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

CONFIG = """
from neoai_hub.config import configure
configure(c, {{
    "hub": {{"bind_url": c.JupyterHub.bind_url, "admins": ["root"]}},
    "spawner": {{"kind": "local"}},
    "catalogue": {{
        "profiles": [
            {{"name": "small", "title": "Small", "storage": "10G",
              "description": "For most work."}},
            {{"name": "large", "title": "Large", "cpus": 8, "memory": "32G", "groups": ["staff"]}},
            {{"name": "gpu", "title": "One GPU", "cpus": 8, "memory": "64G", "gpus": 1,
              "gpu_kind": "H100", "groups": ["machine-learning"], "image": "registry.example.org/"
              "a-team-with-a-long-name/neoai-with-cuda:2026.11.28",
              "environment": {{"HF_HOME": "/home/jovyan/.cache/hf", "HF_TOKEN": "hf_x"}}}},
        ],
        "limits": {{"staff": {{"cpus": 16, "memory": "64G"}}, "machine-learning": {{"gpus": 2}}}},
        "default": {{"cpus": 4, "memory": "128G", "gpus": 0}},
    }},
    "gpus": {{"discover": False, "lease_s": 7200, "waiting_s": 7200, "devices": [
        {{"id": f"GPU-11111111-2222-3333-4444-{{number:012}}", "kind": "H100", "node": "gpu-1",
          "memory_bytes": 85899345920}} for number in range(4)]}},
    "admin": {{"port": {port}}},
}})
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
c.DummyAuthenticator.password = "password-of-the-tests"
c.Authenticator.allow_all = True
c.JupyterHub.redirect_to_server = False
"""
LONG = "a-user-whose-name-is-as-long-as-their-university-makes-them"
GROUPS = {
    "staff": ["ann", "root", LONG],
    "machine-learning": ["ann", "bob", "root"],
    "introduction-to-programming-2026-winter-term": [f"student{number:02}" for number in range(60)],
}
GPU = "GPU-11111111-2222-3333-4444-00000000000"


def fill(folder: Path) -> None:
    """Write what months leave into the hub's own tables."""
    now = datetime.now(UTC).replace(tzinfo=None)

    def ago(**by: float) -> str:
        return (now - timedelta(**by)).strftime("%Y-%m-%d %H:%M:%S.%f")

    quotas = [
        ("default", "default", "servers", 0, 2, None),
        ("default", "default", "storage", 0, 20 * 2**30, None),
        ("default", "default", "server-hours", 0, 40, "week"),
        ("group", "machine-learning", "gpu-hours", 1, 200, "month"),
        ("group", "staff", "memory", 0, None, None),
        ("user", LONG, "cpu", 0, 16, None),
    ]
    samples = [
        (
            f"{GPU}{device}",
            ago(minutes=minute),
            "ann",
            (minute * (7 + device)) % 100 / 100,
            (10 + minute % 50) * 2**30,
        )
        for device in range(2)
        for minute in range(1, 900)
        if minute not in range(200, 300)
    ]
    beat = (ago(minutes=1), 1e12, "earlier")
    leases = [
        (f"{GPU}{device}", "H100", f"key{device}", user, server, ago(hours=3), "", 1.0, 300.0, busy,
         *beat)
        for device, user, server, busy in (
            (0, "ann", "", 0.87), (1, LONG, "training", None), (2, "tea", "", 0.5),
            (3, "bob", "", 0.01))
    ]  # fmt: skip
    log = [
        (ago(minutes=10 * number), actor, action, subject, json.dumps(details))
        for number in range(30)
        for actor, action, subject, details in (
            ("ann", "server.started", "server:ann/", {}),
            ("root", "quotas.set", "group:staff", {"before": [], "after": [{"kind": "cpu"}]}),
            (LONG, "server.denied", f"server:{LONG}/", {"profile": "large"}),
        )
    ]  # fmt: skip
    usage = [("user:ann", "server-hours", ago(minutes=15 * slot), 900.0) for slot in range(1, 140)]
    volumes = [("user:ann", "ann", "home", 17 * 2**30, ago(minutes=2))]
    with closing(sqlite3.connect(folder / "hub-data/neoai_hub.sqlite")) as tables:
        for statement, rows in {
            'neoai_quotas (scope, name, kind, shared, "limit", "window")': quotas,
            'neoai_gpu_samples (device_id, at, "user", utilisation, memory_bytes)': samples,
            'neoai_gpu_leases (device_id, kind, "key", "user", server, taken_at, reason, held_s, '
            "idle_s, utilisation, beat_at, beat_s, beat_boot)": leases,
            'neoai_gpu_waiting ("key", "user", server, gpus, kind, asked_at, beat_at, beat_s, '
            "beat_boot)": [("key9", "ann", "lab", 1, "H100", ago(minutes=9), *beat)],
            "neoai_audit (at, actor, action, subject, details)": log,
            "neoai_usage (subject, kind, slot, amount)": usage,
            'neoai_volumes (subject, "user", volume, bytes, measured_at)': volumes,
        }.items():
            marks = ", ".join("?" * len(rows[0]))
            tables.executemany(f"INSERT INTO {statement} VALUES ({marks})", rows)
        tables.commit()
