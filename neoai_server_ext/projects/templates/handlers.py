"""The routes of templates."""

from __future__ import annotations

from jupyter_server.utils import url_path_join

from ...http import NeoAIHandler, Reply, Route, operation
from ...http.routes import PREFIX
from ..handlers import AUTH_RESOURCE
from .models import Inspected, Template, TemplateAdd, TemplateInspect, Templates


class TemplatesHandler(NeoAIHandler):
    """`/templates`."""

    auth_resource = AUTH_RESOURCE

    @operation("List the templates", reply=Templates)
    async def get(self) -> Templates:
        """What a new project can start from: those that come with NeoAI, the administrator's, and
        one's own."""
        return Templates(items=await self.neoai.templates.all())

    @operation("Add a template to one's own", body=TemplateAdd, reply=Template, status=201)
    async def post(self, *, body: TemplateAdd) -> Reply:
        """Keeps where it is, without a password. The template is looked at first: what is none is
        refused."""
        added = await self.neoai.templates.add(body)
        location = url_path_join(self.base_url, PREFIX, "templates", added.id)
        return Reply(added, status=201, headers={"Location": location})


class TemplateHandler(NeoAIHandler):
    """`/templates/{template_id}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Take a template off one's own", status=204)
    async def delete(self, template_id: str) -> None:
        """Its folder or repository stays as it is."""
        await self.neoai.templates.remove(template_id)


class InspectHandler(NeoAIHandler):
    """`/templates/inspect`."""

    auth_resource = AUTH_RESOURCE

    @operation("Look at a template", body=TemplateInspect, reply=Inspected)
    async def post(self, *, body: TemplateInspect) -> Inspected:
        """Its questions as they stand with these answers, and what it would run. Nothing runs,
        unless `trusted` is said of a template whose questions need its code."""
        return await self.neoai.templates.inspect(body.template, body.name)


routes = [
    Route("/templates", TemplatesHandler),
    Route("/templates/inspect", InspectHandler),
    Route("/templates/{template_id}", TemplateHandler),
]
