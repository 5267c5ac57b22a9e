"""Which error a text is about, and when it is the same error again."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from neoai_server_ext.index.fixes import failures

REAL = [
    ("1/0", "ZeroDivisionError", "division by zero"),
    ("pots", "NameError", "name <value> is not defined"),
    ("import nothere", "ModuleNotFoundError", "No module named <value>"),
    ("[1][5]", "IndexError", "list index out of range"),
    ("{}['a']", "KeyError", "<value>"),
    ("{}[3, 'a', 4.5]", "KeyError", "(<number>, <value>, <number>)"),
    (
        "open('/tmp/no where/x')",
        "FileNotFoundError",
        "[Errno <number>] No such file or directory: <value>",
    ),
    ("int('a1')", "ValueError", "invalid literal for int() with base <number>: <value>"),
    ("object().foo", "AttributeError", "<value> object has no attribute <value>"),
    ("'a' + 1", "TypeError", "can only concatenate str (not <value>) to str"),
    ("len(5)", "TypeError", "object of type <value> has no len()"),
    ("x = (1,\n2", "SyntaxError", None),
    (
        "if 1:\nprint(1)",
        "IndentationError",
        "expected an indented block after <value> statement on line <number>",
    ),
    ("assert 1 == 2", "AssertionError", ""),
    ("assert 1 == 2, 'pots: 7'", "AssertionError", "pots: <number>"),
    ("class Own(Exception): pass\nraise Own()", "Own", ""),
    ("import queue\nqueue.Queue().get_nowait()", "Empty", ""),
    ("raise Exception('a\\nb\\nTypeError: c')", "Exception", "a"),
    ("raise ValueError(f'at {object()!r}')", "ValueError", "at <object object at <address>>"),
    (
        "import json\njson.loads('{')",
        "JSONDecodeError",
        "Expecting property name enclosed in double quotes: line <number> column <number> "
        "(char <number>)",
    ),
    (
        "try:\n    1/0\nexcept Exception as e:\n    raise ValueError(f'bad {id(e)}') from e",
        "ValueError",
        "bad <number>",
    ),
    (
        "import subprocess\nsubprocess.run(['false'], check=True)",
        "CalledProcessError",
        "Command '[<value>]' returned non-zero exit status <number>.",
    ),
]

JAVASCRIPT = """/srv/a.js:1
function boil(p){ return p.heat(1) }
                           ^

TypeError: p.heat is not a function
    at boil (/srv/a.js:1:28)
    at Object.<anonymous> (/srv/a.js:2:1)

Node.js v20.20.2
"""
JAVA = """Exception in thread "main" java.lang.ArrayIndexOutOfBoundsException: Index 3 out of bounds
\tat A.f(A.java:1)
\tat A.main(A.java:1)
"""
R = "Error in boil(pot) : object 'pot' not found\nTraceback:\n\n1. boil(pot)\n"
JULIA = "ERROR: BoundsError: attempt to access a Vector at index [5]\n [1] getindex(A::Vector)\n"
RUST = "thread 'main' panicked at src/main.rs:4:9:\nindex out of bounds: the len is 3\n"
PYTEST = """    def test_a():
>       assert boil(3) == 4
E       AssertionError: assert 3 == 4
E        +  where 3 = boil(3)
"""


@pytest.mark.parametrize(("code", "name", "kind"), REAL)
def test_python_says_which_error_it_is_in_a_program_and_in_a_notebook(
    code: str, name: str, kind: str | None
) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        InteractiveShell.instance().run_cell(code)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    for text in (printed.getvalue(), run.stderr):
        found = failures.read(text)
        assert found is not None, text
        assert (found.name, found.language) == (name, "python")
        assert kind is None or found.kind == kind


def test_the_functions_are_the_same_in_a_program_and_in_a_notebook() -> None:
    code = "import json\ndef f(x):\n    return json.loads(x)\nf('{')"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        InteractiveShell.instance().run_cell(code)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    found = [failures.read(text) for text in (printed.getvalue(), run.stderr)]
    assert [each and each.frames for each in found] == [("f", "loads", "decode", "raw_decode")] * 2


@pytest.mark.parametrize(
    ("text", "name", "message", "frames"),
    [
        (JAVASCRIPT, "TypeError", "p.heat is not a function", ("boil",)),
        (JAVA, "ArrayIndexOutOfBoundsException", "Index 3 out of bounds", ("f", "main")),
        (R, "Error", "object 'pot' not found", ()),
        (
            JULIA,
            "BoundsError",
            "attempt to access a Vector at index [5]",
            ("getindex",),
        ),
        (RUST, "panicked", "src/main.rs:4:9:", ()),
        (PYTEST, "AssertionError", "assert 3 == 4", ()),
        ("Explain the error `KeyError: 'a'` in cell 2", "KeyError", "'a'", ()),
        ("What does\n\nValueError: bad pot\n\nmean?", "ValueError", "bad pot", ()),
    ],
)
def test_other_languages_and_questions_say_which_error_it_is(
    text: str, name: str, message: str, frames: tuple[str, ...]
) -> None:
    found = failures.read(text)
    assert found is not None
    assert (found.name, found.message, found.frames) == (name, message, frames)


@pytest.mark.parametrize("text", ["", "How do I boil water?", "There was no error.", "x" * 300_000])
def test_a_text_without_an_error_has_none(text: str) -> None:
    assert failures.read(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("shape (3, 4) is not (5,)", "shape (7, 8, 9) is not (10,)"),
        ("at 0x7f00aa", "at 0x7FFFBB"),
        ("no file /home/a/x.csv here", "no file /srv/b c/y.csv here"),
        (r"no file C:\a\x.csv", r"no file D:\y.csv"),
        ("it's 'one' of \"two\"", "it's 'an other' of \"three\""),
        ("GET https://a.example/x?y=1 failed", "GET http://b.example failed"),
        ("no 0b1f4cde-8a0b-4c55-9f6e-2f6c3f1e8a11", "no 1b1f4cde-8a0b-4c55-9f6e-2f6c3f1e8a12"),
        ("commit 3fa9c21b", "commit 99aa00ff1"),
        ("-1.5e-3 is too small", "2 is too small"),
        ("\x1b[31mbad\x1b[0m pot 1", "bad pot 2"),
    ],
)
def test_what_differs_from_one_run_to_the_next_does_not_count(one: str, other: str) -> None:
    assert failures.read("", "E", one).kind == failures.read("", "E", other).kind  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bad pot", "bad pan"),
        ("utf8 is bad", "ascii is bad"),
        ("not a file", "not a folder"),
        ("and/or is bad", "and is bad"),
    ],
)
def test_what_says_something_else_is_another_error(one: str, other: str) -> None:
    assert failures.read("", "E", one).kind != failures.read("", "E", other).kind  # type: ignore[union-attr]


def test_hostile_texts_take_no_time() -> None:
    for text in ("'" * 100_000, "a." * 90_000, "/a" * 90_000, " at" * 60_000, "E: " * 60_000):
        found = failures.read(f"Traceback (most recent call last):\nValueError: {text}")
        assert found is not None
        assert len(found.message) <= failures.MOST_MESSAGE
        failures.read(text)
        assert json.dumps(found.kind)
