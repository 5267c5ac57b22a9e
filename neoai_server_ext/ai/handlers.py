"""The routes of the AI features."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from ..http import NeoAIHandler, Route, operation
from .coderequests import CodeRequest, GeneratedCode
from .completion.models import CompletionRequest, Completions
from .context.place import place_of
from .merging.models import MergedText, MergeRequest
from .models import AIModel, AIModels, AIPrompt, AIPrompts, AIRoute, PromptsQuery
from .prompts import Library
from .requests import (
    ChatReply,
    ChatRequest,
    Embeddings,
    EmbeddingsRequest,
    VariablesQuery,
    VariablesTold,
)

AUTH_RESOURCE = "neoai-ai"


class ModelsHandler(NeoAIHandler):
    """`/ai/models`."""

    auth_resource = AUTH_RESOURCE

    @operation("List the models", reply=AIModels)
    async def get(self) -> AIModels:
        """The key-free `neoai/search` first, then the configured ones in their order; and for each
        task with a route of its own its policy and models, in the order of a usual request now."""
        ai = self.neoai.ai
        return AIModels(
            items=[AIModel.of(model) for model in await ai.models()],
            routes=[AIRoute(**asdict(route)) for route in await ai.route_infos()],
            problems=list(ai.configuration.problems),
        )


class PromptsHandler(NeoAIHandler):
    """`/ai/prompts`."""

    auth_resource = AUTH_RESOURCE

    @operation("List the prompts", query=PromptsQuery, reply=AIPrompts)
    async def get(self, *, query: PromptsQuery) -> AIPrompts:
        """With `project_id`, the project's own take the place of NeoAI's; one that cannot be used
        says why, with its file and line."""
        place = await place_of(self.neoai.projects, query.project_id)
        listed = await asyncio.to_thread(Library(place.read).list)
        return AIPrompts(items=[AIPrompt.of(prompt) for prompt in listed])


class ChatHandler(NeoAIHandler):
    """`/ai/chat`."""

    auth_resource = AUTH_RESOURCE

    @operation("Answer a conversation", body=ChatRequest, reply=ChatReply)
    async def post(self, *, body: ChatRequest) -> ChatReply | None:
        """With `stream` the reply comes as `text/event-stream`: `start {id, model, provider}`,
        `delta {text}`, `restart {model, provider}` (drop the text so far: another attempt begins),
        `citation`, `usage`, and `end` with everything but the text, or `error {code, detail,
        attempts}`. Leaving ends the model's request. Where no model gives a reply: 429 (its rate
        or quota, with `Retry-After`), 413 (more than it takes), 503 (overloaded), 504 (too slow) or
        502, with `attempts`. 422 `no-able-model` where none can do what is needed."""
        if not body.stream:
            return await self.while_here(self.neoai.answers.chat(body))
        await self.stream(await self.neoai.answers.chat_events(body))
        return None


class CompletionsHandler(NeoAIHandler):
    """`/ai/completions`."""

    auth_resource = AUTH_RESOURCE

    @operation("Complete a text at the cursor", body=CompletionRequest, reply=Completions)
    async def post(self, *, body: CompletionRequest) -> Completions | None:
        """At most `n` suggestions, each once; 503 `no-model` where no model is configured. With
        `stream` they come as `text/event-stream`, each by its `index` from 0: `start {index, model,
        provider}`, `delta {index, text}`, `restart {index}` (drop its text so far), and `item
        {index, text, model, provider}` with all of its text, which counts; at last `end {items}`,
        or `error {code, detail}`. Leaving ends the models' requests."""
        if not body.stream:
            return await self.while_here(self.neoai.completions.complete(body))
        await self.stream(await self.neoai.completions.complete_events(body))
        return None


class CodeHandler(NeoAIHandler):
    """`/ai/code-generation`."""

    auth_resource = AUTH_RESOURCE

    @operation("Write or change code", body=CodeRequest, reply=GeneratedCode)
    async def post(self, *, body: CodeRequest) -> GeneratedCode | None:
        """With a selection the code takes its place, and where its lines are given `edits` says
        so; with `texts` there are `edits` of those that must change, and `code` is the first's.
        Nothing is written. 502 `model-malformed`, `model-cut` where it is not clear what the model
        means, or it did not end; 503 `no-model` where no model is configured. With `stream` it
        comes as of `/ai/chat`, `end` with the whole of the reply here."""
        if not body.stream:
            return await self.while_here(self.neoai.answers.write_code(body))
        await self.stream(await self.neoai.answers.code_events(body))
        return None


class MergeHandler(NeoAIHandler):
    """`/ai/merge`."""

    auth_resource = AUTH_RESOURCE

    @operation("Bring code into a file's text", body=MergeRequest, reply=MergedText)
    async def post(self, *, body: MergeRequest) -> MergedText:
        """By what both define, else by lines that both have; where that is not clear a model for
        `edit` is asked, and without one it is 409 `no-place`. Nothing is written."""
        return await self.while_here(self.neoai.merging.merge(body))


class VariablesHandler(NeoAIHandler):
    """`/ai/kernels/{kernel_id}/variables`."""

    auth_resource = AUTH_RESOURCE

    @operation("Tell a kernel's variables", query=VariablesQuery, reply=VariablesTold)
    async def get(self, kernel_id: str, *, query: VariablesQuery) -> VariablesTold:
        """As they would go along with a question to a model: those named in `asked` first, cut
        and without secrets; no text, and why, where they may not."""
        return await self.neoai.answers.variables(kernel_id, query)


class EmbeddingsHandler(NeoAIHandler):
    """`/ai/embeddings`."""

    auth_resource = AUTH_RESOURCE

    @operation("Embed texts", body=EmbeddingsRequest, reply=Embeddings)
    async def post(self, *, body: EmbeddingsRequest) -> Embeddings:
        """A vector for each text, in their order; 503 `no-model` where no model is configured for
        `embed`."""
        return await self.neoai.answers.embed(body)


routes = [
    Route("/ai/models", ModelsHandler),
    Route("/ai/prompts", PromptsHandler),
    Route("/ai/chat", ChatHandler),
    Route("/ai/completions", CompletionsHandler),
    Route("/ai/code-generation", CodeHandler),
    Route("/ai/merge", MergeHandler),
    Route("/ai/kernels/{kernel_id}/variables", VariablesHandler),
    Route("/ai/embeddings", EmbeddingsHandler),
]
