"""JupyterHub's configuration, made from one file of settings: `configure(c)` in a
`jupyterhub_config.py` is all that it needs."""

from .configure import configure
from .settings import HubSettings
from .sources import SettingsError, load

__all__ = ["HubSettings", "SettingsError", "configure", "load"]
