"""Containers of a real engine: hardened, kept apart, explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest

from neoai_spawners.names import slug
from tests.fakes.hub import Hub
from tests.fakes.images import base_image, build
from tests.fakes.ledger import Ledger
from tests.fakes.wire import Wire

StartHub = Callable[..., Hub]

LOOK = """
import json, os
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
def writable(path):
    try:
        open(path + "/x", "w").close()
        return True
    except OSError:
        return False
print(json.dumps({
    "uid": os.getuid(), "gid": os.getgid(), "caps": status["CapEff"].strip(),
    "bounding": status["CapBnd"].strip(), "privileges": status["NoNewPrivs"].strip(),
    "seccomp": status["Seccomp"].strip(),
    "writable": [p for p in ("/", "/etc", "/opt", "/usr", "/tmp", "/run", "/home/jovyan")
                 if writable(p)]}))
"""
REACH = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 2).close()
    print("reached")
except OSError as error:
    print("not reached", error)
"""
HARDENED = {
    "AutoRemove": False,
    "Privileged": False,
    "CapDrop": ["ALL"],
    "SecurityOpt": ["no-new-privileges"],
    "ReadonlyRootfs": True,
    "PidsLimit": 1024,
    "Memory": 128 << 20,
    "CpuQuota": 50_000,
    "CpuPeriod": 100_000,
    "NetworkMode": "neoai-tests",
    "LogConfig": {"Type": "json-file", "Config": {"max-size": "10485760", "max-file": "3"}},
}


def inside(client: docker.APIClient, container: str, *command: str) -> str:
    made = client.exec_create(container, list(command))
    output: bytes = client.exec_start(made["Id"])
    return output.decode()


def name_of(prefix: str, user: str) -> str:
    return f"{prefix}-{slug(user)}"


def test_a_server_runs_in_a_hardened_container_of_its_own(
    docker_hub: StartHub, engine: docker.APIClient, prefix: str
) -> None:
    hub = docker_hub()
    hub.add("ann")

    hub.ready("ann")
    host = engine.inspect_container(name_of(prefix, "ann"))["HostConfig"]
    seen = json.loads(inside(engine, name_of(prefix, "ann"), "python3", "-c", LOOK))

    assert {name: host[name] for name in HARDENED} == HARDENED
    assert not host["CapAdd"]
    assert seen == {
        "uid": 1000,
        "gid": 100,
        "caps": "0000000000000000",
        "bounding": "0000000000000000",
        "privileges": "1",
        "seccomp": "2",
        "writable": ["/tmp", "/home/jovyan"],
    }
    environment = hub.environ("ann")
    assert environment["MEM_LIMIT"] == str(128 << 20)
    assert environment["NVIDIA_VISIBLE_DEVICES"] == "void"


def test_no_hook_override_or_extra_setting_takes_the_hardening_away(
    docker_hub: StartHub, engine: docker.APIClient, prefix: str
) -> None:
    hub = docker_hub(
        """
def hook(spawner):
    spawner.mem_limit, spawner.cpu_limit = "64G", 64.0
    spawner.extra_create_kwargs = {"user": "0:0"}
    spawner.extra_host_config = {"privileged": True, "cap_add": ["SYS_ADMIN"], "cap_drop": [],
        "security_opt": ["seccomp=unconfined"], "pids_limit": -1,
        "read_only": False, "mem_limit": "64G", "cpu_quota": -1, "pid_mode": "host",
        "ipc_mode": "host", "devices": ["/dev/null:/dev/null"], "auto_remove": True}
c.Spawner.pre_spawn_hook = hook
"""
    )
    hub.add("ann")

    hub.ready("ann")
    container = engine.inspect_container(name_of(prefix, "ann"))
    host = container["HostConfig"]

    assert {name: host[name] for name in HARDENED} == HARDENED
    assert (container["Config"]["User"], host["PidMode"], host["IpcMode"]) == (
        "1000:100",
        "",
        "private",
    )
    assert not host["CapAdd"]
    assert not host["Devices"]


