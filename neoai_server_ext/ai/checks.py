"""Checks code that a model wrote: whether it can be read, holds secrets, or does what is risky."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import sysconfig
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from shutil import which
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Literal

from ..grammars import ALIASES, LANGUAGES, MAGIC, parsed
from ..logs import logger
from . import secretscan

if TYPE_CHECKING:
    import tree_sitter

Kind = Literal["syntax", "secret", "risk"]
Severity = Literal["error", "warning", "info"]

MAX_CHARS = 200_000
MOST = 50
RUFF_S = 5.0
OPENING = re.compile(r"^( {0,3})(`{3,}|~{3,})[ \t]*([^`\s]*)[^`]*$")
# Asserts are how tests are written, passing over an error is a matter of taste, and secrets are
# found by the scan.
IGNORED = "S101,S105,S106,S107,S110,S112,S311"
RISKS = ("--select", "S", "--ignore", IGNORED, "--ignore-noqa")

log = logger("ai")


@dataclass(frozen=True)
class Check:
    """A finding; `line` counts from 1 in what was checked, None where it is about all of it."""

    kind: Kind
    severity: Severity
    message: str
    line: int | None = None


@dataclass(frozen=True)
class CodeBlock:
    """A fenced block; its first line of code is `line` of the Markdown, from 1."""

    language: str
    code: str
    line: int


async def check(code: str, language: str) -> list[Check]:
    """What is found in code, by line; of an unknown language, secrets alone.

    Bounded in time, and the event loop goes on meanwhile.
    """
    if len(code) > MAX_CHARS:
        size = f"{MAX_CHARS:,}"
        return [Check("syntax", "info", f"The code has over {size} characters: not checked.")]
    name = ALIASES.get(language.lower(), language.lower())
    work = [asyncio.to_thread(_secrets, code)]
    if name in LANGUAGES:
        source = without_magics(code) if name == "python" else code
        work.append(asyncio.to_thread(syntax, source, name))
        if name == "python":
            work.append(_risks(source))
    found = [finding for findings in await asyncio.gather(*work) for finding in findings]
    return sorted(found, key=lambda finding: (finding.line or 0, finding.kind))[:MOST]


async def check_reply(markdown: str) -> list[Check]:
    """What is found in the code blocks of a reply; the lines are those of the Markdown."""
    found = [
        replace(finding, line=block.line + (finding.line or 1) - 1)
        async for block, finding in _in_blocks(markdown)
    ]
    return found[:MOST]


async def remarks(markdown: str) -> list[str]:
    """What is found in the code blocks of a reply, in a line each for a person."""
    return [
        f"{block.language or 'code'}, line {finding.line}: {finding.message}"
        async for block, finding in _in_blocks(markdown)
        if finding.severity != "info"
    ]


async def _in_blocks(markdown: str) -> AsyncIterator[tuple[CodeBlock, Check]]:
    for block in code_blocks(markdown):
        for finding in await check(block.code, block.language):
            yield block, finding


def code_blocks(markdown: str) -> list[CodeBlock]:
    """The fenced blocks; one that is not closed goes to the end, as CommonMark has it."""
    blocks: list[CodeBlock] = []
    lines = markdown.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        opening = OPENING.match(lines[at].rstrip("\r\n"))
        at += 1
        if opening is None:
            continue
        indent, fence, language = opening.groups()
        first = at
        closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
        while at < len(lines) and not closing.match(lines[at].rstrip("\r\n")):
            at += 1
        code = "".join(_outdented(line, len(indent)) for line in lines[first:at])
        blocks.append(CodeBlock(language, code, first + 1))
        at += 1
    return blocks


def _outdented(line: str, width: int) -> str:
    spaces = len(line) - len(line.lstrip(" "))
    return line[min(spaces, width) :]


def _secrets(code: str) -> list[Check]:
    return [
        Check(
            "secret",
            "error",
            f"This looks like a secret ({secret.kind}). Keep it in the environment or a file.",
            _line(code, secret.start),
        )
        for secret in secretscan.find(code)
    ]


def without_magics(code: str) -> str:
    """Lines of IPython become `pass`; a cell of another language becomes nothing. A method that is
    shown alone is read as it would be at the margin."""
    if code.lstrip().startswith("%%"):
        return ""
    return MAGIC.sub(r"\1pass", dedent(code))


def syntax(code: str, language: str) -> list[Check]:
    """The first places at which it cannot be read; a language of LANGUAGES. Blocks."""
    root = parsed(code, language)
    if root is None:
        return [Check("syntax", "info", "The code takes too long to read: not checked.")]
    rows = dict.fromkeys(_broken(root))
    return [
        Check("syntax", "error", f"This is no valid {language}: {what}.", row + 1)
        for row, what in list(rows)[:5]
    ]


def _broken(root: tree_sitter.Node) -> Iterator[tuple[int, str]]:
    """The rows of the outermost errors, and what is wrong there."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_missing:
            yield node.start_point.row, f"`{node.type}` is missing"
        elif node.is_error:
            text = (node.text or b"").decode("utf-8", "replace").strip().split("\n")[0][:40]
            yield node.start_point.row, f"unexpected `{text}`" if text else "it breaks off"
        elif node.has_error:
            waiting.extend(reversed(node.children))


async def _risks(code: str) -> list[Check]:
    """Ruff's security rules. What is no Python it does not judge."""
    return [
        Check("risk", "warning", f"{message} ({rule})", row)
        for row, rule, message in await ruff(code, *RISKS)
        if rule.startswith("S")
    ]


async def ruff(code: str, *options: str) -> list[tuple[int, str, str]]:
    """What ruff says of Python code: the line from 1, the rule and the message."""
    program = _ruff_program()
    if program is None:
        return []
    arguments = ("check", "--isolated", "--no-cache", "--quiet", "--exit-zero")
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        *options,
        "--output-format",
        "json",
        "--stdin-filename",
        "reply.py",
        "-",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        source = code.encode("utf-8", "replace")
        output, _ = await asyncio.wait_for(process.communicate(source), RUFF_S)
        findings: list[dict[str, Any]] = json.loads(output or b"[]")
    except (TimeoutError, ValueError) as error:
        log.warning("ruff gave no findings: %r", error)
        return []
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return [
        (found["location"]["row"], str(found.get("code") or ""), str(found["message"]))
        for found in findings
    ]


@cache
def _ruff_program() -> str | None:
    """Ruff as it was installed with us, else the PATH's."""
    beside = [Path(sysconfig.get_path("scripts")), Path(sys.executable).parent]
    return which("ruff", path=":".join(map(str, beside))) or which("ruff")


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
