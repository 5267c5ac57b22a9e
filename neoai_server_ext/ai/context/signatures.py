"""What a file offers to others: its functions, classes and types as signatures, by tree-sitter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...grammars import parsed

if TYPE_CHECKING:
    import tree_sitter

LONGEST = 200
DOC = 100
FUNCTIONS = frozenset({"function_definition", "function_declaration", "method_definition"})
CLASSES = frozenset({"class_definition", "class_declaration", "abstract_class_declaration"})
TYPES = frozenset({"interface_declaration", "type_alias_declaration", "enum_declaration"})
VALUES = frozenset({"lexical_declaration", "variable_declaration"})
WRAPPERS = frozenset({"decorated_definition", "export_statement"})


@dataclass(frozen=True)
class Signature:
    """What is defined, by its name; members are those of a class."""

    name: str
    text: str
    members: tuple[Signature, ...] = ()

    def lines(self, indent: str = "") -> Iterator[str]:
        """As it is shown."""
        yield indent + self.text
        for member in self.members:
            yield from member.lines(indent + "    ")


def signatures(text: str, language: str) -> list[Signature]:
    """The definitions at the margin of a file; none of one that takes too long to read."""
    root = parsed(text, language)
    return list(_members(root, "")) if root is not None else []


def _members(node: tree_sitter.Node, above: str) -> Iterator[Signature]:
    comment = above
    for child in node.named_children:
        if child.type == "comment":
            comment = _text(child)
            continue
        inner = child
        if child.type in WRAPPERS:
            named = child.child_by_field_name("definition")
            inner = named or child.child_by_field_name("declaration") or child
        yield from _signature(inner, comment)
        comment = ""


def _signature(node: tree_sitter.Node, comment: str) -> Iterator[Signature]:
    name = node.child_by_field_name("name")
    if node.type in VALUES:
        for declared in node.named_children:
            yield from _value(declared, comment)
    elif name is None:
        return
    elif node.type in FUNCTIONS:
        yield Signature(_text(name), _head(node) + _doc(node, comment))
    elif node.type in CLASSES:
        body = node.child_by_field_name("body")
        members = tuple(_members(body, "")) if body is not None else ()
        shown = tuple(m for m in members if m.name == "__init__" or not m.name.startswith("_"))
        yield Signature(_text(name), _head(node) + _doc(node, comment), shown)
    elif node.type in TYPES:
        yield Signature(_text(name), _short(_text(node)) + _doc(node, comment))


def _value(declared: tree_sitter.Node, comment: str) -> Iterator[Signature]:
    """A variable that holds a function."""
    name, value = declared.child_by_field_name("name"), declared.child_by_field_name("value")
    if name is not None and value is not None and value.type in ("arrow_function", "function"):
        yield Signature(_text(name), f"const {_text(name)} = {_head(value)}" + _doc(value, comment))


def _head(node: tree_sitter.Node) -> str:
    """A definition up to its body."""
    body = node.child_by_field_name("body")
    source = node.text or b""
    if body is not None:
        source = source[: body.start_byte - node.start_byte]
    return _short(source.decode("utf-8", "replace")).rstrip(" {").removesuffix("=>").rstrip()


def _doc(node: tree_sitter.Node, comment: str) -> str:
    """The first line of what its author says about it."""
    body = node.child_by_field_name("body")
    first = body.named_children[0] if body is not None and body.named_children else None
    if first is not None and first.type == "expression_statement" and first.named_children:
        first = first.named_children[0]
    said = comment
    if first is not None and first.type == "string":
        said = _text(first).lstrip("rRuUbB")
    lines = (line.strip(" \t\"'/*#") for line in said.splitlines())
    line = next((line for line in lines if line), "")
    return f"  # {line[:DOC]}" if line else ""


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
