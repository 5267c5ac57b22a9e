"""Whether an earlier fix fits other code."""

from __future__ import annotations

import pytest

from neoai_server_ext.index.fixes.applying import applied

HEAT = "def heat(pot):\n    pot.temp += 1\n    return pots / 0\n\nheat(p)\n"
HEATED = HEAT.replace("pots / 0", "pots / 3")


@pytest.mark.parametrize(
    ("before", "after", "code", "wanted"),
    [
        # the same code, but for its end
        ("1 / 0", "1 / 1", "1 / 0\n", "1 / 1"),
        # the same line among others, indented further
        (
            HEAT,
            HEATED,
            "if x:\n        return pots / 0\ny = 1",
            "if x:\n        return pots / 3\ny = 1",
        ),
        # nearly the same line
        (
            "print(df.colums)",
            "print(df.columns)",
            "a = 1\nprint(data.colums)",
            "a = 1\nprint(data.columns)",
        ),
        # what came at the beginning
        (
            "np.zeros(3)",
            "import numpy as np\nnp.zeros(3)",
            "y = np.ones(2)",
            "import numpy as np\ny = np.ones(2)",
        ),
        # what came after a line that is there
        ("a()\nb()\nc()", "a()\nx()\nb()\nc()", "    a()\n    c()", "    a()\n    x()\n    c()"),
        # two places
        ("a(1)\nb(2)\nc(3)\nd", "a(9)\nb(2)\nc(8)\nd", "q\na(1)\nz\nc(3)", "q\na(9)\nz\nc(8)"),
        # a line that went
        ("a()\nbreak()\nc()", "a()\nc()", "break()\nz()", "z()"),
    ],
)
def test_a_fix_is_brought_into_other_code(before: str, after: str, code: str, wanted: str) -> None:
    assert applied(before, after, code) == wanted


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("1 / 0", "1 / 1", "import pandas\npandas.read_csv('x')"),
        ("a(1)", "a(2)", "a(1)\nb()\na(1)"),
        ("total = pots / 0", "total = pots / 3", "total = pots / n"),
        ("a()\nb()", "a()\nx()\nb()", "q()\nr()"),
        ("key = '[redacted: password]'", "key = '[redacted: token]'", "key = 'mine'"),
        ("load()", "load(key='[redacted: token]')", "load()"),
        ("a()", "b()", ""),
        ("a()", "b()", "b()"),
        ("a()\n" * 2000, "b()\n" * 2000, "a()\nc()"),
    ],
)
def test_a_fix_that_does_not_clearly_fit_is_not_made(before: str, after: str, code: str) -> None:
    assert applied(before, after, code) is None
