"""Builds the services, gives each what it needs, mounts the routes. Nothing else."""

from __future__ import annotations

import asyncio
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from traitlets import Enum, Unicode, default

from . import __version__, logs
from .ai.answers import Answers
from .ai.chat.handlers import routes as chat_routes
from .ai.chat.service import Chats
from .ai.chat.views import Views
from .ai.completion.service import CompletionService
from .ai.embedder import ModelEmbedder
from .ai.handlers import routes as ai_routes
from .ai.merging.service import Merging
from .ai.nextedit.handlers import routes as next_edit_routes
from .ai.nextedit.service import NextEditService
from .ai.ownproviders import OwnProviders
from .ai.providerhandlers import routes as provider_routes
from .ai.providerservice import ProviderService
from .ai.secretscan import redact
from .ai.service import AIService
from .checkpoints.handlers import routes as checkpoint_routes
from .checkpoints.service import CheckpointService
from .collaboration.defaults import EXTENSION as ROOMS
from .collaboration.defaults import keep_rooms_in
from .collaboration.handlers import routes as collaboration_routes
from .collaboration.service import CollaborationService
from .db import Database
from .exports.handlers import routes as export_routes
from .exports.service import ExportService
from .formatting.handlers import routes as format_routes
from .formatting.service import FormatService
from .git.service import GitHistory
from .http import static
from .http.base import UnknownRouteHandler
from .http.handlers import routes as service_routes
from .http.idempotency import IdempotencyStore
from .http.routes import PREFIX, Route
from .index.fixes.handlers import routes as fix_routes
from .index.fixes.service import FixService
from .index.handlers import routes as index_routes
from .index.saves import Saves
from .index.service import IndexService
from .languageservers.handlers import SOCKET as LANGUAGE_SERVER_SOCKET
from .languageservers.handlers import LanguageServerSocket
from .languageservers.handlers import routes as language_server_routes
from .languageservers.service import LanguageServerService
from .notebooks.handlers import routes as notebook_routes
from .notebooks.service import NotebookService
from .projects import chatfiles
from .projects.entryhandlers import routes as entry_routes
from .projects.find.handlers import routes as find_routes
from .projects.find.service import FindService
from .projects.handlers import routes as project_routes
from .projects.hooks import Hooks
from .projects.listening import ContentsEvents
from .projects.service import ProjectService
from .projects.sharing.authorizer import ProjectAuthorizer
from .projects.sharing.gate import Gate
from .projects.sharing.handlers import routes as sharing_routes
from .projects.sharing.service import SharingService
from .projects.templates.handlers import routes as template_routes
from .projects.templates.service import TemplateService
from .projects.texthandlers import routes as text_routes
from .projects.texts import TextMarks
from .projects.ziphandlers import routes as zip_routes
from .session.activity import Activity
from .session.handlers import EVENT, EVENT_SCHEMA
from .session.handlers import routes as session_routes
from .session.hub import HubClient
from .session.jupyter import watch_server
from .session.service import SessionService
from .usage.handlers import routes as usage_routes
from .usage.service import UsageService

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .doctor import Finding

CHATS = "jupyterlab_chat"


