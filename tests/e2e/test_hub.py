"""The main job on a hub: two sign up, an admin lets them in, each works on a server of their own,
what is over a quota is refused with its reason, and the admin sees all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from neoai_spawners.engine import prepare_network
from tests.browser.chats import MESSAGES
from tests.browser.conftest import PATIENCE_S, until
from tests.browser.monaco import open_in_monaco
from tests.browser.test_main_job import ask
from tests.conftest import postgres_schema, require
from tests.fakes.hub import Hub, free_port

pytestmark = pytest.mark.timeout(1800)  # the first of all may have to make the image
PLACES = [("docker", "sqlite"), ("swarm", "postgresql"), ("local", "postgresql")]
MEMORY = "1536M"
WORK = {
    "ann": ("kettle.py", "def boil_water(litres):\n    return litres * 4186\n"),
    "bob": ("ledger.py", "def balance(entries):\n    return sum(entries)\n"),
}


def settings(place: str, database: str, image: str, prefix: str) -> dict[str, Any]:
    """What an admin writes into `neoai_hub.toml`."""
    options: dict[str, Any] = {"args": ["--LabApp.expose_app_in_browser=True"]}
    if place == "local":
        options["args"].append("--allow-root")
    else:
        options["prefix"] = prefix
        options["volumes"] = {"{prefix}-home-{username}": "/home/jovyan"}
    if place == "docker":
        options["network_name"] = "neoai-tests"
    urls = {} if database == "sqlite" else {"url": database, "jupyterhub_url": database}
    return {
        "hub": {"admins": ["root"]},
        "database": urls,
        "spawner": {"kind": place, "image": image, "http_timeout_s": 300, "options": options},
        "catalogue": {
            "profiles": [
                {"name": "small", "cpus": 1, "memory": MEMORY},
                {"name": "gpu", "cpus": 1, "memory": MEMORY, "gpus": 1, "gpu_kind": "H100"},
            ]
        },
        "gpus": {"discover": False, "devices": [{"id": "GPU-0", "kind": "H100"}]},
        "quotas": {"heartbeat_s": 2},
        "admin": {"port": free_port()},
    }


@pytest.fixture(params=PLACES, ids=["-on-".join(place) for place in PLACES])
def place(request: pytest.FixtureRequest) -> str:
    """What servers run in."""
    place: str = request.param[0]
    return place


@pytest.fixture
def hub(request: pytest.FixtureRequest, place: str, tmp_path: Path) -> Iterator[Hub]:
    """A hub configured by its settings, with a database of its own."""
    require("hub's proxy")
    image, prefix, hub_ip = "neoai:cpu", "", "127.0.0.1"
    if place != "local":
        image = request.getfixturevalue("neoai_image_of_this_tree")
        prefix = request.getfixturevalue("prefix")
        engine = request.getfixturevalue("engine")
        hub_ip = prepare_network(engine, "neoai-tests")
    if place == "swarm":
        swarm = request.getfixturevalue("swarm")
        hub_ip = swarm.inspect_network("bridge")["IPAM"]["Config"][0]["Gateway"]

    def run(database: str) -> Iterator[Hub]:
        given = settings(place, database, image, prefix)
        hub = Hub(tmp_path, "", hub_ip=hub_ip)
        given["hub"]["bind_url"] = hub.url
        with (tmp_path / "config.py").open("a") as config:
            config.write(
                f"from neoai_hub.config import configure\nimport json\n"
                f"configure(c, json.loads({json.dumps(given)!r}))\n"
                f"c.JupyterHub.hub_ip = {hub_ip!r}\n"
            )
        try:
            hub.start()
            yield hub
        finally:
            for name in WORK:
                hub.http.delete(f"/users/{name}/server")
            hub.stop()
            if place == "swarm":
                for service in swarm.services(filters={"name": prefix}):
                    swarm.remove_service(service["ID"])

    if request.node.callspec.params["place"][1] == "sqlite":
        yield from run("sqlite")
    else:
        require("postgresql")
        with postgres_schema() as url:
            yield from run(url)


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, chromium: Any, hub: Hub, name: str, password: str) -> None:
        self.name, self.password, self.hub = name, password, hub
        self.context = chromium.new_context(viewport={"width": 1280, "height": 800})
        self.context.set_default_timeout(4 * PATIENCE_S * 1000)
        self.page = self.context.new_page()

    def go(self, where: str) -> Any:
        """Open a page of the hub's address."""
        self.page.goto(f"{self.hub.url}{where}")
        return self.page

    def sign_up(self) -> None:
        page = self.go("/hub/signup")
        page.locator("input[name=username]").fill(self.name)
        page.locator("input[name=signup_password]").fill(self.password)
        page.locator("input[name=signup_password_confirmation]").fill(self.password)
        page.locator("form [type=submit]").click()
        page.get_by_text("sent to the admin").wait_for()

    def sign_in(self) -> None:
        page = self.go("/hub/login?next=%2Fhub%2Fhome")
        page.locator("input[name=username]").fill(self.name)
        page.locator("input[name=password]").fill(self.password)
        page.locator("form [type=submit]").click()
        page.wait_for_url("**/hub/home")

    def ask_for_a_server(self, profile: str) -> None:
        """Choose a profile on the spawn page, and start."""
        page = self.go("/hub/spawn")
        page.locator(f"input[name=profile][value={profile}]").check()
        page.locator("form [type=submit]").click()

    def open_jupyterlab(self, profile: str) -> None:
        self.ask_for_a_server(profile)
        self.page.wait_for_url(f"**/user/{self.name}/lab**")
        self.page.wait_for_function("window.jupyterapp?.restored.then(() => true)")

    def call(self, method: str, path: str, body: object = None) -> Any:
        """NeoAI's REST API of the own server, as the page calls it."""
        return self.page.evaluate(
            """async ([method, path, body]) => {
                const xsrf = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1] ?? '';
                const base = JSON.parse(document.getElementById('jupyter-config-data').textContent).baseUrl;
                const reply = await fetch(`${base}neoai/v1${path}`, {
                    method, headers: {'X-XSRFToken': xsrf, 'Content-Type': 'application/json'},
                    body: body === null ? undefined : JSON.stringify(body)});
                const text = await reply.text();
                if (!reply.ok) throw new Error(`${reply.status} ${text}`);
                try { return JSON.parse(text); } catch { return text; }
            }""",  # noqa: E501
            [method, path, body],
        )

    def work(self) -> None:
        """Write a file in Monaco, save it, and ask about it in the chat."""
        file, text = WORK[self.name]
        project = self.call("POST", "/projects", {"name": "work", "path": "work", "create": True})
        self.call("PUT", f"/projects/{project['id']}/files/{file}")
        open_in_monaco(self.page, f"work/{file}")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Control+s")
        self.page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
        saved = self.call("GET", f"/projects/{project['id']}/files/{file}")
        assert saved.split() == text.split()
        name = text.split("(")[0].removeprefix("def ")
        ask(self.page, project["id"], f"where is {name.replace('_', ' ')} computed?")
        reply = self.page.locator(MESSAGES).get_by_text(file).first
        reply.wait_for()


