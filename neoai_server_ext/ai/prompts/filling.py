"""Fills in a template, in this process or in one of its own with limits.

What a project brings may come from anybody: its templates are short programs, and what little the
language has (see `template.py`) is still enough to keep a processor busy for hours. As a program
this file reads `{text, values}` from its input and writes `{text}` or `{line, problem}`. It imports
nothing of ours.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import TemplateRuntimeError
from jinja2.filters import FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_RENDERED = 4_000_000
LIMIT_S = 3
LIMIT_BYTES = 512 << 20
FENCE = re.compile(r"`{3,}")
TOO_MUCH = "The prompt takes too much time or memory."


class CannotFill(Exception):
    """A template that cannot be filled in. line: of its text, from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def fenced(text: str, language: str = "") -> str:
    """The text between fences that it cannot close."""
    longest = max((len(run) for run in FENCE.findall(text)), default=2)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}{language}\n{text}{end}{fence}"


def filled(text: str, values: dict[str, Any]) -> str:
    """The template with its values; raises CannotFill."""
    pieces: list[str] = []
    left = MAX_RENDERED
    template = ENVIRONMENT.from_string(text)
    try:
        for piece in template.generate(values):
            left -= len(piece)
            if left < 0:
                raise CannotFill(1, "The prompt becomes too long.")
            pieces.append(piece)
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise CannotFill(_line(error), f"{error}") from None
    return "".join(pieces)


def filled_apart(text: str, values: dict[str, Any]) -> str:
    """As `filled`, in a process of its own. Blocks for LIMIT_S seconds at most."""
    asked = json.dumps({"text": text, "values": values}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-I", __file__],
            input=asked,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
        told = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise CannotFill(1, TOO_MUCH) from None
    if "text" not in told:
        raise CannotFill(told["line"], told["problem"])
    return str(told["text"])


def _line(error: BaseException) -> int:
    """The template's line that an error came from; Jinja2 maps the frames for tracebacks."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _join(values: list[Any], separator: str = "") -> str:
    """Of lists alone: strings joined by themselves grow without bound."""
    if not isinstance(values, list):
        raise TemplateRuntimeError("`join` takes a list.")
    return separator.join(str(value) for value in values)


class _Environment(ImmutableSandboxedEnvironment):
    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.globals.clear()
        allowed = ("trim", "lower", "upper", "title", "length", "default", "first", "last")
        self.filters = {name: FILTERS[name] for name in allowed}
        self.filters |= {"join": _join, "fence": fenced}


ENVIRONMENT = _Environment()


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
    asked = json.load(sys.stdin)
    try:
        told: dict[str, Any] = {"text": filled(asked["text"], asked["values"])}
    except CannotFill as problem:
        told = {"line": problem.line, "problem": str(problem)}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    _main()
