"""Quotas, leases and limits around a start, in a real hub whose servers are small processes."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.fakes.hub import Hub
from tests.fakes.ledger import Ledger

StartHub = Callable[..., Hub]
DENIAL = "Your servers: 1 of 1 taken. More from 12:00 UTC."


def test_a_start_is_reserved_before_and_settled_after(local_hub: StartHub, ledger: Ledger) -> None:
    hub = local_hub(groups={"staff": ["ann"], "empty": []})

    hub.ready("ann", {"profile": "large"})
    (_, key, request), *_ = ledger.calls("reserve")

    assert request["profile"] == "large"
    assert (request["user"], request["server"], request["groups"]) == ("ann", "", ["staff"])
    assert request["resources"]["memory_bytes"] == 8 << 30
    assert ledger.open() == {key}

    hub.end("ann")

    names = ("reserve", "started", "settle")
    assert [call for call, *_ in ledger.calls(*names)] == list(names)
    assert not ledger.open()


def test_a_denial_says_its_reason_and_never_stops_the_hub(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub()
    hub.add("ann")
    ledger.set(denied=DENIAL)

    for _ in range(4):
        refused = hub.spawn("ann")
        assert refused.status_code == 403
        assert refused.json()["message"] == DENIAL
    ledger.set(denied="")

    hub.ready("ann")
    assert len(ledger.open()) == 1


def test_quotas_that_do_not_answer_refuse_a_start_and_never_stop_the_hub(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub()
    hub.add("ann")
    ledger.set(broken="the database is gone")

    for _ in range(4):
        refused = hub.spawn("ann")
        assert refused.status_code == 503
        assert "Try again" in refused.json()["message"]
        assert "database" not in refused.text
    ledger.set(broken="")

    hub.ready("ann")


@pytest.mark.parametrize(
    "options",
    [
        {"profile": "large"},
        {"profile": "small", "image": "evil"},
        {"environment": {"LD_PRELOAD": "x"}},
        {"volumes": {"/": "/host"}},
        {"cmd": ["sh"]},
    ],
)
def test_the_api_takes_no_more_than_a_profile_that_is_open_to_the_user(
    local_hub: StartHub, ledger: Ledger, options: object
) -> None:
    hub = local_hub(groups={"staff": []})
    hub.add("ann")

    refused = hub.spawn("ann", options)

    assert refused.status_code == 400
    assert not ledger.calls("reserve", "acquire")


def test_a_link_to_a_profile_that_is_not_to_be_had_spoils_no_later_start(
    local_hub: StartHub,
) -> None:
    hub = local_hub()
    hub.add("ann")
    client = hub.browser("ann")
    assert client.get("/hub/spawn/ann?opt-profile=nope").status_code == 400
    client.close()

    hub.ready("ann")


def test_the_form_offers_what_is_open_and_refuses_the_rest_in_words(local_hub: StartHub) -> None:
    hub = local_hub(groups={"staff": []})
    ann = hub.browser("ann")

    page = ann.get("/hub/spawn")
    xsrf = {"_xsrf": ann.cookies.get("_xsrf", path="/hub/") or ""}
    tampered = ann.post("/hub/spawn", data={"profile": "large"}, params=xsrf)
    injected = ann.get("/hub/spawn?opt-image=evil")

    assert 'value="small"' in page.text
    assert 'value="large"' not in page.text
    assert tampered.status_code == 400
    assert "You may take: small" in tampered.text
    assert injected.status_code == 400
    assert "Only one profile" in injected.text
    assert hub.server("ann") is None


def test_limits_hold_over_hooks_group_overrides_and_options(local_hub: StartHub) -> None:
    hub = local_hub(
        """
def hook(spawner):
    spawner.mem_limit, spawner.cpu_limit = "64G", 64.0
    spawner.environment["CUDA_VISIBLE_DEVICES"] = "all-of-them"
