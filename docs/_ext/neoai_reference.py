"""Directives that list the settings, the REST operations and the commands from the code itself."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from neoai_server_ext.app import NeoAIApp
from neoai_server_ext.extension import NeoAIExtension
from neoai_server_ext.http.openapi import document


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


def setup(app: Any) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("neoai-settings", SettingsDirective)
    app.add_directive("neoai-endpoints", EndpointsDirective)
    app.add_directive("neoai-commands", CommandsDirective)
    return {"parallel_read_safe": True}
