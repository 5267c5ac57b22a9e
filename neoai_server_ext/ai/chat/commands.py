"""What is asked of NeoAI with a slash: each command fills one of the prompts.

What a command works on is, in this order: code in the message itself, a file that the message
names, what is attached, the selection, the cell in front, the open file.
"""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...projects.service import ProjectService
from ..context import Part
from ..prompts import Library
from ..prompts.chat import LANGUAGES
from .seat import Seat

COMMAND = re.compile(r"\s*/(?P<name>[A-Za-z][\w-]*)(?:\s+(?P<rest>.*))?\s*\Z", re.DOTALL)
FENCED = re.compile(r"^```(?P<language>[\w+#.-]*)[^\n]*\n(?P<code>.*?)^```", re.M | re.DOTALL)
TRACEBACK = re.compile(r"Traceback \(most recent call last\)|^\w*(?:Error|Exception)\b", re.M)
MOST_BYTES = 400_000
WORKABLE = frozenset({"selection", "attachment", "file"})
NO_CODE = (
    "There is no code to work on. Select some or put the cursor into a cell, attach a file with "
    "the paper clip, or name one: `/{name} path/to/file.py`."
)
NO_ERROR = (
    "No error is known. Run the cell that fails and ask again with it in front, paste the "
    "traceback, or say what is wrong: `/fix it returns None for an empty list`."
)
NO_CHANGE = "Nothing has changed since the last commit."
NO_PROJECT = (
    "This chat lies in no project, so there are no changes to look at. Open one from the "
    "Projects panel: *Ask NeoAI about Project*."
)


@dataclass(frozen=True)
class Command:
    """A command as the completion lists it. prompt: which one it fills; takes: what may follow."""

    name: str
    prompt: str
    does: str
    takes: str = ""


COMMANDS = (
    Command("explain", "explain", "Explain the code", "a question"),
    Command("fix", "fix-error", "Find the cause of an error and mend it", "what is wrong"),
    Command("test", "test", "Write tests for the code", "what matters"),
    Command("doc", "document", "Write the code's documentation", "what matters"),
    Command("refactor", "refactor", "Improve the structure of the code", "the goal"),
    Command("review", "review", "Review the uncommitted changes", "what they are meant to do"),
    Command("commit", "commit-message", "Write the message of the next commit", "a hint"),
    Command("search", "", "Search the project; no model is asked", "words"),
    Command("help", "", "List the commands"),
)
BY_NAME = {command.name: command for command in COMMANDS}


class Empty(Exception):
    """There is nothing to work on; says what to do."""


@dataclass(frozen=True)
class Filled:
    """What a model is asked in place of the command, what passages are looked up by, and which of
    the parts stand in it already."""

    prompt: str
    query: str
    used: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Call:
    """A command as it was given."""

    command: Command
    rest: str


def parsed(body: str) -> Call | None:
    """The command of a message, where it begins with one."""
    found = COMMAND.match(body)
    command = BY_NAME.get(found["name"].lower()) if found else None
    return Call(command, (found["rest"] or "").strip()) if command and found else None


def meant(body: str) -> str:
    """Which command a message's first word is a slip of; empty where of none."""
    found = COMMAND.match(body)
    close = difflib.get_close_matches(found["name"].lower(), BY_NAME, 1, 0.7) if found else []
    return close[0] if close else ""


def listed() -> str:
    """All commands, for people."""
    lines = ["| Command | What it does |", "| --- | --- |"]
    for command in COMMANDS:
        takes = f" *{command.takes}*" if command.takes else ""
        lines.append(f"| `/{command.name}`{takes} | {command.does} |")
    about = (
        "They work on what is selected, on the cell or file in front, or on what you attach; "
        "`/review` and `/commit` on what is staged, else on all changes. What is in italics may be "
        "left out."
    )
    return "\n".join(lines) + f"\n\n{about}"


