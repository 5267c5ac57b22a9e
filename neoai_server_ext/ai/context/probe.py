"""Runs in the user's kernel and tells the variables: names, types, shapes and short values.

It is sent there as text and needs Python's own library alone. It runs no code of the user's: no
`__repr__`, `__len__`, property or comparison of a class that is not Python's or a known library's,
so nothing that a variable is can break it, hold it up or be changed by it.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import time
import types
from typing import Any

SECONDS = 0.3
MOST = 200
CHARS = 1000
ITEMS = 5
COLUMNS = 40
DEPTH = 2
DIGITS = 256
ALL_CHARS = 60_000
BRACKETS = {id(list): ("[", "]"), id(tuple): ("(", ")")}
LIBRARIES = ("numpy", "pandas", "polars", "torch", "tensorflow", "jax", "jaxlib", "scipy", "xarray")
SECRET_NAME = re.compile(
    r"passw|passphrase|(?:^|_)(?:pass|pwd|auth)(?:$|_)|secret|token(?!s|iz)|credential|authoriz"
    r"|bearer|cookie|dsn|(?:api|access|private|signing|encryption|account)_?key|connection_?string",
    re.IGNORECASE,
)
WITHHELD = "[redacted: by its name]"

_name_of = type.__dict__["__qualname__"].__get__
_module_of = type.__dict__["__module__"].__get__
_mro_of = type.__dict__["__mro__"].__get__


def answer() -> str:
    """The variables as JSON: `{items: [{name, type, value}], modules, left}`, the newest names
    first; `left` counts those that were left out."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    hidden = shell.user_ns_hidden
    ends = time.monotonic() + SECONDS
    items: list[dict[str, str]] = []
    modules: list[str] = []
    size = left = 0
    for name, value in reversed(list(shell.user_ns.items())):
        if type(name) is not str or name.startswith("_"):
            continue
        if name in hidden and hidden[name] is value:
            continue
        if type(value) is types.ModuleType:
            modules.append(name)
        elif len(items) == MOST or size > ALL_CHARS or time.monotonic() > ends:
            left += 1
        else:
            item = described(name, value)
            size += sum(map(len, item.values()))
            items.append(item)
    return json.dumps({"items": items, "modules": modules[:MOST], "left": left})


def described(name: str, value: Any) -> dict[str, str]:
    """A variable; one whose name says that it is a secret keeps its value to itself."""
    kind = type(value)
    told = {"name": name, "type": _named(kind), "value": ""}
    try:
        if SECRET_NAME.search(name) and not _is(kind, bool, int, float, type(None)):
            told["value"] = WITHHELD
        elif kind is types.FunctionType:
            told["value"] = _signature(value)
        elif _library(kind):
            told["value"] = "; ".join(_details(kind, value))
        else:
            told["value"] = shown(value)
    except Exception:  # what a library cannot say of its own object
        told["value"] = ""
    return told


def shown(value: Any, depth: int = 0) -> str:
    """A short value of what is Python's own; of anything else nothing, or within it the type."""
    kind = type(value)
    if _is(kind, bool, float, complex, range, type(None)):
        return repr(value)
    if kind is int:
        bits = value.bit_length()
        return repr(value) if bits <= DIGITS else f"<int of {bits} bits>"
    if kind is str:
        return repr(value[:CHARS]) + ("…" if len(value) > CHARS else "")
    if _is(kind, bytes, bytearray):
        return repr(bytes(value[:CHARS])) + ("…" if len(value) > CHARS else "")
    if _is(kind, list, tuple, set, frozenset, dict):
        return _contents(kind, value, depth)
    return f"<{_named(kind)}>" if depth else ""


def _contents(kind: type, value: Any, depth: int) -> str:
    said = f"{len(value)} items: " if len(value) > ITEMS else ""
    opening, closing = BRACKETS.get(id(kind), ("{", "}"))
    if depth == DEPTH:
        return f"{opening}…{closing}" if len(value) else opening + closing
    if kind is dict:
        inner = [
            f"{shown(key, depth + 1)}: {_value_of(key, each, depth)}"
            for key, each in itertools.islice(value.items(), ITEMS)
        ]
    else:
        inner = [shown(each, depth + 1) for each in itertools.islice(value, ITEMS)]
    more = ", …" if len(value) > ITEMS else ""
    return said + opening + ", ".join(inner) + more + closing


def _value_of(key: Any, value: Any, depth: int) -> str:
    is_secret = type(key) is str and SECRET_NAME.search(key) is not None
    return WITHHELD if is_secret else shown(value, depth + 1)


def _details(kind: type, value: Any) -> list[str]:
    """What numpy's, pandas' and the like say of shape, type and columns; of few numbers, them.
    A column is an attribute too, so only what the class has is asked for."""
    found = []
    if hasattr(kind, "shape"):
        found.append(f"shape {tuple(value.shape)}")
    if hasattr(kind, "dtype"):
        found.append(f"dtype {str(value.dtype)[:60]}")
    if hasattr(kind, "device") and _module_of(kind) != "numpy":
        found.append(f"device {str(value.device)[:60]}")
    if hasattr(kind, "columns") and hasattr(kind, "dtypes"):
        found.append("columns " + _columns(value))
    if _module_of(kind) == "numpy" and hasattr(kind, "flat") and value.dtype.kind in "biufc":
        few = value.flat[:ITEMS].tolist() if value.shape else [value.item()]
        found.append("values " + ", ".join(map(repr, few)) + (", …" if value.size > ITEMS else ""))
    return found


def _columns(frame: Any) -> str:
    names = [shown(column, 1) for column in list(frame.columns[:COLUMNS])]
    kinds = [str(kind)[:30] for kind in list(frame.dtypes[:COLUMNS])]
    said = ", ".join(f"{name} {kind}" for name, kind in zip(names, kinds, strict=True))
    return said + (", …" if len(frame.columns) > COLUMNS else "")


def _signature(function: Any) -> str:
    """The names of its arguments: defaults and annotations are objects of the user's."""
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & 4) + bool(code.co_flags & 8)
    return "(" + ", ".join(code.co_varnames[:count]) + ")"


def _library(kind: type) -> bool:
    module = _module_of(kind)
    root = module.split(".")[0] if type(module) is str else ""
    return root in LIBRARIES and root in sys.modules


def _named(kind: type) -> str:
    """A type with its library, and for one of the user's what it is made from."""
    names = []
    for base in _mro_of(kind)[:-1]:
        module, name = _module_of(base), _name_of(base)
        is_own = type(module) is str and module == "__main__"
        is_plain = is_own or type(module) is not str or module == "builtins"
        names.append(name if is_plain else f"{module.split('.')[0]}.{name}")
        if not is_own:
            break
    made_from = f" ({', '.join(names[1:])})" if names[1:] else ""
    return f"{names[0]}{made_from}" if names else "object"


def _is(kind: type, *others: type) -> bool:
    """By identity: a metaclass may have its own idea of equality."""
    return any(kind is other for other in others)
