"""Jinja's sandbox with the filters that copier's templates use."""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
import random
import re
import secrets
import shlex
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, TemplateNotFound, Undefined
from jinja2.sandbox import SandboxedEnvironment

from .copierformat import HARMLESS, Config, TemplateError

MAX_SOURCE = 16 << 20


class Inside(BaseLoader):
    """What a template includes, from its own folder and nowhere else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The text of an included file."""
        path = (self._folder / template).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            raise TemplateNotFound(template)
        if path.stat().st_size > MAX_SOURCE:
            raise TemplateError(f"{template} is too large to be included.")
        return path.read_text("utf-8"), None, None


def sandbox(config: Config, folder: Path) -> SandboxedEnvironment:
    """The environment of a template in `folder`, which runs nothing of its own."""
    named = config.settings.get("jinja_extensions") or []
    environment = SandboxedEnvironment(
        loader=Inside(folder),
        extensions=[name for name in named if name in HARMLESS],
        **config.envops,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(now=lambda: datetime.now(UTC), make_secret=_secret)
    return environment


def _secret() -> str:
    return secrets.token_hex(64)


def _yaml(value: Any, *, flow: bool | None, indent: int = 2, **options: Any) -> str:
    import yaml

    allowed = {"sort_keys", "width", "allow_unicode", "explicit_start", "default_flow_style"}
    given = {key: option for key, option in options.items() if key in allowed}
    given.setdefault("default_flow_style", flow)
    given.setdefault("allow_unicode", True)
    return str(yaml.safe_dump(_plain(value), indent=indent, **given))


def _plain(value: Any) -> Any:
    """Without the types that YAML does not know."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def _from_yaml(text: Any) -> Any:
    import yaml

    return yaml.safe_load(text) if isinstance(text, str) else text


def _flags(ignorecase: bool, multiline: bool) -> int:
    return (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)


def _replace(
    text: Any, old: str = "", new: str = "", ignorecase: bool = False, multiline: bool = False
) -> str:
    return re.sub(old, new, str(text), flags=_flags(ignorecase, multiline))


def _search(text: Any, sought: str, ignorecase: bool = False, multiline: bool = False) -> str:
    found = re.search(sought, str(text), _flags(ignorecase, multiline))
    return found[0] if found else ""


def _findall(
    text: Any, sought: str, multiline: bool = False, ignorecase: bool = False
) -> list[Any]:
    return re.findall(sought, str(text), _flags(ignorecase, multiline))


def _hash(text: Any, kind: str = "sha1") -> str:
    if kind not in {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b"}:
        raise TemplateError(f"There is no hash `{str(kind)[:40]}`.")
    return hashlib.new(kind, str(text).encode(), usedforsecurity=False).hexdigest()


def truth(value: Any) -> bool:
    """A word or a number as yes or no, as YAML has it; raises ValueError."""
    if value is None:
        return False
    if isinstance(value, bool | int | float):
        return bool(value)
    word = str(value).strip().lower()
    if word in {"y", "yes", "t", "true", "on", "1"}:
        return True
    if word in {"n", "no", "f", "false", "off", "0", "", "none", "null", "~"}:
        return False
    try:
        return bool(float(word))
    except ValueError:
        raise ValueError(f"`{word[:60]}` is neither yes nor no") from None


def _truthy(value: Any) -> bool:
    try:
        return truth(value)
    except ValueError:
        return bool(value)


def _mandatory(value: Any, message: str = "A value that must be there is not.") -> Any:
    if isinstance(value, Undefined):
        raise TemplateError(message)
    return value


def _combine(*tables: Any) -> dict[Any, Any]:
    combined: dict[Any, Any] = {}
    for table in tables:
        combined.update(table)
    return combined


def _random(end: Any, start: int = 0, seed: Any = None) -> Any:
    source = random.Random(seed) if seed is not None else random.SystemRandom()  # noqa: S311
    return source.randrange(start, end) if isinstance(end, int) else source.choice(list(end))


def _strftime(form: str, second: float | None = None) -> str:
    return (datetime.fromtimestamp(second) if second is not None else datetime.now()).strftime(form)


FILTERS: dict[str, Callable[..., Any]] = {
    "to_nice_yaml": lambda value, **options: _yaml(value, flow=False, **options),
    "to_yaml": lambda value, **options: _yaml(value, flow=None, **options),
    "from_yaml": _from_yaml,
    "to_json": lambda value: json.dumps(_plain(value), ensure_ascii=False),
    "to_nice_json": lambda value, indent=4: json.dumps(
        _plain(value), ensure_ascii=False, indent=indent, sort_keys=True
    ),
    "from_json": json.loads,
    "regex_replace": _replace,
    "regex_search": _search,
    "regex_findall": _findall,
    "regex_escape": lambda text: re.escape(str(text)),
    "hash": _hash,
    "md5": lambda text: _hash(text, "md5"),
    "sha1": lambda text: _hash(text, "sha1"),
    "to_uuid": lambda text: str(uuid.uuid5(uuid.NAMESPACE_DNS, str(text))),
    "b64encode": lambda text: base64.b64encode(str(text).encode()).decode(),
    "b64decode": lambda text: base64.b64decode(str(text)).decode(),
    "bool": _truthy,
    "ternary": lambda value, yes, no="": yes if value else no,
    "mandatory": _mandatory,
    "combine": _combine,
    "quote": lambda text: shlex.quote(str(text)),
    "basename": lambda path: posixpath.basename(str(path)),
    "dirname": lambda path: posixpath.dirname(str(path)),
    "splitext": lambda path: posixpath.splitext(str(path)),
    "strftime": _strftime,
    "ans_random": _random,
}