async def filled(
    call: Call, seat: Seat, parts: Sequence[Part], error: str, projects: ProjectService
) -> Filled:
    """What the command asks. error: of the cell in front. Raises Empty; PromptError where a prompt
    of the project's own has a mistake; and as Entries.changes."""
    library = Library(seat.place.read)
    if call.command.prompt in ("review", "commit-message"):
        return await _of_changes(call, seat, projects, library)
    part, rest = await _subject(call, seat, parts)
    if part is None:
        raise Empty(NO_CODE.format(name=call.command.name))
    path = part.name.partition(":")[0] if part.kind == "selection" else part.name
    values: dict[str, Any] = {
        "code": part.text,
        "language": part.language or _language(path),
        "path": path,
    }
    if call.command.name == "fix":
        values["error"] = _error(rest, error, parts)
        rest = "" if values["error"] == rest else rest
    elif call.command.name == "explain":
        values["question"], rest = rest, ""
    elif call.command.name == "refactor":
        values["goal"], rest = rest, ""
    prompt = await library.fill(call.command.prompt, values)
    if rest:
        prompt += f"\n\n# What the user says of it\n\n{rest}\n"
    return Filled(prompt, f"{call.rest}\n{part.text[:2000]}", (part,))


async def _of_changes(call: Call, seat: Seat, projects: ProjectService, library: Library) -> Filled:
    if seat.place.project_id is None:
        raise Empty(NO_PROJECT)
    found = await projects.entries.changes(seat.place.project_id, seat.place.hidden)
    if not found.diff.strip():
        new = found.untracked
        files = f"{new} new file{'s are' if new > 1 else ' is'} not tracked: " if new else ""
        raise Empty(f"{NO_CHANGE} {files}{'`git add` what belongs to it.' if new else ''}".strip())
    values: dict[str, Any] = {"diff": found.diff}
    if call.command.name == "review":
        values["intent"] = call.rest
    else:
        values |= {"recent": list(found.recent), "hint": call.rest}
    prompt = await library.fill(call.command.prompt, values)
    if found.is_cut:
        prompt += "\n\nThe change is longer; what follows was cut off. Say so.\n"
    return Filled(prompt, "")


async def _subject(call: Call, seat: Seat, parts: Sequence[Part]) -> tuple[Part | None, str]:
    """What the command works on, and what else the message says."""
    fenced = FENCED.search(call.rest)
    is_error = call.command.name == "fix" and fenced and TRACEBACK.search(fenced["code"])
    if fenced is not None and not is_error:
        rest = call.rest[: fenced.start()] + call.rest[fenced.end() :]
        return Part("attachment", "", fenced["code"], fenced["language"]), rest.strip()
    word, _, others = call.rest.partition(" ")
    named = await asyncio.to_thread(_named, word, seat)
    if named is not None:
        return named, others.strip()
    return next((p for p in parts if p.kind in WORKABLE and p.text.strip()), None), call.rest


def _named(word: str, seat: Seat) -> Part | None:
    path = word.strip("`'\"").removeprefix(seat.above)
    if not path or ("." not in path and "/" not in path):
        return None
    try:
        content = seat.place.read(path, MOST_BYTES)
    except (OSError, RuntimeError, ValueError):
        return None
    return (
        None if b"\0" in content else Part("attachment", path, content.decode("utf-8", "replace"))
    )


def _error(rest: str, error: str, parts: Sequence[Part]) -> str:
    if TRACEBACK.search(rest):
        return rest
    problems = "\n".join(part.text for part in parts if part.kind == "diagnostics" and part.text)
    found = error or rest or problems
    if not found:
        raise Empty(NO_ERROR)
    return found


def _language(path: str) -> str:
    suffix = path.rpartition(".")[2].lower() if "." in path.rpartition("/")[2] else ""
    return "python" if suffix == "ipynb" else LANGUAGES.get(suffix, suffix) or "programming"
