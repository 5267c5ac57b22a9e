"""A prompt: front matter that says what it takes, and a Jinja2 template that cannot do harm.

A project's own prompts may come from anybody, so the language is cut down to what bounds its work:
values, conditions, one level of loops, and the filters below. There are no calls, no arithmetic
that multiplies, no assignments and no macros.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import yaml
from jinja2 import TemplateSyntaxError, nodes
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ... import errors
from .filling import ENVIRONMENT, CannotFill, filled, filled_apart

Kind = Literal["string", "integer", "boolean", "list"]

MAX_CHARS = 64_000
FRONT = re.compile(r"\A---\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
TYPES: dict[Kind, type] = {"string": str, "integer": int, "boolean": bool, "list": list}
ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.For,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Test,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Compare,
    nodes.Operand,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Concat,
    nodes.List,
    nodes.Tuple,
)


class PromptError(errors.Invalid):
    """A prompt that cannot be used: the detail names its file and line."""

    code = "bad-prompt"

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}", path=file, line=line)


class Variable(BaseModel):
    """What a prompt takes; one without a default must be given."""

    model_config = ConfigDict(extra="forbid")

    type: Kind
    description: str
    default: str | int | bool | list[str] | None = None

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is None


class FrontMatter(BaseModel):
    """What stands at the head of one of NeoAI's prompts."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    title: str
    task: Literal["chat", "completion", "edit", "plan", "summarise"]
    description: str
    variables: dict[str, Variable]


class OwnFrontMatter(BaseModel):
    """What may stand at the head of a project's own: NeoAI gives the variables."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    title: str = ""
    description: str = ""


@dataclass(frozen=True)
class Prompt:
    """A prompt that is ready. file: what errors name; first_line: of its text in the file; is_own:
    whether it is a project's, which is filled in apart."""

    about: FrontMatter
    text: str
    file: str
    first_line: int
    is_own: bool = False

    def render(self, **values: Any) -> str:
        """The prompt with its variables filled in.

        Raises PromptError for values that are missing, unknown or of another type, and for what
        goes wrong in the template.
        """
        given = self._complete(values)
        fill = filled_apart if self.is_own else filled
        try:
            text = fill(self.text, given)
        except CannotFill as problem:
            line = self.first_line + problem.line - 1
            raise self._error(line, f"{problem}") from None
        return text.strip() + "\n"

    def _complete(self, values: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(values.keys() - self.about.variables.keys())
        if unknown:
            raise self._error(1, f"The prompt takes no variable `{unknown[0]}`.")
        given: dict[str, Any] = {}
        for name, variable in self.about.variables.items():
            value = values.get(name, variable.default)
            if type(value) is not TYPES[variable.type]:
                raise self._error(1, f"The variable `{name}` must be given as {variable.type}.")
            given[name] = value
        return given

    def _error(self, line: int, what: str) -> PromptError:
        return PromptError(self.file, line, what)


def read(source: str, file: str, builtin: FrontMatter | None = None) -> Prompt:
    """A prompt from its file's text.

    builtin: where it is a project's own, what it stands for: it gives the name and variables.
    Raises PromptError, which names `file` and the line.
    """
    if len(source) > MAX_CHARS:
        raise PromptError(file, 1, f"A prompt has at most {MAX_CHARS} characters.")
    front = FRONT.match(source)
    text = source[front.end() :] if front else source
    first_line = source.count("\n", 0, front.end()) + 1 if front else 1
    head = _head(front[1] if front else "", file)
    try:
        if builtin is None:
            about = FrontMatter.model_validate(head)
        else:
            own = OwnFrontMatter.model_validate(head)
            named = {key: value for key, value in own.model_dump().items() if value}
            about = builtin.model_copy(update={**named, "name": builtin.name})
    except ValidationError as error:
        first = error.errors()[0]
        where = [str(part) for part in first["loc"]]
        raise PromptError(
            file, _line_of(source, where), f"{'.'.join(where)}: {first['msg']}"
        ) from None
    _check(text, about.variables, file, first_line)
    return Prompt(about, text, file, first_line, is_own=builtin is not None)


def _head(front: str, file: str) -> dict[str, Any]:
    try:
        head = yaml.safe_load(front)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark is not None else 1
        what = getattr(error, "problem", None) or "it cannot be read"
        raise PromptError(file, line, f"The front matter is no YAML: {what}.") from None
    except RecursionError:
        raise PromptError(file, 1, "The front matter is nested too deeply.") from None
    if not isinstance(head, dict | None):
        raise PromptError(file, 2, "The front matter must be `key: value` lines.")
    return {str(key): value for key, value in (head or {}).items()}


def _line_of(source: str, where: list[str]) -> int:
    """The line of a key of the front matter, the deepest that is there."""
    line, lines = 1, source.split("\n")
    for key in where:
        for number, content in enumerate(lines[line:], line + 1):
            if content.strip().startswith(f"{key}:"):
                line = number
                break
    return line


def _check(text: str, variables: Iterable[str], file: str, first_line: int) -> None:
    """Raise PromptError for what is not in the language."""
    try:
        tree = ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        line = first_line + error.lineno - 1
        raise PromptError(file, line, error.message or "It cannot be read.") from None
    except RecursionError:
        raise PromptError(file, first_line, "The template is nested too deeply.") from None
    try:
        _visit(tree, frozenset(variables), 0)
    except _NotAllowed as problem:
        raise PromptError(file, first_line + problem.line - 1, str(problem)) from None


class _NotAllowed(Exception):
    def __init__(self, node: nodes.Node, what: str) -> None:
        super().__init__(what)
        self.line = node.lineno


def _visit(node: nodes.Node, known: frozenset[str], loops: int) -> None:
    if not isinstance(node, ALLOWED):
        raise _NotAllowed(node, f"`{type(node).__name__.lower()}` is not used in prompts.")
    if isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in known:
        raise _NotAllowed(node, f"There is no variable `{node.name}` here.")
    if isinstance(node, nodes.Filter) and node.name not in ENVIRONMENT.filters:
        raise _NotAllowed(node, f"There is no filter `{node.name}` here.")
    if isinstance(node, nodes.For):
        if loops or node.recursive:
            raise _NotAllowed(node, "A loop does not stand in another one.")
        _visit(node.iter, known, 1)
        inside = known | {"loop", *(name.name for name in node.target.find_all(nodes.Name))}
        if isinstance(node.target, nodes.Name):
            inside |= {node.target.name}
        for part in (*node.body, *filter(None, [node.test])):
            _visit(part, inside, 1)
        for part in node.else_:
            _visit(part, known, loops)
        return
    for child in node.iter_child_nodes():
        _visit(child, known, loops)
