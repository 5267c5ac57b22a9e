"""Which request demands what. What no rule names is the owner's alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ...http.base import NeoAIHandler, UnknownRouteHandler
from .demands import Account, Anyone, At, Demand, Member
from .roles import Role

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler

    from ...http.routes import Route

Demands = list[Demand]
JupyterRule = Callable[[Any], Demands]
Rule = Role | Demand | Callable[[NeoAIHandler], Demands]

READS = frozenset({"GET", "HEAD", "OPTIONS"})
SAFE_FORMATS = frozenset({"html", "markdown", "slides", "notebook"})
"""Into what others may have a notebook converted: the rest runs programs, or code that the notebook
names."""
IN_A_PROJECT = frozenset({"neoai-projects", "neoai-ai", "neoai-usage"})
"""Resources that follow the roles in the project of the address; the others run programs."""
BODY_PATHS = ("path", "from", "to", "source", "target", "paths", "files")


def demands_of(handler: JupyterHandler, routes: Iterable[Route]) -> Demands:
    """What this request demands: all of it must be met."""
    if isinstance(handler, UnknownRouteHandler):
        return [Anyone()]
    if isinstance(handler, NeoAIHandler):
        return _ours(handler, routes)
    for cls in type(handler).__mro__:
        rule = JUPYTER.get(f"{cls.__module__}.{cls.__qualname__}")
        if rule is not None:
            return rule(handler)
    return [Account()]


# NeoAI's own routes


def _patches_project(handler: NeoAIHandler) -> Demands:
    """Trust lets the project's own programs run in the owner's account; the interpreter and the
    environment say which."""
    body = body_of(handler)
    settings = body.get("settings")
    named = settings.keys() & {"interpreter", "environment"} if isinstance(settings, dict) else ()
    return [Account()] if "trusted" in body or named else [_in_project(handler, "owner")]


def _searches(handler: NeoAIHandler) -> Demands:
    project_id = _project_of_body(handler)
    return [At("viewer", "", project_id=project_id)] if project_id is not None else [Account()]


def _keeps_fix(handler: NeoAIHandler) -> Demands:
    project_id = _project_of_body(handler)
    return [At("editor", "", project_id=project_id)] if project_id is not None else [Account()]


def _forgets_fix(handler: NeoAIHandler) -> Demands:
    project_id = handler.get_query_argument("project_id", "")
    return [At("editor", "", project_id=project_id)] if project_id else [Account()]


def _asks_models(handler: NeoAIHandler) -> Demands:
    """It costs the owner money, so only those who may work in the project ask about it. What lies
    in a kernel's memory is the owner's alone."""
    project_id = _project_of_body(handler)
    body = body_of(handler)
    about = body.get("context")
    asks_kernel = any(
        isinstance(each, dict) and each.get("kernel_id") is not None for each in (body, about)
    )
    if project_id is None or asks_kernel:
        return [Account()]
    return [At("editor", "", "tree", project_id=project_id)]


def _project_of_body(handler: NeoAIHandler) -> str | None:
    project_id = body_of(handler).get("project_id")
    return project_id if isinstance(project_id, str) else None


def _reads_prompts(handler: NeoAIHandler) -> Demands:
    project_id = handler.get_query_argument("project_id", "")
    if not project_id:
        return [Member()]
    return [At("viewer", ".neoai/prompts", "tree", project_id=project_id)]


def _reads_text(handler: NeoAIHandler) -> Demands:
    return [At("viewer", _text(handler.get_query_argument("path", "\0")), "file")]


def _writes_text(handler: NeoAIHandler) -> Demands:
    return [At("editor", _text(body_of(handler).get("path")), "file")]


def _resolves(handler: NeoAIHandler) -> Demands:
    path = body_of(handler).get("path")
    return [At("editor", path)] if isinstance(path, str) else [Account()]


def _exports(handler: NeoAIHandler) -> Demands:
    """An archive holds all that lies below, other projects too."""
    path = handler.get_query_argument("path", "").strip("/")
    project_id = str(handler.path_kwargs["project_id"])
    return [_in_project(handler, "viewer"), At("viewer", path, "tree", project_id)]


def _downloads_export(handler: NeoAIHandler) -> Demands:
    """The project may have been kept with the projects that lie within it."""
    project_id = str(handler.path_kwargs["project_id"])
    return [_in_project(handler, "viewer"), At("viewer", "", "tree", project_id)]


OURS: dict[tuple[str, str], Rule] = {
    ("GET", "/health"): Member(),
    ("GET", "/openapi.json"): Member(),
    ("GET", "/projects"): Member(),
    ("POST", "/projects"): Account(),
    ("GET", "/templates"): Account(),
    ("POST", "/templates"): Account(),
    ("POST", "/templates/inspect"): Account(),
    ("DELETE", "/templates/{template_id}"): Account(),
    ("PATCH", "/projects/{project_id}"): _patches_project,
    ("DELETE", "/projects/{project_id}"): "owner",
    ("POST", "/projects/{project_id}/cancel"): "owner",
    ("GET", "/projects/{project_id}/export"): _exports,
    ("GET", "/projects/{project_id}/exports/{export_id}/content"): _downloads_export,
    ("POST", "/projects/{project_id}/share"): "owner",
    ("DELETE", "/projects/{project_id}/collaborators/{who}"): "owner",
    ("GET", "/text"): _reads_text,
    ("PATCH", "/text"): _writes_text,
    ("POST", "/format"): _writes_text,
    ("POST", "/notebooks/compare"): Member(),
    ("GET", "/ai/models"): Member(),
    ("GET", "/ai/prompts"): _reads_prompts,
    ("GET", "/ai/providers"): Account(),
    ("GET", "/ai/providers/found"): Account(),
    ("PUT", "/ai/providers/{name}"): Account(),
    ("DELETE", "/ai/providers/{name}"): Account(),
    ("PUT", "/ai/providers/{name}/key"): Account(),
    ("DELETE", "/ai/providers/{name}/key"): Account(),
    ("POST", "/ai/providers/{name}/test"): Account(),
    ("POST", "/ai/search"): _searches,
    ("POST", "/ai/fixes"): _keeps_fix,
    ("POST", "/ai/fixes/search"): _searches,
    ("DELETE", "/ai/fixes/{fix_id}"): _forgets_fix,
    ("POST", "/ai/chat"): _asks_models,
    ("POST", "/ai/chats/answer"): Account(),
    ("POST", "/ai/chats/version"): Account(),
    ("POST", "/ai/chats/view"): Account(),
    ("POST", "/ai/completions"): _asks_models,
    ("POST", "/ai/code-generation"): _asks_models,
    ("POST", "/ai/merge"): _asks_models,
    ("GET", "/ai/kernels/{kernel_id}/variables"): Account(),
    ("POST", "/ai/next-edits"): _asks_models,
    ("POST", "/ai/embeddings"): Account(),
    ("GET", "/ai/usage"): Account(),
    ("GET", "/ai/limits"): Account(),
    ("PUT", "/ai/limits"): Account(),
    ("POST", "/analytics/events"): Account(),
    ("GET", "/analytics/usage/{project_id}"): "owner",
    ("POST", "/collaboration/resolve"): _resolves,
    ("POST", "/collaboration/merge"): _resolves,
}
"""What the general rule below does not say rightly."""


def rule_of(method: str, route: Route) -> Rule | None:
    """The rule of one of our routes: its own, or the general one. Where the address names a
    project, reading takes a viewer and everything else an editor; what runs programs takes the
    account. None where there is no rule, which means the account too."""
    own = OURS.get((method, route.template))
    if own is not None:
        return own
    resource = str(getattr(route.handler, "auth_resource", ""))
    if resource not in IN_A_PROJECT:
        return Account()
    if "project_id" not in route.parameters:
        return None
    return "viewer" if method in READS else "editor"


def _ours(handler: NeoAIHandler, routes: Iterable[Route]) -> Demands:
    method = handler.request.method or ""
    for route in routes:
        if isinstance(handler, route.handler) and set(route.parameters) == set(handler.path_kwargs):
            rule = rule_of(method, route)
            if rule is None:
                return [Account()]
            if isinstance(rule, str):
                return _with_role(handler, rule)
            return rule(handler) if callable(rule) else [rule]
    return [Account()]


def _with_role(handler: NeoAIHandler, role: Role) -> Demands:
    """The role at the project's folder, and at every path that the request names in it."""
    method = handler.request.method or ""
    wanted: Demands = [_in_project(handler, role)]
    project_id = handler.path_kwargs["project_id"]
    path = handler.path_kwargs.get("path")
    if isinstance(path, str):
        mode = "entry" if method == "DELETE" else "content"
        return [*wanted, At(role, path, mode, project_id)]  # type: ignore[arg-type]
    if method in READS or role == "owner":
        return wanted
    paths = list(_body_paths(body_of(handler))) or [""]
    return [*wanted, *(At(role, path, "tree", project_id) for path in paths)]


