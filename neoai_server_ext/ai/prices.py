"""What models cost and how much they take, from the table that comes with pydantic-ai."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .providers import Usage

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

VENDORS = ("openai", "anthropic", "google")


@dataclass(frozen=True)
class Known:
    """A model in the table; prices in USD per million tokens, of the lowest tier."""

    context_tokens: int | None
    price_in_usd: float | None
    price_out_usd: float | None


@lru_cache(256)
def known(kind: str, model: str) -> Known | None:
    """What the table says of a vendor's model; None where it has none of that name."""
    one, other = _price(kind, model, input_tokens=1000), _price(kind, model, output_tokens=1000)
    if one is None or other is None:
        return None
    return Known(
        one.model.context_window,
        round(float(one.total_price) * 1000, 6),
        round(float(other.total_price) * 1000, 6),
    )


def cost_usd(kind: str, model: str, usage: Usage) -> float | None:
    """What a request to a vendor's model cost; None where the table does not know it."""
    price = _price(
        kind,
        model,
        input_tokens=max(usage.input_tokens, usage.cached_tokens + usage.written_tokens),
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.written_tokens,
    )
    return float(price.total_price) if price is not None else None


def _price(kind: str, model: str, **tokens: int) -> PriceCalculation | None:
    if kind not in VENDORS:
        return None
    from genai_prices import Usage as Amount
    from genai_prices import calc_price

    try:
        return calc_price(Amount(**tokens), model, provider_id=kind)
    except (LookupError, ValueError):
        return None
