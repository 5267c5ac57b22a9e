"""What a language server is told, so that a project that nobody trusts runs nothing of its own.

Where python-lsp-server would run a project's code otherwise:

- `python -m pylsp` imports from the folder that it is started in: it is started in an empty one.
- Jedi really imports `auto_import_modules` (numpy), from the project's folder too.
- `VIRTUAL_ENV` names an interpreter, which Jedi starts.
- Plugins: pylint's `load-plugins` and `init-hook`, flake8's `local-plugins`, mypy's `plugins` and
  rope's `.ropeproject/config.py` are code of the project. Only plugins that are known to read
  and never to run stay on, whatever else is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any

PYTHON = "pylsp"
READING_PLUGINS = frozenset(
    {
        "folding",
        "jedi_completion",
        "jedi_definition",
        "jedi_highlight",
        "jedi_hover",
        "jedi_references",
        "jedi_rename",
        "jedi_signature_help",
        "jedi_symbols",
        "jedi_type_definition",
        "mccabe",
        "pycodestyle",
        "pydocstyle",
        "pyflakes",
        "ruff",
    }
)
MILDER = {"F401": "W", "F811": "W", "F841": "W", "I001": "I"}
"""What is unused is no error, and how imports are sorted a matter of taste."""
NAMES_AN_INTERPRETER = ("VIRTUAL_ENV", "CONDA_PREFIX")


def python_options(trusted: bool, interpreter: str | None) -> dict[str, Any]:
    """Initialization options for python-lsp-server. `interpreter` counts where it is trusted."""
    plugins: dict[str, dict[str, Any]] = {
        "jedi": {"auto_import_modules": []},
        "jedi_completion": {"include_params": False, "resolve_at_most": 50},
        "ruff": {"severities": MILDER},
        "jedi_symbols": {"all_scopes": True, "include_import_symbols": False},
    }
    if trusted:
        if interpreter:
            plugins["jedi"]["environment"] = interpreter
    else:
        for name in installed_plugins():
            if name not in READING_PLUGINS:
                plugins.setdefault(name, {})["enabled"] = False
    return {"pylsp": {"plugins": plugins}}


def installed_plugins() -> Iterable[str]:
    """The plugins of python-lsp-server that this environment has."""
    return sorted({found.name for found in entry_points(group=PYTHON)})


def environment(base: Mapping[str, str], trusted: bool) -> dict[str, str]:
    """The environment of a language server: no Python in it imports from where it is started."""
    left_out = () if trusted else NAMES_AN_INTERPRETER
    kept = {name: value for name, value in base.items() if name not in left_out}
    return {**kept, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
