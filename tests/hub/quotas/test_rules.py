"""How the quotas of a user, of several groups and of everybody combine."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from neoai_hub.quotas.ledger import Ledger
from neoai_hub.quotas.models import Quota
from neoai_server_ext import errors
from neoai_spawners.protocols import Denied

from .conftest import Set, request


async def servers(ledger: Ledger, user: str, groups: tuple[str, ...] = (), most: int = 9) -> int:
    """How many servers a user may start."""
    for number in range(most):
        try:
            await ledger.reserve(request(user, server=f"s{number}", groups=groups))
        except Denied:
            return number
    return most


async def test_without_a_quota_everything_goes(ledger: Ledger) -> None:
    assert await servers(ledger, "ann") == 9


async def test_the_default_holds_for_each_user(ledger: Ledger, put: Set) -> None:
    await put("default", {"kind": "servers", "limit": 2})
    assert await servers(ledger, "ann") == 2
    assert await servers(ledger, "bob") == 2


async def test_a_group_replaces_the_default_and_a_users_own_replaces_both(
    ledger: Ledger, put: Set
) -> None:
    await put("default", {"kind": "servers", "limit": 1})
    await put("group:ml", {"kind": "servers", "limit": 3})
    await put("user:cyd", {"kind": "servers", "limit": 2})
    assert await servers(ledger, "ann") == 1
    assert await servers(ledger, "bob", ("ml",)) == 3
    assert await servers(ledger, "cyd", ("ml",)) == 2


async def test_of_several_groups_the_one_with_most_room_counts(ledger: Ledger, put: Set) -> None:
    await put("group:class", {"kind": "servers", "limit": 1})
    await put("group:ml", {"kind": "servers", "limit": 4})
    assert await servers(ledger, "ann", ("class", "ml")) == 4


async def test_no_limit_beats_every_limit_of_the_same_scope(ledger: Ledger, put: Set) -> None:
    await put("default", {"kind": "servers", "limit": 1})
    await put("group:class", {"kind": "servers", "limit": 1})
    await put("group:staff", {"kind": "servers", "limit": None})
    assert await servers(ledger, "ann", ("class", "staff")) == 9


async def test_a_groups_shared_quota_is_used_up_by_all_its_members(
    ledger: Ledger, put: Set
) -> None:
    await put("group:ml", {"kind": "servers", "limit": 3, "shared": True})
    assert await servers(ledger, "ann", ("ml",), most=2) == 2
    assert await servers(ledger, "bob", ("ml",)) == 1
    assert await servers(ledger, "cyd") == 9


async def test_all_shared_quotas_must_have_room(ledger: Ledger, put: Set) -> None:
    await put("default", {"kind": "servers", "limit": 4, "shared": True})
    await put("group:ml", {"kind": "servers", "limit": 5, "shared": True})
    assert await servers(ledger, "ann", ("ml",)) == 4
    with pytest.raises(Denied) as caught:
        await ledger.reserve(request("ann", server="fifth", groups=("ml",)))
    (denial,) = caught.value.denials
    assert (denial.scope, denial.used, denial.limit) == ("default", 4, 4)


async def test_cores_and_memory_count_while_they_are_reserved(ledger: Ledger, put: Set) -> None:
    await put("default", {"kind": "cpu", "limit": 4}, {"kind": "memory", "limit": 8 * 2**30})
    await ledger.reserve(request("ann", server="a", cpus=3, memory_bytes=2 * 2**30))
    with pytest.raises(Denied) as caught:
        await ledger.reserve(request("ann", server="b", cpus=2, memory_bytes=7 * 2**30))
    messages = str(caught.value)
    assert "CPU cores: the hub's default is 4 cores, 3 cores in use" in messages
    assert "this needs 7 GiB. Stop another server first" in messages
    await ledger.settle("ann/a")
    await ledger.reserve(request("ann", server="b", cpus=2, memory_bytes=7 * 2**30))


@pytest.mark.parametrize(
    "quota",
    [
        {"kind": "servers", "limit": -1},
        {"kind": "servers", "limit": "inf"},
        {"kind": "servers", "limit": float("nan")},
        {"kind": "servers", "limit": 1, "window": "day"},
        {"kind": "gpu-hours", "limit": 1},
        {"kind": "gpu-hours", "limit": 1, "window": "fortnight"},
        {"kind": "wishes", "limit": 3},
        {"kind": "servers", "limit": 1, "colour": "red"},
    ],
)
def test_a_quota_that_makes_no_sense_is_refused(quota: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Quota.model_validate(quota)


async def test_a_set_of_quotas_that_makes_no_sense_is_refused(put: Set) -> None:
    twice = [{"kind": "servers", "limit": 1}, {"kind": "servers", "limit": 2}]
    with pytest.raises(errors.Invalid, match="twice"):
        await put("user:ann", *twice)
    with pytest.raises(errors.Invalid, match="shared"):
        await put("user:ann", {"kind": "servers", "limit": 1, "shared": True})
    with pytest.raises(errors.Invalid, match="characters"):
        await put(f"group:{'g' * 300}", {"kind": "servers", "limit": 1})
