"""Changed signatures: calls whose arguments must change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import grammar
from .edits import Change
from .names import Occurrence, called_name, occurrences
from .places import Look, Place
from .renames import COMMON, SELF
from .source import Source, text_of
from .told import spots, told_of

if TYPE_CHECKING:
    from tree_sitter import Node

RECEIVERS = frozenset({"self", "cls"})
CONSTRUCTORS = frozenset({"__init__", "__new__", "constructor"})
SPREAD = frozenset(
    {"list_splat", "dictionary_splat", "spread_element", "variadic_argument", "splat_argument"}
)


@dataclass(frozen=True)
class Parameter:
    """A parameter; has_default: a call may leave it out. is_open: it takes any number."""

    name: str
    text: str
    has_default: bool = False
    is_open: bool = False
    by_name_alone: bool = False


@dataclass(frozen=True)
class Signature:
    """A function's parameters, without what it is called upon. owner: its class; at: where its
    name begins."""

    name: str
    owner: str
    at: int
    parameters: tuple[Parameter, ...]
    text: str

    @property
    def called(self) -> str:
        """By which name it is called."""
        return self.owner if self.name in CONSTRUCTORS and self.owner else self.name


@dataclass(frozen=True)
class Changed:
    """A signature before and after."""

    before: Signature
    after: Signature

    @property
    def renamed(self) -> dict[str, str]:
        """Parameters that have another name at the same position."""
        one, other = self.before.parameters, self.after.parameters
        if len(one) != len(other):
            return {}
        names = {p.name for p in one}, {p.name for p in other}
        return {
            a.name: b.name
            for a, b in zip(one, other, strict=True)
            if a.name not in names[1] and b.name not in names[0]
        }

    @property
    def demands(self) -> bool:
        """Whether calls must change for more than a name."""
        renamed = self.renamed
        kept = [renamed.get(p.name, p.name) for p in self.before.parameters]
        now = [p.name for p in self.after.parameters]
        added = [p for p in self.after.parameters if p.name not in kept]
        is_longer = now[: len(kept)] == kept and all(p.has_default or p.is_open for p in added)
        return now != kept and not is_longer


def changed(change: Change) -> list[Changed]:
    """The signatures that were edited."""
    found: dict[tuple[str, str], Changed] = {}
    for hunk in change.hunks:
        before = _signatures(change.before, *hunk.before)
        after = _signatures(change.after, *hunk.after)
        for old in before:
            new = next((s for s in after if (s.name, s.owner) == (old.name, old.owner)), None)
            if new is None and len(before) == len(after) == 1:
                new = after[0]
            if new is not None and new.parameters != old.parameters:
                found[old.owner, old.name] = Changed(old, new)
    return list(found.values())


def places(change: Change, signature: Changed, look: Look) -> Iterator[Place]:
    """The calls that a changed signature leaves to be done; raises Stopped."""
    if signature.demands:
        yield from _calls(change, signature, look)


def _signatures(source: Source, first: int, end: int) -> list[Signature]:
    """The functions whose parameters lie in these lines, from 0, the end excluded."""
    if source.root is None or not source.lines or first >= len(source.lines):
        return []
    found: dict[int, Signature] = {}
    for row in range(first, min(max(end, first + 1), first + 50, len(source.lines))):
        line = source.lines[row]
        indent = len(line) - len(line.lstrip())
        node = source.node(source.starts[row] + indent, source.starts[row] + indent + 1)
        function, parameters = next(_functions(source, node), (None, None))
        if function is None or parameters is None:
            continue
        made = _signature(source, function, parameters)
        if made is not None and row <= parameters.end_point.row:
            found.setdefault(function.start_byte, made)
    return list(found.values())


def _functions(source: Source, node: Node | None) -> Iterator[tuple[Node, Node]]:
    """The functions that a node is in, or whose decorator or `export` it is in, the innermost
    first, and their parameters."""
    for each in source.upward(node):
        for name in ("", "declaration", "definition"):
            function = each.child_by_field_name(name) if name else each
            if function is not None and function.type in grammar.FUNCTIONS:
                parameters = function.child_by_field_name("parameters")
                if parameters is not None:
                    yield function, parameters


def _signature(source: Source, function: Node, parameters: Node) -> Signature | None:
    name = function.child_by_field_name("name")
    if name is None or parameters.has_error:
        return None
    owner = ""
    node = function.parent
    while node is not None and not owner:
        if node.type in grammar.CLASSES and (named := node.child_by_field_name("name")) is not None:
            owner = text_of(named)
        if node.type in grammar.FUNCTIONS:
            break
        node = node.parent
    start, end = source.range(parameters)
    at, _ = source.range(name)
    return Signature(text_of(name), owner, at, _parameters(parameters), source.text[start:end])


def _parameters(node: Node) -> tuple[Parameter, ...]:
    made: list[Parameter] = []
    by_name_alone = False
    for child in node.named_children:
        if child.type in (
            "comment",
            "positional_separator",
            "self_parameter",
            "receiver_parameter",
        ):
            continue
        if child.type == "keyword_separator":
            by_name_alone = True
            continue
        text = text_of(child)
        is_open = child.type in (
            "list_splat_pattern",
            "dictionary_splat_pattern",
            "variadic_parameter_declaration",
            "spread_parameter",
        ) or text.startswith(("*", "..."))
        for name in _names(child):
            if name in RECEIVERS and not made:
                continue
            optional = child.child_by_field_name("value") is not None or child.type in (
                "optional_parameter",
                "assignment_pattern",
            )
            made.append(Parameter(name, text, optional, is_open, by_name_alone))
        by_name_alone = by_name_alone or child.type == "list_splat_pattern"
    return tuple(made)


def _names(parameter: Node) -> list[str]:
    """The names that a parameter declares: Go's `a, b int` has two."""
    if parameter.type == "identifier":
        return [text_of(parameter)]
    if parameter.type == "parameter_declaration":
        return [text_of(n) for n in parameter.children_by_field_name("name")]
    for field in ("name", "pattern", "left"):
        named = parameter.child_by_field_name(field)
        if named is not None:
            return [text_of(named)]
    first = next((c for c in parameter.named_children if c.type == "identifier"), None)
    return [text_of(first if first is not None else parameter)]