def test_one_container_reaches_the_hub_and_no_other_container(
    docker_hub: StartHub, engine: docker.APIClient, prefix: str
) -> None:
    hub = docker_hub()
    hub.add("ann", "bob")
    hub.ready("ann")
    hub.ready("bob")
    bob = engine.inspect_container(name_of(prefix, "bob"))["NetworkSettings"]
    published = bob["Ports"]["8888/tcp"][0]
    network = bob["Networks"]["neoai-tests"]
    api = httpx.URL(hub.environ("ann")["JUPYTERHUB_API_URL"])

    def reach(ip: str, port: object) -> str:
        command = ("python3", "-c", REACH, ip, str(port))
        return inside(engine, name_of(prefix, "ann"), *command)

    assert reach(api.host, api.port).startswith("reached")
    assert reach(network["IPAddress"], 8888).startswith("not reached")
    assert published["HostIp"] == "127.0.0.1"
    assert reach(network["Gateway"], published["HostPort"]).startswith("not reached")
    assert reach("127.0.0.1", published["HostPort"]).startswith("not reached")


def test_the_home_stays_and_the_container_does_not(
    docker_hub: StartHub, engine: docker.APIClient, prefix: str
) -> None:
    hub = docker_hub()
    hub.add("ann")
    hub.ready("ann")
    container = name_of(prefix, "ann")
    first = engine.inspect_container(container)["Id"]
    inside(engine, container, "sh", "-c", "echo kept > ~/file; echo lost > /tmp/file")

    hub.end("ann")
    assert not engine.containers(all=True, filters={"name": container})
    hub.ready("ann")

    assert engine.inspect_container(container)["Id"] != first
    assert inside(engine, container, "cat", "/home/jovyan/file").strip() == "kept"
    assert "No such file" in inside(engine, container, "cat", "/tmp/file")


def test_names_that_look_alike_have_containers_and_homes_apart(
    docker_hub: StartHub, engine: docker.APIClient, prefix: str
) -> None:
    users = ["ann.b", "ann-b", "annb", "ann_b", "ann@b", "x" * 200 + "1", "x" * 200 + "2"]
    hub = docker_hub()
    hub.add(*users)

    for user in users:
        hub.ready(user)
    containers = engine.containers(filters={"name": prefix})
    volumes = engine.volumes(filters={"name": prefix})["Volumes"]

    assert len(containers) == len(volumes) == len(users)


def test_a_slug_is_short_plain_and_another_for_each_name() -> None:
    names = ["ann", "Ann", "ANN", "a.nn", "a-nn", "än", "", "-", "x" * 24, "x" * 25, "x" * 10_000]
    slugs = [slug(name) for name in names]

    assert len(set(slugs)) == len(names)
    assert slug("ann") == "ann"
    assert max(len(each) for each in slugs) <= 51
    for each in slugs:
        assert each.replace("-", "").isalnum()
        assert each == each.lower()


def test_a_server_out_of_memory_is_explained_during_a_start_and_after(
    docker_hub: StartHub, ledger: Ledger, engine: docker.APIClient, prefix: str
) -> None:
    hub = docker_hub("c.Spawner.args = ['--hold', str(1 << 30)]\n")
    ann = hub.browser("ann")

    hub.spawn("ann")
    hub.gone("ann")

    assert "ran out of memory and was killed: its profile allows 128 MB" in hub.failure("ann")
    assert not ledger.open()
    assert not engine.containers(all=True, filters={"name": name_of(prefix, "ann")})
    assert ann.get("/hub/spawn").status_code == 200


def test_a_server_killed_for_memory_in_use_says_so_on_the_next_spawn_page(
    docker_hub: StartHub, ledger: Ledger, engine: docker.APIClient, prefix: str
) -> None:
    hub = docker_hub("c.Spawner.args = ['--hold-later', str(1 << 30)]\n")
    ann = hub.browser("ann")
    hub.ready("ann")

    httpx.get(f"{hub.url}/user/ann/hold", timeout=5)
    hub.gone("ann")

    assert "ran out of memory" in ann.get("/hub/spawn").text
    assert not ledger.open()
    assert not engine.containers(all=True, filters={"name": name_of(prefix, "ann")})


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("", "has no NeoAI"),
        ('LABEL ai.neoai.image="1"\nCMD ["jupyterhub-singleuser"]', "no jupyterhub-singleuser"),
    ],
)
def test_an_image_that_cannot_work_is_explained_and_never_stops_the_hub(
    docker_hub: StartHub, ledger: Ledger, engine: docker.APIClient, lines: str, why: str
) -> None:
    image = f"neoai-other:{len(lines)}"
    build(engine, image, {"Dockerfile": f"FROM {base_image(engine)}\n{lines}\n".encode()})
    hub = docker_hub(
        f"c.NeoAISpawner.catalogue = {{'profiles': [{{'name': 'p', 'image': {image!r}}}]}}\n"
    )
    hub.add("ann")

    for _ in range(3):
        hub.spawn("ann")
        hub.gone("ann")
        assert why in hub.failure("ann")

    assert not ledger.open()
    assert hub.http.get("/info").status_code == 200


