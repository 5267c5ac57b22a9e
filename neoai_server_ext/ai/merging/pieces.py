"""A file's pieces at the margin: imports, definitions with their members, and what else stands
there, by tree-sitter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from ...grammars import parsed
from ..context.signatures import CLASSES, FUNCTIONS, TYPES, VALUES, WRAPPERS

if TYPE_CHECKING:
    import tree_sitter

Kind = Literal["import", "function", "class", "value", "main", "other"]

IMPORTS = frozenset(
    {
        "import_statement",
        "import_from_statement",
        "future_import_statement",
        "import_declaration",
        "use_declaration",
        "package_declaration",
        "package_clause",
    }
)
MORE_FUNCTIONS = frozenset({"function_item", "method_declaration", "constructor_declaration"})
MORE_TYPES = frozenset({"struct_item", "enum_item", "trait_item", "mod_item"})


@dataclass(frozen=True)
class Piece:
    """Rows `start` up to `end` of a text, from 0; `core` is the first one below its comments.

    text: of the core, its white space made one. owned: it is a method by its first parameter.
    """

    kind: Kind
    name: str
    start: int
    core: int
    end: int
    text: str
    members: tuple[Piece, ...] = ()
    owned: bool = False


def pieces(text: str, language: str, is_elision: Callable[[str], bool]) -> tuple[Piece, ...] | None:
    """In their order; None of what cannot be read, or has two in a line. is_elision: whether a
    comment stands for what is left out, and so belongs to none. Blocks."""
    root = parsed(text, language)
    if root is None or root.has_error:
        return None
    return _pieces(root, is_elision)


def _pieces(node: tree_sitter.Node, is_elision: Callable[[str], bool]) -> tuple[Piece, ...] | None:
    found = list(_found(node, is_elision))
    members = [each for each in found if each is not None]
    if len(members) < len(found) or any(a.end > b.start for a, b in pairwise(members)):
        return None
    return tuple(members)


def _found(node: tree_sitter.Node, is_elision: Callable[[str], bool]) -> Iterator[Piece | None]:
    above: int | None = None
    last = -1
    for child in node.named_children:
        row = child.start_point.row
        if child.type in ("comment", "line_comment", "block_comment"):
            if row == last:
                continue  # it stands behind something
            apart = above is None or row > last + 1
            above = row if apart else above
            last = _end(child) - 1
            if is_elision(_text(child)):
                above = None
            continue
        start = above if above is not None and row == last + 1 else row
        above, last = None, _end(child) - 1
        yield _piece(child, start, is_elision)


def _piece(node: tree_sitter.Node, start: int, is_elision: Callable[[str], bool]) -> Piece | None:
    inner = node
    if node.type in WRAPPERS:
        named = node.child_by_field_name("definition")
        inner = named or node.child_by_field_name("declaration") or node
    members: tuple[Piece, ...] | None = ()
    kind, name, owned = _kind(inner)
    if kind == "class":
        body = inner.child_by_field_name("body")
        members = _pieces(body, is_elision) if body is not None else ()
    if members is None:
        return None
    text = " ".join(_text(node).split())
    return Piece(kind, name, start, node.start_point.row, _end(node), text, members, owned)


def _kind(node: tree_sitter.Node) -> tuple[Kind, str, bool]:
    named = node.child_by_field_name("name")
    name = _text(named) if named is not None else ""
    if node.type in IMPORTS:
        return "import", "", False
    if node.type in FUNCTIONS | MORE_FUNCTIONS and name:
        parameters = node.child_by_field_name("parameters")
        first = parameters.named_children[:1] if parameters is not None else []
        return "function", name, bool(first) and _text(first[0]) in ("self", "cls")
    if node.type in CLASSES and name:
        return "class", name, False
    if node.type in TYPES | MORE_TYPES and name:
        return "value", name, False
    if node.type == "if_statement" and "__name__" in _text(node)[:60]:
        return "main", "", False
    return "other" if not (value := _value(node)) else "value", value, False


def _value(node: tree_sitter.Node) -> str:
    """The name to which a value is given."""
    if node.type in VALUES and len(node.named_children) == 1:
        named = node.named_children[0].child_by_field_name("name")
        return _text(named) if named is not None and named.type == "identifier" else ""
    inner = node.named_children[0] if node.type == "expression_statement" else node
    if inner.type == "assignment":
        left = inner.child_by_field_name("left")
        return _text(left) if left is not None and left.type == "identifier" else ""
    return ""


def _end(node: tree_sitter.Node) -> int:
    """The row after its last one; a trailing line break is not a row of it."""
    return node.end_point.row + (1 if node.end_point.column else 0)


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
