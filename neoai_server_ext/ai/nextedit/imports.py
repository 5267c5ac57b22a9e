"""Imports that an edit needs, as other files of the project have them, and such that it leaves
without a use."""

from __future__ import annotations

import builtins
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .edits import Change
from .importing import Form, Statement, statement_of, statements
from .names import Occurrence, occurrences
from .places import Look, Place
from .source import Source, is_notebook, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

KNOWN = frozenset(dir(builtins))
LANGUAGES = {
    "python": {"python"},
    "javascript": {"javascript", "typescript", "tsx"},
    "typescript": {"javascript", "typescript", "tsx"},
    "tsx": {"javascript", "typescript", "tsx"},
}
NAME = re.compile(r"(?<![\w$.])[^\W\d][\w$]+(?![\w$])")
HEAD = re.compile(
    r"^(?:#!|/\*!|///)|coding[:=]|copyright|licen[cs]e|spdx-|\(c\)|©|"
    r"^\W*(?:@ts-|@jsx|@flow|@file|eslint|(?:flake8|fmt|isort|mypy|pylint|pyright|ruff|vim):)",
    re.IGNORECASE,
)
"""In a comment: that it is about the whole file."""
MOST_NAMES = 5
ENOUGH_FILES = 10
"""After so many files that import a name it is known how that is done."""


def places(change: Change, look: Look) -> Iterator[Place]:
    """Imports to be written, and to be taken away; raises Stopped."""
    if change.after.language not in LANGUAGES or change.after.root is None:
        return
    before = _words(change.before, [hunk.before for hunk in change.hunks])
    after = _words(change.after, [hunk.after for hunk in change.hunks])
    for name in list(after - before)[:MOST_NAMES]:
        yield from _missing(change, name, look)
    for name in list(before - after)[:MOST_NAMES]:
        yield from _unused(change, name, look)


def _words(source: Source, spans: list[tuple[int, int]]) -> Counter[str]:
    """The names in these lines."""
    found: Counter[str] = Counter()
    for first, end in spans:
        found.update(NAME.findall("".join(source.lines[first:end])))
    return found


def _missing(change: Change, name: str, look: Look) -> Iterator[Place]:
    """A name that nothing here binds, and that was not here before."""
    look.go_on()
    source = change.after
    if name in KNOWN or any(True for _ in change.before.words(name)):
        return
    found = occurrences(source, name)
    if not any(o.role == "use" for o in found):
        return
    if any(o.role in ("binding", "import") or o.scope is not None for o in found if _is_code(o)):
        return
    form = _usual_form(change, name, look)
    if form is not None:
        yield _written(change, form, f"{name} is not imported here")


def _usual_form(change: Change, name: str, look: Look) -> Form | None:
    """How most of the files that import a name do so."""
    language = change.after.language
    forms: Counter[Form] = Counter()
    for path, source in look.others(name, change.path):
        if source.language not in LANGUAGES[language] or "import" not in source.text:
            continue
        for o in occurrences(source, name):
            made = statement_of(source, o) if o.role == "import" else None
            form = made and made[0].form(made[1]).seen_from(path, change.path, language)
            if form and not (form.is_for_types and language == "javascript"):
                forms[form] += 1
        if forms.total() >= ENOUGH_FILES:
            break
    if not forms:
        return None
    form, count = forms.most_common(1)[0]
    return form if 2 * count > forms.total() and not _is_of(change.path, form) else None


def _is_of(path: str, form: Form) -> bool:
    """Whether it is the file itself from which others import it."""
    return form.module.rpartition(".")[2].rpartition("/")[2] == PurePosixPath(path).stem


def _written(change: Change, form: Form, reason: str) -> Place:
    """In the statement that takes other names from there, else below the last one."""
    source = change.after
    known = list(statements(source))
    for each in known:
        if each.extended_by(form):
            last = each.items[-1]
            _, at = source.range(last)
            begin = source.starts[source.line_of(source.range(last)[0])]
            before = source.text[begin : source.range(last)[0]]
            has_own_line = len(each.items) > 1 and not before.strip()
            is_open = not source.text[:begin].endswith("\\\n")
            between = f",\n{before}" if has_own_line and is_open else ", "
            return Place(change.path, at, at, "", f"{between}{form.item}", "import", reason)
    top = form.module.partition(".")[0] or form.item.partition(".")[0]
    alike = [each for each in known if top and top in (each.module.partition(".")[0], _top(each))]
    line = form.line(source.language, text_of(known[-1].node) if known else "")
    if known:
        at = _line_end(source, (alike or known)[-1].node)
        if source.text[at : at + 1] != "\n" or is_notebook(change.path):
            return Place(change.path, at, at, "", f"\n{line}", "import", reason)
        # Not within a line that may be taken away.
        return Place(change.path, at + 1, at + 1, "", f"{line}\n", "import", reason)
    at, new = _first(source, line)
    return Place(change.path, at, at, "", new, "import", reason)


