"""Loads the Python code that a template brings along, for whoever trusts it.

A template names it in `_jinja_extensions`, by module, or by file where the loader of
`copier-template-extensions` is named too: `extensions.py:Slugify`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from .copierformat import TemplateError

LOADERS = frozenset(
    f"{package}.{module}TemplateExtensionLoader"
    for package in ("copier_template_extensions", "copier_templates_extensions")
    for module in ("", "extensions.loader.")
)


def load(environment: Any, names: list[str], folder: Path) -> None:
    """Add the extensions to the environment; raises TemplateError for what cannot be loaded."""
    from jinja2.ext import Extension

    _stand_in_for_context_hooks()
    for name in names:
        if name in LOADERS:
            continue
        try:
            found = _find(name, folder)
            classes = found if isinstance(found, list) else [found]
            for extension in classes:
                if not (isinstance(extension, type) and issubclass(extension, Extension)):
                    raise TypeError("it is no extension of Jinja's")
                environment.add_extension(extension)
        except Exception as error:
            raise TemplateError(
                f"The extension `{name}` cannot be loaded: {error}. What it needs must be "
                "installed where NeoAI is."
            ) from None


def _find(name: str, folder: Path) -> Any:
    file, _, wanted = name.partition(":")
    if wanted or file.endswith(".py"):
        module = _from_file(folder, file)
    else:
        file, _, wanted = name.rpartition(".")
        module = importlib.import_module(file)
    if wanted:
        return getattr(module, wanted)
    return [value for value in vars(module).values() if _is_own(value, module)]


def _is_own(value: Any, module: ModuleType) -> bool:
    return isinstance(value, type) and value.__module__ == module.__name__


def _from_file(folder: Path, file: str) -> ModuleType:
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError("it lies outside of the template")
    name = f"neoai_template_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"there is no {file}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _stand_in_for_context_hooks() -> None:
    """Give `from copier_template_extensions import ContextHook` something to find: copier's own
    package is not installed."""
    from jinja2.ext import Extension

    class ContextHook(Extension):
        """Changes the variables that a template sees."""

        update = True

        def __init__(self, environment: Any) -> None:
            super().__init__(environment)
            environment.neoai_hooks = [*getattr(environment, "neoai_hooks", []), self]

        def hook(self, context: dict[str, Any]) -> dict[str, Any] | None:
            raise NotImplementedError

    for name in ("copier_template_extensions", "copier_templates_extensions"):
        module = ModuleType(name)
        module.ContextHook = ContextHook  # type: ignore[attr-defined]
        sys.modules[name] = module


def hooked(environment: Any, context: dict[str, Any]) -> dict[str, Any]:
    """The variables, after the template's own hooks have seen them."""
    for hook in getattr(environment, "neoai_hooks", []):
        changes = hook.hook(context)
        context = {**context, **changes} if hook.update and changes else context
    return context
