"""The routes of the AI features."""

from __future__ import annotations

import asyncio

from ..http import NeoAIHandler, Route, operation
from .models import AIModel, AIModels, AIPrompt, AIPrompts, PromptsQuery
from .prompts import Library

AUTH_RESOURCE = "neoai-ai"


class ModelsHandler(NeoAIHandler):
    """`/ai/models`."""

    auth_resource = AUTH_RESOURCE

    @operation("List the models", reply=AIModels)
    async def get(self) -> AIModels:
        """The key-free `neoai/search` first, then the configured ones in their order."""
        models = await self.neoai.ai.models()
        problems = list(self.neoai.ai.configuration.problems)
        return AIModels(items=[AIModel.of(model) for model in models], problems=problems)


class PromptsHandler(NeoAIHandler):
    """`/ai/prompts`."""

    auth_resource = AUTH_RESOURCE

    @operation("List the prompts", query=PromptsQuery, reply=AIPrompts)
    async def get(self, *, query: PromptsQuery) -> AIPrompts:
        """With `project_id`, the project's own take the place of NeoAI's; one that cannot be used
        says why, with its file and line."""
        root = await self.neoai.projects.root(query.project_id) if query.project_id else None
        listed = await asyncio.to_thread(Library(root).list)
        return AIPrompts(items=[AIPrompt.of(prompt) for prompt in listed])


routes = [Route("/ai/models", ModelsHandler), Route("/ai/prompts", PromptsHandler)]