c.Spawner.pre_spawn_hook = hook
c.Spawner.group_overrides = {"z": {"groups": ["staff"], "spawner_override": {"mem_limit": "99G"}}}
""",
        groups={"staff": ["ann"]},
    )

    hub.ready("ann")
    environment = hub.environ("ann")

    assert environment["MEM_LIMIT"] == str(1 << 30)
    assert environment["CPU_LIMIT"] == "1.0"
    assert environment["CUDA_VISIBLE_DEVICES"] == ""


def test_what_a_hook_sets_lower_stays_lower(local_hub: StartHub) -> None:
    hub = local_hub("c.Spawner.mem_limit = '512M'\nc.Spawner.cpu_limit = 0.5\n")
    hub.add("ann")

    hub.ready("ann")

    assert hub.environ("ann")["MEM_LIMIT"] == str(512 << 20)
    assert hub.environ("ann")["CPU_LIMIT"] == "0.5"


def test_a_server_that_dies_is_settled_and_its_reason_told_before_the_next(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub()
    ledger.add_devices("H100", "GPU-1")
    ann = hub.browser("ann")
    hub.ready("ann", {"profile": "gpu"})
    assert ledger.holders()["GPU-1"]

    os.kill(int(hub.environ("ann")["PID"]), signal.SIGKILL)
    hub.gone("ann")

    assert not ledger.open()
    assert ledger.holders() == {"GPU-1": None}
    assert "machine runs out of memory" in ann.get("/hub/spawn").text

    hub.ready("ann")
    hub.end("ann")

    assert "machine runs out of memory" not in ann.get("/hub/spawn").text


def test_a_server_that_does_not_stay_is_explained_at_once(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub("c.Spawner.args = ['--exit', '3']\nc.Spawner.http_timeout = 30\n")
    hub.add("ann")

    assert hub.spawn("ann").status_code in (202, 503)
    hub.gone("ann")

    assert "did not stay. Your server ended by itself (status 3)" in hub.failure("ann")
    assert not ledger.open()


def test_a_server_that_never_answers_is_ended_and_settled(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub("c.Spawner.args = ['--after', '60']\nc.Spawner.http_timeout = 1\n")
    hub.add("ann")

    hub.spawn("ann")
    hub.gone("ann")

    assert "did not answer within 1 seconds" in hub.failure("ann")
    assert not ledger.open()


def test_the_command_that_is_not_there_fails_and_is_settled(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub("c.Spawner.cmd = ['/no/such/program']\n")
    ann = hub.browser("ann")

    assert hub.spawn("ann").status_code == 500

    assert not ledger.open()
    assert "ended by itself" not in ann.get("/hub/spawn").text


def test_of_parallel_starts_for_the_last_gpu_one_gets_it_and_the_others_see_their_place(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub()
    ledger.add_devices("H100", "GPU-1")
    ledger.add_devices("A100", "GPU-2")
    users = ["ann", "bob", "cyd", "dan"]
    hub.add(*users)

    asked = [threading.Thread(target=hub.spawn, args=(u, {"profile": "gpu"})) for u in users]
    for thread in asked:
        thread.start()
    for thread in asked:
        thread.join()
    hub.until(lambda: _running(hub, users), "one runs")

    (first,) = _running(hub, users)
    waiting = [user for user in users if user != first]
    assert hub.environ(first)["CUDA_VISIBLE_DEVICES"] == "GPU-1"
    places = {next(_messages(hub, user, "number")) for user in waiting}
    assert {place.split("number ")[1][0] for place in places} == {"1", "2", "3"}
    assert ledger.holders()["GPU-2"] is None

    for _ in waiting:
        hub.end(first)
        hub.until(lambda: _running(hub, users), "the next one runs")
        (first,) = _running(hub, users)
    hub.end(first)

    assert ledger.holders() == {"GPU-1": None, "GPU-2": None}
    assert not ledger.open()


def _running(hub: Hub, users: list[str]) -> list[str]:
    return [user for user in users if (hub.server(user) or {}).get("ready")]


def _messages(hub: Hub, user: str, part: str) -> Iterator[str]:
    for event in hub.progress(user):
        if part in event["message"]:
            yield event["message"]


def test_who_waits_too_long_for_a_gpu_is_told_the_place_and_keeps_nothing(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub("c.NeoAISpawner.gpu_wait = 0.5\n")
    hub.add("ann")

    hub.spawn("ann", {"profile": "gpu"})
    hub.gone("ann")

    assert "you are number 1 in the line" in hub.failure("ann")
    assert not ledger.open()
    assert ledger.calls("release")


def test_heartbeats_go_on_after_a_crash_of_the_hub_and_the_server_stays(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub()
    ledger.add_devices("H100", "GPU-1")
    hub.add("ann")
    hub.ready("ann", {"profile": "gpu"})
    before = hub.environ("ann")["PID"]
    hub.until(lambda: ledger.calls("heartbeat"), "a heartbeat")

    hub.kill()
    beats = len(ledger.calls("heartbeat"))
    hub.start()
    hub.until(lambda: len(ledger.calls("heartbeat")) > beats, "another heartbeat")

    assert hub.environ("ann")["PID"] == before
    assert len({key for _, key, _ in ledger.calls("reserve", "heartbeat", "renew")}) == 1
    meter = ledger.calls("heartbeat")[-1][2]
    assert meter["memory_bytes"] > 1 << 20
    assert meter["cpu_seconds"] > 0

    hub.end("ann")
    assert ledger.holders() == {"GPU-1": None}
    assert not ledger.open()


@pytest.mark.parametrize("profile", ["small", "gpu"])
def test_a_hub_killed_during_a_start_gives_back_what_it_had_taken(
    local_hub: StartHub, ledger: Ledger, profile: str
) -> None:
    hub = local_hub("c.Spawner.args = ['--after', '1']\n")
    hub.add("ann")
    asking = threading.Thread(target=_ask, args=(hub, profile))
    asking.start()
    hub.until(ledger.open, "something is reserved")

    hub.kill()
    asking.join()
    hub.start()

    hub.until(lambda: not ledger.open() or _running(hub, ["ann"]), "what became of it is known")
    if ledger.open():
        hub.end("ann")
    assert not ledger.open()
    assert ledger.calls("release")


def _ask(hub: Hub, profile: str) -> None:
    try:
        hub.http.post("/users/ann/server", content=json.dumps({"profile": profile}))
    except httpx.HTTPError:
        return


def test_a_quota_that_runs_out_ends_the_server_and_says_so(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub()
    ann = hub.browser("ann")
    hub.ready("ann")

    ledger.set(over="Your 10 server hours of this week are used up.")
    hub.gone("ann")

    assert not ledger.open()
    assert "server hours of this week are used up" in ann.get("/hub/spawn").text
    assert httpx.get(f"{hub.url}/user/ann/environ").status_code != 200


def test_a_process_above_its_memory_is_ended_and_says_so(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub("c.Spawner.args = ['--hold', str(1 << 30)]\n")
    ann = hub.browser("ann")

    hub.ready("ann")
    hub.gone("ann")

    assert "its profile allows 1 GB" in ann.get("/hub/spawn").text
    assert not ledger.open()


def test_above_a_storage_quota_the_spawn_page_offers_to_clean_up_and_nothing_else(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub()
    hub.add("ann")
    ledger.set(full="Storage: 3 of 1 GiB <used>.")

    page = hub.browser("ann").get("/hub/spawn/ann").text

    assert "Storage: 3 of 1 GiB &lt;used&gt;." in page
    assert 'value="clean-up" checked' in page
    assert 'value="small"' not in page

    hub.ready("ann", {"profile": "clean-up"})
    ((_, _, request), *_) = ledger.calls("reserve")
    assert (request["profile"], request["resources"]["gpus"]) == ("clean-up", 0)
    environment = hub.environ("ann")
    assert environment["NEOAI_DELETE_FOR_GOOD"] == "1"
    assert environment["MEM_LIMIT"] == str(1 << 30)
    hub.end("ann")

    ledger.set(full="")
    page = hub.browser("ann").get("/hub/spawn/ann").text
    assert 'value="small"' in page
    assert "clean-up" not in page
