"""NeoAI's image: built from this tree, started by a hub in its hardened container."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import docker
import httpx
import pytest

from neoai_spawners.names import slug
from tests.conftest import require
from tests.fakes.hub import ROOT, Hub

StartHub = Callable[..., Hub]
IMAGE = ROOT / "binder" / "image"


def pins(path: Path) -> dict[str, str]:
    """The versions that a constraints file names."""
    lines = path.read_text().splitlines()
    return dict(line.lower().replace("_", "-").split("==") for line in lines if "==" in line)


@pytest.fixture
def hub(docker_hub: StartHub, neoai_image_of_this_tree: str) -> Hub:
    profile = {"name": "p", "memory": "2G", "image": neoai_image_of_this_tree}
    hub = docker_hub(
        f"c.NeoAISpawner.catalogue = {{'profiles': [{profile!r}]}}\nc.Spawner.http_timeout = 120\n"
    )
    hub.add("ann")
    hub.spawn("ann").raise_for_status()
    hub.until(lambda: (hub.server("ann") or {}).get("ready"), "ann's server is ready", 120)
    return hub


def test_a_hub_opens_jupyterlab_with_neoai_from_the_image(
    hub: Hub, engine: docker.APIClient, prefix: str
) -> None:
    token = hub.http.post("/users/ann/tokens").json()["token"]
    server = httpx.Client(
        base_url=f"{hub.url}/user/ann", headers={"Authorization": f"token {token}"}, timeout=60
    )
    stranger = httpx.get(
        f"{hub.url}/user/ann/lab", headers={"Authorization": f"token {hub.token}"}, timeout=60
    )

    lab = server.get("/lab")
    health = server.get("/neoai/v1/health")
    notebook = server.post("/api/contents", json={"type": "notebook"})

    assert stranger.status_code == 403
    assert lab.status_code == 200
    assert "@neoai/lab" in lab.text
    assert health.json()["status"] == "ok", health.text
    assert notebook.status_code == 201

    container = f"{prefix}-{slug('ann')}"
    made = engine.exec_create(container, ["/opt/neoai/bin/python", "/opt/neoai/healthcheck.py"])
    engine.exec_start(made["Id"])
    assert engine.exec_inspect(made["Id"])["ExitCode"] == 0
    assert engine.inspect_container(container)["Config"]["Healthcheck"]["Test"][0] == "CMD"


def test_the_image_waits_for_a_user_and_becomes_that_users_server(
    docker_hub: StartHub,
    engine: docker.APIClient,
    prefix: str,
    neoai_image_of_this_tree: str,
) -> None:
    profile = {"name": "p", "memory": "2G", "image": neoai_image_of_this_tree}
    hub = docker_hub(
        f"c.NeoAISpawner.catalogue = {{'profiles': [{profile!r}]}}\nc.Spawner.http_timeout = 120\n"
        "c.NeoAIDockerSpawner.warm = {'p': 1}\n"
        "import asyncio\n"
        "asyncio.get_running_loop().call_later(0.1, NeoAIDockerSpawner.begin, c)\n"
    )
    hub.add("ann")
    hub.until(lambda: "is ready for a user" in hub.log(), "one is ready", 120)
    (waiting,) = engine.containers(filters={"name": f"{prefix}.warm-"})
    health = ["/opt/neoai/bin/python", "/opt/neoai/healthcheck.py"]
    made = engine.exec_create(waiting["Id"], health)
    engine.exec_start(made["Id"])
    assert engine.exec_inspect(made["Id"])["ExitCode"] == 0

    hub.ready("ann")
    container = f"{prefix}-{slug('ann')}"
    assert engine.inspect_container(container)["Id"] == waiting["Id"]
    token = hub.http.post("/users/ann/tokens").json()["token"]
    server = httpx.Client(
        base_url=f"{hub.url}/user/ann", headers={"Authorization": f"token {token}"}, timeout=60
    )
    stranger = httpx.get(
        f"{hub.url}/user/ann/lab", headers={"Authorization": f"token {hub.token}"}, timeout=60
    )
    unsigned = httpx.get(f"{hub.url}/user/ann/api/contents", timeout=60)

    assert (stranger.status_code, unsigned.status_code) == (403, 403)
    assert "@neoai/lab" in server.get("/lab").text
    assert server.get("/neoai/v1/health").json()["status"] == "ok"
    notebook = server.post("/api/contents", json={"type": "notebook"})
    assert notebook.status_code == 201
    made = engine.exec_create(container, ["ls", "/home/jovyan"])
    assert notebook.json()["path"].encode() in engine.exec_start(made["Id"])


def test_the_image_runs_as_nobody_special_and_holds_what_is_pinned(
    engine: docker.APIClient, neoai_image_of_this_tree: str
) -> None:
    config = engine.inspect_image(neoai_image_of_this_tree)["Config"]
    command = ["docker", "run", "--rm", neoai_image_of_this_tree, "pip", "list", "--format=json"]
    listed = subprocess.run(command, check=True, capture_output=True).stdout
    pinned = pins(ROOT / "constraints.txt")
    installed = {
        each["name"].lower().replace("_", "-"): each["version"] for each in json.loads(listed)
    }

    assert config["User"] == "1000:100"
    assert config["Labels"]["ai.neoai.variant"] == "cpu"
    assert installed["neoai"]
    assert {name: version for name, version in installed.items() if name in pinned} == {
        name: pinned[name] for name in installed if name in pinned
    }
    assert set(installed) - set(pinned) <= {"neoai", "pip", "setuptools"}
    assert not {"opendp", "torch", "fastapi", "dockerspawner"} & set(installed)


def test_the_gpu_variant_has_the_other_faiss_and_nothing_else_differs() -> None:
    requirements = runpy.run_path(str(IMAGE / "requirements.py"))["requirements"]
    cpu = set(requirements(ROOT / "pyproject.toml", "cpu"))
    gpu = set(requirements(ROOT / "pyproject.toml", "gpu"))
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    assert {each.split(">")[0] for each in cpu ^ gpu} == {"faiss-cpu", "faiss-gpu"}
    assert set(dependencies) < cpu & gpu
    everywhere, ours = (pins(ROOT / "constraints.txt"), pins(IMAGE / "gpu-constraints.txt"))
    assert ours["faiss-gpu"]
    assert not set(ours) & set(everywhere)


PUT_OFF = """
import runpy, sys
singleuser = runpy.run_path(sys.argv[1])
singleuser["prepare"]()
assert "jupyter_server.serverapp" in sys.modules
assert "jupyterlab.labapp" in sys.modules
absent = [name for name in ("alembic", "lark") if name in sys.modules]
import jsonschema, jupyterhub.log, jupyterhub.scopes
formats = jsonschema.FormatChecker()
allowed = jupyterhub.scopes._intersect_expanded_scopes
print(absent)
print(formats.conforms("http://example.org/\\u00e4", "iri"), formats.conforms("no iri", "iri"))
print(sorted(allowed({"access:servers!user=ann"}, {"access:servers"})))
from jupyterhub.handlers.pages import HomeHandler
import jupyterhub.orm
print(HomeHandler.__name__, jupyterhub.orm.User.__tablename__)
"""


def test_the_images_program_puts_off_what_a_server_never_uses_and_loads_it_when_asked_for() -> None:
    command = [sys.executable, "-P", "-c", PUT_OFF, str(IMAGE / "singleuser.py")]

    said = subprocess.run(command, capture_output=True, text=True)

    assert said.stdout.splitlines() == [
        "[]",
        "True False",
        "['access:servers!user=ann']",
        "HomeHandler users",
    ], said.stderr


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://0.0.0.0:9999/user/ann/", "http://127.0.0.1:9999/user/ann/api"),
        ("https://0.0.0.0:8888/user/b/x/", "https://127.0.0.1:8888/user/b/x/api"),
        (None, "http://127.0.0.1:8888/api"),
    ],
)
def test_the_health_is_asked_where_the_hub_or_jupyterlab_listens(
    url: str | None, address: str
) -> None:
    script = runpy.run_path(str(IMAGE / "healthcheck.py"))

    assert script["address"]({"JUPYTERHUB_SERVICE_URL": url} if url else {}) == address
    assert script["answers"]("http://127.0.0.1:9/api") is False


def test_repo2docker_reads_the_same_repository_for_binder() -> None:
    require("docker engine")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    read = subprocess.run(command, capture_output=True, text=True)

    assert read.returncode == 0, read.stderr[-2000:]
    for part in ("requirements.txt", "postBuild", "start"):
        assert f"binder/{part}" in read.stdout + read.stderr
    for package in (ROOT / "binder" / "apt.txt").read_text().split():
        assert package in read.stdout + read.stderr
