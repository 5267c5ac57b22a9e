"""Which models may answer a request, and in which order: what they can, their room, the route's
policy, and who answered the conversation before."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

from .. import errors
from .catalog import SEARCH_MODEL, Catalog, Facts
from .config import Policy, ProviderSpec, Task
from .providers import Capability, End, Usage
from .routing import Chosen, NoReply, RoutedEvent, Router
from .speeds import LEAST, Speeds

EXPECTED_TOKENS = 500
"""The reply that policies reckon with, where no less is asked for."""
AT_MOST = 2
"""So many times fewer tokens may a text have than is estimated; only beyond is it hopeless."""
MEANING: dict[Capability, str] = {
    "tools": "calls tools",
    "vision": "takes images",
    "structured": "keeps to a schema",
}
CONVERSATIONS = 1000

Choice = tuple[ProviderSpec | None, str]
"""A provider and its model; None: search."""


@dataclass(frozen=True)
class Needs:
    """What a request needs of a model, in tokens as they are estimated. tokens: all that is said;
    least: without what can be left out; reply: what it may write."""

    capabilities: frozenset[Capability] = frozenset()
    tokens: int = 0
    least: int = 0
    reply: int = 0


USUAL = Needs(tokens=2000, reply=EXPECTED_TOKENS)


@dataclass
class Sticky:
    """Which model answered a conversation last. At most so many conversations, for so long after
    their last reply."""

    for_s: float
    clock: Callable[[], float] = time.monotonic
    _last: OrderedDict[str, tuple[float, str]] = field(default_factory=OrderedDict)

    def get(self, conversation: str) -> str | None:
        """The model; None where nobody answered, or long ago."""
        at, model = self._last.get(conversation, (0.0, ""))
        return model if model and self.clock() - at < self.for_s else None

    def answered(self, conversation: str, model: str) -> None:
        """Remember it."""
        if not conversation or model == SEARCH_MODEL:
            return
        self._last[conversation] = (self.clock(), model)
        self._last.move_to_end(conversation)
        oldest, (at, _) = next(iter(self._last.items()))
        if len(self._last) > CONVERSATIONS or self.clock() - at >= self.for_s:
            del self._last[oldest]


@dataclass(frozen=True)
class RouteInfo:
    """A task's policy, and its models in the order in which a usual request asks them now."""

    task: str
    policy: Policy
    models: tuple[str, ...]


