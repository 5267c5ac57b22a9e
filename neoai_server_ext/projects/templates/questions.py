"""What a template asks, with the answers so far: which questions there are now, what their defaults
are, and what is wrong with an answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateError as JinjaError

from .copierformat import Config, TemplateError
from .environment import truth

TYPES = ("str", "int", "float", "bool", "yaml", "json", "path")
NAME = "project_name"


@dataclass
class Asked:
    """A question, as it stands with the answers so far."""

    name: str
    type: str
    help: str
    placeholder: str
    secret: bool
    multiline: bool
    multiselect: bool
    required: bool
    active: bool
    """Whether it is asked at all."""
    value: Any = None
    """The answer, or the default where there is none."""
    options: list[dict[str, Any]] | None = None
    error: str = ""


@dataclass
class Answers:
    """Every answer, and the questions that they are to."""

    values: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def wrong(self) -> list[Asked]:
        """The questions that are not answered well."""
        return [question for question in self.asked if question.active and question.error]


class Form:
    """Goes through the questions in order: each may depend on the ones before it."""

    def __init__(self, environment: Any, config: Config, context: dict[str, Any]) -> None:
        self._environment = environment
        self._config = config
        self._context = context

    def fill(self, given: dict[str, Any], name: str) -> Answers:
        """Take the answers that are given and the defaults of the others."""
        answers = Answers()
        unknown = [key for key in given if key not in self._config.questions]
        if unknown:
            raise TemplateError(
                f"The template does not ask for `{unknown[0][:100]}`.", "template-answers"
            )
        for key, question in self._config.questions.items():
            known = {**given, NAME: given.get(NAME, name)} if key == NAME else given
            asked = self._ask(key, question, known, answers.values)
            answers.asked.append(asked)
            if asked.active or "default" in question:
                answers.values[key] = asked.value
        return answers

    def render(self, value: Any, values: dict[str, Any], **more: Any) -> Any:
        """A value with what stands in it in Jinja filled in."""
        if isinstance(value, list):
            return [self.render(item, values, **more) for item in value]
        if not isinstance(value, str):
            return value
        template = self._environment.from_string(value)
        return template.render({**self._context, **values, **more})

    def truth(self, value: Any, values: dict[str, Any], **more: Any) -> bool:
        """A condition."""
        return truth(self.render(value, values, **more))

    def _ask(
        self, name: str, question: dict[str, Any], given: dict[str, Any], values: dict[str, Any]
    ) -> Asked:
        try:
            asked = self._described(name, question, values)
        except (JinjaError, ValueError, TypeError) as error:
            raise TemplateError(f"The question `{name}` cannot be asked: {_said(error)}") from None
        try:
            self._answer(asked, question, given, values)
        except (JinjaError, ValueError, TypeError, OverflowError) as error:
            asked.error = _said(error)
        return asked

    def _described(self, name: str, question: dict[str, Any], values: dict[str, Any]) -> Asked:
        def text(key: str) -> str:
            return str(self.render(question.get(key) or "", values))

        kind = text("type") or _kind_of(question.get("default"))
        if kind not in TYPES:
            raise ValueError(f"there is no type `{kind[:40]}`")
        multiline = self.truth(question.get("multiline", kind in ("yaml", "json")), values)
        return Asked(
            name=name,
            type=kind,
            help=text("help") or name.replace("_", " "),
            placeholder=text("placeholder"),
            secret=name in self._config.secrets,
            multiline=multiline,
            multiselect=bool(question.get("multiselect")),
            required="default" not in question and not question.get("choices"),
            active=self.truth(question.get("when", True), values),
            options=self._options(question, kind, values),
        )

    def _options(
        self, question: dict[str, Any], kind: str, values: dict[str, Any]
    ) -> list[dict[str, Any]] | None:
        choices = question.get("choices")
        if isinstance(choices, str):
            choices = _parsed(str(self.render(choices, values)))
        if not choices:
            return None
        pairs = list(choices.items()) if isinstance(choices, dict) else list(choices)
        options = []
        for pair in pairs:
            label, value = (
                pair if isinstance(pair, list | tuple) and len(pair) == 2 else (pair, pair)
            )
            disabled = ""
            if isinstance(value, dict) and isinstance(pair, list | tuple):
                disabled = str(self.render(value.get("validator") or "", values)).strip()
                value = value.get("value")
            value = cast(self.render(value, values), kind)
            shown = str(self.render(str(label), values))
            options.append({"label": shown, "value": value, "disabled": disabled})
        return options

    def _answer(
        self, asked: Asked, question: dict[str, Any], given: dict[str, Any], values: dict[str, Any]
    ) -> None:
        if asked.active and asked.name in given:
            raw = asked.value = given[asked.name]
        elif "default" in question:
            raw = self.render(question["default"], values)
            if raw is None and asked.type not in ("yaml", "json"):
                raw = "" if asked.type in ("str", "path") and not asked.options else None
        elif asked.multiselect:
            raw = []
        elif asked.options:
            raw = next((o["value"] for o in asked.options if not o["disabled"]), None)
        else:
            asked.value = False if asked.type == "bool" else None
            if asked.active and asked.type in ("str", "path") and question.get("validator"):
                asked.value, asked.required = "", False
                asked.error = self._refused(asked, question, values)
            elif asked.active and asked.type != "bool":
                asked.error = "This must be answered."
            return
        if raw is None and asked.type not in ("yaml", "json"):
            asked.error = "This must be answered." if asked.active else ""
            return
        asked.value = _chosen(asked, raw)
        if asked.active:
            asked.error = self._refused(asked, question, values)

    def _refused(self, asked: Asked, question: dict[str, Any], values: dict[str, Any]) -> str:
        if asked.required and asked.value == "":
            return "This must be answered."
        rule = question.get("validator") or ""
        return str(self.render(rule, {**values, asked.name: asked.value})).strip()[:1000]


def _chosen(asked: Asked, raw: Any) -> Any:
    if not asked.multiselect:
        value = cast(raw, asked.type)
        if asked.options is None:
            return value
        return _option(asked.options, value)
    if isinstance(raw, str):
        raw = _parsed(raw)
    if not isinstance(raw, list):
        raise ValueError("It is no list.")
    chosen = [_option(asked.options or [], cast(item, asked.type)) for item in raw]
    return [option["value"] for option in asked.options or [] if option["value"] in chosen]


def _option(options: list[dict[str, Any]], value: Any) -> Any:
    for option in options:
        if option["value"] == value and type(option["value"]) is type(value):
            if option["disabled"]:
                raise ValueError(option["disabled"])
            return value
    raise ValueError(f"`{str(value)[:100]}` is none of the choices.")


def cast(value: Any, kind: str) -> Any:
    """An answer in the type of its question; raises ValueError."""
    if kind in ("yaml", "json"):
        return (
            (_parsed if kind == "yaml" else json.loads)(value) if isinstance(value, str) else value
        )
    if kind == "bool":
        return truth(value)
    if isinstance(value, bool | list | dict):
        raise ValueError(f"`{json.dumps(value)[:100]}` is not of the type {kind}.")
    if kind in ("str", "path"):
        return str(value)
    try:
        if kind == "float":
            return float(value)
        if isinstance(value, float) and not value.is_integer():
            raise ValueError
        return int(value)
    except ValueError:
        what = "a whole number" if kind == "int" else "a number"
        raise ValueError(f"`{str(value)[:100]}` is not {what}.") from None


def _parsed(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"This cannot be read: {_said(error)}") from None


def _kind_of(default: Any) -> str:
    kind = type(default).__name__
    return kind if kind in TYPES else "yaml"


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__