@pytest.fixture
def person(chromium: Any, hub: Hub) -> Iterator[Callable[..., Person]]:
    """`person("ann")`: with a password that the hub takes."""
    people: list[Person] = []

    def make(name: str, password: str = "") -> Person:
        people.append(Person(chromium, hub, name, password or f"{name}'s long password"))
        return people[-1]

    yield make
    for each in people:
        each.context.close()


def admin_of(hub: Hub, person: Callable[..., Person]) -> Person:
    name, password = (hub.folder / "hub-data" / "first-passwords.txt").read_text().split()
    admin = person(name, password)
    admin.sign_in()
    return admin


def limit_servers(admin: Person, limit: int) -> None:
    """All together may have so many servers, by the form of the admin service."""
    page = admin.go("/services/neoai/admin/quotas/edit?scope=default&name=default")
    together = page.get_by_role("group", name="All together")
    together.get_by_label(re.compile(r"^Servers\b")).fill(str(limit))
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/admin/quotas")


def test_two_sign_up_are_let_in_and_work_on_servers_of_their_own_within_quotas_that_the_admin_sees(
    hub: Hub, place: str, person: Callable[..., Person], screenshot: Callable[..., Path]
) -> None:
    ann, bob, cyd = person("ann"), person("bob"), person("cyd")
    for each in (ann, bob, cyd):
        each.sign_up()
    admin = admin_of(hub, person)
    for each in (ann, bob, cyd):
        page = admin.go("/hub/authorize")
        page.get_by_role("button", name=f"Approve {each.name}").click()
        page.get_by_role("button", name=f"Withdraw approval {each.name}").wait_for()
        each.sign_in()
    limit_servers(admin, 2)

    # Where the GPU is a name only, an engine refuses it; the others only tell the server of it.
    ann.open_jupyterlab("small" if place == "docker" else "gpu")
    bob.open_jupyterlab("small")
    ann.work()
    bob.work()
    screenshot(bob.page, f"hub-{place}-lab")

    for path in ("/lab", "/neoai/v1/projects", "/api/contents"):
        assert ann.context.request.get(f"{hub.url}/user/bob{path}").status in (403, 404)
    socket = f"{hub.url.replace('http', 'ws')}/user/bob/api/events/subscribe"
    opened = ann.page.evaluate(
        """url => new Promise(done => {
            const socket = new WebSocket(url);
            socket.onopen = () => done('open');
            socket.onclose = () => done('closed');
        })""",
        socket,
    )
    assert opened == "closed"
    assert [item["name"] for item in bob.call("GET", "/projects")["items"]] == ["work"]

    cyd.ask_for_a_server("gpu")
    cyd.page.get_by_text("the hub's default is 2 servers, 2 servers in use").wait_for()
    screenshot(cyd.page, f"hub-{place}-over-quota")

    page = admin.go("/services/neoai/admin/users")
    for each in (ann, bob):
        stop = page.get_by_role("button", name=f"Stop the server default of {each.name}")
        until(lambda stop=stop: page.reload() and stop.count(), "the list of users is of now")
    page = admin.go("/services/neoai/admin/gpus")
    if place != "docker":
        page.get_by_role("row", name=re.compile("GPU-0.*ann")).wait_for()
        screenshot(page, f"hub-{place}-gpus")
    else:
        page.get_by_role("row", name=re.compile("GPU-0.*free")).wait_for()
        limit_servers(admin, 3)
        cyd.ask_for_a_server("gpu")
        cyd.page.get_by_text(re.compile("GPU")).first.wait_for()
        hub.gone("cyd")
    page = admin.go("/services/neoai/admin/audit")
    told = page.locator("table").inner_text()
    for who, what in (
        ("ann", "server.started"),
        ("bob", "server.started"),
        ("cyd", "server.denied"),
        ("root", "account.approved"),
        ("cyd" if place == "docker" else "ann", "gpu.leased"),
    ):
        assert re.search(rf"{who}.*{re.escape(what)}", told), told
    screenshot(page, f"hub-{place}-audit")
    page = ann.go("/services/neoai/")
    page.get_by_role("heading", name="My usage").wait_for()
    page.get_by_text("Servers").first.wait_for()
