"""Import statements of Python, JavaScript and TypeScript: what they take from where."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .names import Occurrence
from .source import Source, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

STATEMENTS = frozenset({"import_statement", "import_from_statement", "future_import_statement"})
ITEMS = frozenset({"dotted_name", "aliased_import", "import_specifier"})
RELATIVE = re.compile(r"(\.+)([\w.]*)$")


@dataclass(frozen=True)
class Form:
    """How a name is imported: `from module import item`; Python's `import item` has no module.
    default: of JavaScript, `import item from module`."""

    module: str
    item: str
    is_default: bool = False
    is_type: bool = False

    @property
    def is_for_types(self) -> bool:
        """Whether only TypeScript can read it."""
        return self.is_type or self.item.startswith("type ")

    def line(self, language: str, like: str) -> str:
        """The whole statement. like: another one, for its quotes and its end."""
        if language == "python":
            return (
                f"from {self.module} import {self.item}" if self.module else f"import {self.item}"
            )
        quote = '"' if '"' in like else "'"
        end = "" if like and not like.rstrip().endswith(";") else ";"
        item = self.item if self.is_default else f"{{ {self.item} }}"
        kind = "type " if self.is_type else ""
        return f"import {kind}{item} from {quote}{self.module}{quote}{end}"

    def seen_from(self, there: str, here: str, language: str) -> Form | None:
        """The same in another file; None where it cannot be told."""
        one, other = PurePosixPath(there).parent, PurePosixPath(here).parent
        if one == other or not self.module.startswith("."):
            return self
        if language == "python":
            module = _python_module(self.module, one, other)
        else:
            module = posixpath.relpath(posixpath.join(str(one), self.module), str(other))
            module = module if module.startswith(".") else f"./{module}"
        return Form(module, self.item, self.is_default, self.is_type) if module else None


@dataclass(frozen=True)
class Statement:
    """An import statement at the top of a file. items: the nodes in its list of names."""

    node: Node
    module: str
    items: tuple[Node, ...]
    is_type: bool

    def neighbours(self, item: Node) -> tuple[tuple[Node, ...], Node]:
        """The pieces, with commas between, of which a name that is not the only one is one; of
        `import one, { item }` that is all the braces."""
        mates = tuple(each for each in self.items if each.parent == item.parent)
        if len(mates) > 1 or item.parent is None:
            return mates, item
        piece = item.parent if item.parent.type == "named_imports" else item
        clause = piece.parent.named_children if piece.parent is not None else ()
        return tuple(each for each in clause if each.type != "comment"), piece

    def form(self, item: Node) -> Form:
        """How one of its names is imported."""
        is_default = item.type in ("identifier", "namespace_import")
        return Form(self.module, text_of(item), is_default, self.is_type)

    def extended_by(self, form: Form) -> bool:
        """Whether a name can be added to its list."""
        last = self.items[-1] if self.items else None
        return (
            bool(self.module)
            and (self.module, self.is_type) == (form.module, form.is_type)
            and last is not None
            and not form.is_default
            and last.type in ITEMS
        )


def statements(source: Source) -> Iterator[Statement]:
    """Those at the top level."""
    for node in source.root.named_children if source.root is not None else ():
        source.go_on()
        if node.type in STATEMENTS:
            yield _statement(node)


def statement_of(source: Source, o: Occurrence) -> tuple[Statement, Node] | None:
    """The statement at the top level in which a name is imported, and what imports it there."""
    leaf = source.node(o.start, o.end)
    for node in source.upward(leaf):
        if node.type not in STATEMENTS:
            continue
        if node.parent is None or node.parent != source.root or leaf is None:
            return None
        made = _statement(node)
        for item in made.items:
            if item.start_byte <= leaf.start_byte and leaf.end_byte <= item.end_byte:
                return (made, item) if _binds(item, leaf) else None
        return None
    return None


def _statement(node: Node) -> Statement:
    module = node.child_by_field_name("module_name") or node.child_by_field_name("source")
    items: list[Node] = []
    pending = [child for child in node.named_children if child != module]
    while pending:
        child = pending.pop(0)
        if child.type in ("import_clause", "named_imports"):
            pending = [*child.named_children, *pending]
        elif child.type in ITEMS or child.type in ("identifier", "namespace_import"):
            items.append(child)
    name = text_of(module).strip("'\"") if module is not None else ""
    is_type = any(child.type == "type" for child in node.children)
    return Statement(node, name, tuple(items), is_type)


def _binds(item: Node, leaf: Node) -> bool:
    """Whether it is this name of the item that the file has from then on."""
    alias = item.child_by_field_name("alias")
    if alias is not None:
        return alias == leaf
    name = item.child_by_field_name("name") or item
    return name.start_byte == leaf.start_byte or item.type == "namespace_import"


def _python_module(module: str, there: PurePosixPath, here: PurePosixPath) -> str:
    """A relative module of another folder's file; empty where it is out of the package."""
    match = RELATIVE.match(module)
    if match is None:
        return ""
    up, rest = len(match[1]) - 1, [part for part in match[2].split(".") if part]
    folder = list(there.parts)
    target = [*folder[: len(folder) - up], *rest] if up <= len(folder) else []
    common = 0
    for one, other in zip(target, here.parts, strict=False):
        if one != other:
            break
        common += 1
    if not common:
        return ""
    return "." * (len(here.parts) - common + 1) + ".".join(target[common:])
