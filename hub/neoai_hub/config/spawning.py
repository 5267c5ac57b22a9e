"""What servers run in, with the hub's quotas, leases and profiles."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Any

from traitlets.utils.importstring import import_item

from neoai_spawners.engine import NETWORK, NotIsolated, prepare_network

from ..parts import HubParts
from .settings import OWN_IMAGE, HubSettings
from .sources import SettingsError

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
    "swarm": "services of a Docker Swarm, which does not keep them apart on the network",
    "kubernetes": "pods of a Kubernetes cluster",
}
ENGINE_TIMEOUT_S = 3
POOL_AFTER_S = 1.0
"""Seconds until containers are kept ready: the rest of the configuration comes first."""


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
    c.NeoAISpawner.concurrent_spawns = spawning.concurrent_spawns
    c.NeoAISpawner.catalogue = settings.catalogue
    c.NeoAISpawner.quotas = lambda: parts.ledger
    c.NeoAISpawner.leases = lambda: parts.pool
    c.NeoAISpawner.announcements = lambda groups: parts.announcements.told(groups)
    c.NeoAISpawner.culling = settings.culling
    c.NeoAISpawner.save_s = spawning.save_s
    own = c[spawner_class.__name__]
    missing = ""
    if kind == "local":
        own.homes = str(settings.hub.data_dir.absolute() / "homes")
        if os.geteuid() == 0:
            own.args = ["--allow-root"]
    else:
        own.image = spawning.image
    if kind in ("docker", "swarm"):
        own.allowed_images = [spawning.image]
    if kind == "docker":
        network = spawning.options.get("network_name", NETWORK)
        c.JupyterHub.hub_ip, missing = _prepare_engine(network, spawning.image)
        own.warm = dict(spawning.warm)
        with contextlib.suppress(RuntimeError):  # no loop runs where it is only read
            asyncio.get_running_loop().call_later(POOL_AFTER_S, spawner_class.begin, c)
    for trait, value in spawning.options.items():
        setattr(own, trait, value)
    reason = " (no Docker engine answers)" if (spawning.kind, kind) == ("auto", "local") else ""
    return f"{WORDS[kind]}{reason}.{missing}"


def _prepare_engine(network: str, image: str) -> tuple[str, str]:
    """The address at which containers reach the hub; and what is to be said of their image."""
    import docker
    from docker.errors import DockerException, ImageNotFound

    try:
        client = docker.APIClient(**docker.utils.kwargs_from_env(), timeout=ENGINE_TIMEOUT_S)
        try:
            address = prepare_network(client, network)
            client.inspect_image(image)
        except ImageNotFound:
            here = "`make image` builds it" if image == OWN_IMAGE else "it is fetched at first use"
            return address, f" The image {image} is not on this machine: {here}."
        finally:
            client.close()
    except (DockerException, OSError) as error:
        raise SettingsError(f"`spawner.kind` docker: no engine answers ({error})") from None
    except NotIsolated as error:
        raise SettingsError(f"`spawner.options.network_name`: {error}") from None
    return address, ""


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