def _in_project(handler: NeoAIHandler, role: Role) -> At:
    return At(role, "", project_id=str(handler.path_kwargs["project_id"]))


def _body_paths(body: dict[str, Any]) -> Iterable[str]:
    for key in BODY_PATHS:
        value = body.get(key)
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))


def body_of(handler: Any) -> dict[str, Any]:
    """The JSON object of a request; empty where there is none. Of a key that comes twice, the
    handler sees the same one: the last."""
    try:
        value = json.loads((handler.request.body or b"").strip().decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


# Jupyter's handlers, by class: tornado has chosen it and decoded its path already.


def _path(handler: Any) -> str:
    given = handler.path_kwargs.get("path")
    if given is None:
        given = handler.path_args[0] if handler.path_args else ""
    return str(given or "")


def _contents(handler: Any) -> Demands:
    path, method = _path(handler).strip("/"), handler.request.method
    if method in READS:
        return [At("viewer", path, "listing")]
    if method == "DELETE":
        return [At("editor", path, "entry")]
    body = body_of(handler)
    if method == "PATCH":
        target = body.get("path", path)
        return [At("editor", path, "entry"), At("editor", _text(target), "entry")]
    wanted: Demands = [At("editor", path)]
    source = body.get("copy_from")
    if source:
        wanted += [At("viewer", _text(source), "file")]
    if method == "POST":
        wanted += [At("editor", f"{path}/{_new_name(body)}")]
    return wanted


def _new_name(body: dict[str, Any]) -> str:
    """What Jupyter makes in a folder, but for a number in it: it puts `ext` after a name, whatever
    that holds, and a copy keeps the ending of what it was copied from."""
    source = body.get("copy_from")
    if source:
        return _text(source).rpartition("/")[2]
    ending = str(body.get("ext", ""))
    return "\0" if "/" in ending else f"untitled{ending}"


def _text(value: Any) -> str:
    return value.strip("/") if isinstance(value, str) else "\0"


def _checkpoints(handler: Any) -> Demands:
    role: Role = "viewer" if handler.request.method in READS else "editor"
    return [At(role, _path(handler).strip("/"))]


def _download(handler: Any) -> Demands:
    path = _path(handler)
    return [Account()] if path.startswith("/") else [At("viewer", path, "file")]


def _view(handler: Any) -> Demands:
    return [At("viewer", _path(handler).strip("/"), "file")]


def _convert(handler: Any) -> Demands:
    if handler.path_kwargs.get("format") not in SAFE_FORMATS:
        return [Account()]
    return [At("viewer", _path(handler).strip("/"), "file")]


def _file_id(handler: Any) -> Demands:
    path = handler.get_argument("path", "\0")
    return [Account()] if path.startswith("/") else [At("viewer", path)]


def _file_path(handler: Any) -> Demands:
    return _by_file_id(handler, handler.get_argument("id", ""), "viewer")


def _by_file_id(handler: Any, file_id: str, role: Role) -> Demands:
    files = handler.settings.get("file_id_manager")
    path = files.get_path(file_id) if files is not None and file_id else None
    return [At(role, path)] if path is not None else [Account()]


def _session(handler: Any) -> Demands:
    path = _path(handler)
    return [Account()] if path.startswith("/") else [At("editor", path, "file")]


def _room(handler: Any) -> Demands:
    """A room cannot be made read-only, so only editors join one. What is no document's room,
    such as the one in which everybody says which file he has in front, is the owner's."""
    room = handler.request.path.rsplit("/", 1)[-1]  # as the handler itself reads it
    parts = room.split(":", 2)
    return _by_file_id(handler, parts[2], "editor") if len(parts) == 3 else [Account()]


def _reading(handler: Any) -> Demands:
    return [Member()] if handler.request.method in READS else [Account()]


def _anyone(_: Any) -> Demands:
    return [Anyone()]


JUPYTER: dict[str, JupyterRule] = {
    "jupyter_server.services.contents.handlers.ContentsHandler": _contents,
    "jupyter_server.services.contents.handlers.CheckpointsHandler": _checkpoints,
    "jupyter_server.services.contents.handlers.ModifyCheckpointsHandler": _checkpoints,
    "jupyter_server.base.handlers.AuthenticatedFileHandler": _download,
    "jupyter_server.files.handlers.FilesHandler": _download,
    "jupyter_server.view.handlers.ViewHandler": _view,
    "jupyter_server.nbconvert.handlers.NbconvertFileHandler": _convert,
    "jupyter_server_fileid.handler.FileIDHandler": _file_id,
    "jupyter_server_fileid.handler.FilePathHandler": _file_path,
    "jupyter_server_ydoc.handlers.DocSessionHandler": _session,
    "jupyter_server_ydoc.handlers.YDocWebSocketHandler": _room,
    "jupyter_server.services.api.handlers.APISpecHandler": _reading,
    "jupyter_server.services.api.handlers.APIStatusHandler": _reading,
    "jupyter_server.services.api.handlers.IdentityHandler": _anyone,
    "jupyter_server.services.config.handlers.ConfigHandler": _reading,
    "jupyter_server.services.kernelspecs.handlers.MainKernelSpecHandler": _reading,
    "jupyter_server.services.kernelspecs.handlers.KernelSpecHandler": _reading,
    "jupyter_server.kernelspecs.handlers.KernelSpecResourceHandler": _reading,
    "jupyter_server.services.nbconvert.handlers.NbconvertRootHandler": _reading,
    "jupyter_server.services.security.handlers.CSPReportHandler": _anyone,
    "jupyter_server.base.handlers.Template404": _anyone,
    "jupyterlab_server.handlers.LabHandler": _reading,
    "jupyterlab_server.settings_handler.SettingsHandler": _reading,
    "jupyterlab_server.translations_handler.TranslationsHandler": _reading,
    "jupyterlab_server.licenses_handler.LicensesHandler": _reading,
    "jupyterlab_server.listings_handler.ListingsHandler": _reading,
    "jupyter_ai_persona_manager.handlers.AvatarHandler": _reading,
}
