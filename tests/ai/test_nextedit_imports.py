"""Imports that an edit needs or leaves behind."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from neoai_server_ext.ai.nextedit.edits import change
from neoai_server_ext.ai.nextedit.finding import find
from neoai_server_ext.ai.nextedit.places import Look
from neoai_server_ext.ai.nextedit.source import source_of

from .test_nextedit import Texts

MODULE = '''"""What boils."""

import os
from pathlib import Path

from kitchen import (
    lid,
    pot,
)
from stoves.gas import Flame


def boil():
    return pot, lid, Flame, Path, os
'''
OTHERS = {
    "kitchen/a.py": "from json import loads\nfrom stoves.gas import Flame, Spark\n",
    "kitchen/b.py": "from json import loads\nimport numpy as np\n",
    "kitchen/c.py": "from kitchen import spoon as ladle\nfrom orjson import loads\n",
}
SCRIPT = "import { lid } from './lids'\n\nexport const boil = () => lid\n"


def done(
    before: str,
    *swaps: tuple[str, str],
    others: Mapping[str, str] | None = None,
    path: str = "soup.py",
) -> str:
    """The text once all that is offered in it was accepted. swaps: what was edited."""
    after = before
    for old, new in swaps:
        assert old in after
        after = after.replace(old, new, 1)
    language = "python" if path.endswith(".ipynb") else ""
    made = change(path, source_of(path, before, language), source_of(path, after, language))
    found = find([made], Look(Texts(others or {}), 10))
    for place in sorted(found, key=lambda place: -place.start):
        assert place.path == path
        assert place.new is not None
        assert after[place.start : place.end] == place.old
        after = after[: place.start] + place.new + after[place.end :]
    return after


def test_a_name_is_imported_as_most_other_files_do_beside_what_is_imported_from_there() -> None:
    swap = ("return pot", "return loads(pot)")
    expected = MODULE.replace(*swap).replace(
        "import Flame\n", "import Flame\nfrom json import loads\n"
    )
    assert done(MODULE, swap, others=OTHERS) == expected
    swap = ("return pot", "return Spark(pot)")
    expected = MODULE.replace(*swap).replace("import Flame", "import Flame, Spark")
    assert done(MODULE, swap, others=OTHERS) == expected
    swap = ("return pot", "return ladle(pot)")
    expected = MODULE.replace(*swap).replace("    pot,\n", "    pot,\n    spoon as ladle,\n")
    assert done(MODULE, swap, others=OTHERS) == expected
    swap = ("return pot", "return np.all(pot)")
    expected = MODULE.replace(*swap).replace("import Flame\n", "import Flame\nimport numpy as np\n")
    assert done(MODULE, swap, others=OTHERS) == expected


def test_one_import_goes_as_another_comes_and_in_a_notebook_it_stays_in_its_cell() -> None:
    others = {"a.py": "from json import loads\n"}
    text = "import os\n\nprint(os.sep)\n"
    swap = ("os.sep", "loads(x)")
    expected = "from json import loads\n\nprint(loads(x))\n"
    assert done(text, swap, others=others) == expected
    found = done("import os\nprint(os)\n", ("(os)", "(os, loads)"), others=others, path="a.ipynb")
    assert found == "import os\nfrom json import loads\nprint(os, loads)\n"


@pytest.mark.parametrize(
    "swap",
    [
        ("return pot", "return print(pot)"),
        ("return pot", "return unheard_of(pot)"),
        ("return pot", "return pot.loads"),
        ("return pot", "return dict(loads=pot)"),
        ("return pot", "return 'loads', pot"),
        ("    return pot", "    loads = 1\n    return loads, pot"),
    ],
)
def test_what_is_bound_or_built_in_or_no_name_is_not_imported(swap: tuple[str, str]) -> None:
    assert done(MODULE, swap, others=OTHERS) == MODULE.replace(*swap)


def test_files_that_differ_about_it_say_nothing() -> None:
    others = {"a.py": "from json import loads\n", "b.py": "from orjson import loads\n"}
    swap = ("return pot", "return loads(pot)")
    assert done(MODULE, swap, others=others) == MODULE.replace(*swap)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("shop/soup.py", "from .tools import whisk"),
        ("shop/cold/soup.py", "from ..tools import whisk"),
        ("shop/hot/deep/soup.py", "from ...tools import whisk"),
        ("elsewhere/soup.py", None),
    ],
)
def test_a_relative_import_is_that_of_the_folder(path: str, expected: str | None) -> None:
    others = {"shop/a.py": "from .tools import whisk\n"}
    before = "import os\n\nos.sep\n"
    swap = ("os.sep", "whisk(os)")
    after = before.replace(*swap)
    found = done(before, swap, others=others, path=path)
    assert found == (after.replace("os\n", f"os\n{expected}\n", 1) if expected else after)


def test_the_first_import_comes_below_the_docstring_or_at_the_top() -> None:
    others = {"a.py": "from json import loads\n"}
    assert done("x = 1\n", ("1", "loads(y)"), others=others) == (
        "from json import loads\n\nx = loads(y)\n"
    )
    assert done('"""Soup."""\n\nx = 1\n', ("1", "loads(y)"), others=others) == (
        '"""Soup."""\n\nfrom json import loads\n\nx = loads(y)\n'
    )


def test_scripts_import_in_their_own_way() -> None:
    others = {
        "kitchen/a.ts": 'import { pot } from "../lids";\nimport Stove from "../stove";\n',
        "b.js": "import Stove from './stove'\n",
    }
    swap = ("=> lid", "=> pot(lid)")
    assert done(SCRIPT, swap, others=others, path="soup.ts") == SCRIPT.replace(*swap).replace(
        "{ lid }", "{ lid, pot }"
    )
    swap = ("=> lid", "=> new Stove(lid)")
    assert done(SCRIPT, swap, others=others, path="soup.ts") == SCRIPT.replace(*swap).replace(
        "'./lids'\n", "'./lids'\nimport Stove from './stove'\n"
    )


@pytest.mark.parametrize(
    ("swap", "gone", "left"),
    [
        ((", os", ""), "import os\n", ""),
        (("return pot, lid,", "return pot,"), "    lid,\n", ""),
        (("return pot, lid,", "return lid,"), ",\n    pot,\n", ",\n"),
        ((", Flame", ""), "from stoves.gas import Flame\n", ""),
    ],
)
def test_an_import_that_is_not_used_any_more_goes(
    swap: tuple[str, str], gone: str, left: str
) -> None:
    after = MODULE.replace(*swap)
    assert done(MODULE, swap) == after.replace(gone, left, 1)


@pytest.mark.parametrize(
    "text",
    [
        "import os  # noqa\nos.sep\n",
        "try:\n    import os\nexcept ImportError:\n    pass\nos.sep\n",
        "import os\n__all__ = ['os']\nos.sep\n",
        "import os\nx: 'os' = 1\nos.sep\n",
        "import os\nos.name\nos.sep\n",
    ],
)
def test_what_is_kept_on_purpose_or_used_elsewhere_stays(text: str) -> None:
    assert done(text, ("os.sep", "1")) == text.replace("os.sep", "1")


def test_what_others_take_from_here_stays() -> None:
    text = "from pots import lid\nlid(1)\n"
    assert done(text, ("lid(1)", "1"), path="kitchen.py") == "1\n"
    others = {"a.py": "from kitchen import lid\n"}
    assert done(text, ("lid(1)", "1"), others=others, path="kitchen.py") == text.replace(
        "lid(1)", "1"
    )
