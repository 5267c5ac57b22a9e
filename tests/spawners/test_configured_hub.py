"""The hub as it is configured for one Docker host: its settings, a real engine, containers."""

from __future__ import annotations

from collections.abc import Callable

import docker

from neoai_spawners.engine import prepare_network
from tests.fakes.hub import Hub

CONFIG = """
hub_port = int(c.JupyterHub.hub_bind_url.rsplit(":", 1)[1])
del c.JupyterHub["hub_bind_url"]
c.JupyterHub.hub_port = hub_port
bind_url = c.JupyterHub.bind_url
from neoai_hub.config import configure
configure(c, {{
    "hub": {{"bind_url": bind_url}},
    "spawner": {{"kind": "docker", "image": {image!r}, "options": {{
        "prefix": {prefix!r}, "network_name": "neoai-tests",
        "volumes": {{"{{prefix}}-home-{{username}}": "/home/jovyan"}}}}}},
    "catalogue": {{"profiles": [{{"name": "p", "memory": "128M"}}]}},
    "quotas": {{"heartbeat_s": 1}},
}})
from jupyterhub.auth import DummyAuthenticator
c.JupyterHub.authenticator_class = DummyAuthenticator
c.Authenticator.allow_all = True
"""


def test_each_user_has_a_container_that_reaches_the_hub_where_only_this_machine_can(
    engine: docker.APIClient, small: str, prefix: str, start_hub: Callable[..., Hub]
) -> None:
    hub = start_hub(CONFIG.format(image=small, prefix=prefix))
    hub.add("ann", "bob")

    hub.ready("ann")
    hub.ready("bob")
    containers = engine.containers(filters={"name": prefix})
    api = hub.environ("ann")["JUPYTERHUB_API_URL"]

    assert len(containers) == 2
    assert api.startswith(f"http://{prepare_network(engine, 'neoai-tests')}:")
