"""The routes of sharing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.utils import url_path_join

from ...http import NeoAIHandler, Reply, Route, operation
from ...http.routes import PREFIX
from .authorizer import ProjectAuthorizer
from .models import Collaborator, Collaborators, Share, who

if TYPE_CHECKING:
    from .roles import Access, Role

AUTH_RESOURCE = "neoai-projects"


def access_of(handler: Any) -> Access | None:
    """What the one who asks may see; None where he may see everything."""
    found: Access | None = getattr(handler, "neoai_access", None)
    return found


async def roles_of(handler: NeoAIHandler) -> dict[str, Role] | None:
    """The asking person's role in each project that he may see; None for the server's owner."""
    access = access_of(handler)
    return None if access is None else await handler.neoai.sharing.roles(access)


class ShareHandler(NeoAIHandler):
    """`/projects/{project_id}/share`."""

    auth_resource = AUTH_RESOURCE

    @operation("Share a project", body=Share, reply=Collaborator, status=201)
    async def post(self, project_id: str, *, body: Share) -> Reply:
        """Gives a user or a group a role, in the place of the one there was (200). It counts for
        the next request; what the change takes away is closed."""
        sharing = self.neoai.sharing
        collaborator, is_new = await sharing.share(project_id, body, self.user_name)
        place = url_path_join(
            self.base_url, PREFIX, "projects", project_id, "collaborators", collaborator.who
        )
        return Reply(collaborator, status=201 if is_new else 200, headers={"Location": place})


class CollaboratorsHandler(NeoAIHandler):
    """`/projects/{project_id}/collaborators`."""

    auth_resource = AUTH_RESOURCE

    @operation("List who works on a project", reply=Collaborators)
    async def get(self, project_id: str) -> Collaborators:
        """The server's owners first, then the project's own collaborators, then those of the
        projects around it."""
        items = await self.neoai.sharing.collaborators(project_id)
        authorizer = self.authorizer
        if not isinstance(authorizer, ProjectAuthorizer):
            return Collaborators(items=items, enforced=False)
        owners = authorizer.owners if authorizer.tells_people_apart else []
        account = [
            Collaborator(who=who("user", name), kind="user", name=name, role="owner", account=True)
            for name in owners
        ]
        others = [item for item in items if not (item.kind == "user" and item.name in owners)]
        return Collaborators(items=[*account, *others], enforced=authorizer.tells_people_apart)


class CollaboratorHandler(NeoAIHandler):
    """`/projects/{project_id}/collaborators/{who}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Take somebody's role away", status=204)
    async def delete(self, project_id: str, who: str) -> None:
        """`who` is a user's name, or `group:NAME`. Open rooms, kernels and terminals that hung on
        the role are closed before the reply."""
        await self.neoai.sharing.revoke(project_id, who)


routes = [
    Route("/projects/{project_id}/share", ShareHandler),
    Route("/projects/{project_id}/collaborators", CollaboratorsHandler),
    Route("/projects/{project_id}/collaborators/{who}", CollaboratorHandler),
]
