"""What the pages and calls work with: made once, from the settings."""

from __future__ import annotations

from fastapi import Request

from ..announcements import Announcements
from ..audit import AuditLog
from ..config.settings import HubSettings
from ..courses import Courses
from ..db import HubDatabase
from ..gpus.history import GpuHistory
from ..gpus.pool import GpuPool
from ..invitation_links import InvitationLinks
from ..quotas.admin import QuotaBook
from ..quotas.ledger import Ledger
from .preferences import Preferences


class Services:
    """One of each, over the hub's database."""

    def __init__(self, settings: HubSettings) -> None:
        self.settings = settings
        self.database = HubDatabase(settings.database_url)
        self.ledger = Ledger(self.database, settings.quotas)
        self.book = QuotaBook(self.database)
        self.pool = GpuPool(self.database, settings.gpus)
        self.gpu_history = GpuHistory(self.database)
        self.audit = AuditLog(self.database)
        self.announcements = Announcements(self.database)
        self.links = InvitationLinks(self.database)
        self.courses = Courses(self.database)
        self.preferences = Preferences(self.database)

    @classmethod
    def of(cls, request: Request) -> Services:
        """The app's."""
        services: Services = request.app.state.services
        return services
