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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#!/usr/bin/env python\nx = 1\n", "#!/usr/bin/env python\n\n+\n\nx = 1\n"),
        ("# -*- coding: latin-1 -*-\n\nx = 1\n", "# -*- coding: latin-1 -*-\n\n+\n\nx = 1\n"),
        (
            '#!/bin/python\n# (c) Soup Ltd.\n"""Soup."""\n\nx = 1\n',
            '#!/bin/python\n# (c) Soup Ltd.\n"""Soup."""\n\n+\n\nx = 1\n',
        ),
        ('"""Soup."""  # of fish\nx = 1\n', '"""Soup."""  # of fish\n\n+\n\nx = 1\n'),
        ("# Licensed to all.\n# As is.\nx = 1\n", "# Licensed to all.\n# As is.\n\n+\n\nx = 1\n"),
        ("# Soup, in one file.\n\nx = 1\n", "# Soup, in one file.\n\n+\n\nx = 1\n"),
        (
            "# Soup, in one file.\n\n# Spoons.\nx = 1\n",
            "# Soup, in one file.\n\n+\n\n# Spoons.\nx = 1\n",
        ),
        ("# Spoons.\nx = 1\n", "+\n\n# Spoons.\nx = 1\n"),
    ],
)
def test_the_first_import_comes_below_what_heads_the_file(before: str, after: str) -> None:
    others = {"a.py": "from json import loads\n"}
    expected = after.replace("+", "from json import loads").replace("1", "loads(y)")
    assert done(before, ("x = 1", "x = loads(y)"), others=others) == expected.replace(
        "latin-loads(y)", "latin-1"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#!/usr/bin/env node\nx(1)\n", "#!/usr/bin/env node\n\n+\n\nx(1)\n"),
        ("/*! MIT */\n'use client';\n\nx(1)\n", "/*! MIT */\n'use client';\n\n+\n\nx(1)\n"),
        ("// @ts-check\nx(1)\n", "// @ts-check\n\n+\n\nx(1)\n"),
        ("/** Boils. */\nx(1)\n", "+\n\n/** Boils. */\nx(1)\n"),
    ],
)
def test_the_first_import_of_a_script_does_so_too(before: str, after: str) -> None:
    others = {"a.js": "import { pot } from 'pots';\n"}
    found = done(before, ("x(1)", "x(pot)"), others=others, path="b.js")
    assert found == after.replace("+", "import { pot } from 'pots';").replace("1", "pot")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("%%time\nx = 1", "%%time\n+\n\nx = 1"),
        ("\n%%capture out\n\nx = 1", "\n%%capture out\n+\n\nx = 1"),
        (
            "!pip install soup\n%matplotlib inline\nx = 1",
            "!pip install soup\n%matplotlib inline\n+\n\nx = 1",
        ),
        ("# Soup\n%%time\nx = 1", "# Soup\n%%time\n+\n\nx = 1"),
        ("x = 1", "+\n\nx = 1"),
    ],
)
def test_the_first_import_of_a_notebook_comes_below_magics(before: str, after: str) -> None:
    others = {"a.py": "from json import loads\n"}
    found = done(before, ("x = 1", "x = loads(y)"), others=others, path="a.ipynb")
    assert found == after.replace("+", "from json import loads").replace("1", "loads(y)")


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("soup.py", "import a  # noqa\n"),
        ("soup.py", "import a; import b\n"),
        ("soup.py", "import a; b = [\n    2,\n]  # more\n"),
        ("soup.py", "import a   \n"),
        ("soup.ipynb", "import a  # noqa\n"),
    ],
)
def test_the_next_import_comes_below_the_whole_line_of_the_last(path: str, head: str) -> None:
    others = {"a.py": "from json import loads\n"}
    found = done(f"{head}x = 1\n", ("x = 1", "x = loads(y)"), others=others, path=path)
    assert found == f"{head}from json import loads\nx = loads(y)\n"


def test_a_name_joins_a_list_that_goes_on_after_a_backslash() -> None:
    before = "from kitchen import lid, \\\n    pot\n\nlid(pot)\n"
    swap = ("lid(pot)", "lid(pot, ladle)")
    expected = before.replace(*swap).replace("    pot", "    pot, spoon as ladle")
    assert done(before, swap, others=OTHERS) == expected


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


