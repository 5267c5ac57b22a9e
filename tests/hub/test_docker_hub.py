"""The hub as `make hub` starts it where a Docker engine answers: containers, with quotas."""

from __future__ import annotations

import docker

from neoai_spawners.engine import prepare_network
from tests.spawners.conftest import StartHub, engine, prefix, small, start_hub  # noqa: F401

from .test_end_to_end import audit, set_quota

CONFIG = """
from neoai_hub.config import configure
configure(c, {{
    "hub": {{"bind_url": c.JupyterHub.bind_url}},
    "spawner": {{
        "image": {image!r},
        "warm": {warm!r},
        "options": {{
            "network_name": "neoai-tests",
            "prefix": {prefix!r},
            "volumes": {{"{{prefix}}-home-{{username}}": "/home/jovyan"}},
        }},
    }},
    "catalogue": {{"profiles": [
        {{"name": "small", "cpus": 0.5, "memory": "128M"}},
        {{"name": "gpu", "gpus": 1, "gpu_kind": "H100"}},
    ]}},
    "gpus": {{"discover": False, "devices": [{{"id": "GPU-0", "kind": "H100"}}]}},
    "admin": {{"enabled": False}},
}})
"""


def test_containers_are_reserved_for_refused_over_quota_and_settled(
    start_hub: StartHub,  # noqa: F811
    engine: docker.APIClient,  # noqa: F811
    small: str,  # noqa: F811
    prefix: str,  # noqa: F811
) -> None:
    gateway = prepare_network(engine, "neoai-tests")
    hub = start_hub(CONFIG.format(image=small, prefix=prefix, warm={}), hub_ip=gateway)
    hub.add("ann", "bob", "cyd")
    assert "Users' servers are Docker containers" in hub.log()

    hub.ready("ann")
    assert len(engine.containers(filters={"name": prefix})) == 1
    set_quota(hub, "servers", 1)
    refused = hub.spawn("bob")
    assert refused.status_code == 403
    assert "1 server in use" in refused.text

    hub.end("ann")
    hub.ready("bob")
    hub.end("bob")
    assert [action for who, action in audit(hub) if who == "ann"] == [
        "server.reserved",
        "server.started",
        "server.settled",
    ]


def test_a_gpu_that_the_engine_cannot_give_goes_back_to_the_pool(
    start_hub: StartHub,  # noqa: F811
    engine: docker.APIClient,  # noqa: F811
    small: str,  # noqa: F811
    prefix: str,  # noqa: F811
) -> None:
    gateway = prepare_network(engine, "neoai-tests")
    hub = start_hub(CONFIG.format(image=small, prefix=prefix, warm={}), hub_ip=gateway)
    hub.add("ann")

    hub.spawn("ann", {"profile": "gpu"})
    hub.gone("ann")
    done = [action for who, action in audit(hub) if who == "ann"]
    assert done[:2] == ["server.reserved", "gpu.leased"]
    assert sorted(done[2:]) == ["gpu.returned", "server.settled"]


def test_a_container_is_kept_ready_and_the_quotas_hold_for_who_takes_it(
    start_hub: StartHub,  # noqa: F811
    engine: docker.APIClient,  # noqa: F811
    small: str,  # noqa: F811
    prefix: str,  # noqa: F811
) -> None:
    gateway = prepare_network(engine, "neoai-tests")
    config = CONFIG.format(image=small, prefix=prefix, warm={"small": 1})
    hub = start_hub(config, hub_ip=gateway)
    hub.add("ann", "bob")
    hub.until(lambda: "is ready for a user" in hub.log(), "one is ready")
    (waiting,) = engine.containers(filters={"name": f"{prefix}.warm-"})

    hub.ready("ann")
    assert engine.inspect_container(f"{prefix}-ann")["Id"] == waiting["Id"]
    set_quota(hub, "servers", 1)
    refused = hub.spawn("bob")
    assert refused.status_code == 403
    hub.end("ann")
    assert [action for who, action in audit(hub) if who == "ann"] == [
        "server.reserved",
        "server.started",
        "server.settled",
    ]
