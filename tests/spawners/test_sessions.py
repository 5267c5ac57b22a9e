"""What servers and a real hub tell one another: warnings, activity, saving before the end. The
servers are small processes; the tests speak for them, with their tokens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.fakes.hub import Hub
from tests.fakes.ledger import Ledger

StartHub = Callable[..., Hub]
CONFIG = """
from neoai_hub.sessions import SESSION_ROUTE
c.JupyterHub.extra_handlers = [SESSION_ROUTE]
c.NeoAISpawner.save_s = 20
"""
OVER = "Your server hours have run out."


class Server:
    """A user's server, as far as it speaks to the hub."""

    def __init__(self, hub: Hub, user: str) -> None:
        environment = hub.environ(user)
        self.address = f"{hub.url}/hub/api/neoai/servers/{user}//session"
        self.token = environment["JUPYTERHUB_API_TOKEN"]
        self.reply: dict[str, Any] = {}

    def post(self, token: str = "", **report: Any) -> httpx.Response:
        headers = {"Authorization": f"token {token or self.token}"}
        body = {"idle_s": 0, **report}
        return httpx.post(self.address, json=body, headers=headers, timeout=60)

    def tell(self, **report: Any) -> dict[str, Any]:
        """Report, and keep what is answered."""
        reply = self.post(seen=self.reply.get("version", ""), **report)
        self.reply = reply.raise_for_status().json()
        return self.reply

    def until(self, key: str, **report: Any) -> Any:
        """Go on asking until the reply has something under this key."""
        deadline = time.monotonic() + 30
        while not self.tell(hold_s=5, **report)[key]:
            assert time.monotonic() < deadline, f"nothing came under {key}"
        return self.reply[key]


@pytest.fixture
def hub(local_hub: StartHub) -> Hub:
    started = local_hub(CONFIG)
    started.add("ann", "bob")
    return started


def ended(hub: Hub, user: str) -> str:
    """Why the last server ended, as the page before the next start says it."""
    return hub.browser(user).get("/hub/spawn").text


def test_a_question_is_answered_when_there_is_something_new(hub: Hub, ledger: Ledger) -> None:
    hub.ready("ann")
    server = Server(hub, "ann")
    assert server.tell()["notices"] == []
    assert server.reply["heartbeat_s"] == 1

    before = time.monotonic()
    server.tell(hold_s=1.5)
    assert time.monotonic() - before >= 1.5

    ledger.set(soon="Server hours run out in about 5 minutes.")
    (notice,) = server.until("notices")
    assert notice["message"] == "Server hours run out in about 5 minutes."
    assert notice["kind"] == "server-hours"
    assert 200 < notice["left_s"] <= 300


def test_before_the_end_the_server_saves_and_only_then_it_is_stopped(
    hub: Hub, ledger: Ledger
) -> None:
    hub.ready("ann")
    server = Server(hub, "ann")
    server.tell()
    ledger.set(over=OVER)

    save = server.until("save")
    assert 0 < server.reply["save_s"] <= 20
    assert hub.server("ann")["ready"]
    server.post(saved=save, unsaved=["work/a.ipynb"])
    hub.gone("ann")

    page = ended(hub, "ann")
    assert f"{OVER} Not saved: work/a.ipynb." in page


