"""What servers run in, with the hub's quotas, leases and profiles."""

from __future__ import annotations

import os
from typing import Any

from traitlets.utils.importstring import import_item

from ..parts import HubParts
from .settings import HubSettings

CLASSES = {
    "local": "neoai_spawners.local.NeoAILocalSpawner",
    "docker": "neoai_spawners.docker.NeoAIDockerSpawner",
    "swarm": "neoai_spawners.swarm.NeoAISwarmSpawner",
    "kubernetes": "neoai_spawners.kubernetes.NeoAIKubeSpawner",
}
WORDS = {
    "local": "processes of the hub's own account on this machine: no container keeps one user's "
    "files or memory from another. For people who trust each other only",
    "docker": "Docker containers",
    "swarm": "services of a Docker Swarm",
    "kubernetes": "pods of a Kubernetes cluster",
}
ENGINE_TIMEOUT_S = 3


def configure_spawner(c: Any, settings: HubSettings, parts: HubParts) -> str:
    """Choose the spawner and inject quotas and leases; says in words what servers run in."""
    spawning = settings.spawner
    kind = spawning.kind
    if kind == "auto":
        kind = "docker" if engine_answers() else "local"
    spawner_class = import_item(CLASSES[kind])
    c.JupyterHub.spawner_class = spawner_class
    c.Spawner.start_timeout = spawning.start_timeout_s
    c.Spawner.http_timeout = spawning.http_timeout_s
    # A running server is looked at once a heartbeat.
    c.Spawner.poll_interval = max(1, int(settings.quotas.heartbeat_s))
    c.NeoAISpawner.catalogue = settings.catalogue
    c.NeoAISpawner.quotas = lambda: parts.ledger
    c.NeoAISpawner.leases = lambda: parts.pool
    own = c[spawner_class.__name__]
    if kind == "local":
        own.homes = str(settings.hub.data_dir.absolute() / "homes")
        if os.geteuid() == 0:
            own.args = ["--allow-root"]
    for trait, value in spawning.options.items():
        setattr(own, trait, value)
    reason = " (no Docker engine answers)" if (spawning.kind, kind) == ("auto", "local") else ""
    return f"{WORDS[kind]}{reason}."


def engine_answers() -> bool:
    """Whether a Docker engine answers here."""
    try:
        import docker

        client = docker.from_env(timeout=ENGINE_TIMEOUT_S)
    except Exception:  # no package, no socket, or nonsense in DOCKER_HOST
        return False
    try:
        return bool(client.ping())
    except Exception:
        return False
    finally:
        client.close()
