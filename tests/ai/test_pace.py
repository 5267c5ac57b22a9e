"""How often a growing reply is shown, and what that costs."""

from __future__ import annotations

import pytest

from neoai_server_ext.ai.chat.pace import ENVELOPE, INTERVAL_S, Pace


def shown(size: int, pieces: int, seconds: float) -> list[int]:
    """The sizes at which a reply is shown that comes evenly in so many pieces."""
    pace = Pace()
    sizes = [size * i // pieces for i in range(1, pieces + 1)]
    return [now for i, now in enumerate(sizes) if pace.due(now, i * seconds / pieces)]


@pytest.mark.parametrize("size", range(27_000, 34_000, 500))
@pytest.mark.parametrize("seconds", [1.0, 60.0, 600.0])
def test_a_reply_of_about_30_kb_costs_less_than_three_times_its_size(
    size: int, seconds: float
) -> None:
    sent = sum(each + ENVELOPE for each in shown(size, 4000, seconds)) + size + ENVELOPE
    assert sent <= 2.9 * size


def test_a_short_reply_is_shown_as_it_grows() -> None:
    sizes = shown(1500, 300, 20.0)
    assert len(sizes) >= 7
    assert max(b - a for a, b in zip([0, *sizes], [*sizes, 1500], strict=True)) <= 250


def test_the_first_words_are_shown_at_once() -> None:
    assert Pace().due(3, 0.0)


def test_updates_keep_their_distance_in_time() -> None:
    pace = Pace()
    assert pace.due(10, 5.0)
    assert not pace.due(1000, 5.0 + INTERVAL_S / 2)
    assert pace.due(1000, 5.0 + 2 * INTERVAL_S)
