"""A start that is refused: pages show the reason alone, and the hub counts no failure."""

from __future__ import annotations

from jupyterhub.spawner import SpawnException


class Refused(SpawnException):
    """JupyterHub would show `403 SpawnException(reason=quota): …`, and after a reload nothing."""

    @property
    def jupyterhub_message(self) -> str:
        """What JupyterHub's pages show."""
        message: str = self.message
        return message
