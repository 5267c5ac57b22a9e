"""Where settings come from: the defaults, what `configure` is given, the file, the environment;
the later wins. An error names the key and where it was set."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .settings import HubSettings

FILE_VARIABLE = "NEOAI_HUB_SETTINGS"
FILE = Path("neoai_hub.toml")
PREFIX = "NEOAI_HUB__"


class SettingsError(SystemExit):
    """A setting cannot be used; the text says which, why, and where it was set.

    Whoever starts a hub reads that, and no traceback.
    """


def load(
    given: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ
) -> HubSettings:
    """The settings. Raises SettingsError.

    The file is the one that `NEOAI_HUB_SETTINGS` names, else `neoai_hub.toml` in the working
    directory if it is there. `NEOAI_HUB__QUOTAS__HEARTBEAT_S=30` overrides `quotas.heartbeat_s`.
    """
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    _merge(merged, given or {}, origins, "jupyterhub_config.py")
    path = _path(environ)
    if path is not None:
        _merge(merged, _read(path), origins, str(path))
    for variable in sorted(environ):
        if variable.startswith(PREFIX):
            value: Any = _value(environ[variable])
            for key in reversed(variable[len(PREFIX) :].lower().split("__")):
                value = {key: value}
            _merge(merged, value, origins, variable)
    try:
        return HubSettings.model_validate(merged)
    except ValidationError as error:
        raise SettingsError(_explain(error, origins)) from None


def _path(environ: Mapping[str, str]) -> Path | None:
    named = environ.get(FILE_VARIABLE)
    if named:
        return Path(named)
    return FILE if FILE.exists() else None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no TOML: {error}.") from None


def _value(text: str) -> Any:
    """A variable's text, as TOML reads it where it can: `30`, `true`, `["a", "b"]`."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merge(
    into: dict[str, Any], new: Mapping[str, Any], origins: dict[str, str], origin: str, at: str = ""
) -> None:
    for key, value in new.items():
        path = f"{at}.{key}" if at else key
        if isinstance(value, Mapping):
            below = into.get(key)
            into[key] = dict(below) if isinstance(below, Mapping) else {}
            origins[path] = origin
            _merge(into[key], value, origins, origin, path)
        else:
            into[key] = value
            origins[path] = origin


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    lines = []
    for each in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in each["loc"])
        where = key
        while where and where not in origins:
            where = where.rpartition(".")[0]
        said = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            said = "there is no such setting"
        at = f"`{key}` ({origins.get(where, 'not set')}): " if key else ""
        lines.append(at + said)
    return "\n".join(["The hub's settings cannot be used.", *lines])
