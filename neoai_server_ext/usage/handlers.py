"""The routes of the usage."""

from __future__ import annotations

from ..http import NeoAIHandler, Route, operation
from .models import (
    EventsKept,
    LimitsSet,
    LimitsWanted,
    ProductEvents,
    ProjectUsage,
    Usage,
    UsageQuery,
)

AUTH_RESOURCE = "neoai-usage"


class UsageHandler(NeoAIHandler):
    """`/ai/usage`."""

    auth_resource = AUTH_RESOURCE

    @operation("Sum up what models were asked and what it cost", query=UsageQuery, reply=Usage)
    async def get(self, *, query: UsageQuery) -> Usage:
        """Every request to a model counts once, with its outcome; `items` has the groups asked
        for. Replies from the cache cost nothing and are no requests."""
        return await self.neoai.usage.usage(query)


class LimitsHandler(NeoAIHandler):
    """`/ai/limits`."""

    auth_resource = AUTH_RESOURCE

    @operation("Show the limits on a month's costs", reply=LimitsSet)
    async def get(self) -> LimitsSet:
        """Your own, the administrator's above them, and how this month stands against the lower
        of both."""
        return await self.neoai.usage.limits_set()

    @operation("Set your own limits on a month's costs", body=LimitsWanted, reply=LimitsSet)
    async def put(self, *, body: LimitsWanted) -> LimitsSet:
        """Null or left out: none. They count at once, for `jupyter neoai ask` too; over the hard
        limit requests to models get 429 `limit-reached` until the month ends."""
        return await self.neoai.usage.set_limits(body)


class EventsHandler(NeoAIHandler):
    """`/analytics/events`."""

    auth_resource = AUTH_RESOURCE

    @operation("Keep events", body=ProductEvents, reply=EventsKept)
    async def post(self, *, body: ProductEvents) -> EventsKept:
        """Each id is kept once. They stay in this server's database; NeoAI sends none of its own
        accord."""
        return await self.neoai.usage.keep_events(body.events)


class ProjectUsageHandler(NeoAIHandler):
    """`/analytics/usage/{project_id}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Sum up a project's usage", reply=ProjectUsage)
    async def get(self, project_id: str) -> ProjectUsage:
        """What models were asked for it, by day, and how many events of each kind it had."""
        await self.neoai.projects.get(project_id)
        return await self.neoai.usage.of_project(project_id)


routes = [
    Route("/ai/usage", UsageHandler),
    Route("/ai/limits", LimitsHandler),
    Route("/analytics/events", EventsHandler),
    Route("/analytics/usage/{project_id}", ProjectUsageHandler),
]
