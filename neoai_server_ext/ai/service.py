"""Answers questions about a project, with a model's help where one is configured."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, Float, Int, List, Unicode, Union
from traitlets.config import LoggingConfigurable

from .. import errors
from ..index.fixes.service import FixService
from ..index.service import Hit, IndexService
from ..logs import logger
from ..usage.service import UsageService
from . import config, context, prompts
from .asking import Asker, Wanted
from .briefing import Briefing, Limits, standing
from .cache import ReplyCache
from .catalog import Catalog, ModelInfo, no_model
from .choice import Chooser, Needs, RouteInfo
from .config import Configuration, ProviderSpec, Task
from .context import Context, Part, Place
from .context.earlier import earlier_fixes
from .context.history import Histories
from .context.surroundings import Surroundings
from .ownproviders import OwnProviders
from .providers import (
    Delta,
    End,
    Event,
    Message,
    ProviderError,
    Timeouts,
    Tool,
    ToolCall,
    Usage,
)
from .routing import Attempt, Attempts, Candidate, Chosen, NoReply, Restart, RoutedEvent, Router

__all__ = [
    "AIService",
    "AnswerEvent",
    "Attempt",
    "Attempts",
    "Chosen",
    "Context",
    "Message",
    "ModelInfo",
    "NoReply",
    "Part",
    "Place",
    "ProviderError",
    "Restart",
    "RouteInfo",
    "Sources",
    "Tool",
    "ToolCall",
    "Usage",
    "Wanted",
]

NOWHERE = Place()
NO_FILES: Mapping[str, str] = {}

log = logger("ai")


@dataclass(frozen=True)
class Sources:
    """The passages that the answer is made from, the best first, and why there are none."""

    hits: tuple[Hit, ...]
    problem: str = ""


AnswerEvent = Sources | Context | RoutedEvent


class AIService(LoggingConfigurable):
    """Models by their providers, and answers from a project's passages.

    index: finds the passages. fixes: finds how errors were mended. usage: keeps the ledger of all
    requests; None: nobody does.
    environ: where keys named by `api_key_env` are looked up.
    data_dir: where the user's `preferences.md` may lie and replies are kept. own: the providers
    and keys that the user has added.
    """

    providers = List(
        Dict(),
        help="""The model providers: `{name, kind, base_url?, api_key_env?, api_key_file?,
        models?}`. `kind` is `openai`, `anthropic`, `google`, `openai-compatible`, or `gateway`
        (the hub's, with the hub's token as key); the key comes from the environment variable
        `api_key_env` or from the file `api_key_file`, which nobody else may read (mode 0600).
        `models` is a list of `{id, tasks?, context_tokens?, price_in_usd?, price_out_usd?,
        capabilities?, quality?, fim?}`; an OpenAI-compatible server or gateway without it is asked
        for its models. `capabilities` is a list of `tools`, `vision` and `structured`, in place of
        what the library's tables say; `quality`, 0 to 100, is what the policy `best` goes by;
        `fim`, how it fills in the middle where its name does not tell.""",
    ).tag(config=True)
    routes = Dict(
        value_trait=Union([List(Unicode()), Unicode(), Dict()]),
        key_trait=Unicode(),
        help="""For each task (`chat`, `completion`, `edit`, `plan`, `summarise`, `embed`) the
        models to use, `provider/model`, in order: the next one answers where one fails. Or a policy
        that orders all configured models that do the task: `cheapest` (by the price of the request,
        as it is estimated), `fastest` (as measured) or `best` (by `quality`, else by price); or
        `{policy, models}`, among these alone. Without a route these are all configured models that
        do the task, in order. `neoai/search` at the end of `chat` answers from search where no
        model does.""",
    ).tag(config=True)
    sticky_s = Float(
        3600.0,
        min=0,
        help="A conversation goes on with the model that answered it last, where that is "
        "available, until so many seconds after its last reply: providers keep what they read.",
    ).tag(config=True)
    context_passages = Int(
        8, min=0, help="At most so many passages of the project go along with a question."
    ).tag(config=True)
    context_tokens = Int(
        12_000,
        min=0,
        help="What goes along with a question (rules, attachments, passages, …) has at most about "
        "so many tokens; fewer where the model's `context_tokens` demand it.",
    ).tag(config=True)
    context_map_tokens = Int(
        1500,
        min=0,
        help="The map of the project that goes along, its files with what they define by how much "
        "others use them, has at most about so many tokens; 0: none goes along.",
    ).tag(config=True)
    history_tokens = Int(
        16_000,
        min=0,
        help="What was said before in a conversation goes along up to about so many tokens, and "
        "half of what the model's `context_tokens` leave; what is older is summed up by a model "
        "for the task `summarise`.",
    ).tag(config=True)
    summarise_history = Bool(
        True, help="Whether it is summed up; else what is older is left out."
    ).tag(config=True)
    preferences = Unicode(
        "",
        help="How you want to be answered, in words; it goes along with each question, with "
        "`preferences.md` in NeoAI's data folder.",
    ).tag(config=True)
    max_reply_tokens = Int(
        4096, min=1, help="A model's reply in the chat has at most so many tokens."
    ).tag(config=True)
    redact_secrets = Bool(
        True,
        help="Keys, passwords and tokens in what is sent to a provider are replaced by "
        "`[redacted: kind]`.",
    ).tag(config=True)
    cache = Bool(
        True,
        help="Complete replies are kept, and given again for exactly the same request to the same "
        "model; not for private projects, and not where a temperature over 0 is asked for.",
    ).tag(config=True)
    cache_ttl_s = Float(
        86_400.0, min=0, help="Kept replies older than so many seconds are not given again."
    ).tag(config=True)
    cache_bytes = Int(
        64_000_000, min=0, help="All kept replies together have at most so many bytes."
    ).tag(config=True)
    connect_timeout_s = Float(10.0, min=0, help="Seconds to reach a provider.").tag(config=True)
    first_timeout_s = Float(
        60.0, min=0, help="Seconds until the first piece of a reply has come."
    ).tag(config=True)
    idle_timeout_s = Float(60.0, min=0, help="Seconds between two pieces of a reply.").tag(
        config=True
    )
    reply_timeout_s = Float(600.0, min=0, help="Seconds that a reply may take altogether.").tag(
        config=True
    )

    retries = Int(
        2, min=0, help="So many times the last model that is left is asked again after a failure."
    ).tag(config=True)
    longest_wait_s = Float(
        20.0, min=0, help="Seconds that may pass before a model is asked again."
    ).tag(config=True)
    breaker_failures = Int(
        3, min=1, help="After so many failures in a row a model is left alone for a while."
    ).tag(config=True)
    breaker_cooldown_s = Float(
        30.0, min=0, help="Seconds for which a failing model is left alone at first."
    ).tag(config=True)

    def __init__(
        self,
        *,
        index: IndexService,
        fixes: FixService | None = None,
        usage: UsageService | None = None,
        environ: Mapping[str, str] | None = None,
        data_dir: Path | None = None,
        own: OwnProviders | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.index = index
        self.fixes = fixes
        self.usage = usage
        self._own = own
        self._data_dir = data_dir
        self._replies = None
        if self.cache and data_dir is not None:
            file = data_dir / "cache" / "replies.sqlite"
            self._replies = ReplyCache(file, ttl_s=self.cache_ttl_s, max_bytes=self.cache_bytes)
        self.router = Router(
            retries=self.retries,
            longest_wait_s=self.longest_wait_s,
            deadline_s=self.reply_timeout_s,
            failures=self.breaker_failures,
            cooldown_s=self.breaker_cooldown_s,
        )
        self.catalog = Catalog(
            self._configured(),
            lambda: self.routes,
            os.environ if environ is None else environ,
            Timeouts(
                connect_s=self.connect_timeout_s,
                first_s=self.first_timeout_s,
                idle_s=self.idle_timeout_s,
                total_s=self.reply_timeout_s,
            ),
            redact=self.redact_secrets,
            saved_key=own.key if own is not None else lambda spec: None,
        )
        self._asker = Asker(self.catalog, usage, self._replies)
        self._histories = Histories(self.request, self.catalog.hide, enabled=self.summarise_history)
        self._chooser = Chooser(self.catalog, self.router, self.sticky_s)
        for problem in self.configuration.problems:
            log.error("%s", problem)

    @property
    def configuration(self) -> Configuration:
        """The providers that can be used, and what is wrong with the others."""
        return self.catalog.configuration

    def _configured(self) -> Configuration:
        return config.read(self.providers, self.routes, self._own.used() if self._own else ())

    async def reload(self, changed: str) -> None:
        """Take over what the user has changed at a provider, and ask it again at once."""
        self.catalog.reconfigure(await asyncio.to_thread(self._configured), changed)
        self.router.forget(changed)

    async def models(self) -> list[ModelInfo]:
        """Every configured model and whether it can be used, and the key-free search."""
        return [replace(m, speed=self.router.speeds.of(m.id)) for m in await self.catalog.models()]

    async def route_infos(self) -> list[RouteInfo]:
        """For each task with a route its policy, and its models in the order of now."""
        return await self._chooser.routes()

    async def chat(
        self,
        messages: Sequence[Message],
        place: Place = NOWHERE,
        *,
        parts: Sequence[Part] = (),
        focus: Mapping[str, str] = NO_FILES,
        model: str = "auto",
        max_tokens: int | None = None,
        temperature: float | None = None,
        task: Task = "chat",
        cache: bool = True,
        conversation: str = "",
        query: str | None = None,
    ) -> AsyncGenerator[AnswerEvent, None]:
        """Reply to a conversation's last message: Sources, then what Router.reply gives, and after
        each Chosen the Context that its model was given.

        place: whose rules and passages go along. parts: what else may. focus: the files in front,
        relative to the place's folder, with their text where it is not saved. cache: whether a kept
        reply will do and this one be kept. conversation: whose model is asked again the next time.
        query: what passages are looked up by, in place of the last message; empty: there are none.
        Raises NotFound for an unknown model, what Chooser.choose raises, and NoReply where none
        gives a complete reply. Closing the iterator drops the provider's request.
        """
        most = max_tokens or self.max_reply_tokens
        wanted = Wanted(task, most, place.project_id, temperature, cache and not place.private)
        candidates = await self._chooser.choose(
            model,
            task,
            wanted.needs(messages, context.tokens(prompts.SYSTEM)),
            private=place.private,
            conversation=conversation,
        )
        question = messages[-1].content if query is None else query
        sources = await self.sources(question, place)
        is_search_alone = [spec for spec, _ in candidates] == [None]
        about = [*place.parts, *parts]
        if not is_search_alone:
            about += await asyncio.to_thread(standing, self.preferences, self._data_dir, place)
            around = Surroundings(self.index, self.context_map_tokens)
            about += await around.parts(place, focus, question, sources.hits)
            about += await earlier_fixes(self.fixes, place, messages[-1].content, parts)
        used = context.assemble([*about, *context.passages(sources.hits)], self.context_tokens)
        if not is_search_alone:
            given = [h for h in sources.hits if used.has("passage", f"{h.path}:{h.start_line}")]
            sources = Sources(tuple(given), sources.problem)
        yield sources

        briefing = Briefing(
            self.catalog,
            self._histories,
            Limits(self.context_tokens, self.history_tokens, most),
            messages,
            place,
            [*about, *context.passages(sources.hits)],
        )

        def candidate(spec: ProviderSpec | None, name: str) -> Candidate:
            async def begin(trimmed: int) -> AsyncGenerator[Event, None]:
                if spec is None:
                    briefing.used = Context("")
                    return self._from_search(sources)
                return await self._asker.ask(
                    spec, name, await briefing.turns(spec, name, trimmed), wanted
                )

            owner = spec.name if spec is not None else config.RESERVED
            return Candidate(f"{owner}/{name}", owner, begin)

        replies = self.router.reply([candidate(spec, name) for spec, name in candidates])
        async with aclosing(self._chooser.sticking(replies, conversation)) as events:
            async for event in events:
                yield event
                if isinstance(event, Chosen) and briefing.used.parts:
                    yield briefing.used

    async def request(
        self,
        messages: Sequence[Message],
        wanted: Wanted,
        *,
        model: str = "auto",
        private: bool = False,
        conversation: str = "",
    ) -> AsyncGenerator[RoutedEvent, None]:
        """What a model replies to just these messages: text and ToolCalls, as Router.reply gives
        them. Arguments keep to their tool's schema, and the text to `wanted.output`, where there
        is one. private, conversation: see `chat`.

        Raises what Chooser.choose raises, NoReply, and Unavailable (`no-model`) where none is
        configured for the task.
        """
        most = wanted.max_tokens or self.max_reply_tokens
        wanted = replace(wanted, max_tokens=most, cache=wanted.cache and not private)
        needs = wanted.needs(messages)
        found = await self._chooser.choose(
            model, wanted.task, needs, private=private, conversation=conversation
        )

        def candidate(spec: ProviderSpec, name: str) -> Candidate:
            async def begin(trimmed: int) -> AsyncGenerator[Event, None]:
                if trimmed:
                    raise ProviderError("context", "It is too much for the model.")
                return await self._asker.ask(spec, name, messages, wanted)

            return Candidate(f"{spec.name}/{name}", spec.name, begin, wanted.fill is not None)

        models = [candidate(spec, name) for spec, name in found if spec is not None]
        if not models:
            raise no_model(wanted.task)
        replies = self.router.reply(models, retries=0 if wanted.fill is not None else None)
        replies = self._chooser.sticking(replies, conversation)
        async with aclosing(replies) as events:
            async for event in events:
                yield event

    async def embed(
        self,
        texts: Sequence[str],
        model: str = "auto",
        *,
        private: bool = False,
        project_id: str | None = None,
    ) -> tuple[str, list[list[float]]]:
        """The model and a vector for each text. private: see `chat`; project_id: whose texts they
        are. Raises NotFound, NoReply, Unavailable."""
        found = await self._chooser.choose(model, "embed", Needs(), private=private)
        return await self._asker.embed(found, texts, project_id)

    async def _from_search(self, sources: Sources) -> AsyncGenerator[Event, None]:
        yield Delta(prompts.from_search_alone(sources.hits, self.configuration.problems))
        yield End("stop")

    async def close(self) -> None:
        """Close the connections to the providers."""
        await self.catalog.close()
        if self._replies is not None:
            await asyncio.to_thread(self._replies.close)

    async def sources(self, question: str, place: Place) -> Sources:
        """The passages of a place that a question is about."""
        if place.root is None or not question.strip():
            return Sources(())
        try:
            hits = await self.index.search_folder(place.root, question, self.context_passages)
        except errors.NeoAIError as error:
            return Sources((), error.detail)
        return Sources(tuple(hit for hit in hits if place.shows(hit.path)))