def _calls(change: Change, signature: Changed, look: Look) -> Iterator[Place]:
    """The calls, those first that a language server told of; members that it did not name are
    doubtful."""
    told = []
    if signature.before.called == signature.before.name:
        told = told_of(change, signature.before.name, signature.after.at)
    for each in told:
        for path, source, o in spots(each, change, look):
            yield from _call_place(path, source, o, signature)
    for path, source, o in _alike(change, signature, look):
        for place in _call_place(path, source, o, signature):
            at = change.moved(place.start, place.end) if path == change.path else place.start
            if at is not None:
                end = at + len(place.old)
                is_doubtful = bool(told) and o.role == "member"
                yield replace(place, start=at, end=end, doubtful=is_doubtful)


def _alike(
    change: Change, signature: Changed, look: Look
) -> Iterator[tuple[str, Source, Occurrence]]:
    """Names that by syntax alone may be the function's; in its own file in the text before."""
    is_shared = _is_shared(change, signature, look)
    for name in {signature.before.called, signature.after.called}:
        for o in occurrences(change.before, name):
            if not is_shared or o.owner in SELF:
                yield change.path, change.before, o
    for path, source in () if is_shared else look.users(signature.before.called, change.path):
        found = occurrences(source, signature.before.called)
        if not any(o.role in ("binding", "definition") for o in found):
            yield from ((path, source, o) for o in found)  # else it has one of that name itself


def _is_shared(change: Change, signature: Changed, look: Look) -> bool:
    """Whether it is a method, and other classes have one of its name: whose is called then?"""
    name = signature.before.name
    if not signature.before.owner or name in CONSTRUCTORS:
        return False
    here = [o for o in occurrences(change.before, name) if o.role == "definition"]
    if name in COMMON or len({o.scope for o in here}) > 1:
        return True
    return any(
        o.role == "definition"
        for _, source in look.users(name, change.path)
        for o in occurrences(source, name)
    )


