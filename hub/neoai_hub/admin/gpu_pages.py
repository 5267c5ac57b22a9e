"""The page of GPUs: who holds what, who waits, and how busy they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from ..gpus.history import SPANS, Point, told
from .access import Admin
from .rendering import page
from .services import Services

SpanName = Literal["hour", "day", "week", "month"]


def routes(base: str) -> APIRouter:
    """It, under `base`."""
    router = APIRouter(prefix=base, include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/admin/gpus")
    async def gpus(
        request: Request,
        who: Admin,
        device: Annotated[str, Query(max_length=200)] = "",
        span: SpanName = "day",
    ) -> Response:
        """Who holds which GPU, who waits, and the history of one or all."""
        services = Services.of(request)
        holdings = await services.pool.holdings()
        known = not device or any(each.device.id == device for each in holdings)
        chosen = SPANS[span] if device or SPANS[span].of_all else SPANS["day"]
        points = await services.gpu_history.points(chosen, device) if known else []
        return page(
            request, who, "gpus.html",
            holdings=holdings, line=await services.pool.line(), device=device, known=known,
            span=chosen, spans=[each for each in SPANS.values() if device or each.of_all],
            points=points, measured=[point for point in points if point.mean is not None],
            told=told(points, chosen), chart=_chart(points, not device),
        )  # fmt: skip

    return router


def _chart(points: Sequence[Point], of_all: bool) -> dict[str, Any]:
    """What `charts.js` draws: seconds, then percent, then for all how many were held, for one the
    memory in use."""
    columns: list[list[float | None]] = [
        [point.at.timestamp() for point in points],
        [_percent(point.mean) for point in points],
        [_percent(point.highest) for point in points],
    ]
    if of_all:
        return {"points": [*columns, [float(point.held) for point in points]], "other": "GPUs held"}
    memory = [_gib(point.memory) for point in points]
    if all(each is None for each in memory):
        return {"points": columns, "other": None}
    return {"points": [*columns, memory], "other": "Memory GiB"}


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _gib(size: float | None) -> float | None:
    return None if size is None else round(size / 2**30, 2)