class NeoAIExtension(ExtensionApp):
    """The NeoAI server extension."""

    name = "neoai"
    description = "NeoAI: projects, search, chat and an editor for JupyterLab."
    extension_url = "/lab"
    load_other_extensions = True
    classes = [
        ServerApp,
        Database,
        CollaborationService,
        ProjectService,
        TemplateService,
        FindService,
        SharingService,
        ProjectAuthorizer,
        CheckpointService,
        ExportService,
        IndexService,
        FixService,
        AIService,
        NextEditService,
        CompletionService,
        OwnProviders,
        ProviderService,
        UsageService,
        SessionService,
        FormatService,
        NotebookService,
        LanguageServerService,
    ]

    db_url = Unicode(
        help="""The database, as an SQLAlchemy URL: `sqlite:////home/me/neoai.db`, or
        `postgresql+psycopg://user:password@host/name`. The default is SQLite under Jupyter's
        data directory."""
    ).tag(config=True)

    data_dir = Unicode(
        help="Where the default database and the search indexes live; made with mode 0700."
    ).tag(config=True)

    logging_format = Enum(
        ["auto", "human", "json"],
        "auto",
        help="How our log lines look: `json`, one object a line; `human`; or `auto`, which is "
        "`human` on a terminal and `json` elsewhere.",
    ).tag(config=True)

    @default("data_dir")
    def _default_data_dir(self) -> str:
        return str(Path(jupyter_data_dir()) / "neoai")

    @default("db_url")
    def _default_db_url(self) -> str:
        return f"sqlite:///{Path(self.data_dir) / 'neoai.db'}"

    @property
    def root_dir(self) -> Path:
        """The folder that the server serves."""
        assert self.serverapp is not None
        return Path(self.serverapp.root_dir)

    @cached_property
    def db(self) -> Database:
        """The user's database."""
        return Database(self.db_url, parent=self)

    @cached_property
    def idempotency(self) -> IdempotencyStore:
        """The first replies by `Idempotency-Key`."""
        return IdempotencyStore(self.db)

    @cached_property
    def collaboration(self) -> CollaborationService:
        """The rooms of open documents."""
        bases = Path(self.data_dir) / "rooms"
        return CollaborationService(self._rooms_extension, bases, parent=self)

    def _rooms_extension(self) -> Any | None:
        """jupyter-collaboration's extension, where it is loaded."""
        if self.serverapp is None:
            return None
        point = self.serverapp.extension_manager.extension_points.get(ROOMS)
        app = point.app if point is not None else None
        return app if hasattr(app, "ywebsocket_server") else None

    @cached_property
    def projects(self) -> ProjectService:
        """The projects and their files."""
        listener = None
        if self.serverapp is not None:
            listener = ContentsEvents(self.serverapp.event_logger)
        return ProjectService(
            self.db,
            self.root_dir,
            listener=listener,
            collaboration=self.collaboration,
            templates=self.templates,
            program_of_kernel=self._program_of_kernel,
            parent=self,
        )

    @cached_property
    def templates(self) -> TemplateService:
        """What new projects start from."""
        return TemplateService(self.root_dir, Path(self.data_dir), parent=self)

    @cached_property
    def checkpoints(self) -> CheckpointService:
        """Checkpoints of the projects and versions of their files."""
        return CheckpointService(self.projects, Path(self.data_dir) / "checkpoints", parent=self)

    @cached_property
    def exports(self) -> ExportService:
        """Exports of the projects that are kept."""
        return ExportService(
            self.projects, Path(self.data_dir), self.checkpoints.cipher, parent=self
        )

    @cached_property
    def sharing(self) -> SharingService:
        """Who has which role in which project."""
        return SharingService(self.db, self.root_dir, Path(self.data_dir), parent=self)

    @cached_property
    def find(self) -> FindService:
        """Finding and replacing in the projects."""
        return FindService(self.projects, Path(self.data_dir) / "replacements", parent=self)

    @cached_property
    def formatting(self) -> FormatService:
        """Formatters of files."""
        return FormatService(self.projects, parent=self)

    @cached_property
    def notebooks(self) -> NotebookService:
        """Comparisons of notebooks."""
        return NotebookService(parent=self)

    @cached_property
    def language_servers(self) -> LanguageServerService:
        """Language servers, which jupyter-lsp finds."""
        return LanguageServerService(
            self.projects,
            Path(self.data_dir) / "language-servers",
            detector=lambda: getattr(self.serverapp, "language_server_manager", None),
            program_of_kernel=self._program_of_kernel,
            parent=self,
        )

    def _program_of_kernel(self, name: str) -> str | None:
        """The Python of a kernel, where there is a kernel of that name."""
        kernels = self.serverapp.kernel_spec_manager if self.serverapp is not None else None
        if kernels is None:
            return None
        try:
            argv = kernels.get_kernel_spec(name).argv
        except (KeyError, ValueError):
            return None
        return str(argv[0]) if argv else None

    @cached_property
    def index(self) -> IndexService:
        """Search over the projects' files."""
        return IndexService(
            projects=self.projects,
            index_dir=Path(self.data_dir) / "index",
            embedder_of=lambda name: ModelEmbedder(self.ai, self.projects, name),
            history=GitHistory(),
            parent=self,
        )

    @cached_property
    def fixes(self) -> FixService:
        """How errors were mended."""
        return FixService(self.db, self.projects, redact, parent=self)

    @cached_property
    def ai(self) -> AIService:
        """Models, and answers from a project's passages."""
        return AIService(
            index=self.index,
            fixes=self.fixes,
            usage=self.usage,
            data_dir=Path(self.data_dir),
            own=self.own_providers,
            parent=self,
        )

    @cached_property
    def own_providers(self) -> OwnProviders:
        """The providers and keys that the user has added."""
        return OwnProviders(Path(self.data_dir), parent=self)

    @cached_property
    def providers(self) -> ProviderService:
        """The providers as their user sees them."""
        return ProviderService(self.ai, self.own_providers, usage=self.usage, parent=self)

    @cached_property
    def usage(self) -> UsageService:
        """What models were asked and what it cost."""
        return UsageService(self.db, Path(self.data_dir) / "usage", parent=self)

    @cached_property
    def activity(self) -> Activity:
        """What counts as use of this server; builds, previews and agents tell it of theirs."""
        activity = Activity()
        activity.keep("index", lambda: self.index.building)
        activity.keep("replies", lambda: self.usage.under_way)
        return activity

    @cached_property
    def session(self) -> SessionService:
        """The server's life under a hub."""
        return SessionService(
            hub=HubClient.of_environment(os.environ),
            activity=self.activity,
            save=self.collaboration.save_all,
            emit=self._session_has_changed,
            parent=self,
        )

    def _session_has_changed(self) -> None:
        if self.serverapp is not None and self.serverapp.event_logger is not None:
            self.serverapp.event_logger.emit(schema_id=EVENT, data={})

    @cached_property
    def merging(self) -> Merging:
        """Brings code of replies into files."""
        return Merging(self.answers.write_code)

    @cached_property
    def answers(self) -> Answers:
        """What the API asks of the models."""
        return Answers(
            self.ai,
            self.projects,
            kernels=lambda: getattr(self.serverapp, "kernel_manager", None),
            sessions=lambda: getattr(self.serverapp, "session_manager", None),
        )

    @cached_property
    def next_edits(self) -> NextEditService:
        """What must change too after an edit."""
        return NextEditService(ai=self.ai, projects=self.projects, parent=self)

    @cached_property
    def completions(self) -> CompletionService:
        """What may stand at the cursor."""
        return CompletionService(self.ai, self.projects, parent=self)

    @cached_property
    def chats(self) -> Chats:
        """The chats that are open, and the projects' on disk."""
        return Chats(self.projects, self._persona_managers)

    @cached_property
    def views(self) -> Views:
        """What people have in front as they ask in a chat."""
        return Views(self.answers.bringing)

    def _persona_managers(self) -> Any:
        assert self.serverapp is not None
        found = self.serverapp.web_app.settings.get("jupyter-ai", {})
        return list(found.get("persona-managers", {}).values())

    @property
    def routes(self) -> list[Route]:
        """Every route below the prefix."""
        return [
            *service_routes,
            *project_routes,
            *sharing_routes,
            *entry_routes,
            *zip_routes,
            *text_routes,
            *template_routes,
            *format_routes,
            *language_server_routes,
            *checkpoint_routes,
            *export_routes,
            *collaboration_routes,
            *notebook_routes,
            *find_routes,
            *index_routes,
            *fix_routes,
            *ai_routes,
            *chat_routes,
            *next_edit_routes,
            *provider_routes,
            *usage_routes,
            *session_routes,
        ]

    async def checks(self) -> dict[str, dict[str, str]]:
        """The state of each part, for `/health` and `doctor`."""
        return {
            "database": await self.db.check(),
            "root": self._check_root(),
            "checkpoints": self._check_checkpoints(),
            "models": self._check_models(),
        }

    def doctor_findings(self) -> list[Finding]:
        """What the features have to say to `jupyter neoai doctor`."""
        from .doctor import Finding

        check = self._check_models()
        status: Literal["note", "ok"] = "note" if check["status"] == "failed" else "ok"
        is_well, detail = self.index.check()
        return [
            Finding("models", status, check["detail"]),
            Finding("vectors", "ok" if is_well else "failed", detail),
        ]

    def initialize_settings(self) -> None:
        """Set up the logs, and let every change of a file be recorded."""
        assert self.serverapp is not None
        logs.configure(self.logging_format, self.serverapp.log.level)
        self.projects.hook = Hooks(Saves(self.index), self.checkpoints)
        self.collaboration.keeper = self.checkpoints
        if hasattr(self.serverapp.contents_manager, "changes"):
            self.serverapp.contents_manager.changes = self.projects
        if hasattr(self.serverapp.contents_manager, "texts"):
            marks = Path(self.data_dir) / "encodings.json"
            self.serverapp.contents_manager.texts = TextMarks(marks)
        if self.serverapp.event_logger is not None:
            self.serverapp.event_logger.register_event_schema(EVENT_SCHEMA)
        points = self.serverapp.extension_manager.extension_points
        if ROOMS in points:
            self.collaboration.guard()
        if CHATS in points:
            chatfiles.install()

    def initialize_handlers(self) -> None:
        """Mount the routes; what none of them claims below the prefix is a problem document."""
        self.handlers.extend((route.pattern, route.handler) for route in self.routes)
        self.handlers.append((LANGUAGE_SERVER_SOCKET, LanguageServerSocket))
        self.handlers.append((PREFIX + "(?:/.*)?", UnknownRouteHandler))
        assert self.serverapp is not None
        static.mount(self.serverapp.web_app, static.lab_extension_folders())
        settings = self.serverapp.web_app.settings
        watch_server(self.activity, settings, lambda: not self.session.is_saving)
        self._stand_at_the_gate(self.serverapp)

    def _stand_at_the_gate(self, serverapp: ServerApp) -> None:
        """With our authorizer, no request passes that it was not asked about."""
        if not isinstance(serverapp.authorizer, ProjectAuthorizer):
            return
        if serverapp.authorizer.tells_people_apart and not serverapp.authorizer.owners:
            logs.logger("sharing").warning(
                "Nobody owns this server: kernels, terminals and sharing are refused to everybody "
                "until c.ProjectAuthorizer.owners names who does."
            )
        gate = Gate(serverapp.authorizer)
        gate.install(serverapp.web_app)
        self.sharing.on_change.append(gate.recheck)

    def _link_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        super()._link_jupyter_server_extension(serverapp)
        self._use_our_contents_manager(serverapp)
        self._use_our_authorizer(serverapp)
        keep_rooms_in(Path(self.data_dir), serverapp)

    def _use_our_contents_manager(self, serverapp: ServerApp) -> None:
        """Our contents manager is the default; whoever configured another keeps it."""
        if "contents_manager_class" not in serverapp.config.ServerApp:
            from .projects.contents import NeoAIContentsManager

            serverapp.contents_manager_class = NeoAIContentsManager

    def _use_our_authorizer(self, serverapp: ServerApp) -> None:
        """Our authorizer is the default; whoever configured another keeps it."""
        if "authorizer_class" not in serverapp.config.ServerApp:
            serverapp.authorizer_class = ProjectAuthorizer

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        """Open the database behind the scenes: neither start-up nor JupyterLab waits for it."""
        self._in_background(self._open())
        self.session.start()
        logs.logger("extension").info(
            "NeoAI %s at %s%s", __version__, serverapp.base_url, "neoai/v1"
        )

    async def _open(self) -> None:
        await self.db.open()
        await self.projects.start()
        await self.exports.start()
        await self.usage.start()

    async def stop_extension(self) -> None:
        """Close what is open."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.session.stop()
        await self.language_servers.stop_all()
        await self.completions.close()
        await self.chats.stop()
        await self.ai.close()
        await self.usage.stop()
        await self.index.close()
        await self.notebooks.stop()
        await self.exports.stop()
        await self.checkpoints.stop()
        await self.projects.stop()
        await self.templates.close()
        await self.db.close()

    @cached_property
    def _tasks(self) -> set[asyncio.Task[Any]]:
        return set()

    def _in_background(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _check_checkpoints(self) -> dict[str, str]:
        problem = self.checkpoints.problem
        folder = Path(self.data_dir)
        if not problem and folder.is_dir() and not os.access(folder, os.W_OK):
            problem = f"NeoAI's data folder {self.data_dir} cannot be written."
        return {"status": "failed" if problem else "ok", "detail": problem}

    def _check_models(self) -> dict[str, str]:
        configuration = self.ai.configuration
        if configuration.problems:
            return {"status": "failed", "detail": " ".join(configuration.problems)}
        names = ", ".join(configuration.providers)
        if names:
            return {"status": "ok", "detail": f"providers: {names}"}
        return {
            "status": "off",
            "detail": "No model is configured (c.AIService.providers); the chat answers from "
            "search alone.",
        }

    def _check_root(self) -> dict[str, str]:
        if self.root_dir.is_dir():
            return {"status": "ok", "detail": ""}
        return {"status": "failed", "detail": f"The served folder {self.root_dir} is gone."}
