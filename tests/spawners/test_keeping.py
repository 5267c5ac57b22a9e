"""What a server holds is kept: while it waits, starts, cannot be measured, or will not stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from tests.fakes.hub import Hub
from tests.fakes.ledger import Ledger

StartHub = Callable[..., Hub]


def test_who_waits_in_line_and_who_starts_keeps_what_is_held(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub("c.Spawner.args = ['--after', '4']\n")
    hub.add("ann")
    asking = threading.Thread(target=hub.spawn, args=("ann", {"profile": "gpu"}))
    asking.start()
    hub.until(lambda: ledger.calls("keep"), "the reservation is kept in line")
    ledger.add_devices("H100", "GPU-1")
    hub.until(lambda: ledger.calls("started"), "the server is launched")
    kept = len(ledger.calls("keep"))
    renewed = len(ledger.calls("renew"))
    hub.until(lambda: len(ledger.calls("keep")) > kept, "the reservation is kept in the launch")
    asking.join()

    assert len(ledger.calls("renew")) > renewed
    assert len({key for _, key, _ in ledger.calls("reserve", "keep", "renew")}) == 1

    hub.until(lambda: (hub.server("ann") or {}).get("ready"), "the server is ready")
    hub.until(lambda: ledger.calls("heartbeat"), "a heartbeat")
    kept = len(ledger.calls("keep"))
    beats = len(ledger.calls("heartbeat"))
    hub.until(lambda: len(ledger.calls("heartbeat")) > beats + 1, "more heartbeats")
    assert len(ledger.calls("keep")) == kept


def test_a_server_that_cannot_be_measured_has_its_heartbeats_all_the_same(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub(
        """
class Unmeasured(NeoAILocalSpawner):
    async def measure(self):
        raise TimeoutError("the engine walks its volumes")
c.JupyterHub.spawner_class = Unmeasured
"""
    )
    ledger.add_devices("H100", "GPU-1")
    hub.add("ann")

    hub.ready("ann", {"profile": "gpu"})

    hub.until(lambda: ledger.calls("heartbeat"), "a heartbeat")
    hub.until(lambda: ledger.calls("renew"), "the lease is renewed")
    assert ledger.calls("heartbeat")[-1][2]["volumes"] == {}


def test_a_measurement_that_takes_long_holds_no_heartbeat_up_and_is_told_with_a_later_one(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub(
        """
import asyncio
from neoai_spawners.protocols import Meter
class Slow(NeoAILocalSpawner):
    measured = 0
    async def measure(self):
        self.measured += 1
        await asyncio.sleep(2.5)
        return Meter(volumes={"home": self.measured})
c.JupyterHub.spawner_class = Slow
c.NeoAISpawner.measure_within = 0.1
"""
    )
    ledger.add_devices("H100", "GPU-1")
    hub.add("ann")
    hub.ready("ann", {"profile": "gpu"})

    def told() -> list[int | None]:
        return [meter["volumes"].get("home") for _, _, meter in ledger.calls("heartbeat")]

    hub.until(lambda: 2 in told(), "two measurements came to their end")
    known = told()
    assert [each for each in known if each] == [1, 2]
    assert known[0] is known[1] is None
    assert len(ledger.calls("renew")) >= len(known)


def test_a_ledger_that_fails_keeps_no_lease_from_being_renewed(
    local_hub: StartHub, ledger: Ledger
) -> None:
    hub = local_hub(
        """
class Failing(Ledger):
    async def heartbeat(self, key, meter):
        await super().heartbeat(key, meter)
        raise OSError("the disk is full")
failing = Failing(ledger.path)
c.NeoAISpawner.quotas = lambda: failing
"""
    )
    ledger.add_devices("H100", "GPU-1")
    hub.add("ann")
    hub.ready("ann", {"profile": "gpu"})

    hub.until(lambda: len(ledger.calls("heartbeat")) > 2, "heartbeats in vain")
    assert len(ledger.calls("renew")) >= len(ledger.calls("heartbeat")) - 1
    assert hub.server("ann")["ready"]


def test_a_server_that_does_not_stop_keeps_its_gpu_until_it_is_gone(
    local_hub: StartHub, ledger: Ledger, tmp_path: Path
) -> None:
    stuck = tmp_path / "stuck"
    hub = local_hub(
        f"""
class Stuck(NeoAILocalSpawner):
    async def _signal(self, sig):
        if sig and Path({str(stuck)!r}).exists():
            raise OSError("the machine does not answer")
        return await super()._signal(sig)
c.JupyterHub.spawner_class = Stuck
"""
    )
    ledger.add_devices("H100", "GPU-1")
    hub.add("ann")
    hub.ready("ann", {"profile": "gpu"})
    (_, key, _), *_ = ledger.calls("reserve")
    stuck.touch()

    hub.http.delete("/users/ann/server")
    hub.until(lambda: len(ledger.calls("keep")) > 1, "its lease is kept")
    refused = hub.spawn("ann", {"profile": "gpu"})

    assert refused.status_code == 503
    assert "has not ended yet" in refused.json()["message"]
    assert ledger.holders() == {"GPU-1": key}
    assert ledger.open() == {key}

    stuck.unlink()
    hub.until(lambda: not ledger.open(), "it has ended")
    assert ledger.holders() == {"GPU-1": None}
    hub.until(lambda: hub.spawn("ann", {"profile": "gpu"}).is_success, "it starts again")