def _call(source: Source, o: Occurrence) -> Node | None:
    """The arguments of the call of this name, where it is called."""
    if o.role not in ("use", "member"):
        return None
    node = source.node(o.start, o.end)
    for _ in range(4):
        if node is None or (parent := node.parent) is None:
            return None
        arguments = parent.child_by_field_name("arguments")
        if arguments is not None and arguments != node:
            name = source.text[o.start : o.end]
            return arguments if called_name(parent) == name else None
        node = parent
    return None


def _call_place(path: str, source: Source, o: Occurrence, signature: Changed) -> Iterator[Place]:
    """The arguments of the call of this name, where they must change."""
    arguments = _call(source, o)
    if arguments is None:
        return
    start, end = source.range(arguments)
    old = source.text[start:end]
    needed, new = _arguments(arguments, signature)
    if needed and new != old:
        after = signature.after
        reason = f"the signature is now {after.name}({', '.join(p.name for p in after.parameters)})"
        yield Place(path, start, end, old, new, "signature", reason)


def _arguments(node: Node, signature: Changed) -> tuple[bool, str | None]:
    """Whether a call must change, and to what; None where that takes judgement."""
    given = [child for child in node.named_children if child.type not in grammar.COMMENTS]
    before, after = signature.before.parameters, signature.after.parameters
    if any(child.type in SPREAD for child in given):
        return False, None
    values: dict[str, tuple[bool, str]] = {}
    positions = [p for p in before if not p.by_name_alone]
    rest = 0
    for child in given:
        if child.type == "keyword_argument":
            name = child.child_by_field_name("name")
            values[text_of(name) if name is not None else ""] = (True, text_of(child))
        elif rest < len(positions) and not positions[rest].is_open:
            values[positions[rest].name] = (False, text_of(child))
            rest += 1
        else:
            return False, None  # it calls something else, or any number is taken
    for old, new in signature.renamed.items():
        if old in values:
            by_name, text = values.pop(old)
            values[new] = (by_name, new + text[len(old) :] if by_name else text)
    known = {p.name for p in before}
    missing = [p for p in after if p.name not in values and not p.has_default and not p.is_open]
    if any(p.name in known for p in missing):
        return False, None
    kept = [(p, *values[p.name]) for p in after if p.name in values]
    if missing:
        return True, None
    if len(kept) == len(given) and all(by_name for _, by_name, _ in kept):
        order = list(values)
        kept.sort(key=lambda each: order.index(each[0].name))
    return True, _joined(node, given, kept, after)


def _joined(
    node: Node,
    given: Sequence[Node],
    kept: Sequence[tuple[Parameter, bool, str]],
    after: Sequence[Parameter],
) -> str | None:
    """The arguments in the order of the parameters; None where one before them is left out."""
    texts: list[str] = []
    has_left_out = False
    by_position = {p.name for p, by_name, _ in kept if not by_name}
    named = [text for _, by_name, text in kept if by_name]
    whole = text_of(node)
    for parameter in after:
        if parameter.name not in by_position:
            has_left_out = True
            continue
        value = next(text for p, _, text in kept if p.name == parameter.name)
        if parameter.by_name_alone or has_left_out:
            if not any(c.type == "keyword_argument" for c in given) and "=" not in whole:
                return None
            named.append(f"{parameter.name}={value}")
        else:
            texts.append(value)
    between = ", "
    if len(given) > 1:
        between = whole[given[0].end_byte - node.start_byte : given[1].start_byte - node.start_byte]
    if not whole.isascii():
        between = ", " if "\n" not in whole else between
    opened = whole[: given[0].start_byte - node.start_byte] if given and whole.isascii() else "("
    tail = whole[given[-1].end_byte - node.start_byte :] if given and whole.isascii() else ")"
    joined = between.join([*texts, *named])
    return f"{opened}{joined}{tail}" if joined else "()"