def _top(statement: Statement) -> str:
    return text_of(statement.items[0]).partition(".")[0] if statement.items else ""


def _line_end(source: Source, node: Node) -> int:
    """Where the line ends in which a statement of the top level does, and what begins there."""
    while (after := node.next_sibling) and after.start_point.row == node.end_point.row:
        node = after
    row = source.line_of(source.range(node)[1])
    return source.starts[row] + len(source.lines[row].rstrip("\n"))


def _first(source: Source, line: str) -> tuple[int, str]:
    """Where a file's first import comes, and what is put there: below what heads the file."""
    head = _head(source)
    if head is None:
        return 0, f"{line}\n\n"
    at = _line_end(source, head)
    row = source.line_of(at)
    above = "\n" if source.is_magic(row) else "\n\n"
    is_close = "".join(source.lines[row + 1 : row + 2]).strip()
    return at, f"{above}{line}\n" if is_close else f"{above}{line}"


def _head(source: Source) -> Node | None:
    """The last of a file's shebang, licence, docstring, directives and magics; another comment
    right above a statement is about that."""
    last = None
    is_head = False
    for node in source.root.named_children if source.root is not None else ():
        source.go_on()
        is_string = (
            node.type == "expression_statement"
            and node.named_child_count == 1
            and node.named_children[0].type == "string"
        )
        is_magic = node.type == "comment" and source.is_magic(node.start_point.row)
        if is_magic or is_string or node.type == "hash_bang_line":
            last, is_head = node, False
        elif node.type == "comment":
            after = node.next_named_sibling
            is_apart = after is None or after.start_point.row > node.end_point.row + 1
            is_head = is_head or HEAD.search(text_of(node)) is not None
            last = node if is_apart or is_head else last
            is_head = is_head and not is_apart
        else:
            break
    return last


def _unused(change: Change, name: str, look: Look) -> Iterator[Place]:
    """A name that is imported, was used where it was edited, and is used nowhere now."""
    look.go_on()
    source = change.after
    found = [
        o
        for o in occurrences(source, name)
        if (o.role != "comment" or source.is_magic(source.line_of(o.start))) and o.owner != "doc"
    ]
    if [o.role for o in found] != ["import"] or PurePosixPath(change.path).name == "__init__.py":
        return
    made = statement_of(source, found[0])
    was_used = any(o.role == "use" for o in occurrences(change.before, name))
    if made is None or not was_used or change.edited(found[0].start, found[0].end):
        return
    statement, item = made
    end = source.range(statement.node)[1]
    line = source.lines[source.line_of(end - 1)] if source.lines else ""
    is_kept = "noqa" in line or statement.module == "__future__" or _is_exported(change, name, look)
    span = _span(source, statement, item)
    if not is_kept and span is not None:
        old = source.original.text[slice(*span)]
        yield Place(change.path, *span, old, "", "import", f"{name} is not used any more")


def _is_exported(change: Change, name: str, look: Look) -> bool:
    """Whether another file takes it from this one."""
    for _, source in islice(look.users(name, change.path), ENOUGH_FILES):
        for o in occurrences(source, name):
            made = statement_of(source, o) if o.role == "import" else None
            if made is not None and _is_of(change.path, made[0].form(made[1])):
                return True
    return False


def _span(source: Source, statement: Statement, item: Node) -> tuple[int, int] | None:
    """What goes with a name; None where something else would go, too, or be left alone."""
    if len(statement.items) == 1:
        start, end = source.range(statement.node)
        begin = source.starts[source.line_of(start)]
        close = source.starts[source.line_of(end - 1) + 1]
        is_alone = not (source.text[begin:start] + source.text[end:close]).strip()
        return (begin, close) if is_alone else None
    pieces, piece = statement.neighbours(item)
    number = pieces.index(piece)
    if number + 1 < len(pieces):
        start, end = source.range(piece)[0], source.range(pieces[number + 1])[0]
    else:
        start, end = source.range(pieces[number - 1])[1], source.range(piece)[1]
    beside = piece.parent.named_children if piece.parent is not None else []
    comments = [source.range(each)[0] for each in beside if each.type == "comment"]
    return None if any(start <= at < end for at in comments) else (start, end)


def _is_code(o: Occurrence) -> bool:
    return o.role not in ("comment", "string", "member", "keyword")