def test_a_server_that_hangs_is_waited_for_so_long_and_delays_nobody_else(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub(CONFIG + "c.NeoAISpawner.save_s = 6\n")
    hub.add("ann", "bob")
    hub.ready("ann")
    hub.ready("bob")
    hung, well = Server(hub, "ann"), Server(hub, "bob")
    hung.tell()
    well.tell()
    ledger.set(over=OVER)
    began = time.monotonic()

    well.post(saved=well.until("save"))
    hub.gone("bob")
    assert time.monotonic() - began < 5
    assert hub.server("ann")["ready"]

    hub.until(lambda: "Ending the server of ann" in hub.log(), "ann's server is being ended")
    ledger.set(over="")
    hub.gone("ann")
    assert time.monotonic() - began >= 6
    assert "did not answer in time" in ended(hub, "ann")
    assert "did not answer" not in ended(hub, "bob")
    assert not ledger.open()


def test_a_server_that_never_spoke_is_not_waited_for(hub: Hub, ledger: Ledger) -> None:
    hub.ready("ann")
    ledger.set(over=OVER)
    began = time.monotonic()
    hub.gone("ann")
    assert time.monotonic() - began < 10


def test_a_server_that_saves_is_metered_and_keeps_what_it_holds(hub: Hub, ledger: Ledger) -> None:
    hub.ready("ann")
    server = Server(hub, "ann")
    server.tell()
    ledger.set(over=OVER)
    save = server.until("save")
    beats = len(ledger.calls("heartbeat"))
    hub.until(lambda: len(ledger.calls("heartbeat")) >= beats + 2, "two heartbeats")
    assert ledger.open()
    server.post(saved=save)
    hub.gone("ann")


def test_a_stop_while_a_server_saves_is_a_stop(hub: Hub, ledger: Ledger) -> None:
    hub.ready("ann")
    server = Server(hub, "ann")
    server.tell()
    ledger.set(over=OVER)
    server.until("save")
    hub.end("ann")
    ledger.set(over="")
    hub.ready("ann")
    beats = len(ledger.calls("heartbeat"))
    hub.until(lambda: len(ledger.calls("heartbeat")) >= beats + 2, "it is looked at")
    assert hub.server("ann")["ready"]


@pytest.fixture
def tokens(hub: Hub) -> dict[str, str]:
    """Of whoever might speak for ann's server."""
    for name in ("ann", "bob"):
        hub.ready(name)

    def own(name: str, **wanted: Any) -> str:
        reply = hub.http.post(f"/users/{name}/tokens", json={"expires_in": 600, **wanted})
        token: str = reply.raise_for_status().json()["token"]
        return token

    revoked = hub.http.post("/users/ann/tokens", json={"expires_in": 600}).json()
    hub.http.delete(f"/users/ann/tokens/{revoked['id']}").raise_for_status()
    expired = own("ann", expires_in=1)
    hub.until(
        lambda: Server(hub, "ann").post(expired).status_code == 403, "a token of a second expires"
    )
    return {
        "server": Server(hub, "ann").token,
        "user": own("ann"),
        "server of another": Server(hub, "bob").token,
        "another": own("bob"),
        "may open it": own("ann", scopes=["access:servers!server=ann/"]),
        "may tell of activity": own("ann", scopes=["users:activity!user=ann"]),
        "revoked": revoked["token"],
        "expired": expired,
        "nobody": "x" * 32,
    }


def test_only_a_server_and_its_user_speak_for_it(hub: Hub, tokens: dict[str, str]) -> None:
    server = Server(hub, "ann")
    got = {who: server.post(token).status_code for who, token in tokens.items()}
    assert got == {
        "server": 200,
        "user": 200,
        "server of another": 404,
        "another": 404,
        "may open it": 404,
        "may tell of activity": 404,
        "revoked": 403,
        "expired": 403,
        "nobody": 403,
    }
    assert hub.browser("bob").post(server.address, json={"idle_s": 0}).status_code in (403, 404)


@pytest.mark.parametrize(
    "report",
    [
        {"idle_s": -1},
        {"idle_s": "long"},
        {"busy": {"x" * 65: 1}},
        {"busy": {str(number): 1 for number in range(40)}},
        {"unsaved": ["x" * 5000]},
        {"hold_s": 1e6},
        {"surprise": True},
    ],
)
def test_nonsense_is_refused(hub: Hub, report: dict[str, Any]) -> None:
    hub.ready("ann")
    assert Server(hub, "ann").post(**report).status_code == 400


def test_a_long_report_is_refused_and_a_server_that_is_not_there_is_not_found(hub: Hub) -> None:
    hub.ready("ann")
    server = Server(hub, "ann")
    assert server.post(unsaved=["x" * 4000] * 90).status_code == 413
    server.address = server.address.replace("//session", "/other/session")
    assert server.post().status_code == 404


CULLING = """
c.NeoAISpawner.culling = {"idle_s": 4, "groups": {"slow": {"idle_s": 3600}}}
"""


def test_who_is_idle_is_warned_then_culled_and_told_why(local_hub: StartHub) -> None:
    hub = local_hub(CONFIG + CULLING, groups={"slow": ["bob"]})
    hub.add("ann", "bob")
    hub.ready("ann")
    hub.ready("bob")
    server = Server(hub, "ann")

    (notice,) = server.until("notices")
    assert (notice["kind"], notice["can_keep"]) == ("idle", True)
    Server(hub, "bob").tell(idle_s=60)
    save = server.until("save", idle_s=60)
    server.post(idle_s=60, saved=save)
    hub.gone("ann")

    assert "nothing had been done on it for 4 seconds" in ended(hub, "ann")
    assert hub.server("bob")["ready"]


def test_who_works_again_at_the_last_moment_keeps_the_server(local_hub: StartHub) -> None:
    hub = local_hub(CONFIG + CULLING)
    hub.add("ann")
    hub.ready("ann")
    server = Server(hub, "ann")

    save = server.until("save", idle_s=60)
    server.tell(saved=save, busy={"kernels": 1})
    hub.until(lambda: "goes on" in hub.log(), "the hub lets it go on")
    while server.tell(hold_s=5, busy={"kernels": 1})["save"]:
        pass
    assert server.reply["notices"] == []
    assert hub.server("ann")["ready"]


def test_a_hub_that_is_killed_asks_again_and_culls_nobody_meanwhile(local_hub: StartHub) -> None:
    hub = local_hub(CONFIG + CULLING.replace("4,", "30,"))
    hub.add("ann")
    hub.ready("ann")
    server = Server(hub, "ann")
    (notice,) = server.until("notices", idle_s=60)
    assert notice["left_s"] <= 15

    hub.kill()
    hub.start()

    server.reply = {}
    (notice,) = server.until("notices", idle_s=500)
    assert 10 < notice["left_s"] <= 15
