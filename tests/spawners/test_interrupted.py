"""A hub that is killed with SIGKILL at each step of a spawn, or while a server will not stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import docker
import httpx
import psutil
import pytest

from tests.fakes.hub import Hub
from tests.fakes.ledger import Ledger

StartHub = Callable[..., Hub]
KILL = """
import os, signal
class Doomed(Ledger):
    async def reserve(self, request):
        die("asked")
        await super().reserve(request)
        die("reserved")
    async def acquire(self, request):
        lease = await super().acquire(request)
        die("leased")
        return lease
    async def started(self, key):
        await super().started(key)
        die("started")
def die(step):
    file = Path({folder!r}) / step
    if file.exists():
        file.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
doomed = Doomed(ledger.path)
c.NeoAISpawner.quotas = lambda: doomed
c.NeoAISpawner.leases = lambda: doomed
"""
LOCAL = (
    KILL
    + """
from jupyterhub.spawner import LocalProcessSpawner
class Process(LocalProcessSpawner):
    async def start(self):
        where = await super().start()
        die("launched")
        return where
class Steps(NeoAILocalSpawner, Process):
    async def _until_answered(self, where):
        await super()._until_answered(where)
        die("answered")
c.JupyterHub.spawner_class = Steps
"""
)
CONTAINER = (
    KILL
    + """
class Steps(NeoAIDockerSpawner):
    def docker(self, method, *args, **kwargs):
        call = super().docker(method, *args, **kwargs)
        async def asked():
            answer = await call
            die(method)
            return answer
        return asked()
    async def _until_answered(self, where):
        await super()._until_answered(where)
        die("answered")
c.JupyterHub.spawner_class = Steps
"""
)
STEPS = ["asked", "reserved", "leased", "launched", "started", "answered"]


def ask(hub: Hub, user: str, profile: str) -> threading.Thread:
    """A start that is not waited for."""

    def post() -> None:
        try:
            hub.spawn(user, {"profile": profile})
        except httpx.HTTPError:
            return  # the hub is gone

    thread = threading.Thread(target=post)
    thread.start()
    return thread


def killed_at(hub: Hub, step: str, profile: str) -> None:
    """The hub, that was killed at this step of ann's start, has been started again."""
    assert hub.process is not None
    (hub.folder / step).touch()
    asking = ask(hub, "ann", profile)
    hub.process.wait(60)
    asking.join()
    hub.start()


def servers(folder: Path) -> list[int]:
    """Every process of a user's server of this test."""
    homes = folder / "homes"
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(homes):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("step", STEPS)
def test_a_start_that_its_hub_did_not_live_to_end_leaves_nothing_and_is_made_again(
    local_hub: StartHub, ledger: Ledger, tmp_path: Path, step: str
) -> None:
    ledger.add_devices("H100", "GPU-1")
    hub = local_hub(LOCAL.format(folder=str(tmp_path)))
    hub.add("ann", "bob")
    hub.ready("bob")
    kept = hub.environ("bob")["PID"]

    killed_at(hub, step, "gpu")
    hub.gone("ann")

    (bobs,) = [key for _, key, request in ledger.calls("reserve") if request["user"] == "bob"]
    hub.until(lambda: ledger.open() == {bobs}, "what ann's start held is given back")
    assert ledger.holders() == {"GPU-1": None}
    assert servers(tmp_path) == [int(kept)]
    assert hub.environ("bob")["PID"] == kept
    assert (
        "was restarted while your server was starting" in hub.browser("ann").get("/hub/spawn").text
    )

    hub.ready("ann", {"profile": "gpu"})
    reserved = [key for _, key, _ in ledger.calls("reserve")]
    assert len(reserved) == len(set(reserved))
    assert len(servers(tmp_path)) == 2


NAMED = (
    KILL
    + """
from neoai_spawners.local import NeoAILocalSpawner
class Steps(NeoAILocalSpawner):
    async def run_pre_spawn_hook(self):
        await super().run_pre_spawn_hook()
        die("named")
c.JupyterHub.spawner_class = Steps
"""
)


def test_a_start_is_known_to_the_next_hub_before_anything_is_asked_for_it(
    local_hub: StartHub, ledger: Ledger, tmp_path: Path
) -> None:
    hub = local_hub(NAMED.format(folder=str(tmp_path)))
    hub.add("ann")

    killed_at(hub, "named", "small")
    hub.gone("ann")

    assert not ledger.calls("reserve")
    assert (
        "was restarted while your server was starting" in hub.browser("ann").get("/hub/spawn").text
    )
    hub.ready("ann", {"profile": "small"})
    (_, key, _), *more = ledger.calls("reserve")
    assert ledger.open() == {key}
    assert not more


@pytest.mark.parametrize("step", ["create_container", "start", "port", "started", "answered"])
def test_a_container_of_a_start_that_its_hub_did_not_live_to_end_is_removed(
    docker_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    ledger: Ledger,
    tmp_path: Path,
    step: str,
) -> None:
    hub = docker_hub(CONTAINER.format(folder=str(tmp_path)))
    hub.add("ann")

    killed_at(hub, step, "small")
    hub.gone("ann")

    hub.until(lambda: not ledger.open(), "what ann's start held is given back")
    assert not engine.containers(all=True, filters={"name": prefix})
    hub.ready("ann")
    assert len(engine.containers(all=True, filters={"name": prefix})) == 1


STUCK = """
configured_url = c.JupyterHub.bind_url
from neoai_hub.config import configure
configure(c, {{
    "hub": {{"bind_url": configured_url}},
    "spawner": {{"kind": "local", "options": {{"homes": "homes"}}}},
    "admin": {{"enabled": False}},
    "gpus": {{"discover": False}},
}})
class Stuck(NeoAILocalSpawner):
    async def _signal(self, sig):
        if sig and Path({stuck!r}).exists():
            raise OSError("the machine does not answer")
        return await super()._signal(sig)
c.JupyterHub.spawner_class = Stuck
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
c.NeoAILocalSpawner.args = []
c.Spawner.poll_interval = 1
c.NeoAISpawner.catalogue = {{"profiles": [{{"name": "gpu", "gpus": 1}}]}}
c.NeoAISpawner.quotas = lambda: ledger
c.NeoAISpawner.leases = lambda: ledger
"""


def test_the_ending_of_a_server_that_does_not_stop_goes_on_in_the_next_hub(
    local_hub: StartHub, ledger: Ledger, tmp_path: Path
) -> None:
    stuck = tmp_path / "stuck"
    hub = local_hub(STUCK.format(stuck=str(stuck)))
    ledger.add_devices("H100", "GPU-1")
    hub.add("ann")
    hub.ready("ann")
    (_, key, _), *_ = ledger.calls("reserve")
    stuck.touch()
    hub.http.delete("/users/ann/server")
    hub.until(lambda: hub.server("ann") is None and len(ledger.calls("keep")) > 1, "it is kept")

    hub.kill()
    kept = len(ledger.calls("keep"))
    hub.start()
    hub.until(lambda: len(ledger.calls("keep")) > kept, "it is kept by the next hub, too")
    refused = hub.spawn("ann")

    assert refused.status_code == 503
    assert "has not ended yet" in refused.json()["message"]
    assert ledger.holders() == {"GPU-1": key}
    assert len(servers(tmp_path)) == 1

    stuck.unlink()
    hub.until(lambda: not ledger.open(), "it has ended")
    assert ledger.holders() == {"GPU-1": None}
    assert not servers(tmp_path)
    hub.kill()
    hub.start()
    hub.ready("ann")
