"""The parts of a running hub that JupyterHub does not have: the ledger and the pool of GPUs, over
one database, and what is done from time to time."""

from __future__ import annotations

import asyncio
import logging

from jupyterhub import orm
from jupyterhub.app import JupyterHub

from neoai_server_ext.errors import NeoAIError
from neoai_spawners.resuming import resume

from .announcements import Announcements
from .audit import AuditLog
from .config.settings import HubSettings
from .courses import Courses
from .db import HubDatabase
from .gpus.pool import GpuPool
from .invitation_links import InvitationLinks
from .invitations import Invitations
from .quotas.ledger import Ledger

SWEEP_S = 60.0
FIRST_S = 1.0
ANNOUNCED_S = 3.0


class HubParts:
    """One of each, made at first use: a spawner asks for `ledger` and `pool`."""

    def __init__(self, settings: HubSettings, log: logging.Logger | None = None) -> None:
        self.log = log or logging.getLogger("neoai.hub")
        self.database = HubDatabase(settings.database_url)
        self.ledger = Ledger(self.database, settings.quotas)
        self.pool = GpuPool(self.database, settings.gpus)
        self.settings = settings
        self.audit = AuditLog(self.database)
        self.invitations = Invitations(self.database)
        self.announcements = Announcements(self.database)
        self.links = InvitationLinks(self.database)
        self.courses = Courses(self.database)
        self._task: asyncio.Task[None] | None = None
        self._announcing: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look after things from soon on, in the loop that runs now."""
        asyncio.get_running_loop().call_later(FIRST_S, self._begin)

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._look_after())
        self._announcing = loop.create_task(self._announce())
        if JupyterHub.initialized():
            self._resume(JupyterHub.instance())

    def _resume(self, hub: JupyterHub) -> None:
        """Go on with what an earlier hub has not ended, once this one listens."""
        if hub.http_server is None:
            asyncio.get_running_loop().call_later(FIRST_S, self._resume, hub)
        else:
            resume(hub.users, hub.db)

    async def _forget_gone_users(self) -> None:
        """Nobody who was deleted uses storage any more, or teaches."""
        if JupyterHub.initialized() and (hub := JupyterHub.instance()).http_server is not None:
            names = [name for (name,) in hub.db.query(orm.User.name)]
            await self.ledger.forget_all_but(names)
            await self.courses.forget_all_but(names)

    async def _announce(self) -> None:
        """Know what the hub's pages announce."""
        while True:
            try:
                await self.announcements.refresh()
            except NeoAIError as error:
                self.log.warning("announcements are those of before: %s", error.detail)
            await asyncio.sleep(ANNOUNCED_S)

    async def _look_after(self) -> None:
        while True:
            try:
                if not self.pool.discovered:
                    self.log.info("GPUs: %s", await self.pool.discover())
                await self.ledger.sweep()
                await self._forget_gone_users()
                await self.pool.sweep()
            except NeoAIError as error:
                self.log.error("%s", error.detail)
            except Exception:
                self.log.exception("looking after quotas and GPUs failed")
            await asyncio.sleep(SWEEP_S)
