"""The routes of the AI features."""

from __future__ import annotations

from ..http import NeoAIHandler, Route, operation
from .models import AIModel, AIModels

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


routes = [Route("/ai/models", ModelsHandler)]
