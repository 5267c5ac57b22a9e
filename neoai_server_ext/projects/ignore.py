"""What `.gitignore` files leave out, by gitignore(5): nested files, negation, `.git/info/exclude`.

What git tracks in spite of a pattern is left out all the same: only the patterns count, as in
`git check-ignore --no-index`. The user's global excludes file is not read. Jupyter's own copies are
left out without being asked.
"""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import globs

FILE = ".gitignore"
OWN_FILE = ".neoaiignore"
"""What git has and the search and the AI shall not look at."""
MAX_BYTES = 1 << 20
BOM = "\ufeff"

_serial = itertools.count()


@dataclass(frozen=True)
class Rule:
    """One line: its pattern, whether it includes again (`!`), and whether it wants a folder."""

    components: globs.Components
    negated: bool = False
    folders_only: bool = False
    serial: int = field(default_factory=lambda: next(_serial))


State = tuple[Rule, int]


class Level:
    """The rules as they stand inside one folder: which of their components its entries meet.

    Levels are shared: folders in which the same positions apply have the same level.
    """

    def __init__(self, states: Iterable[State] = ()) -> None:
        self._states = tuple(sorted(states, key=lambda state: (state[0].serial, state[1])))
        self._next: dict[tuple[State, ...], Level] = {}
        last = [
            (rule, component)
            for rule, position in self._states
            if position == len(rule.components) - 1
            and (component := rule.components[position]) is not None
        ]
        self._last = [
            (rule.negated, rule.folders_only, globs.matcher(component))
            for rule, component in reversed(last)
        ]
        self.names = globs.Names.of([component for _, component in last])

    @cached_property
    def _staying(self) -> list[State]:
        """Positions that hold in every folder below: those at `**`, and what may follow it."""
        return [
            following
            for rule, position in self._states
            if rule.components[position] is None
            for following in _closure(rule, position)
        ]

    @cached_property
    def _moving(self) -> list[tuple[globs.Matches, State]]:
        """Positions that advance in a folder of a matching name."""
        return [
            (globs.matcher(component), (rule, position + 1))
            for rule, position in self._states
            if position + 1 < len(rule.components)
            and (component := rule.components[position]) is not None
        ]

    def plus(self, rules: Iterable[Rule]) -> Level:
        """This level with a folder's own rules, which come after all others."""
        added = [state for rule in rules for state in _closure(rule, 0)]
        return Level([*self._states, *added]) if added else self

    def enter(self, name: str) -> Level:
        """The level inside the folder `name`."""
        states = list(self._staying)
        for matches, (rule, position) in self._moving:
            if matches(name):
                states.extend(_closure(rule, position))
        key = tuple(dict.fromkeys(states))
        found = self._next.get(key)
        if found is None:
            found = self if set(key) == set(self._states) else Level(key)
            self._next[key] = found
        return found

    def matches(self, name: str, is_folder: bool) -> bool:
        """Whether the last rule that meets this entry leaves it out."""
        if not self.names.match(name):
            return False
        for negated, folders_only, matches in self._last:
            if (is_folder or not folders_only) and matches(name):
                return not negated
        return False


def _closure(rule: Rule, position: int) -> list[State]:
    if rule.components[position] is None:
        return [(rule, position), (rule, position + 1)]
    return [(rule, position)]


def parse(text: str) -> list[Rule]:
    """The rules of an ignore file, in order."""
    rules = []
    for raw in text.removeprefix(BOM).split("\n"):
        line = _trimmed(raw.removesuffix("\r"))
        if not line or line.startswith("#"):
            continue
        negated = line.startswith("!")
        line = line[negated:]
        folders_only = line.endswith("/")
        line = line[: len(line) - folders_only]
        if line:
            rules.append(Rule(globs.split(line), negated, folders_only))
    return rules


def _trimmed(line: str) -> str:
    """Without trailing spaces, except where a backslash keeps one."""
    end = i = 0
    while i < len(line):
        if line[i] == "\\":
            i += 2
            end = min(i, len(line))
        else:
            i += 1
            if line[i - 1] != " ":
                end = i
    return line[:end]


def read(path: str) -> list[Rule]:
    """The rules of the file at `path`: none where there is no readable, regular file (git follows
    no symlink here either)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return []
        return parse(os.fsdecode(file.read(MAX_BYTES)))


BUILT_IN = parse(".ipynb_checkpoints/")
"""Comes before all others, so that `!.ipynb_checkpoints/` takes it back: Jupyter's own copies of
what is open, which nobody wants to find, replace in or export."""


def level_at(root: str) -> Level:
    """The level in a project's folder, with what an enclosing repository says about it.

    Where the repository ignores the project's folder itself, its rules are left aside: the
    folder was registered on purpose.
    """
    repository = _repository(Path(root))
    level = _level_within(root, repository) if repository is not None else None
    return level or Level().plus(BUILT_IN)


def inherits(root: str) -> bool:
    """Whether a repository around a project's folder, not in it, has a say about its files."""
    repository = _repository(Path(root))
    if repository is None or repository == Path(root):
        return False
    return _level_within(root, repository) is not None


def _level_within(root: str, repository: Path) -> Level | None:
    """The level in a folder of a repository; None where the folder itself is left out."""
    level = Level().plus([*BUILT_IN, *read(str(repository / ".git" / "info" / "exclude"))])
    folder = repository
    for name in Path(root).relative_to(repository).parts:
        level = level.plus(read(str(folder / FILE)))
        if level.matches(name, True):
            return None
        level = level.enter(name)
        folder /= name
    return level


def _repository(folder: Path) -> Path | None:
    for candidate in (folder, *folder.parents):
        if os.path.lexists(candidate / ".git"):
            return candidate
    return None
