"""Where code of a reply belongs in a file."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from neoai_server_ext.ai.merging import Unplaced, merge

KITCHEN = '''"""A kitchen."""

import os
from math import pi


LIMIT = 3


# What holds water.
class Pot:
    """A pot."""

    size = 1

    def boil(self):
        """Heat it."""
        self.heat(90)
        return self

    def cool(self):
        self.heat(0)


def serve(pot):
    print(pot)


def wash(pot):
    pot.clean()


if __name__ == "__main__":
    serve(Pot())
'''


def test_a_function_takes_the_place_of_the_one_with_its_name_and_all_else_stays() -> None:
    merged = merge(KITCHEN, "def serve(pot):\n    return pot\n", "kitchen.py")
    assert merged.how == "symbols"
    assert merged.text == KITCHEN.replace("    print(pot)\n", "    return pot\n")


def test_a_method_shown_at_the_margin_goes_into_its_class() -> None:
    code = 'def boil(self):\n    """Heat it."""\n    self.heat(100)\n    return self\n'
    assert merge(KITCHEN, code, "kitchen.py").text == KITCHEN.replace("heat(90)", "heat(100)")


def test_a_class_with_some_of_its_methods_keeps_the_others_and_gets_new_ones() -> None:
    code = (
        "class Pot:\n    def boil(self):\n        self.heat(100)\n\n"
        "    def empty(self):\n        pass\n"
    )
    text = merge(KITCHEN, code, "kitchen.py").text
    old = '        """Heat it."""\n        self.heat(90)\n        return self\n'
    new = "        self.heat(100)\n\n    def empty(self):\n        pass\n"
    assert text == KITCHEN.replace(old, new)


def test_imports_that_are_missing_come_to_the_others_and_those_there_do_not_twice() -> None:
    code = "import os\nimport json\n\n\ndef wash(pot):\n    json.dumps(pot)\n"
    expected = KITCHEN.replace("import pi\n", "import pi\nimport json\n")
    assert merge(KITCHEN, code, "kitchen.py").text == expected.replace(
        "pot.clean()", "json.dumps(pot)"
    )


def test_what_is_new_comes_before_the_part_that_runs() -> None:
    code = "def dry(pot):\n    pot.wipe()\n"
    text = merge(KITCHEN, code, "kitchen.py").text
    assert text == KITCHEN.replace(
        "\nif __name__", "\ndef dry(pot):\n    pot.wipe()\n\n\nif __name__"
    )


def test_what_is_new_comes_behind_what_it_is_shown_behind() -> None:
    code = "def serve(pot):\n    print(pot)\n\n\ndef pour(pot):\n    pass\n"
    expected = KITCHEN.replace("    print(pot)\n", "    print(pot)\n\n\ndef pour(pot):\n    pass\n")
    assert merge(KITCHEN, code, "kitchen.py").text == expected


def test_a_value_takes_the_place_of_the_one_with_its_name() -> None:
    assert merge(KITCHEN, "LIMIT = 4", "kitchen.py").text == KITCHEN.replace("= 3", "= 4")


def test_what_a_comment_leaves_out_stays() -> None:
    code = (
        "class Pot:\n    # ... existing code ...\n\n    def cool(self):\n        self.heat(5)\n\n"
        "# ...\n"
    )
    assert merge(KITCHEN, code, "kitchen.py").text == KITCHEN.replace("heat(0)", "heat(5)")
    code = "def boil(self):\n    # ... as before ...\n    self.rest()\n    return self\n"
    expected = KITCHEN.replace(
        "        return self\n", "        self.rest()\n        return self\n"
    )
    assert merge(KITCHEN, code, "kitchen.py").text == expected


def test_a_whole_file_takes_the_place_of_all_of_it() -> None:
    code = KITCHEN.replace("from math import pi\n", "").replace("heat(90)", "heat(100)")
    merged = merge(KITCHEN, code, "kitchen.py")
    assert (merged.how, merged.text) == ("whole", code)


def test_a_name_at_several_places_goes_to_the_likeliest_or_to_none() -> None:
    two = (
        "class A:\n    def run(self):\n        self.engine.start()\n        self.engine.go()\n\n\n"
        "class B:\n    def run(self):\n        return None\n"
    )
    code = "def run(self):\n    self.engine.start()\n    self.engine.go(3)\n"
    assert merge(two, code, "a.py").text == two.replace("go()", "go(3)")
    alike = two.replace("return None", "self.engine.start()\n        self.engine.go()")
    with pytest.raises(Unplaced, match="several places: lines 2, 8"):
        merge(alike, code, "a.py")


@pytest.mark.parametrize("old", ["", "\n"])
def test_in_an_empty_file_the_code_is_all_and_its_name_is_not_code(old: str) -> None:
    merged = merge(old, "# src/app.py\nx = 1\n", "src/app.py")
    assert (merged.how, merged.text) == ("new", "x = 1\n")


def test_line_ends_and_a_missing_one_at_the_end_stay() -> None:
    old = KITCHEN.removesuffix("\n").replace("\n", "\r\n")
    merged = merge(old, "def wash(pot):\n    pot.rinse()\n", "kitchen.py")
    assert merged.text == old.replace("clean", "rinse")


def test_unified_hunks_are_applied_where_their_lines_stand() -> None:
    patch = (
        "--- a/kitchen.py\n+++ b/kitchen.py\n@@ -99,3 +99,4 @@\n def serve(pot):\n-    print(pot)\n"
        "+    pot.pour()\n+    print(pot)\n \n"
    )
    merged = merge(KITCHEN, patch, "kitchen.py", "diff")
    assert merged.how == "patch"
    assert merged.text == KITCHEN.replace("    print(", "    pot.pour()\n    print(")
    with pytest.raises(Unplaced, match="near `never there`"):
        merge(KITCHEN, "@@ -1,1 +1,1 @@\n-never there\n+x\n", "kitchen.py")


def test_blocks_to_search_for_are_replaced() -> None:
    code = "<<<<<<< SEARCH\n    pot.clean()\n=======\n    pot.rinse()\n>>>>>>> REPLACE\n"
    assert merge(KITCHEN, code, "kitchen.py").text == KITCHEN.replace("clean", "rinse")


def test_of_a_language_without_a_grammar_lines_that_both_have_say_where() -> None:
    old = "".join(f"stage {name}:\n  run {name} now\n\n" for name in ("fetch", "build", "ship"))
    code = "stage build:\n  run build slowly\n  run build now\n"
    merged = merge(old, code, "ci.conf")
    assert merged.how == "lines"
    assert merged.text == old.replace("  run build now\n", "  run build slowly\n  run build now\n")
    with pytest.raises(Unplaced):
        merge(old, "nothing of this\nis known here\n", "ci.conf")


def test_typescript_is_merged_by_its_definitions_too() -> None:
    old = (
        "import { a } from './a';\n\nexport const limit = 3;\n\n/** A pot. */\nexport class Pot {\n"
        "  boil(): void {\n    a();\n  }\n\n  cool(): void {}\n}\n"
    )
    code = (
        "import { b } from './b';\n\nexport class Pot {\n  // ...\n"
        "  boil(): void {\n    b();\n  }\n}\n"
    )
    expected = old.replace("'./a';\n", "'./a';\nimport { b } from './b';\n").replace("a();", "b();")
    assert merge(old, code, "pot.ts").text == expected


def test_a_result_that_cannot_be_read_says_so() -> None:
    code = "<<<<<<< SEARCH\n    pot.clean()\n=======\n    pot.clean(\n>>>>>>> REPLACE\n"
    assert "no valid python" in merge(KITCHEN, code, "kitchen.py").note


@pytest.mark.parametrize("code", ["", "\n\n", "\ud800", "\0" * 10, "x = (" * 2000, "@@ -1 +1 @@"])
def test_whatever_comes_it_is_placed_or_said_not_to_be(code: str) -> None:
    with suppress(Unplaced):
        assert merge(KITCHEN, code, "kitchen.py").text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("pass\n" * 6000 + "x", "pass\n" * 6000 + "y"),
        ("a\n", "<<<<< SEARCH\na\n=====\n" * 50_000),
        ("a\n" * 50_000, "@@ -1,1 +1,1 @@\n-a\n+b\n" * 20_000),
        ("a\n" * 50_000, "# ...\na\n" * 20_000),
        ("def f(a): pass\n" * 900, "def f(a): return " + "+a" * 800 + "\n"),
    ],
    ids=["equal lines", "unfinished blocks", "many hunks", "many gaps", "many of a name"],
)
def test_code_that_would_take_long_to_place_is_told_to_be_so_at_once(text: str, code: str) -> None:
    began = time.monotonic()
    with suppress(Unplaced):
        merge(text, code, "pot.py")
    assert time.monotonic() - began < 5
