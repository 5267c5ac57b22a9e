"""What becomes of a model's text at the cursor."""

from __future__ import annotations

from itertools import pairwise

import pytest

from neoai_server_ext.ai.completion.shaping import LINES, Spot, shaped

FUNCTION = "def add(a, b):\n    "


def whole(written: str, prefix: str, suffix: str = "", language: str = "python") -> str:
    return shaped(written, Spot(prefix, suffix, language), is_whole=True).text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("```python\nreturn a + b\n```", "return a + b"),
        ("```\nreturn a + b\n```\n\nThis adds them.", "return a + b"),
        ("return a + b", "return a + b"),
        ("    return a + b", "return a + b"),
        ("return a + b\n\n\ndef sub(a, b):\n    return a - b\n", "return a + b"),
        ("return a + b\n", "return a + b"),
        ("", ""),
    ],
)
def test_a_function_is_completed_without_fence_remark_or_indentation(
    written: str, text: str
) -> None:
    assert whole(written, FUNCTION) == text


@pytest.mark.parametrize(
    ("prefix", "written", "text"),
    [
        ("total = ", "total = 1", "1"),
        ("    total = ", "total = 1", "1"),
        ("if a:\n    if b:\n    ", "    pass", "    pass"),
        ("a = 1\n", "a = 1", "a = 1"),
    ],
)
def test_the_line_that_was_begun_is_not_written_again(prefix: str, written: str, text: str) -> None:
    assert whole(written, prefix) == text


@pytest.mark.parametrize(
    ("prefix", "suffix", "written", "text"),
    [
        ("print(", ")", "total)", "total"),
        ("print(", ")", "sum(totals)", "sum(totals)"),
        ("print(", ")", "sum(totals))", "sum(totals)"),
        ("names['", "']\n", "first']", "first"),
        ("x = ", " + other_value\n", "value + other_value", "value"),
        ("a = 1\n", "\nprint(a)\n", "b = 2\nprint(a)\n", "b = 2"),
        ("a = 1\n", "print(a)\n", "print(a)", ""),
        ("if x {\n    ", "\n}\n", "go();\n}", "go();"),
    ],
)
def test_what_follows_is_not_written_again(
    prefix: str, suffix: str, written: str, text: str
) -> None:
    language = "javascript" if "{" in prefix else "python"
    assert whole(written, prefix, suffix, language) == text


def test_a_block_ends_where_it_is_closed() -> None:
    written = "return 1;\n}\n\nfunction next() {\n  return 2;\n}\n"
    assert whole(written, "function one() {\n  ", "", "javascript") == "return 1;\n}"


def test_a_model_that_says_the_same_again_and_again_is_stopped() -> None:
    assert whole("pot.heat()\n" * 9, "x = 1\n") == "pot.heat()\npot.heat()"
    assert len(whole("".join(f"x{n} = {n}\n" for n in range(99)), "a = 1\n").splitlines()) == LINES


def test_of_prose_no_line_is_left_out_for_its_indentation() -> None:
    written = "first\n\nand then\n```sh\nls\n```"
    assert whole(written, "- one\n  - two ", "", "markdown") == written


def test_a_single_line_ends_with_the_line() -> None:
    spot = Spot("x = ", "", "python", multiline=False)
    assert shaped("1\ny = 2", spot, is_whole=False) == shaped("1\n", spot, is_whole=True)
    assert shaped("1\ny = 2", spot, is_whole=False).is_over


def test_a_text_cut_by_its_limit_ends_with_a_whole_line() -> None:
    spot = Spot("a = 1\n", "", "python")
    assert shaped("b = 2\nc = 3\nd =", spot, is_whole=True, was_cut=True).text == "b = 2\nc = 3"
    assert shaped("b = some", spot, is_whole=True, was_cut=True).text == "b = some"


@pytest.mark.parametrize(
    ("prefix", "suffix", "written"),
    [
        (FUNCTION, "", "```python\nreturn a + b\n```"),
        ("total = ", "", "total = 1"),
        ("print(", ")", "sum(totals))"),
        ("a = 1\n", "\nprint(a)\n", "b = 2\nprint(a)\n"),
        (FUNCTION, "", "return a + b\n\n\ndef sub(a, b):\n    return a - b\n"),
        ("if a:\n    ", "", "go()\nelse:\n    stop()\n"),
        ("if a then\n  ", "", "go()\nend\nstop()\n"),
    ],
)
def test_what_is_shown_of_a_growing_text_is_the_beginning_of_what_it_becomes(
    prefix: str, suffix: str, written: str
) -> None:
    spot = Spot(prefix, suffix, "python")
    end = shaped(written, spot, is_whole=True).text
    shown = [shaped(written[:n], spot, is_whole=False).text for n in range(len(written))]
    assert all(end.startswith(each.rstrip()) for each in shown), (end, shown)
    assert all(later.startswith(each) for each, later in pairwise(shown))


CODE = "```python\nreturn a + b\n```"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (f"Here is the completed function:\n\n{CODE}\n\nIt adds both.", "return a + b"),
        (f"Sure! The body of add(a, b) adds them.\n{CODE}", "return a + b"),
        (f"The function `add` returns the sum of both arguments.\n\n{CODE}", "return a + b"),
        (f"Answer:\n{CODE}", "return a + b"),
        (f"### Completion\n\n{CODE}", "return a + b"),
        ("Here's the code:\n~~~\nreturn a + b\n~~~\n", "return a + b"),
        ("Here's the code:\n\n    return a + b", "return a + b"),
        ("1. First look here.\n2. Then:\n   ```python\n    return a + b\n   ```", "return a + b"),
        ("return a + b\n```\nThis adds them.", "return a + b"),
        (f"return a + b\n\nOr, if you like it longer:\n{CODE}", "return a + b"),
        ("The function adds its two arguments and gives their sum.", ""),
        ("I'm sorry, but add(a, b) is complete already.", ""),
        ("Here is what I would do:\n- add them\n- return it", ""),
        ("This code is complete.\nNothing belongs at the cursor.", ""),
    ],
)
def test_of_an_answer_in_sentences_the_code_alone_is_suggested(written: str, text: str) -> None:
    assert whole(written, FUNCTION) == text
    spot = Spot(FUNCTION, "", "python")
    shown = [shaped(written[:n], spot, is_whole=False).text for n in range(len(written))]
    assert all(text.startswith(each.rstrip()) for each in shown), shown


@pytest.mark.parametrize(
    ("prefix", "language", "written"),
    [
        ("x = ", "python", "None"),
        ("def f():\n    ", "python", "Foo(a, b).bar()"),
        ("def f():\n    ", "python", "Total: int = 1\n    return Total"),
        ("", "java", "String name = value;"),
        ("", "vb", "Dim total As Integer"),
        ("", "sql", "Select name from users where users.age"),
        ("# ", "python", "The sum of both numbers is returned here."),
        (
            'def f():\n    """',
            "python",
            "Return the sum of both.\n\n    ```python\n    f()\n    ```",
        ),
        (
            "def f():\n    ",
            "python",
            '"""Do it.\n\n    ```python\n    f()\n    ```\n    """\n    go()',
        ),
        ("/* ", "c", "Here is where it begins. */"),
        ("Dear all,\n", "markdown", "Here is the list:\n\n```sh\nls\n```"),
    ],
)
def test_code_and_sentences_that_belong_there_are_kept(
    prefix: str, language: str, written: str
) -> None:
    assert whole(written, prefix, "", language) == written
