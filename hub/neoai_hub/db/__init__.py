"""The hub's own tables: beside JupyterHub's, with migrations of their own."""

from .base import HubBase, Serial, in_chunks
from .database import HubDatabase

__all__ = ["HubBase", "HubDatabase", "Serial", "in_chunks"]
