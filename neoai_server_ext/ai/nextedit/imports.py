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
            if form:
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
            between = ", "
            if len(each.items) > 1 and each.items[-2].end_point.row < last.start_point.row:
                start = source.range(last)[0]
                begin = source.starts[source.line_of(start)]
                between = ",\n" + source.text[begin:start]
            return Place(change.path, at, at, "", f"{between}{form.item}", "import", reason)
    top = form.module.partition(".")[0] or form.item.partition(".")[0]
    alike = [each for each in known if top and top in (each.module.partition(".")[0], _top(each))]
    line = form.line(source.language, text_of(known[-1].node) if known else "")
    if known:
        _, at = source.range((alike or known)[-1].node)
        if source.text[at : at + 1] != "\n" or is_notebook(change.path):
            return Place(change.path, at, at, "", f"\n{line}", "import", reason)
        # Not within a line that may be taken away.
        return Place(change.path, at + 1, at + 1, "", f"{line}\n", "import", reason)
    at = _below_the_docstring(source)
    new = f"\n\n{line}" if at else f"{line}\n\n"
    return Place(change.path, at, at, "", new, "import", reason)


def _top(statement: Statement) -> str:
    return text_of(statement.items[0]).partition(".")[0] if statement.items else ""


def _below_the_docstring(source: Source) -> int:
    """Where a file's first statement is its docstring its end, else the beginning."""
    first = next(iter(source.root.named_children), None) if source.root is not None else None
    is_docstring = (
        first is not None
        and first.type == "expression_statement"
        and first.named_child_count == 1
        and first.named_children[0].type == "string"
    )
    return source.range(first)[1] if first is not None and is_docstring else 0


def _unused(change: Change, name: str, look: Look) -> Iterator[Place]:
    """A name that is imported, was used where it was edited, and is used nowhere now."""
    look.go_on()
    source = change.after
    found = [o for o in occurrences(source, name) if o.role != "comment" and o.owner != "doc"]
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
    if not is_kept:
        yield _taken_away(change, statement, item, f"{name} is not used any more")


def _is_exported(change: Change, name: str, look: Look) -> bool:
    """Whether another file takes it from this one."""
    for _, source in islice(look.users(name, change.path), ENOUGH_FILES):
        for o in occurrences(source, name):
            made = statement_of(source, o) if o.role == "import" else None
            if made is not None and _is_of(change.path, made[0].form(made[1])):
                return True
    return False


def _taken_away(change: Change, statement: Statement, item: Node, reason: str) -> Place:
    source = change.after
    items = statement.items
    number = items.index(item)
    if len(items) == 1:
        start, end = source.range(statement.node)
        end += source.text[end : end + 1] == "\n"
    elif number + 1 < len(items):
        start, end = source.range(item)[0], source.range(items[number + 1])[0]
    else:
        start, end = source.range(items[number - 1])[1], source.range(item)[1]
    return Place(change.path, start, end, source.text[start:end], "", "import", reason)


def _is_code(o: Occurrence) -> bool:
    return o.role not in ("comment", "string", "member", "keyword")
