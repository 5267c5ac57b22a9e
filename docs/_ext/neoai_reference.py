"""Directives that list the settings, the REST operations and the commands from the code itself."""

from __future__ import annotations

import inspect
import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from docutils import nodes
from pydantic import BaseModel
from sphinx.util.docutils import SphinxDirective

from neoai_hub.config import HubSettings
from neoai_server_ext.app import NeoAIApp
from neoai_server_ext.extension import NeoAIExtension
from neoai_server_ext.http.openapi import document
from neoai_spawners.profiles import Catalogue


def configurable_classes() -> list[type]:
    """Our classes with settings, the extension first."""
    ours = [cls for cls in NeoAIExtension.classes if cls.__module__.startswith("neoai_")]
    return [NeoAIExtension, *ours]


def settings_of(cls: type) -> dict[str, Any]:
    """The settings that a class itself defines, by name."""
    return dict(sorted(cls.class_own_traits(config=True).items()))


class MarkdownDirective(SphinxDirective):
    """A directive whose content is Markdown made from the code."""

    has_content = False

    @abstractmethod
    def markdown(self) -> list[str]:
        """The lines to be parsed in the directive's place."""

    def run(self) -> list[nodes.Node]:
        """Parse the made lines."""
        return self.parse_text_to_nodes("\n".join(self.markdown()), allow_section_headings=True)


class SettingsDirective(MarkdownDirective):
    """Every trait, with its type, default and help."""

    def markdown(self) -> list[str]:
        lines = []
        for cls in configurable_classes():
            lines += [f"## {cls.__name__}", ""]
            for name, trait in settings_of(cls).items():
                help_text = inspect.cleandoc(" ".join((trait.help or "").split()))
                default = trait.default_value_repr() if trait.default_value is not None else "unset"
                kind = type(trait).__name__
                lines += [
                    f"`c.{cls.__name__}.{name}` ({kind}, default `{default}`)",
                    f": {help_text}",
                    "",
                ]
        return lines


class EndpointsDirective(MarkdownDirective):
    """Every REST operation."""

    def markdown(self) -> list[str]:
        api = document(NeoAIExtension().routes)
        groups: dict[str, list[str]] = {}
        for path, entry in api["paths"].items():
            for method, described in entry.items():
                line = f"`{method.upper()} {path}`\n: {described['summary']}."
                if described.get("description"):
                    line += f" {described['description']}"
                groups.setdefault(described["tags"][0], []).append(line + "\n")
        lines = []
        for tag in sorted(groups):
            lines += [f"## {tag}", "", *groups[tag]]
        return lines


class CommandsDirective(MarkdownDirective):
    """Every `jupyter neoai …` command and its flags."""

    def markdown(self) -> list[str]:
        lines = []
        for name, (cls, help_text) in NeoAIApp.subcommands.items():
            lines += [f"## `jupyter neoai {name}`", "", help_text, ""]
            lines += ["```", *cls.examples.splitlines(), "```", ""]
            for flag, (_, flag_help) in cls.flags.items():
                if flag != "debug":
                    lines += [f"`--{flag}`", f": {flag_help}", ""]
            for alias, trait in vars(cls).get("aliases", {}).items():
                said = cls.class_traits()[trait.partition(".")[2]].help
                lines += [f"`--{alias}=…`", f": {said}", ""]
        return lines


class HubSettingsDirective(MarkdownDirective):
    """Every setting of a hub, with its default and what it does."""

    def markdown(self) -> list[str]:
        lines = []
        for key, field in hub_settings(HubSettings):
            required = field.is_required()
            default = "required" if required else f"default `{_toml(field.get_default())}`"
            lines += [f"`{key}` ({default})", f": {field.description or key}", ""]
        return lines


def hub_settings(model: type[BaseModel], at: str = "") -> list[tuple[str, Any]]:
    """Each key of the settings file with its field, tables opened."""
    found: list[tuple[str, Any]] = []
    for name, field in model.model_fields.items():
        key = f"{at}{name}"
        inner = _table(field.annotation)
        if inner is None or inner is Catalogue:
            found.append((key, field))
        else:
            found += hub_settings(inner, f"{key}.")
    return found


def _table(annotation: Any) -> type[BaseModel] | None:
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return None if get_origin(annotation) in (list, tuple, Mapping) else kind
    return None


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, BaseModel):
        return "{…}"
    return json.dumps(value, default=str)


def setup(app: Any) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("neoai-settings", SettingsDirective)
    app.add_directive("neoai-endpoints", EndpointsDirective)
    app.add_directive("neoai-commands", CommandsDirective)
    app.add_directive("neoai-hub-settings", HubSettingsDirective)
    return {"parallel_read_safe": True}
