"""JupyterHub's single-user server, started without what a user's server never uses.

Of the three seconds that `jupyterhub-singleuser` takes in NeoAI's image, one goes to building a
grammar of international addresses and a third of another to the hub's own database and pages. Here
those are loaded when something of theirs is asked for, which for most servers is never.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
from types import ModuleType
from typing import Any

AT_START = (
    "IPython",
    "httpcore",
    "nbdime.webapp.nb_server_extension",
    "sqlalchemy.dialects.sqlite",
)
"""What the server and its extensions import only while they start."""


class Later(ModuleType):
    """Stands for a module until an attribute is asked for that it was not made with."""

    def __init__(self, name: str, **known: Any) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        vars(self).update(known)

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return getattr(self.real(), attribute)

    def real(self) -> ModuleType:
        """The module itself, which from now on is imported instead of this."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        package = sys.modules.get(self.__name__.rpartition(".")[0])
        if isinstance(package, Later):
            package.real()
        return importlib.import_module(self.__name__)


def put_off() -> None:
    """jsonschema imports the grammar for addresses in schemas, and calls it only for those; the log
    and the scopes of JupyterHub's servers import pages and tables that only the hub itself has."""

    def is_valid_syntax(term: str, value: str) -> bool:
        valid: bool = grammar.real().is_valid_syntax(term, value)
        return valid

    grammar = Later("rfc3987_syntax", is_valid_syntax=is_valid_syntax)
    no_page = type("HealthCheckHandler", (), {})
    for module in (
        grammar,
        Later("jupyterhub.orm"),
        Later("jupyterhub.handlers"),
        Later("jupyterhub.handlers.pages", HealthCheckHandler=no_page),
    ):
        sys.modules.setdefault(module.__name__, module)


def extensions() -> list[str]:
    """The packages of server extensions that the image has switched on."""
    from jupyter_core.paths import ENV_CONFIG_PATH, SYSTEM_CONFIG_PATH
    from jupyter_server.extension.config import ExtensionConfigManager

    places = [*SYSTEM_CONFIG_PATH, *ENV_CONFIG_PATH]
    found = ExtensionConfigManager(read_config_path=places).get_jpserver_extensions()
    return [name for name, enabled in found.items() if enabled]


def prepare() -> None:
    """Import the server's own packages, without collections over what they keep for good."""
    collecting = gc.isenabled()
    gc.disable()
    put_off()
    importlib.import_module("jupyterhub.singleuser")
    for name in [*extensions(), *AT_START]:
        load(name)
    gc.freeze()
    if collecting:
        gc.enable()


def load(name: str) -> None:
    """Import a package and the extensions that it names; where it fails, the server says so."""
    with contextlib.suppress(Exception):
        points = getattr(importlib.import_module(name), "_jupyter_server_extension_points", list)
        points()


def main() -> None:
    """Become the server that the environment describes."""
    sys.modules["jupyterhub.singleuser"].main()


if __name__ == "__main__":
    prepare()
    main()
