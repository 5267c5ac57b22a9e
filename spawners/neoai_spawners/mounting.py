"""The helper that mounts users' volumes into containers that run already: no engine does.

It is a container of its own, of the servers' image: without a network, with a read-only root and
nothing to do but what the engine is asked to run in it. It has to see the host's processes and to
change mounts, and so is as powerful as whoever may talk to the engine; nobody else reaches it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker import APIClient
from docker.errors import NotFound

PROGRAM = Path(__file__).with_name("mount.py").read_text()
CAPABILITIES = ["SYS_ADMIN", "SYS_PTRACE", "SYS_CHROOT", "DAC_READ_SEARCH"]
LABEL = "ai.neoai.mounting"
IDLE = "import signal; signal.sigwait([signal.SIGTERM])"


class NotMounted(Exception):
    """A volume cannot be mounted into a running container; the text says why."""


def helper_name(prefix: str) -> str:
    """The name of the helper's container, which is no server's: theirs have no dots."""
    return f"{prefix}.mounts"


def prepare(client: APIClient, prefix: str, image: str) -> None:
    """Start the helper, where it does not run as it has to. Raises NotMounted where the engine
    does not allow it, docker's errors otherwise."""
    name = helper_name(prefix)
    asked = _asked(client, image)
    try:
        found = client.inspect_container(name)
    except NotFound:
        found = None
    if found is not None:
        if found["State"]["Running"] and found["Config"]["Labels"].get(LABEL) == asked["label"]:
            return
        client.remove_container(name, force=True)
    client.create_container(name=name, **asked["create"])
    client.start(name)
    try:
        _run(client, name, ["python3", "-I", "-c", "pass"])
    except NotMounted:
        client.remove_container(name, force=True)
        raise


def _asked(client: APIClient, image: str) -> dict[str, Any]:
    root = f"{client.info()['DockerRootDir']}/volumes"
    host = client.create_host_config(
        binds={root: {"bind": root, "mode": "rw"}},
        cap_drop=["ALL"],
        cap_add=CAPABILITIES,
        security_opt=["no-new-privileges", "apparmor=unconfined", "label=disable"],
        read_only=True,
        pid_mode="host",
        network_mode="none",
        mem_limit=64 << 20,
        pids_limit=64,
    )
    identity = client.inspect_image(image)["Id"]
    label = hashlib.sha256(f"{identity}{PROGRAM}{host}".encode()).hexdigest()[:12]
    create = {
        "image": image,
        "command": ["python3", "-I", "-c", IDLE],
        "user": "0:0",
        "labels": {LABEL: label},
        "healthcheck": {"test": ["NONE"]},
        "host_config": host,
    }
    return {"create": create, "label": label}


def mount(
    client: APIClient, prefix: str, container: Mapping[str, Any], volumes: Mapping[str, str]
) -> None:
    """Mount volumes (name → folder) into a running container, as `inspect_container` told of it.
    Raises NotMounted."""
    places: list[str] = []
    for name, target in volumes.items():
        places += [source_of(client, name), target]
    pid = str(container["State"]["Pid"])
    command = ["python3", "-I", "-S", "-c", PROGRAM, container["Id"], pid, *places]
    _run(client, helper_name(prefix), command)


def source_of(client: APIClient, name: str) -> str:
    """The folder of a volume. Raises NotMounted where it is more than a folder of the engine's."""
    volume = client.inspect_volume(name)
    if volume["Driver"] != "local" or volume["Options"]:
        raise NotMounted(f"the volume {name} is mounted by its driver, at a start only")
    source: str = volume["Mountpoint"]
    return source


def _run(client: APIClient, name: str, command: list[str]) -> None:
    made = client.exec_create(name, command)
    said: bytes = client.exec_start(made["Id"])
    status = client.exec_inspect(made["Id"])["ExitCode"]
    if status != 0:
        lines = said.decode(errors="replace").strip().splitlines()
        raise NotMounted(lines[-1] if lines else f"the helper ended with status {status}")


def forget(client: APIClient, prefix: str) -> None:
    """Remove the helper where there is one."""
    try:
        client.remove_container(helper_name(prefix), force=True)
    except NotFound:
        return
