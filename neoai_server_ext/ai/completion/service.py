"""Completes what is being typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from traitlets import Float, Int
from traitlets.config import LoggingConfigurable

from ... import errors
from ...events import Event
from ...projects.service import ProjectService
from ..answers import as_event, problem
from ..context import Part, Place
from ..context.place import place_of
from ..prompts import Library
from ..providers import Delta, End, Filling
from ..routing import Chosen, NoReply, Restart
from ..service import AIService, Message, Wanted
from . import wording
from .knowledge import Knowledge, Near
from .models import Completion, CompletionRequest, Completions
from .shaping import Shaped, Spot, shaped

LONGEST = 20_000
"""A model that goes on after so many characters has lost itself, and is left."""
VARIETY = 0.7
"""The temperature of the second and further suggestions."""


@dataclass
class _Asked:
    """A request as models are asked it."""

    spot: Spot
    prompt: str
    filling: Filling
    wanted: Wanted
    model: str
    private: bool


@dataclass
class _Suggestion:
    """A suggestion as it grows."""

    spot: Spot
    written: str = ""
    shown: Shaped = field(default_factory=lambda: Shaped(""))
    model: str = ""
    provider: str = ""
    reason: str = ""

    def take(self, piece: str) -> str:
        """Bring in the next piece; gives what is to be shown of it now."""
        self.written += piece
        found = shaped(self.written, self.spot, is_whole=False)
        before = self.shown.text
        if not found.text.startswith(before):
            # What was shown is put right at the end.
            self.shown = Shaped(before, found.is_over)
            return ""
        self.shown = found
        return found.text[len(before) :]

    def restart(self) -> None:
        """Another model begins anew."""
        self.written, self.shown = "", Shaped("")

    def finished(self) -> Completion:
        """What it has become."""
        cut = self.reason == "length"
        text = shaped(self.written, self.spot, is_whole=True, was_cut=cut).text
        return Completion(text=text, model=self.model, provider=self.provider)


class CompletionService(LoggingConfigurable):
    """Suggests what may stand at the cursor. ai: the models. projects: where the files lie."""

    context_tokens = Int(
        1000,
        min=0,
        help="Passages of the project and what the file imports go along with a completion up to "
        "about so many tokens; 0: none do.",
    ).tag(config=True)
    context_wait_s = Float(
        0.05,
        min=0,
        help="The first completion in a file waits so many seconds for these; later ones take what "
        "was found before.",
    ).tag(config=True)
    max_tokens = Int(256, min=1, help="A completion has at most so many tokens.").tag(config=True)
    timeout_s = Float(
        20.0, min=0.1, help="A completion whose model says nothing for so many seconds is given up."
    ).tag(config=True)

    def __init__(self, ai: AIService, projects: ProjectService, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._ai = ai
        self._projects = projects
        self._knowledge = Knowledge(ai.index, self.context_wait_s, self.context_tokens)

    async def complete(self, wanted: CompletionRequest) -> Completions:
        """What may stand at the place. Raises NotFound (project, model), Unavailable (`no-model`),
        and what `problem` makes of the failure of all models."""
        asked = await self._ask(wanted)
        replies = await asyncio.gather(
            *(self._whole(asked, number) for number in range(wanted.n)), return_exceptions=True
        )
        failures = [reply for reply in replies if isinstance(reply, BaseException)]
        if len(failures) == len(replies):
            raise failures[0]
        return _each_once([reply for reply in replies if isinstance(reply, Completion)])

    async def complete_events(self, wanted: CompletionRequest) -> AsyncGenerator[Event, None]:
        """The same as it comes: for each suggestion, by its `index`, `start`, `delta`, `restart`,
        and `item` with all of it; then `end` with all items, or `error`. Raises for what is wrong
        with the request itself, as `complete`."""
        asked = await self._ask(wanted)
        return self._told(asked, wanted.n)

    async def close(self) -> None:
        """Stop gathering what is told of projects."""
        await self._knowledge.close()

    async def _told(self, asked: _Asked, n: int) -> AsyncGenerator[Event, None]:
        said: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

        async def one(number: int) -> Completion:
            async with aclosing(self._suggested(asked, number)) as events:
                async for event in events:
                    if isinstance(event, Completion):
                        said.put_nowait(("item", {"index": number, **event.model_dump()}))
                        return event
                    name, data = event
                    said.put_nowait((name, {"index": number, **data}))
            raise AssertionError("a suggestion ends with what it has become")

        tasks = [asyncio.create_task(one(number)) for number in range(n)]
        whole = asyncio.gather(*tasks, return_exceptions=True)
        whole.add_done_callback(lambda _: said.put_nowait(("", {})))
        count = 0
        try:
            while (event := await said.get())[0]:
                count += 1
                yield Event(count, *event)
            yield Event(count + 1, *_last(whole.result()))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(whole, return_exceptions=True)

    async def _whole(self, asked: _Asked, number: int) -> Completion:
        async with aclosing(self._suggested(asked, number)) as events:
            async for event in events:
                if isinstance(event, Completion):
                    return event
        raise AssertionError("a suggestion ends with what it has become")

    async def _suggested(
        self, asked: _Asked, number: int
    ) -> AsyncGenerator[tuple[str, dict[str, Any]] | Completion, None]:
        """A suggestion's events, and what it has become. The model is left where it is over: no
        more is paid for."""
        growing = _Suggestion(asked.spot)
        wanted = replace(asked.wanted, temperature=VARIETY if number else 0.0)
        said = [Message("user", asked.prompt)]
        replies = self._ai.request(said, wanted, model=asked.model, private=asked.private)
        try:
            async with aclosing(replies) as events:
                while True:
                    async with asyncio.timeout(self.timeout_s):
                        event = await anext(events, None)
                    match event:
                        case Chosen():
                            growing.model, growing.provider = event.model, event.provider
                            told = {"model": event.model, "provider": event.provider}
                            yield ("start", told)
                        case Restart():
                            growing.restart()
                            yield ("restart", {})
                        case Delta():
                            if text := growing.take(event.text):
                                yield ("delta", {"text": text})
                            if len(growing.written) > LONGEST:
                                growing.reason = "length"
                                break
                            if growing.shown.is_over:
                                break
                        case End():
                            growing.reason = event.reason
                        case None:
                            break
        except TimeoutError:
            raise errors.GatewayTimeout("The model did not complete in time.") from None
        except NoReply as error:
            raise problem(error) from error
        yield growing.finished()

    async def _ask(self, wanted: CompletionRequest) -> _Asked:
        """How models are asked; none is yet."""
        self._ai.catalog.check(wanted.model)
        place = await place_of(self._projects, wanted.project_id)
        hide = self._ai.catalog.hide
        prefix, suffix = wording.prefix_of(wanted, hide), wording.suffix_of(wanted, hide)
        private = await place.keeps(wanted.path)
        near = Near(wanted.path, prefix, suffix)
        parts = await self._knowledge.about(place, near)
        prompt = await self._prompt(wanted, place, parts, prefix, suffix)
        above = wording.as_comments(parts, wanted.path, wanted.language)
        stop = () if wanted.multiline else ("\n",)
        filling = Filling(above + prefix, suffix, stop)
        most = wanted.max_tokens or self.max_tokens
        return _Asked(
            Spot(wanted.prefix, wanted.suffix, wanted.language, wanted.multiline),
            prompt,
            filling,
            # Places are seldom the same twice, and editors remember: none takes a chat's room.
            Wanted("completion", most, wanted.project_id, 0.0, cache=False, fill=filling),
            wanted.model,
            private,
        )

    async def _prompt(
        self,
        wanted: CompletionRequest,
        place: Place,
        parts: Sequence[Part],
        prefix: str,
        suffix: str,
    ) -> str:
        values = {
            "prefix": prefix,
            "suffix": suffix,
            "language": wanted.language,
            "path": wanted.path,
            "context": wording.as_passages(parts),
            "multiline": wanted.multiline,
        }
        return await Library(place.read).fill("complete", values)


def _each_once(found: Sequence[Completion]) -> Completions:
    """Those with a text, each text once."""
    items: dict[str, Completion] = {}
    for item in found:
        if item.text:
            items.setdefault(item.text, item)
    return Completions(items=list(items.values()))


def _last(results: Sequence[Completion | BaseException]) -> tuple[str, dict[str, Any]]:
    """The last event of a stream, by what the suggestions have become."""
    found = [result for result in results if isinstance(result, Completion)]
    if found:
        return "end", _each_once(found).model_dump()
    failure = results[0]
    if isinstance(failure, errors.NeoAIError):
        return "error", as_event(failure)
    assert isinstance(failure, BaseException)
    raise failure
