"""Containers kept started for nobody yet: what is in them before, and what they become."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest

from neoai_spawners import mounting
from neoai_spawners.pool import POOL
from tests.fakes.hub import Hub
from tests.fakes.images import build
from tests.fakes.ledger import Ledger
from tests.fakes.wire import Wire

from .test_docker import HARDENED, LOOK, inside, name_of

StartHub = Callable[..., Hub]
Pooled = Callable[[], list[dict[str, Any]]]

NAMES_OF_THE_ENGINE = "0B00007F:"
"""127.0.0.11, where the engine itself answers for names."""
INSIDE = """
import json, os, pathlib
environments, opened = {}, []
for process in pathlib.Path("/proc").glob("[0-9]*"):
    if process.name != str(os.getpid()):
        environments[process.name] = process.joinpath("environ").read_bytes().decode()
print(json.dumps({
    "environments": environments,
    "home": sorted(os.listdir("/home/jovyan")),
    "mounts": [line.split()[4] for line in open("/proc/self/mountinfo")],
    "sockets": [line.split()[1] for name in ("tcp", "tcp6")
                for line in list(open("/proc/net/" + name))[1:]],
}))
"""


def ready(hub: Hub, pooled: Pooled) -> Sequence[str]:
    """The ids of those that the hub knows to be ready."""
    log = hub.log()
    ids = [each["Id"] for each in pooled()]
    return [each for each in ids if f"{each[:12]} is ready for a user" in log]


def test_a_container_that_is_nobodys_has_no_token_no_volume_and_no_route(
    warm_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    pooled: Pooled,
) -> None:
    hub = warm_hub()
    hub.add("ann")
    (container,) = hub.until(lambda: ready(hub, pooled), "one is ready")

    found = engine.inspect_container(container)
    seen = json.loads(inside(engine, container, "python3", "-c", INSIDE))
    hardened = json.loads(inside(engine, container, "python3", "-c", LOOK))
    routes = hub.http.get("/proxy").json()

    said = json.dumps([found, seen]).lower()
    for secret in ("jupyterhub_", "jpy_", "token", "ann", hub.token):
        assert secret not in said, secret
    assert found["Mounts"] == []
    assert "/home/jovyan" not in seen["mounts"]
    assert seen["home"] == [".bash_logout", ".bashrc", ".profile"]
    assert all(each.startswith(NAMES_OF_THE_ENGINE) for each in seen["sockets"])
    assert list(routes) == ["/"]
    assert not engine.volumes(filters={"name": prefix})["Volumes"]
    assert {name: found["HostConfig"][name] for name in HARDENED} == HARDENED
    assert hardened["writable"] == ["/tmp"]
    assert (hardened["caps"], hardened["privileges"], hardened["seccomp"]) == ("0" * 16, "1", "2")


def test_a_click_takes_the_container_that_waits_and_it_is_hardened_as_any_other(
    warm_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    ledger: Ledger,
    pooled: Pooled,
) -> None:
    hub = warm_hub()
    hub.add("ann", "bob")
    (waiting,) = hub.until(lambda: ready(hub, pooled), "one is ready")

    hub.ready("ann")
    found = engine.inspect_container(name_of(prefix, "ann"))
    assert found["Id"] == waiting
    assert {name: found["HostConfig"][name] for name in HARDENED} == HARDENED
    seen = json.loads(inside(engine, waiting, "python3", "-c", LOOK))
    assert seen["writable"] == ["/tmp", "/home/jovyan"]
    environment = hub.environ("ann")
    assert environment["JUPYTERHUB_USER"] == "ann"
    assert environment["MEM_LIMIT"] == str(128 << 20)
    assert environment["NVIDIA_VISIBLE_DEVICES"] == "void"
    assert len(ledger.open()) == 1
    inside(engine, waiting, "sh", "-c", "echo kept > ~/file")

    (next_one,) = hub.until(lambda: ready(hub, pooled), "another is ready")
    hub.ready("bob")
    bobs = engine.inspect_container(name_of(prefix, "bob"))["Id"]
    assert bobs == next_one
    assert inside(engine, bobs, "ls", "/home/jovyan").strip() == ""
    assert "ann" not in inside(engine, bobs, "cat", "/proc/self/mountinfo")

    hub.end("ann")
    assert len(ledger.open()) == 1
    assert not engine.containers(all=True, filters={"name": name_of(prefix, "ann")})
    hub.until(lambda: ready(hub, pooled), "a third is ready")
    hub.ready("ann")
    anns = engine.inspect_container(name_of(prefix, "ann"))["Id"]
    assert anns not in (waiting, next_one)
    assert inside(engine, anns, "cat", "/home/jovyan/file").strip() == "kept"
    assert engine.inspect_container(anns)["Config"]["Labels"][POOL] == prefix


def test_limits_are_those_of_the_profile_that_was_picked(
    warm_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    pooled: Pooled,
) -> None:
    hub = warm_hub()
    hub.add("ann")
    (waiting,) = hub.until(lambda: ready(hub, pooled), "one is ready")

    hub.ready("ann", {"profile": "large"})

    found = engine.inspect_container(name_of(prefix, "ann"))
    host = found["HostConfig"]
    assert found["Id"] == waiting
    assert (host["Memory"], host["MemorySwap"], host["CpuQuota"]) == (256 << 20,) * 2 + (100_000,)
    assert host["CpuShares"] == 1024


@pytest.mark.parametrize(
    ("options", "config"),
    [
        ({"profile": "small"}, "c.Spawner.environment = {'PYTHONOPTIMIZE': '1'}\n"),
        ({"profile": "small"}, "c.DockerSpawner.extra_host_config = {'dns': ['192.0.2.1']}\n"),
        ({"profile": "small"}, "c.DockerSpawner.read_only_volumes = {'{prefix}-all': '/srv'}\n"),
        ({"profile": "small"}, "c.DockerSpawner.cmd = ['python3', '/opt/singleuser.py']\n"),
    ],
)
def test_what_a_running_container_cannot_be_given_is_started_for_its_user(
    warm_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    pooled: Pooled,
    options: dict[str, str],
    config: str,
) -> None:
    hub = warm_hub(config)
    hub.add("ann")
    (waiting,) = hub.until(lambda: ready(hub, pooled), "one is ready")

    hub.ready("ann", options)

    assert engine.inspect_container(name_of(prefix, "ann"))["Id"] != waiting
    assert [each["Id"] for each in pooled()] == [waiting]


def test_an_environment_that_can_be_given_is_and_an_empty_pool_is_no_failure(
    warm_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    pooled: Pooled,
) -> None:
    hub = warm_hub("c.Spawner.args = ['--linger', '0']\n")
    hub.add("ann", "bob")
    (waiting,) = hub.until(lambda: ready(hub, pooled), "one is ready")

    hub.ready("ann", {"profile": "other"})
    hub.ready("bob")

    assert engine.inspect_container(name_of(prefix, "ann"))["Id"] == waiting
    assert hub.environ("ann")["MADE_WITH"] == "this"
    assert hub.server("bob")["ready"]


def test_a_start_that_is_refused_takes_none_and_an_engine_that_is_gone_for_a_while_loses_none(
    warm_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    ledger: Ledger,
    tmp_path: Path,
    pooled: Pooled,
) -> None:
    wire = Wire(tmp_path / "engine.sock")
    hub = warm_hub(f"c.DockerSpawner.client_kwargs = {{'base_url': {wire.url!r}}}\n")
    hub.add("ann")
    (waiting,) = hub.until(lambda: ready(hub, pooled), "one is ready")

    ledger.set(denied="no more")
    assert hub.spawn("ann").status_code == 403
    ledger.set(denied="")
    wire.cut()
    refused: Any = hub.spawn("ann")
    assert refused.status_code == 503
    assert "engine does not answer" in refused.json()["message"]
    wire.mend()
    assert [each["Id"] for each in pooled()] == [waiting]

    hub.ready("ann")
    assert engine.inspect_container(name_of(prefix, "ann"))["Id"] == waiting


def test_a_profile_with_gpus_is_never_kept_ready(
    warm_hub: StartHub, engine: docker.APIClient, prefix: str, pooled: Pooled
) -> None:
    hub = warm_hub("c.NeoAIDockerSpawner.warm = {'gpu': 3, 'small': 1}\n")

    hub.until(lambda: ready(hub, pooled), "one is ready")

    assert len(engine.containers(filters={"label": f"{POOL}={prefix}"})) == 1


@pytest.mark.parametrize("step", ["/rename", "/update", ".volumes", "/exec", "/attach"])
def test_a_hub_that_is_killed_while_it_gives_a_container_away_leaves_nothing_half_given(
    warm_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    ledger: Ledger,
    tmp_path: Path,
    pooled: Pooled,
    step: str,
) -> None:
    wire = Wire(tmp_path / "engine.sock")
    hub = warm_hub(f"c.DockerSpawner.client_kwargs = {{'base_url': {wire.url!r}}}\n")
    hub.add("ann")
    (first,) = hub.until(lambda: ready(hub, pooled), "one is ready")

    wire.before[step.encode()] = hub.kill
    with contextlib.suppress(httpx.HTTPError):
        hub.spawn("ann")
    assert not wire.before
    hub.start()
    hub.gone("ann")
    hub.until(lambda: not ledger.open(), "what was reserved is given back")
    hub.until(lambda: ready(hub, pooled), "one is ready again")

    hub.ready("ann")
    named = {each["Names"][0] for each in engine.containers(filters={"name": f"{prefix}-ann"})}
    assert named == {f"/{name_of(prefix, 'ann')}"}
    assert hub.environ("ann")["JUPYTERHUB_USER"] == "ann"
    if step != "/rename":
        assert engine.inspect_container(name_of(prefix, "ann"))["Id"] != first


@pytest.fixture
def helper(engine: docker.APIClient, prefix: str, small: str) -> str:
    """The helper that mounts, and a container that waits, which it could mount into."""
    mounting.prepare(engine, prefix, small)
    made = engine.create_container(small, ["sleep", "60"], name=f"{prefix}-sleeps", user="1000:100")
    engine.start(made["Id"])
    container: str = made["Id"]
    return container


def test_a_volume_is_mounted_into_the_container_that_is_meant_and_no_other(
    engine: docker.APIClient, prefix: str, helper: str
) -> None:
    engine.create_volume(f"{prefix}-v")
    found = engine.inspect_container(helper)
    other = {**found, "Id": "0" * 64}
    volumes = {f"{prefix}-v": "/home/jovyan"}

    with pytest.raises(mounting.NotMounted, match="no process of"):
        mounting.mount(engine, prefix, other, volumes)
    assert "jovyan" not in inside(engine, helper, "cat", "/proc/self/mountinfo")

    mounting.mount(engine, prefix, found, volumes)
    mounted = inside(engine, helper, "grep", "/home/jovyan", "/proc/self/mountinfo")
    assert f"{prefix}-v/_data" in mounted
    assert "shared:" not in mounted
    assert "master:" not in mounted


def test_volumes_that_cannot_be_mounted_are_told(
    engine: docker.APIClient, prefix: str, helper: str
) -> None:
    found = engine.inspect_container(helper)
    options = {"type": "tmpfs", "device": "tmpfs"}
    engine.create_volume(f"{prefix}-memory", driver_opts=options)
    engine.create_volume(f"{prefix}-v")

    with pytest.raises(mounting.NotMounted, match="by its driver"):
        mounting.mount(engine, prefix, found, {f"{prefix}-memory": "/home/jovyan"})
    with pytest.raises(mounting.NotMounted, match="No such file"):
        mounting.mount(engine, prefix, found, {f"{prefix}-v": "/nowhere"})


def test_the_helper_has_no_network_and_no_more_than_mounting_needs(
    engine: docker.APIClient, prefix: str, helper: str
) -> None:
    host = engine.inspect_container(mounting.helper_name(prefix))["HostConfig"]

    assert (host["Privileged"], host["NetworkMode"], host["ReadonlyRootfs"]) == (
        False,
        "none",
        True,
    )
    assert host["CapDrop"] == ["ALL"]
    assert set(host["CapAdd"]) == {"SYS_ADMIN", "SYS_PTRACE", "SYS_CHROOT", "DAC_READ_SEARCH"}
    assert len(host["Binds"]) == 1


def test_one_that_has_died_or_lost_its_helper_is_replaced_by_an_ordinary_start(
    warm_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    pooled: Pooled,
) -> None:
    hub = warm_hub(count=2)
    hub.add("ann", "bob")
    both = hub.until(lambda: len(found := ready(hub, pooled)) == 2 and found, "two are ready")

    engine.remove_container(mounting.helper_name(prefix), force=True)
    hub.ready("ann")
    assert engine.inspect_container(name_of(prefix, "ann"))["Id"] not in both
    assert "cannot be used" in hub.log()

    (left,) = set(both) & {each["Id"] for each in pooled()}
    engine.kill(left)
    hub.ready("bob")
    assert engine.inspect_container(name_of(prefix, "bob"))["Id"] != left
    assert inside(engine, name_of(prefix, "bob"), "sh", "-c", "echo x > ~/x; cat ~/x") == "x\n"


def test_a_killed_hub_finds_its_containers_again_and_another_image_replaces_them(
    warm_hub: StartHub,
    engine: docker.APIClient,
    small: str,
    prefix: str,
    pooled: Pooled,
) -> None:
    hub = warm_hub(count=2)
    hub.add("ann", "bob")
    both = hub.until(lambda: len(found := ready(hub, pooled)) == 2 and found, "two are ready")
    hub.ready("ann")
    anns = engine.inspect_container(name_of(prefix, "ann"))["Id"]
    hub.kill()

    hub.start()
    hub.until(lambda: len(ready(hub, pooled)) == 2, "two are ready again")
    (kept,) = set(both) - {anns}
    assert kept in [each["Id"] for each in pooled()]
    assert hub.server("ann")["ready"]
    assert hub.environ("ann")["JUPYTERHUB_USER"] == "ann"

    hub.kill()
    changed = build(
        engine,
        f"neoai-changed:{small.split(':')[1]}",
        {"Dockerfile": f"FROM {small}\nENV NEW=1\n".encode()},
    )
    config = hub.folder / "config.py"
    config.write_text(config.read_text().replace(small, changed))
    hub.start()
    hub.until(
        lambda: len(found := ready(hub, pooled)) == 2 and kept not in found, "both are replaced"
    )
    assert {each["Image"] for each in pooled()} == {changed}
    hub.end("ann")


def test_a_hub_that_keeps_none_removes_what_an_earlier_one_kept(
    warm_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    pooled: Pooled,
) -> None:
    hub = warm_hub()
    hub.until(lambda: ready(hub, pooled), "one is ready")
    hub.kill()

    config = hub.folder / "config.py"
    config.write_text(config.read_text().replace("{'small': 1}", "{}"))
    hub.start()

    hub.until(lambda: not engine.containers(all=True, filters={"name": prefix}), "all are gone")
