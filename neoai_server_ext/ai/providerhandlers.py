"""The routes of the providers and their keys."""

from __future__ import annotations

from jupyter_server.utils import url_path_join

from ..http import NeoAIHandler, Reply, Route, operation
from ..http.routes import PREFIX
from .providermodels import (
    AIFoundServer,
    AIFoundServers,
    AIProvider,
    AIProviders,
    AIProviderTest,
    ProviderDraft,
    ProviderKey,
    ProviderTest,
)

AUTH_RESOURCE = "neoai-ai"


class ProvidersHandler(NeoAIHandler):
    """`/ai/providers`."""

    auth_resource = AUTH_RESOURCE

    @operation("List the providers", reply=AIProviders)
    async def get(self) -> AIProviders:
        """Those of the configuration, then those that the user has added; no key is shown."""
        service = self.neoai.providers
        return AIProviders(
            items=[AIProvider.of(known) for known in await service.states()],
            may_add=service.may_add,
            keys_kept_in=await service.keys_kept_in(),
            problems=service.problems,
        )


class FoundHandler(NeoAIHandler):
    """`/ai/providers/found`."""

    auth_resource = AUTH_RESOURCE

    @operation("Look for model servers on this machine", reply=AIFoundServers)
    async def get(self) -> AIFoundServers:
        """Asks at the usual ports (`c.ProviderService.local_servers`) for models. What answers is
        offered, and used once it is added."""
        found = await self.neoai.providers.found()
        return AIFoundServers(
            items=[
                AIFoundServer(
                    title=server.title,
                    base_url=server.base_url,
                    models=list(server.models),
                    provider=provider,
                )
                for server, provider in found
            ]
        )


class ProviderHandler(NeoAIHandler):
    """`/ai/providers/{name}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Add or change a provider", body=ProviderDraft, reply=AIProvider)
    async def put(self, name: str, *, body: ProviderDraft) -> Reply:
        """201 where it is new. A key is kept in the OS keyring or a file of mode 0600
        (`key.source` says which), never shown again, and sent to no other address than it was
        given for. It counts for the next request; those under way go on."""
        is_new = await self.neoai.providers.save(body.spec(name), body.given_key)
        known = AIProvider.of(await self.neoai.providers.get(name))
        place = url_path_join(self.base_url, PREFIX, "ai", "providers", name)
        return Reply(known, 201, {"Location": place}) if is_new else Reply(known)

    @operation("Remove a provider and its key", status=204)
    async def delete(self, name: str) -> None:
        """One that the user has added; 409 `configured` for others."""
        await self.neoai.providers.remove(name)


class ProviderKeyHandler(NeoAIHandler):
    """`/ai/providers/{name}/key`."""

    auth_resource = AUTH_RESOURCE

    @operation("Save a provider's key", body=ProviderKey, reply=AIProvider)
    async def put(self, name: str, *, body: ProviderKey) -> AIProvider:
        """For a provider of the configuration too: it goes before the configured key."""
        await self.neoai.providers.save_key(name, body.key.get_secret_value())
        return AIProvider.of(await self.neoai.providers.get(name))

    @operation("Remove a provider's saved key", status=204)
    async def delete(self, name: str) -> None:
        """The configured key counts again, where there is one."""
        await self.neoai.providers.remove_key(name)


class ProviderTestHandler(NeoAIHandler):
    """`/ai/providers/{name}/test`."""

    auth_resource = AUTH_RESOURCE

    @operation("Test a provider", body=ProviderTest, reply=AIProviderTest)
    async def post(self, name: str, *, body: ProviderTest) -> AIProviderTest:
        """Really asks it: for its models and, where some are named, the first one for a word. With
        a `draft` that is tested, and nothing of it is kept."""
        service = self.neoai.providers
        if body.draft is None:
            return AIProviderTest.of(await service.test(name))
        tested = await service.test_draft(body.draft.spec(name), body.draft.given_key)
        return AIProviderTest.of(tested)


routes = [
    Route("/ai/providers", ProvidersHandler),
    Route("/ai/providers/found", FoundHandler),
    Route("/ai/providers/{name}", ProviderHandler),
    Route("/ai/providers/{name}/key", ProviderKeyHandler),
    Route("/ai/providers/{name}/test", ProviderTestHandler),
]
