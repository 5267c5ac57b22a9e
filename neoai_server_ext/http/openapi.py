"""`openapi.json`, made from the same models that the handlers validate with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from .. import __version__
from .base import NeoAIHandler
from .operation import Operation
from .problems import MEDIA_TYPE, Problem
from .routes import PREFIX, Route

METHODS = ("get", "head", "put", "post", "patch", "delete")
REF = "#/components/schemas/{model}"


def operations(route: Route) -> dict[str, Operation]:
    """The documented methods of a route, by lower-case name."""
    found = {}
    for method in METHODS:
        described = getattr(getattr(route.handler, method, None), "operation", None)
        if described is not None:
            found[method] = described
    return found


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes."""
    wanted: set[tuple[type[BaseModel], JsonSchemaMode]] = {(Problem, "serialization")}
    for route in routes:
        for described in operations(route).values():
            if described.body is not None:
                wanted.add((described.body, "validation"))
            if described.reply is not None:
                wanted.add((described.reply, "serialization"))
    ordered = sorted(wanted, key=lambda pair: (pair[0].__name__, pair[1]))
    references, definitions = models_json_schema(ordered, ref_template=REF)
    paths: dict[str, Any] = {}
    for route in sorted(routes, key=lambda r: r.template):
        for method, described in operations(route).items():
            paths.setdefault(route.template, {})[method] = _operation(
                route, method, described, references
            )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "NeoAI",
            "version": __version__,
            "summary": "The REST API of a user's NeoAI server.",
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [{"url": PREFIX, "description": "below the server's base URL"}],
        "security": [{"token": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token …`, Jupyter's own",
                },
                "cookie": {"type": "apiKey", "in": "cookie", "name": "_xsrf"},
            },
        },
    }


def _operation(
    route: Route, method: str, described: Operation, references: dict[Any, Any]
) -> dict[str, Any]:
    reply: dict[str, Any] = {"description": described.summary}
    if described.reply is not None:
        schema = references[(described.reply, "serialization")]
        reply["content"] = {described.media_type: {"schema": schema}}
    elif described.media_type != "application/json":
        reply["content"] = {described.media_type: {"schema": {"type": "string"}}}
    problem = references[(Problem, "serialization")]
    entry: dict[str, Any] = {
        "operationId": _operation_id(route, method),
        "tags": [_tag(route.handler)],
        "summary": described.summary,
        "parameters": [*_path_parameters(route), *_query_parameters(described.query)],
        "responses": {
            str(described.status): reply,
            "default": {
                "description": "A problem (RFC 9457).",
                "content": {MEDIA_TYPE: {"schema": problem}},
            },
        },
    }
    if described.description:
        entry["description"] = described.description
    if described.body is not None:
        schema = references[(described.body, "validation")]
        entry["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    elif described.body_media_type != "application/json":
        entry["requestBody"] = {
            "content": {
                described.body_media_type: {"schema": {"type": "string", "format": "binary"}}
            }
        }
    return entry


def _tag(handler: type[NeoAIHandler]) -> str:
    return str(getattr(handler, "auth_resource", None) or "service").removeprefix("neoai-")


def _operation_id(route: Route, method: str) -> str:
    words = [part.strip("{}") for part in route.template.replace(".", "_").split("/") if part]
    return "_".join([method, *words])


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.parameters
    ]


def _query_parameters(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(mode="validation", ref_template=REF)
    required = set(schema.get("required", ()))
    parameters = []
    for name, property_schema in schema["properties"].items():
        described = dict(property_schema)
        entry = {"name": name, "in": "query", "required": name in required}
        if "description" in described:
            entry["description"] = described.pop("description")
        parameters.append({**entry, "schema": described})
    return parameters
