"""Changed signatures: methods of other classes that must look the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import grammar
from .edits import Change
from .names import occurrences
from .places import Look, Place
from .signatures import CONSTRUCTORS, Changed
from .source import Source, text_of
from .told import told_of

if TYPE_CHECKING:
    from tree_sitter import Node

WORD = re.compile(r"[^\W\d]\w*")
EVERYONES = frozenset(
    {"class", "interface", "struct", "extends", "implements", "public", "private", "protected"}
    | {"static", "final", "abstract", "export", "default", "object", "Object", "ABC", "ABCMeta"}
    | {"metaclass", "Generic", "Protocol", "T"}
)
"""Words of a class's first line that say nothing of whose kin it is."""


def places(change: Change, signature: Changed, look: Look) -> Iterator[Place]:
    """Methods of other classes that had the same parameters; raises Stopped."""
    old, new = signature.before, signature.after
    is_worth_it = old.owner and old.parameters and old.name not in CONSTRUCTORS
    if not is_worth_it or old.name != new.name or old.text == new.text:
        return
    reason = f"{new.owner}.{new.name} has other parameters now"
    is_told = bool(told_of(change, old.name, new.at))
    own = _header(change.before, change.before.node(old.at, old.at + len(old.name)))
    here = [(change.path, change.before, change)]
    there = [(path, source, None) for path, source in look.users(old.name, change.path)]
    for path, source, made in [*here, *there]:
        for o in occurrences(source, old.name):
            node = source.node(o.start, o.end) if o.role == "definition" else None
            parameters = (
                node.parent.child_by_field_name("parameters")
                if node is not None and node.parent is not None
                else None
            )
            if parameters is None or text_of(parameters) != old.text:
                continue
            if is_told and not _is_kin(own, _header(source, parameters)):
                continue
            start, end = source.range(parameters)
            at = made.moved(start, end) if made is not None else start
            if at is not None:
                yield Place(path, at, at + len(old.text), old.text, new.text, "signature", reason)


def _header(source: Source, node: Node | None) -> set[str]:
    """The words before the body of the class that a node is in: its name, and what it extends."""
    for each in source.upward(node):
        body = each.child_by_field_name("body") if each.type in grammar.CLASSES else None
        if body is not None:
            start, _ = source.range(each)
            return set(WORD.findall(source.text[start : source.range(body)[0]])) - EVERYONES
    return set()


def _is_kin(one: set[str], other: set[str]) -> bool:
    """Whether one class extends the other, or both the same."""
    return not one.isdisjoint(other)
