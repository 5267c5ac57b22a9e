"""What `.gitignore` files leave out, by gitignore(5): nested files, negation, `.git/info/exclude`.

What git tracks in spite of a pattern is left out all the same: only the patterns count, as in
`git check-ignore --no-index`. The user's global excludes file is not read. Jupyter's own copies are
left out without being asked.
"""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import globs

FILE = ".gitignore"
OWN_FILE = ".neoaiignore"
"""What git has and the search and the AI shall not look at."""
MAX_BYTES = 1 << 20
"""So much of a file is read, in whole lines."""
FEW = 500
"""So many patterns are made into one."""
BOM = "\ufeff"

_serial = itertools.count()


@dataclass(frozen=True, eq=False)
class Rule:
    """One line: its pattern, whether it includes again (`!`), and whether it wants a folder. Each
    is itself alone; those that come later have a greater serial."""

    components: globs.Components
    negated: bool = False
    folders_only: bool = False
    serial: int = field(default_factory=lambda: next(_serial))


State = tuple[Rule, int]


class _Layer:
    """Some of the rules as they stand inside one folder: which of their components its entries
    meet. What is looked up by is made when it is needed first, and once."""

    def __init__(self, states: Iterable[State]) -> None:
        self.states = tuple(states)

    @cached_property
    def staying(self) -> _Layer:
        """What holds in every folder below: the positions at `**`, and what may follow it."""
        found = dict.fromkeys(
            following
            for rule, position in self.states
            if rule.components[position] is None
            for following in _closure(rule, position)
        )
        return self if len(found) == len(self.states) else _Layer(found)

    @cached_property
    def _moving(self) -> globs.Lookup[State]:
        """Positions that advance in a folder of a matching name."""
        return globs.Lookup(
            (component, (rule, position + 1))
            for rule, position in self.states
            if position + 1 < len(rule.components)
            and (component := rule.components[position]) is not None
        )

    @cached_property
    def last(self) -> list[tuple[str, Rule]]:
        """The rules that are met by an entry whose name matches a component; of those that say the
        same the last."""
        found: dict[tuple[str, bool], Rule] = {}
        for rule, position in self.states:
            component = rule.components[position]
            if position == len(rule.components) - 1 and component is not None:
                key = component, rule.folders_only
                known = found.get(key)
                found[key] = rule if known is None or known.serial < rule.serial else known
        return [(component, rule) for (component, _), rule in found.items()]

    @cached_property
    def _met(self) -> globs.Lookup[Rule]:
        return globs.Lookup(self.last)

    def moved(self, name: str) -> list[State]:
        """The positions inside the folder `name` that are not `staying`."""
        found = self._moving.all(name)
        return [following for state in found for following in _closure(*state)]

    def met(self, name: str, is_folder: bool) -> Rule | None:
        """The last rule that an entry meets."""
        found = [r for r in self._met.all(name) if is_folder or not r.folders_only]
        return max(found, key=lambda rule: rule.serial, default=None)


class Level:
    """The rules as they stand inside one folder.

    layers: those of each ignore file that hold here and below, and at last those that hold here
    alone. Levels are shared: folders in which the same positions apply have the same level.
    """

    def __init__(self, layers: Sequence[_Layer] = (), here: _Layer | None = None) -> None:
        self._layers = tuple(layers)
        self._here = here
        self._next: dict[tuple[State, ...], Level] = {}

    def plus(self, rules: Iterable[Rule]) -> Level:
        """This level with a folder's own rules, which come after all others."""
        added = [state for rule in rules for state in _closure(rule, 0)]
        return Level([*self._layers, _Layer(added)], self._here) if added else self

    def enter(self, name: str) -> Level:
        """The level inside the folder `name`."""
        states = list(self._here.staying.states) if self._here is not None else []
        for layer in self._all:
            states += layer.moved(name)
        key = tuple(dict.fromkeys(states))
        found = self._next.get(key)
        if found is None:
            found = self._next[key] = self._inside(key)
        return found

    def _inside(self, states: tuple[State, ...]) -> Level:
        layers = [layer.staying for layer in self._layers]
        known = {state for layer in layers for state in layer.states} if states else set()
        here = tuple(state for state in states if state not in known)
        is_same = self._here is None if not here else self._here and self._here.states == here
        if is_same and all(a is b for a, b in zip(layers, self._layers, strict=True)):
            return self
        return Level(layers, _Layer(here) if here else None)

    def matches(self, name: str, is_folder: bool) -> bool:
        """Whether the last rule that meets this entry leaves it out."""
        if not self.names.match(name):
            return False
        found = [rule for layer in self._all if (rule := layer.met(name, is_folder)) is not None]
        last = max(found, key=lambda rule: rule.serial, default=None)
        return last is not None and not last.negated

    @cached_property
    def names(self) -> globs.Names:
        """Names that may be met; of very many rules any name may."""
        if sum(len(layer.last) for layer in self._all) > FEW:
            return globs.Names(frozenset(), (), globs.anything)
        return globs.Names.of([component for layer in self._all for component, _ in layer.last])

    @cached_property
    def _all(self) -> tuple[_Layer, ...]:
        return self._layers if self._here is None else (*self._layers, self._here)


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
        raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raw = raw[:MAX_BYTES].rpartition(b"\n")[0]
        return parse(os.fsdecode(raw))


def is_read_whole(path: str) -> bool:
    """Whether no rule of the file at `path` is left aside for its length. Blocks."""
    try:
        return os.lstat(path).st_size <= MAX_BYTES
    except OSError:
        return True


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
