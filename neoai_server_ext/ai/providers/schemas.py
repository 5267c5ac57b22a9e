"""Whether what a model wrote is JSON that keeps to a schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from .base import Tool, ToolCall, Unusable

MAX_SAID = 200
LONGEST = 4_000_000
"""In characters: longer arguments are not looked at."""


def called(
    id_: str, name: str, said: str | Mapping[str, Any] | None, tools: Sequence[Tool]
) -> ToolCall:
    """A call as the model wrote it; raises Unusable where it is not one of a tool that it has."""
    tool = next((tool for tool in tools if tool.name == name), None)
    if tool is None:
        raise Unusable(f"The model called a tool `{name[:MAX_SAID]}`, which there is not.")
    what = f"The model called `{name}` with arguments that"
    arguments = _parsed(said or "{}", what) if not isinstance(said, Mapping) else dict(said)
    if not isinstance(arguments, dict):
        raise Unusable(f"{what} are no JSON object.")
    _check(arguments, tool.parameters, what)
    return ToolCall(id_, name, arguments)


def check_text(text: str, schema: Mapping[str, Any]) -> None:
    """Raise Unusable unless a text is JSON that keeps to the schema."""
    _check(_parsed(text, "The reply's parts"), schema, "The reply has parts that")


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raise ValueError where a schema is none."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"This is no JSON schema: {error.message[:MAX_SAID]}") from None


def _parsed(text: str, what: str) -> Any:
    if len(text) > LONGEST:
        raise Unusable(f"{what} are too long.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unusable(f"{what} are no JSON.") from None


def _check(value: Any, schema: Mapping[str, Any], what: str) -> None:
    """Nothing that a schema refers to is fetched."""
    registry: Registry[Any] = Registry()
    try:
        Draft202012Validator(schema, registry=registry).validate(value)
    except ValidationError as error:
        place = f" at `{error.json_path}`" if error.path else ""
        said = f"{what} do not keep to the schema{place}: {error.message[:MAX_SAID]}"
        raise Unusable(said) from None
    except (Unresolvable, RecursionError):
        raise Unusable(
            f"{what} cannot be checked: the schema refers to what is not in it."
        ) from None
