"""What one question's models are told: the conversation and what goes along, fitted to each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import context, prompts
from .asking import size_of
from .catalog import Catalog
from .config import ProviderSpec
from .context import Context, Part, Place
from .context.history import Histories
from .providers import Message


@dataclass(frozen=True)
class Limits:
    """In tokens: what goes along, earlier messages, and the reply, for which room is left."""

    context: int
    history: int
    reply: int


@dataclass
class Briefing:
    """used: what the model that was asked last was told besides the conversation."""

    catalog: Catalog
    histories: Histories
    limits: Limits
    messages: Sequence[Message]
    place: Place
    along: Sequence[Part]
    used: Context = field(default_factory=lambda: Context(""))

    async def turns(self, spec: ProviderSpec, name: str, trimmed: int) -> list[Message]:
        """The conversation for a model; where that was too much, without its earlier turns, and
        then without what was found too."""
        fitted = await self.histories.fitted(
            self.messages, 0 if trimmed else self._history(spec, name), self.place
        )
        along = await asyncio.to_thread(self._without_secrets)
        if fitted.part is not None:
            along.append(fitted.part)
        if trimmed == 2:
            along = [part for part in along if part.kind not in context.FOUND]
        room = self._room(spec, name, fitted.said)
        budget = self.limits.context if room is None else min(self.limits.context, room)
        self.used = context.assemble(along, max(0, budget) // (1 + trimmed))
        return _told(self.used, fitted.said)

    def _without_secrets(self) -> list[Part]:
        """What goes along, before it is cut."""
        hide = self.catalog.hide
        return [replace(part, text=hide(part.text)) for part in self.along]

    def _history(self, spec: ProviderSpec, name: str) -> int:
        """Of the room that the last message leaves, half is for the earlier ones."""
        room = self._room(spec, name, self.messages[-1:])
        return self.limits.history if room is None else max(0, min(self.limits.history, room // 2))

    def _room(self, spec: ProviderSpec, name: str, said: Sequence[Message]) -> int | None:
        """What a model's window leaves; None where it is not known."""
        window = self.catalog.facts(spec, name).context_tokens
        if window is None:
            return None
        return window - context.tokens(prompts.SYSTEM) - size_of(said) - self.limits.reply


def _told(used: Context, said: Sequence[Message]) -> list[Message]:
    """What stands first, the conversation, and before the last question what is for it alone: so
    all but that begins as the request before did, and providers need not read it again."""
    turns = list(said)
    asked = max((i for i, turn in enumerate(turns) if turn.role == "user"), default=None)
    if asked is None:
        return [Message("system", prompts.system(used.text)), *turns]
    question = prompts.question(used.found, turns[asked].content)
    turns[asked] = replace(turns[asked], content=question)
    return [Message("system", prompts.system(used.standing)), *turns]


def standing(preferences: str, data_dir: Path | None, place: Place) -> list[Part]:
    """What goes along with every question: the user's preferences, the project's rules. Reads
    files: call it in a thread."""
    texts = [preferences]
    if data_dir is not None:
        texts.append(context.read_rules(Place(root=data_dir), "preferences.md"))
    found = [Part("preferences", "", text) for text in texts if text.strip()]
    return found + context.rules(place)
