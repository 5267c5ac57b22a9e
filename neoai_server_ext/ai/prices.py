"""What models cost and how much they take, from the table that comes with pydantic-ai."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .providers import Usage

MILLION = 1_000_000


@dataclass(frozen=True)
class Known:
    """A model in the table; prices in USD per million tokens, of the lowest tier."""

    context_tokens: int | None
    price_in_usd: float | None
    price_out_usd: float | None


@lru_cache(256)
def known(kind: str, model: str) -> Known | None:
    """What the table says of a vendor's model; None where it has none of that name."""
    if kind not in ("openai", "anthropic", "google"):
        return None
    from genai_prices import Usage as Amount
    from genai_prices import calc_price

    try:
        one = calc_price(Amount(input_tokens=1000), model, provider_id=kind)
        other = calc_price(Amount(output_tokens=1000), model, provider_id=kind)
    except (LookupError, ValueError):
        return None
    return Known(
        one.model.context_window,
        round(float(one.total_price) * 1000, 6),
        round(float(other.total_price) * 1000, 6),
    )


def cost_usd(kind: str, model: str, usage: Usage) -> float | None:
    """What a request to a vendor's model cost; None where the table does not know it."""
    if known(kind, model) is None:
        return None
    from genai_prices import Usage as Amount
    from genai_prices import calc_price

    amount = Amount(
        input_tokens=max(usage.input_tokens, usage.cached_tokens),
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_tokens,
    )
    try:
        return float(calc_price(amount, model, provider_id=kind).total_price)
    except (LookupError, ValueError):
        return None
