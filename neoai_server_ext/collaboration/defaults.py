"""Our defaults for jupyter-collaboration; whoever configured otherwise keeps that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from traitlets.config import Config

from ..logs import logger

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

log = logger("collaboration")

EXTENSION = "jupyter_server_ydoc"
STORE = "rooms.db"


def keep_rooms_in(folder: Path, serverapp: ServerApp) -> None:
    """Keep the rooms' history in `folder`, and not in whatever folder the server was started from,
    which is most often the user's project. Call it while extensions are being linked."""
    if "db_path" in serverapp.config.SQLiteYStore:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        log.warning("rooms keep their history where the server was started: %s", error)
        return
    ours = Config({"SQLiteYStore": {"db_path": str(folder / STORE)}})
    serverapp.update_config(ours)
    point = serverapp.extension_manager.extension_points.get(EXTENSION)
    if point is not None and point.app is not None:  # it was linked first, with the older config
        point.app.update_config(ours)
