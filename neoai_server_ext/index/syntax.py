"""Where definitions begin and end, by their language's grammar (tree-sitter)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..grammars import parsed
from .definitions import DEFINITION, Definition, top

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_CHARS = 4_000_000
"""A longer text is not read by a grammar."""
MAX_LINE = 20_000
"""Nor is one with a longer line: it was made by a program."""
SECONDS = 2.0
SLICE = 65_536
LONGEST_NAME = 400
LONGEST_OWNER = 200
"""What is nested more deeply belongs to what it is in."""
OF_TYPES = re.compile(r"<[^<>]*>(?=::)")
NAME = re.compile(r"[^\s(){};,=]{1,100}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ASIDE = _words("""comment line_comment block_comment decorator attribute_item
    template_parameter_list requires_clause storage_class_specifier type_qualifier""")
"""What belongs to the definition below it."""
FUNCTIONS = _words("""function_definition function_declaration generator_function_declaration
    method_definition method_declaration constructor_declaration compact_constructor_declaration
    function_item macro_definition function_signature method singleton_method
    preproc_function_def""")
WITH_A_BODY = _words("method_declaration")
"""Without one it is a line of its interface."""
CONTAINERS = _words("""class_definition class_declaration abstract_class_declaration class
    interface_declaration enum_declaration record_declaration annotation_type_declaration
    type_alias_declaration internal_module module type_spec struct_item enum_item union_item
    trait_item impl_item mod_item type_item namespace_definition concept_definition""")
SPECIFIERS = _words("class_specifier struct_specifier union_specifier enum_specifier")
"""Containers where they have a body; without one they name a type."""
PREPROCESSED = _words("c cpp")
DECLARATORS = _words("""function_declarator pointer_declarator reference_declarator
    parenthesized_declarator array_declarator attributed_declarator""")
VALUES = {
    "variable_declarator": ("name", "value"),
    "assignment_expression": ("left", "right"),
    "public_field_definition": ("name", "value"),
    "field_definition": ("property", "value"),
    "pair": ("key", "value"),
    "var_spec": ("name", "value"),
}
"""What gives a name to a function, a class or an object of functions: the fields."""
FUNCTION_VALUES = _words("arrow_function function_expression generator_function func_literal")
WRAPPERS = _words("""decorated_definition export_statement ambient_declaration lexical_declaration
    variable_declaration expression_statement type_declaration var_declaration
    template_declaration declaration field_declaration type_definition""")
"""What stands above one of these belongs to the definition in it."""
THROUGH = _words("""block if_statement elif_clause else_clause try_statement except_clause
    except_group_clause finally_clause with_statement for_statement while_statement
    match_statement case_clause call_expression arguments parenthesized_expression
    unary_expression statement_block arrow_function function_expression catch_clause object
    expression_list enum_body_declarations class_static_block preproc_if preproc_ifdef
    preproc_else preproc_elif linkage_specification declaration_list body_statement
    singleton_class argument_list""")
"""Definitions are looked for in these too; what is in a function belongs to it."""


@dataclass(slots=True)
class _Level:
    """The children of a node that are still to be looked at, the last one first.

    above: the row of the comments and decorators that end at the row `below`, if there are any.
    last: the row after the last child's. owner: what the definitions here are members of.
    """

    nodes: list[Node]
    owner: str
    last: int
    above: int | None = None
    below: int = -1


@dataclass
class _Walk:
    """Looks at what may define something, and at nothing in functions. Without recursion, as a
    text may be nested as deeply as it is long."""

    source: bytes
    lines: list[str]
    has_error: bool
    has_preprocessor: bool = False
    found: list[Definition] = field(default_factory=list)
    levels: list[_Level] = field(default_factory=list)

    def go(self, root: Node) -> bool:
        """False where what could not be read has definitions."""
        self._enter(root, "", 0)
        while self.levels:
            level = self.levels[-1]
            if not level.nodes:
                self.levels.pop()
                continue
            node = level.nodes.pop()
            kind = node.type
            if kind in ASIDE:
                self._aside(level, node)
                continue
            if self.has_error and self._is_lost(node, kind):
                return False
            first = node.start_point.row
            start = first
            if level.above is not None and level.below >= first:
                start = level.above
            level.above = None
            self._look(level, node, kind, start)
            level.last = max(level.last, _after(node))
        return True

    def _aside(self, level: _Level, node: Node) -> None:
        row, after = node.start_point.row, _after(node)
        if row >= level.last:
            if level.above is None or level.below < row:
                level.above = row
            level.below = after
        elif level.above is not None:
            level.below = max(level.below, after)

    def _look(self, level: _Level, node: Node, kind: str, start: int) -> None:
        if kind in WRAPPERS:
            self._enter(node, level.owner, level.last, start)
        elif kind in FUNCTIONS:
            if kind not in WITH_A_BODY or node.child_by_field_name("body") is not None:
                self._function(level, node, _name_of(node), start)
        elif kind in CONTAINERS or (
            kind in SPECIFIERS and node.child_by_field_name("body") is not None
        ):
            self._container(level, node, start)
        elif kind in VALUES:
            self._value(level, node, kind, start)
        elif kind == "call":
            given = node.child_by_field_name("arguments")
            if given is not None:  # `private def …`
                self._enter(given, level.owner, level.last)
        elif kind in THROUGH:
            self._enter(node, level.owner, level.last)

    def _function(self, level: _Level, node: Node, name: Node | None, start: int) -> None:
        owner = level.owner
        receiver = node.child_by_field_name("receiver")
        if receiver is not None and receiver.named_children:
            typed = receiver.named_children[0].child_by_field_name("type")
            owner = _bare(self._text(typed)) if typed is not None else owner
        self._add(level, node, name, _named(owner, self._text(name)), start)

    def _container(self, level: _Level, node: Node, start: int) -> None:
        name = _name_of(node)
        text = self._text(name)
        if node.type == "impl_item" and (name := node.child_by_field_name("type")) is not None:
            text = _bare(self._text(name))
        symbol = _named(level.owner, text)
        self._add(level, node, name, symbol, start)
        body = node.child_by_field_name("body")
        if body is not None:
            self._enter(body, symbol, node.start_point.row + 1)

    def _value(self, level: _Level, node: Node, kind: str, start: int) -> None:
        name, value = (node.child_by_field_name(each) for each in VALUES[kind])
        if value is not None and value.type == "expression_list" and value.named_children:
            value = value.named_children[0]
        if name is None or value is None:
            return
        symbol = _named(level.owner, _assigned(self._text(name)))
        if value.type in FUNCTION_VALUES:
            self._add(level, node, name, symbol, start)
        elif value.type == "class" or (value.type == "object" and _has_functions(value)):
            self._add(level, node, name, symbol, start)
            body = value.child_by_field_name("body") or value
            self._enter(body, symbol, node.start_point.row + 1)
        elif value.type == "assignment_expression":
            self.levels.append(_Level([value], level.owner, level.last, start, _after(value)))
        elif value.type in THROUGH and value.type != "object":
            self._enter(value, level.owner, level.last)

    def _add(self, level: _Level, node: Node, name: Node | None, symbol: str, start: int) -> None:
        """One that begins in a line of another belongs to it."""
        own = level.owner
        if symbol == own or name is None or start < level.last:
            return
        # A preprocessor's lines look like comments of other languages.
        first = start if self.has_preprocessor else top(self.lines, start, level.last)
        self.found.append(Definition(name.start_point.row, first, _after(node), symbol))

    def _text(self, node: Node | None) -> str:
        if node is None or node.end_byte - node.start_byte > LONGEST_NAME:
            return ""
        text = self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")
        return OF_TYPES.sub("", text.strip("\"'`")).replace("::", ".")

    def _enter(self, node: Node, owner: str, last: int, above: int | None = None) -> None:
        nodes = node.named_children
        nodes.reverse()
        self.levels.append(_Level(nodes, owner, last, above, node.start_point.row))

    def _is_lost(self, node: Node, kind: str) -> bool:
        """Whether an error hides definitions: those in what could not be read, or those that
        stand no deeper than a function that seems to go on around them."""
        may_hide = kind in ("ERROR", "function_expression") or kind in FUNCTIONS
        if not may_hide or not node.has_error:
            return False
        indent = node.start_point.column if kind != "ERROR" else MAX_LINE
        row = node.start_point.row + (kind != "ERROR")
        found = (DEFINITION.match(line) for line in self.lines[row : _after(node)])
        return any(each is not None and len(each["indent"]) <= indent for each in found)


def by_grammar(text: str, lines: list[str], language: str) -> list[Definition] | None:
    """The definitions in their order, those in classes as `Class.method`; None of a text that the
    grammar cannot read, or not in time, or whose grammar is not installed. Those in functions
    belong to these. Blocks."""
    if len(text) > MAX_CHARS or _has_long_line(text):
        return None
    source = text.encode("utf-8", "surrogatepass")
    try:
        root = parsed(source, language, SECONDS, SLICE)
    except ImportError:
        return None
    if root is None or root.type == "ERROR":
        return None
    walk = _Walk(source, lines, root.has_error, language in PREPROCESSED)
    return walk.found if walk.go(root) else None


def _has_long_line(text: str) -> bool:
    at = 0
    while len(text) - at > MAX_LINE:
        end = text.rfind("\n", at, at + MAX_LINE)
        if end < 0:
            return True
        at = end + 1
    return False


def _has_functions(node: Node) -> bool:
    for child in node.named_children:
        if child.type == "method_definition":
            return True
        value = child.child_by_field_name("value") if child.type == "pair" else None
        if value is not None and value.type in FUNCTION_VALUES:
            return True
    return False


def _name_of(node: Node) -> Node | None:
    """Where its name stands: in C behind what its type is made of, or of a struct without one
    behind it."""
    name = node.child_by_field_name("name")
    if name is not None:
        return name
    parent = node.parent
    of_type = node.type in SPECIFIERS and parent is not None and parent.type == "type_definition"
    found = (parent if of_type and parent else node).child_by_field_name("declarator")
    while found is not None and found.type in DECLARATORS:
        inner = found.child_by_field_name("declarator")
        found = inner or (found.named_children[-1] if found.named_children else None)
    return found


def _named(owner: str, name: str) -> str:
    if not NAME.fullmatch(name) or len(owner) > LONGEST_OWNER:
        return owner
    return f"{owner}.{name}" if owner else name


def _assigned(text: str) -> str:
    """What is exported goes by its own name, and what is a prototype's by its class's."""
    text = text.replace(".prototype", "")
    for exported in ("module.exports", "exports", "this"):
        if text == exported or text.startswith(f"{exported}."):
            return text[len(exported) + 1 :]
    return text


def _bare(text: str) -> str:
    """A type's name without what it is of."""
    return re.split(r"[<\[]", text.lstrip("*& "), maxsplit=1)[0]


def _after(node: Node) -> int:
    """The row after its last one; a trailing line break is not a row of it."""
    end = node.end_point
    return end.row + (1 if end.column else 0)