@pytest.mark.parametrize(
    ("allowed", "status"), [("[]", 400), ("['nobody/other']", 400), ("[{image!r}]", 201)]
)
def test_a_hook_can_pick_an_image_of_the_list_only_and_an_empty_list_has_none(
    docker_hub: StartHub, engine: docker.APIClient, small: str, allowed: str, status: int
) -> None:
    image = small.replace("neoai-small", "neoai-alias")
    engine.tag(small, *image.split(":"))
    hub = docker_hub(
        f"c.DockerSpawner.allowed_images = {allowed.format(image=image)}\n"
        "c.NeoAISpawner.catalogue = {'profiles': [{'name': 'any'}]}\n"
        f"c.Spawner.pre_spawn_hook = lambda spawner: setattr(spawner, 'image', {image!r})\n"
    )
    hub.add("ann")

    answer = hub.spawn("ann")

    assert answer.status_code == status
    if status == 400:
        assert "not one that this hub allows" in answer.json()["message"]


def test_a_profile_without_an_image_takes_the_one_that_is_configured(
    docker_hub: StartHub, engine: docker.APIClient, small: str, prefix: str
) -> None:
    hub = docker_hub(
        f"c.DockerSpawner.image = {small!r}\n"
        "c.NeoAISpawner.catalogue = {'profiles': [{'name': 'any'}]}\n"
    )
    hub.add("ann")

    hub.ready("ann")

    assert engine.inspect_container(name_of(prefix, "ann"))["Config"]["Image"] == small


def test_a_gpu_is_asked_of_the_engine_by_its_id_and_a_refusal_explained(
    docker_hub: StartHub, ledger: Ledger, tmp_path: Path
) -> None:
    wire = Wire(tmp_path / "engine.sock")
    hub = docker_hub(f"c.DockerSpawner.client_kwargs = {{'base_url': {wire.url!r}}}\n")
    ledger.add_devices("H100", "GPU-9f2c7a3e-0000-4d6f-8a1b-123456789abc")
    ann = hub.browser("ann")

    hub.spawn("ann", {"profile": "gpu"})
    hub.gone("ann")

    assert (
        b'"DeviceRequests": [{"Driver": "nvidia", "Count": 0, '
        b'"DeviceIDs": ["GPU-9f2c7a3e-0000-4d6f-8a1b-123456789abc"], '
        b'"Capabilities": [["gpu"]], "Options": {}}]'
    ) in bytes(wire.asked)
    assert b"NVIDIA_VISIBLE_DEVICES=GPU-9f2c7a3e-0000-4d6f-8a1b-123456789abc" in bytes(wire.asked)
    assert "install NVIDIA's container toolkit" in hub.failure("ann")
    assert "from outside the hub" not in ann.get("/hub/spawn").text
    assert list(ledger.holders().values()) == [None]
    assert not ledger.open()


def test_an_engine_that_is_gone_for_a_while_loses_no_server_and_refuses_starts_in_words(
    docker_hub: StartHub, ledger: Ledger, tmp_path: Path
) -> None:
    wire = Wire(tmp_path / "engine.sock")
    hub = docker_hub(f"c.DockerSpawner.client_kwargs = {{'base_url': {wire.url!r}}}\n")
    hub.add("ann", "bob")
    hub.ready("ann")
    hub.until(lambda: ledger.calls("heartbeat"), "a heartbeat")

    wire.cut()
    for _ in range(3):
        refused: Any = hub.spawn("bob")
        assert refused.status_code == 503
        assert "engine does not answer" in refused.json()["message"]
    hub.until(lambda: hub.log().count("does not answer about") > 2, "it was looked for in vain")
    assert hub.server("ann")["ready"]
    wire.mend()

    beats = len(ledger.calls("heartbeat"))
    hub.until(lambda: len(ledger.calls("heartbeat")) > beats, "another heartbeat")
    meter = ledger.calls("heartbeat")[-1][2]
    assert meter["memory_bytes"] > 1 << 20
    assert meter["cpu_seconds"] > 0
    assert all(size >= 0 for size in meter["volumes"].values())
    hub.ready("bob")