class Chooser:
    """Chooses among the catalog's models. sticky_s: how long a conversation keeps its model."""

    def __init__(self, catalog: Catalog, router: Router, sticky_s: float) -> None:
        self._catalog = catalog
        self._router = router
        self.sticky = Sticky(sticky_s)

    async def choose(
        self,
        wanted: str,
        task: Task,
        needs: Needs,
        *,
        private: bool = False,
        conversation: str = "",
    ) -> list[Choice]:
        """The models that may answer, the first to be asked first; see Catalog.candidates.

        Raises Invalid (`no-able-model`) where none can do what is needed, and TooLarge
        (`too-long`) where it is more than any of them takes.
        """
        found = await self._catalog.candidates(wanted, task, private=private)
        policy = self._catalog.route(task).policy if wanted == "auto" else "order"
        return await asyncio.to_thread(self._chosen, found, policy, needs, conversation)

    def sticking(
        self, replies: AsyncGenerator[RoutedEvent, None], conversation: str
    ) -> AsyncGenerator[RoutedEvent, None]:
        """The same reply; who gives it is remembered where it is one of a conversation."""
        return self._noting(replies, conversation) if conversation else replies

    async def _noting(
        self, replies: AsyncGenerator[RoutedEvent, None], conversation: str
    ) -> AsyncGenerator[RoutedEvent, None]:
        model = ""
        async with aclosing(replies) as events:
            async for event in events:
                if isinstance(event, Chosen):
                    model = event.model
                elif isinstance(event, End):
                    self.sticky.answered(conversation, model)
                yield event

    async def routes(self) -> list[RouteInfo]:
        """The tasks that have a route. Of providers that do not answer nothing is told."""
        found = []
        for task, route in self._catalog.routes().items():
            try:
                models = await self.choose("auto", cast("Task", task), USUAL)
            except NoReply:
                models = []
            found.append(RouteInfo(task, route.policy, tuple(_id(choice) for choice in models)))
        return found

    def _chosen(
        self, found: Sequence[Choice], policy: Policy, needs: Needs, conversation: str
    ) -> list[Choice]:
        able = self._able(found, needs.capabilities)
        order = self._ordered(able, policy, needs)
        last = self.sticky.get(conversation) if conversation else None
        if last is not None and self._router.breaker(last).wait_s == 0:
            order.sort(key=lambda choice: _id(choice) != last)
        return self._with_room(order, needs)

    def _able(self, found: Sequence[Choice], needed: frozenset[Capability]) -> Sequence[Choice]:
        if not needed:
            return found
        lacking = [needed - self._can(choice) for choice in found]
        able = [choice for choice, lacks in zip(found, lacking, strict=True) if not lacks]
        if able or not found:
            return able
        missing = min((sorted(lacks) for lacks in lacking), key=lambda lacks: len(lacks))
        named = ", ".join(f"`{_id(choice)}`" for choice in found)
        meant = " and ".join(MEANING[name] for name in missing)
        raise errors.Invalid(
            f"No model that may be asked ({named}) {meant}. Add one, or name what one can do in "
            "its `capabilities` in c.AIService.providers.",
            code="no-able-model",
            missing=missing,
        )

    def _with_room(self, order: Sequence[Choice], needs: Needs) -> list[Choice]:
        """Those first that take all of it, then those that take it trimmed."""
        roomy: list[Choice] = []
        narrow: list[Choice] = []
        largest = 0
        for choice in order:
            window = self._facts(choice).context_tokens
            if window is None or needs.tokens + needs.reply <= window:
                roomy.append(choice)
            elif needs.least // AT_MOST <= window:
                narrow.append(choice)
            else:
                largest = max(largest, window)
        if largest and not any(spec for spec, _ in (*roomy, *narrow)):
            raise errors.TooLarge(
                f"This is about {needs.least:,} tokens; the largest model that may be asked takes "
                f"{largest:,}. Send less, or add a model with a larger context.",
                code="too-long",
                tokens=needs.least,
                largest=largest,
            )
        return roomy + narrow

    def _ordered(self, able: Sequence[Choice], policy: Policy, needs: Needs) -> list[Choice]:
        models = [choice for choice in able if choice[0] is not None]
        search = [choice for choice in able if choice[0] is None]
        expected = min(needs.reply or EXPECTED_TOKENS, EXPECTED_TOKENS)
        if policy == "order":
            return list(able)
        if policy == "cheapest":
            usage = Usage(needs.tokens, expected)
            models.sort(key=lambda choice: _known_first(self._catalog.cost_usd(_id(choice), usage)))
        elif policy == "fastest":
            speeds = self._router.speeds
            models.sort(key=lambda choice: fastest_first(speeds, _id(choice), expected))
        else:
            models.sort(key=self._best_first)
        return models + search

    def _best_first(self, choice: Choice) -> tuple[tuple[bool, float], ...]:
        """By `quality` where it is configured; others by what a reply costs, then by context."""
        facts = self._facts(choice)
        ranked = (facts.quality, facts.price_out_usd, facts.context_tokens)
        return tuple(_known_first(-value if value is not None else None) for value in ranked)

    def _facts(self, choice: Choice) -> Facts:
        spec, name = choice
        return self._catalog.facts(spec, name) if spec is not None else Facts()

    def _can(self, choice: Choice) -> frozenset[Capability]:
        spec, name = choice
        return self._catalog.capabilities(spec, name) if spec is not None else frozenset()


def fastest_first(speeds: Speeds, model: str, tokens: int) -> tuple[int, float]:
    """What to sort by: those that are not measured yet first, the least tried before the others;
    then the fastest; those that gave no reply at all last."""
    tries = speeds.tries(model)
    if tries < LEAST:
        return (0, tries)
    seconds = speeds.seconds(model, tokens)
    return (2, 0.0) if seconds is None else (1, seconds)


def _known_first(value: float | None) -> tuple[bool, float]:
    return (value is None, value or 0.0)


def _id(choice: Choice) -> str:
    spec, name = choice
    return f"{spec.name}/{name}" if spec is not None else SEARCH_MODEL
