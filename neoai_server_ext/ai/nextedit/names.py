"""What a name means at each place where it stands: which scope binds it, or whose member it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from . import grammar
from .source import Source, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

Role = Literal["binding", "import", "use", "member", "definition", "keyword", "string", "comment"]
Span = tuple[int, int]
"""Of a scope, in bytes."""


@dataclass(frozen=True)
class Occurrence:
    """A name at a place. role: `definition` is a member's. scope: what binds it, of a member what
    it is defined in; None where nothing in the file does. owner: of a member what it is taken from,
    of a keyword the function that is called, of an import the module, of a string `doc` where it
    documents something and `all` in a list of what is exported. whole: a text that is
    nothing but the name. shorthand: `{name}` for `{name: name}`."""

    start: int
    end: int
    role: Role
    scope: Span | None = None
    owner: str = ""
    whole: bool = False
    shorthand: bool = False


def occurrences(source: Source, name: str) -> list[Occurrence]:
    """Where a name stands as a whole word, with what it means there. Nothing without a tree."""
    root = source.root
    if root is None:
        return []
    leaves = []
    for start in source.words(name):
        leaf = source.node(start, start + len(name))
        if leaf is not None and (leaf.is_named or leaf.type in grammar.STRINGS):
            leaves.append((start, leaf))
    reader = _Reader(source, name, (root.start_byte, root.end_byte))
    return reader.read(leaves)


class _Reader:
    """Reads all places of one name: what binds it has to be known before what uses it."""

    def __init__(self, source: Source, name: str, root: Span) -> None:
        self._source = source
        self._name = name
        self._root = root
        self._scopes = (
            grammar.PYTHON_SCOPES if source.language == "python" else grammar.SCOPES
        ) | {"program", "module", "source_file"}
        self._bound: set[Span] = set()
        self._elsewhere: set[Span] = set()

    def read(self, leaves: list[tuple[int, Node]]) -> list[Occurrence]:
        found: list[tuple[int, Node, Occurrence | None]] = []
        for start, leaf in leaves:
            found.append((start, leaf, self._alone(start, leaf)))
        self._bound -= self._elsewhere
        return [made if made is not None else self._use(start, leaf) for start, leaf, made in found]

    def _alone(self, start: int, leaf: Node) -> Occurrence | None:
        """What can be said without the others; None for what is bound elsewhere."""
        end = start + len(self._name)
        if leaf.type in grammar.COMMENTS:
            return Occurrence(start, end, "comment", self._around(leaf))
        if text_of(leaf) != self._name or leaf.type in grammar.STRINGS:
            whole = text_of(leaf).strip("'\"`") == self._name
            owner = _purpose(leaf)
            return Occurrence(start, end, "string", self._around(leaf), owner, whole=whole)
        parent = leaf.parent
        if parent is None:
            return None
        where = (parent.type, _field(parent, leaf))
        if where == ("keyword_argument", "name"):
            return Occurrence(start, end, "keyword", owner=_called(parent))
        if where in grammar.MEMBERS or where == ("method_invocation", "name"):
            return Occurrence(start, end, "member", owner=_owner(parent, leaf))
        if where in grammar.MEMBER_DEFINITIONS:
            return Occurrence(start, end, "definition", self._class(parent))
        if parent.type in ("global_statement", "nonlocal_statement"):
            self._elsewhere.add(self._around(leaf))
            return None
        if leaf.type == "shorthand_property_identifier":
            return None
        return self._binding(start, leaf)

    def _binding(self, start: int, leaf: Node) -> Occurrence | None:
        shorthand = leaf.type == "shorthand_property_identifier_pattern"
        child, parent = leaf, leaf.parent
        while (
            parent is not None
            and parent.type in grammar.PATTERNS
            and _field(parent, child) not in grammar.NOT_THE_NAME
        ):
            self._source.go_on()
            child, parent = parent, parent.parent
        if parent is None:
            return None
        where = (parent.type, _field(parent, child))
        end = start + len(self._name)
        if where in grammar.IMPORTS:
            scope = self._around(parent)
            self._bound.add(scope)
            return Occurrence(start, end, "import", scope, owner=_module(parent))
        if where in grammar.OUTSIDE:
            scope = self._around(parent.parent or parent)
        elif where in grammar.HERE:
            scope = self._around(parent)
        else:
            return None
        self._bound.add(scope)
        in_class = self._is_class(parent.parent if where in grammar.OUTSIDE else parent)
        role: Role = "definition" if in_class else "binding"
        return Occurrence(start, end, role, scope, shorthand=shorthand)

    def _use(self, start: int, leaf: Node) -> Occurrence:
        shorthand = leaf.type.startswith("shorthand_property_identifier")
        scope = None
        has_left_function = False
        for node in self._source.upward(leaf.parent):
            span = (node.start_byte, node.end_byte)
            is_seen = not (has_left_function and node.type in grammar.CLASSES)
            if is_seen and node.type in self._scopes and span in self._bound:
                scope = span
                break
            has_left_function = has_left_function or node.type in grammar.FUNCTIONS
        end = start + len(self._name)
        return Occurrence(start, end, "use", scope, shorthand=shorthand)

    def _around(self, node: Node) -> Span:
        for each in self._source.upward(node):
            if each.type in self._scopes:
                return each.start_byte, each.end_byte
        return self._root

    def _class(self, node: Node) -> Span:
        for each in self._source.upward(node.parent):
            if each.type in grammar.CLASSES:
                return each.start_byte, each.end_byte
        return self._root

    def _is_class(self, node: Node | None) -> bool:
        for each in self._source.upward(node):
            if each.type in self._scopes:
                return each.type in grammar.CLASSES
        return False


def called_name(call: Node) -> str:
    """The last name of what a call calls: `f` of `a.b.f(…)`."""
    callee = next(
        (
            child
            for name in ("function", "constructor", "name", "type")
            if (child := call.child_by_field_name(name)) is not None
        ),
        None,
    )
    while callee is not None and callee.child_count:
        callee = next(
            (
                child
                for name in ("attribute", "property", "field", "name")
                if (child := callee.child_by_field_name(name)) is not None
            ),
            None,
        )
    return text_of(callee) if callee is not None else ""


def _purpose(leaf: Node) -> str:
    """What a string is there for, where that is known."""
    string = leaf if leaf.type == "string" or leaf.parent is None else leaf.parent
    parent = string.parent
    if parent is not None and parent.type == "expression_statement":
        return "doc"
    if parent is not None and parent.type in ("list", "tuple") and parent.parent is not None:
        left = parent.parent.child_by_field_name("left")
        return "all" if left is not None and text_of(left) == "__all__" else ""
    return ""


def _called(argument: Node) -> str:
    """The function that an argument goes to."""
    call = argument.parent.parent if argument.parent is not None else None
    return called_name(call) if call is not None else ""


def _owner(parent: Node, leaf: Node) -> str:
    """What a member is taken from: the last name of that."""
    for name in ("object", "operand", "argument", "path", "value", "scope", "package"):
        taken = parent.child_by_field_name(name)
        if taken is not None and taken != leaf:
            return text_of(taken).rpartition(".")[2].rpartition("::")[2][:200]
    return ""


def _module(parent: Node) -> str:
    """From where an import takes a name: its last part."""
    statement: Node | None = parent
    while statement is not None:
        for name in ("module_name", "source", "path", "argument"):
            module = statement.child_by_field_name(name)
            if module is not None:
                text = text_of(module).strip("'\"`").rpartition("/")[2]
                stem = text.removesuffix(".js").removesuffix(".ts")
                return stem.strip(".").rpartition(".")[2].rpartition("::")[2]
        if statement.type.endswith(("statement", "declaration")):
            break
        statement = statement.parent
    return ""


def _field(parent: Node, child: Node) -> str | None:
    for number, each in enumerate(parent.children):
        if each == child:
            return parent.field_name_for_child(number)
    return None