@pytest.mark.parametrize(
    ("before", "swap", "expected"),
    [
        (
            "import Pan, { use } from 'r'\nPan(use)\n",
            ("Pan(use)", "Pan"),
            "import Pan from 'r'\nPan\n",
        ),
        (
            "import Pan, {\n  use,\n} from 'r'\nPan(use)\n",
            ("Pan(use)", "Pan"),
            "import Pan from 'r'\nPan\n",
        ),
        (
            "import Pan, { use } from 'r'\nPan(use)\n",
            ("Pan(use)", "use"),
            "import { use } from 'r'\nuse\n",
        ),
        (
            "import Pan, { lid, pot } from 'r'\nPan(lid, pot)\n",
            ("Pan(lid, pot)", "Pan(lid)"),
            "import Pan, { lid } from 'r'\nPan(lid)\n",
        ),
        (
            "import Pan, { lid, pot } from 'r'\nPan(lid, pot)\n",
            ("Pan(lid, pot)", "Pan(pot)"),
            "import Pan, { pot } from 'r'\nPan(pot)\n",
        ),
        (
            "import Pan, { lid, pot } from 'r'\nPan(lid, pot)\n",
            ("Pan(lid, pot)", "lid(pot)"),
            "import { lid, pot } from 'r'\nlid(pot)\n",
        ),
        (
            "import Pan, * as all from 'r'\nPan(all)\n",
            ("Pan(all)", "Pan"),
            "import Pan from 'r'\nPan\n",
        ),
        (
            "import Pan, * as all from 'r'\nPan(all)\n",
            ("Pan(all)", "all"),
            "import * as all from 'r'\nall\n",
        ),
        ("import * as all from 'r';\nx(all)\n", ("x(all)", "x"), "x\n"),
        ("import { Pan as rest } from 'r';\nx(rest)\n", ("x(rest)", "x"), "x\n"),
    ],
)
def test_of_a_default_and_a_list_of_names_what_is_left_is_a_statement(
    before: str, swap: tuple[str, str], expected: str
) -> None:
    assert done(before, swap, path="a.js") == expected
    assert done(before, swap, path="a.ts") == expected


@pytest.mark.parametrize(
    ("before", "left"),
    [
        ("import type { Pot } from 'r'\n", ""),
        ("import type Pot from 'r'\n", ""),
        ("import { type Pot } from 'r'\n", ""),
        ("import { lid, type Pot } from 'r'\nlid\n", "import { lid } from 'r'\nlid\n"),
        ("import { type Pot, lid } from 'r'\nlid\n", "import { lid } from 'r'\nlid\n"),
        ("import R, { type Pot } from 'r'\nR\n", "import R from 'r'\nR\n"),
    ],
)
def test_a_type_that_is_not_used_any_more_goes(before: str, left: str) -> None:
    swap = ("let x: Pot\n", "let x: number\n")
    assert done(before + swap[0], swap, path="a.ts") == left + swap[1]


def test_a_type_is_imported_as_one_but_not_into_a_script_without_types() -> None:
    others = {"a.ts": "import { type Pot } from './pots'\n"}
    before, swap = "import { lid } from './pots'\n\nlid(1)\n", ("(1)", "(Pot)")
    assert done(before, swap, others=others, path="b.ts") == (
        "import { lid, type Pot } from './pots'\n\nlid(Pot)\n"
    )
    assert done(before, swap, others=others, path="b.js") == before.replace(*swap)
    others = {"a.ts": "import type { Pot } from './pots'\n"}
    assert done(before, swap, others=others, path="b.js") == before.replace(*swap)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "import os; import sys\nsys.path\nos.sep\n"),
        ("a.py", "import sys; import os\nsys.path\nos.sep\n"),
        ("a.py", "import os;\nos.sep\n"),
        ("a.py", "import os  # for its side effects\nos.sep\n"),
        ("a.py", "from a import (\n    b,  # of ours\n    os,\n)\nb(1)\nos.sep\n"),
        ("a.js", "import 'css'; import os from 'r'\nos.sep\n"),
        ("a.js", "import os from 'r'; import 'css'\nos.sep\n"),
        ("a.js", "/* eslint-disable */ import os from 'r'\nos.sep\n"),
    ],
)
def test_what_shares_its_line_or_a_comment_is_left_alone(path: str, text: str) -> None:
    assert done(text, ("os.sep", "1"), path=path) == text.replace("os.sep", "1")


def test_what_others_take_from_here_stays() -> None:
    text = "from pots import lid\nlid(1)\n"
    assert done(text, ("lid(1)", "1"), path="kitchen.py") == "1\n"
    others = {"a.py": "from kitchen import lid\n"}
    assert done(text, ("lid(1)", "1"), others=others, path="kitchen.py") == text.replace(
        "lid(1)", "1"
    )


def test_an_import_that_a_magic_uses_stays() -> None:
    text = "import os\n!echo {os.sep}\nos.name\n"
    assert done(text, ("os.name", "1"), path="a.ipynb") == text.replace("os.name", "1")
