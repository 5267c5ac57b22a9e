"""Renames: the other places of a name that was given another one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from . import grammar
from .edits import Change
from .names import Occurrence, Role, occurrences
from .places import Kind, Look, Place
from .source import text_of
from .told import spots, told_of

NAME = re.compile(r"[^\W\d][\w$]*")
COMMON = frozenset(
    name for kind in (str, list, dict, set, bytes, int, object) for name in dir(kind)
) | {"length", "push", "map", "filter", "forEach", "then", "toString", "slice", "reduce", "find"}
"""Members that values of the languages themselves have."""
SELF = frozenset({"self", "cls", "this", "super()", "super"})
FROM_OUTSIDE: frozenset[Role] = frozenset({"binding", "definition"})
SIGNIFICANT = 3


@dataclass(frozen=True)
class Renamed:
    """A name that became another, and where it stood, in the text before."""

    old: str
    new: str
    at: tuple[int, ...]


def renamed(change: Change) -> list[Renamed]:
    """The names that became others: each old one became one new one only."""
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for each in change.substitutions:
        if NAME.fullmatch(each.old) and NAME.fullmatch(each.new):
            found[each.old][each.new].append(each.before)
    return [
        Renamed(old, new, tuple(at))
        for old, news in found.items()
        if len(news) == 1
        for new, at in news.items()
    ]


def places(change: Change, look: Look) -> Iterator[Place]:
    """The places that renames leave to be done; raises Stopped."""
    for each in renamed(change):
        look.go_on()
        yield from _Rename(change, each, look).places()


class _Rename:
    """One rename: what was renamed, and who else means that."""

    def __init__(self, change: Change, names: Renamed, look: Look) -> None:
        self._change = change
        self._old, self._new = names.old, names.new
        self._look = look
        self._is_told = False
        self._before = occurrences(change.before, names.old)
        self._targets = [o for o in self._before if o.start in names.at]
        self._reason = f"{self._old} was renamed to {self._new}"

    def places(self) -> Iterator[Place]:
        if not self._targets:
            return
        target = min(self._targets, key=lambda o: (_WEIGHT[o.role], o.start))
        if target.role == "comment" or (target.role == "string" and not target.whole):
            return
        if target.role == "string":
            yield from self._keys()
            return
        if not self._is_meant(target):
            return
        is_member = target.role in ("member", "definition")
        if is_member:
            mine, is_ambiguous = self._members(target)
        else:
            mine = [o for o in self._before if self._is_same(o, target)]
            mine += self._keywords(target)
            is_ambiguous = False
        yield from self._told(target)
        for occurrence in mine:
            yield from self._doubted(self._here(occurrence, "rename"), occurrence)
        if not is_ambiguous:
            yield from self._elsewhere(target)
        yield from self._texts(target)

    def _told(self, target: Occurrence) -> list[Place]:
        """What a language server said of it before it was renamed, where the name still stands."""
        at = next((s.after for s in self._change.substitutions if s.before == target.start), None)
        if at is None:
            return []
        mine = told_of(self._change, self._old, at)
        self._is_told = bool(mine)
        return [
            self._place(path, o, o.start, "rename")
            for told in mine
            for path, _, o in spots(told, self._change, self._look)
        ]

    def _doubted(self, places: Iterable[Place], o: Occurrence) -> Iterator[Place]:
        """Members that a language server which knows the definition did not name."""
        for place in places:
            yield replace(place, doubtful=self._is_told and o.role == "member")

    def _is_meant(self, target: Occurrence) -> bool:
        """Whether it is a rename at all: that of what defines the name, or of a use by a name that
        is new here. Who only calls something else renames nothing."""
        known = occurrences(self._change.before, self._new)
        if target.scope is not None and any(
            o.scope == target.scope and o.role in ("binding", "import") for o in known
        ):
            return len(self._targets) > 1 and target.role not in FROM_OUTSIDE
        if target.role in ("binding", "definition", "import"):
            left = [
                o
                for o in occurrences(self._change.after, self._old)
                if o.role == target.role and self._stays(o, target)
            ]
            return not left
        if len(self._targets) > 1:
            return True
        if target.role == "keyword":
            return False
        is_bound = any(
            o.role in FROM_OUTSIDE and (target.role == "member" or o.scope == target.scope)
            for o in self._before
        )
        return is_bound and not known

    def _stays(self, after: Occurrence, target: Occurrence) -> bool:
        """Whether a name that still is there was bound with the target, before it."""
        for before in self._before:
            is_alike = before.role == target.role and before.scope == target.scope
            if is_alike and self._change.moved(before.start, before.end) == after.start:
                return target.role == "definition" or before.start < target.start
        return False

    def _is_same(self, o: Occurrence, target: Occurrence) -> bool:
        return o.role in ("binding", "import", "use") and o.scope == target.scope

    def _members(self, target: Occurrence) -> tuple[list[Occurrence], bool]:
        """Who means the same member, and whether others have one of that name."""
        defined = [o for o in self._before if o.role == "definition"]
        classes = {o.scope for o in defined}
        found = [o for o in self._before if o.role in ("member", "definition")]
        if target.role == "definition":
            found += [o for o in self._before if o.role == "use" and o.scope == target.scope]
        own = target.scope if target.role == "definition" else next(iter(classes), None)
        is_ambiguous = self._old in COMMON or len(classes) > 1 or self._is_defined_elsewhere()
        if is_ambiguous:
            found = [
                o
                for o in found
                if (o.role == "member" and o.owner in SELF and self._is_within(o, own))
                or (o.role == "definition" and o.scope == own)
            ]
        return found, is_ambiguous or not defined

    def _is_within(self, o: Occurrence, scope: tuple[int, int] | None) -> bool:
        if scope is None:
            return True
        node = self._change.before.node(o.start, o.end)
        return node is not None and scope[0] <= node.start_byte < scope[1]

    def _is_defined_elsewhere(self) -> bool:
        for _, source in self._look.users(self._old, self._change.path):
            if any(o.role == "definition" for o in occurrences(source, self._old)):
                return True
        return False

    def _keywords(self, target: Occurrence) -> list[Occurrence]:
        """Arguments that are given by the name of a parameter."""
        function = self._function(target)
        return [o for o in self._before if function and o.role == "keyword" and o.owner == function]

    def _function(self, target: Occurrence) -> str:
        """The function whose parameter is renamed; of a constructor, the class."""
        node = self._change.before.node(target.start, target.end)
        is_parameter = False
        while node is not None and node.type not in grammar.FUNCTIONS:
            is_parameter = is_parameter or "parameter" in node.type
            node = node.parent
        name = node.child_by_field_name("name") if node is not None and is_parameter else None
        if name is None:
            return ""
        if text_of(name) not in ("__init__", "__new__"):
            return text_of(name)
        while node is not None and node.type != "class_definition":
            node = node.parent
        name = node.child_by_field_name("name") if node is not None else None
        return text_of(name) if name is not None else ""

    def _here(self, o: Occurrence, kind: Kind) -> Iterator[Place]:
        at = self._change.moved(o.start, o.end)
        if at is not None:
            yield self._place(self._change.path, o, at, kind)

    def _place(self, path: str, o: Occurrence, at: int, kind: Kind) -> Place:
        new = f"{self._old}: {self._new}" if o.shorthand else self._new
        return Place(path, at, at + len(self._old), self._old, new, kind, self._reason)

    def _elsewhere(self, target: Occurrence) -> Iterator[Place]:
        """In other files, who imports the name, or takes the member."""
        root = self._change.before.root
        if root is None or len(self._old) < SIGNIFICANT:
            return
        function = self._function(target)
        if target.role == "member" or (target.role in ("use", "import") and target.scope is None):
            return
        is_global = target.scope == (root.start_byte, root.end_byte)
        is_own = is_global and any(o.role == "binding" for o in self._before)
        if target.role != "definition" and not is_own and not function:
            return
        files = list(self._look.users(self._old, self._change.path))
        known = [(path, source, occurrences(source, self._old)) for path, source in files]
        is_alone = not any(o.role in FROM_OUTSIDE for _, _, found in known for o in found)
        for path, source, found in known:
            for o in found:
                if function:
                    is_mine = o.role == "keyword" and o.owner == function
                elif target.role == "definition":
                    is_mine = o.role == "member"
                else:
                    is_mine = self._is_import(path, o, found, is_alone)
                if is_mine and source.language:
                    place = self._place(path, o, o.start, "rename")
                    yield from self._doubted([place], o)

    def _is_import(
        self, path: str, o: Occurrence, found: Sequence[Occurrence], is_alone: bool
    ) -> bool:
        here = PurePosixPath(self._change.path)
        names = {here.stem, here.parent.name}
        if o.role == "member":
            return o.owner in names
        if o.role not in ("import", "use"):
            return False
        imports = [i for i in found if i.role == "import" and i.scope == o.scope]
        if imports:
            return is_alone or any(i.owner in names for i in imports)
        is_beside = PurePosixPath(path).parent == here.parent
        packaged = self._change.before.language in ("go", "java")
        return o.scope is None and (is_alone or (packaged and is_beside)) and here.suffix != ".py"

    def _keys(self) -> Iterator[Place]:
        """Strings that are nothing but the name: keys of dictionaries, options and the like."""
        strings = [o for o in self._before if o.role == "string" and o.whole]
        for o in strings:
            yield from self._here(o, "rename")
        if len(self._targets) < 2 and not _is_distinct(self._old):
            return
        for path, source in self._look.others(self._old, self._change.path):
            for o in occurrences(source, self._old):
                if o.role == "string" and o.whole:
                    yield self._place(path, o, o.start, "rename")

    def _texts(self, target: Occurrence) -> Iterator[Place]:
        """Comments and strings with the name, within what it is bound in."""
        root = self._change.before.root
        if not _is_distinct(self._old) and not self._function(target):
            return
        for o in self._before:
            if o.owner == "all" and target.role != "definition":
                yield from self._here(o, "rename")
            if o.role != "comment" and o.owner != "doc":
                continue
            is_local = target.role in ("binding", "use") and target.scope is not None
            if is_local and root is not None and not self._is_within(o, target.scope):
                continue
            yield from self._here(o, "text")


_WEIGHT: dict[Role, int] = {
    "binding": 0,
    "definition": 0,
    "import": 1,
    "use": 2,
    "member": 3,
    "keyword": 4,
    "string": 5,
    "comment": 6,
}


def _is_distinct(name: str) -> bool:
    """Whether a word is somebody's name, and hardly one of a sentence."""
    return len(name) >= 4 and ("_" in name or any(c.isupper() or c.isdigit() for c in name[1:]))
