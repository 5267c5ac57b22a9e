"""What is left of a container that was kept ready, once somebody has removed it."""

from __future__ import annotations

import docker

from tests.fakes.ledger import Ledger

from .conftest import Pooled, StartHub
from .test_docker import inside, name_of
from .test_warm import ready


def test_of_a_container_that_was_removed_from_outside_nothing_stays_but_the_volume(
    warm_hub: StartHub, engine: docker.APIClient, prefix: str, ledger: Ledger, pooled: Pooled
) -> None:
    hub = warm_hub()
    hub.add("ann")
    (waiting,) = hub.until(lambda: ready(hub, pooled), "one is ready")
    hub.ready("ann")
    name = name_of(prefix, "ann")
    assert engine.inspect_container(name)["Id"] == waiting
    assert engine.inspect_container(f"{name}.volumes")
    inside(engine, name, "sh", "-c", "echo kept > ~/file")

    engine.remove_container(name, force=True)
    hub.gone("ann")

    hub.until(lambda: not ledger.open(), "what it held is given back")
    assert not engine.containers(all=True, filters={"name": name})
    assert "removed from outside the hub" in hub.browser("ann").get("/hub/spawn").text
    hub.ready("ann", {"profile": "small"})
    assert inside(engine, name, "cat", "/home/jovyan/file").strip() == "kept"
