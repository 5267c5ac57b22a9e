"""What `jupyter neoai ask` costs: in the ledger, and under the limits, without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neoai_server_ext.db import Database
from neoai_server_ext.usage.limits import OwnLimits
from neoai_server_ext.usage.models import LimitsWanted, UsageQuery
from neoai_server_ext.usage.service import UsageService

from ..fakes.provider import FakeProvider
from ..fakes.terminal import Terminal
from .test_ask import HEAT

PRICES = {"price_in_usd": 2.0, "price_out_usd": 10.0}


async def test_a_command_is_in_the_ledger_and_held_by_the_limits_without_a_server(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data" / "neoai"
    limits = OwnLimits(data / "usage" / "limits.json")
    async with FakeProvider(default=lambda _: HEAT) as fake:
        terminal = Terminal(tmp_path, fake, **PRICES)
        status, out, err = await terminal.ask("--json", "How hot?")
        assert (status, err) == (0, "")
        assert not (data / "neoai.db").exists()
        used = json.loads(out)["usage"]
        cost = (used["input_tokens"] * 2 + used["output_tokens"] * 10) / 1e6

        limits.write(LimitsWanted(soft_usd=cost, hard_usd=cost * 1.5))
        status, _, err = await terminal.ask("How hot is it now?")
        assert status == 0
        assert "limit of" in err
        status, out, err = await terminal.ask("And now?")
        assert (status, out) == (1, "")
        assert "Raise it in the Usage panel" in err
        assert len(fake.requests) == 2

    db = Database(f"sqlite:///{data / 'neoai.db'}")
    usage = UsageService(db, data / "usage")
    total = (await usage.usage(UsageQuery())).total
    await usage.stop()
    await db.close()
    assert (total.calls, total.failed) == (2, 0)
    assert total.cost_usd == pytest.approx(cost * 2)
    assert list((data / "usage").glob("*.jsonl")) == []
