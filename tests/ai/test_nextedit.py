"""The places that must change too after an edit: real texts in several languages, no model."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from neoai_server_ext.ai.nextedit.edits import change
from neoai_server_ext.ai.nextedit.finding import find
from neoai_server_ext.ai.nextedit.places import Look
from neoai_server_ext.ai.nextedit.service import Edited, _find
from neoai_server_ext.ai.nextedit.source import Source
from neoai_server_ext.grammars import language_of

SHAPES = '''\
def area(width, height):
    """The area.

    :param width: in metres
    """
    # width is positive
    def doubled(width):
        return 2 * width

    return width * height + doubled(1)


print(area(width=1, height=2))
width = 3
'''
LOADER = """\
export function load(options: Options): Promise<Reply> {
  const { timeout } = options;
  const limit = (timeout: number) => timeout * 2;
  return ask({ timeout, limit });
}
"""


class Texts:
    """A project that is held in memory."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def using(self, word: str) -> list[str]:
        """Those that have it anywhere."""
        return [path for path, text in self.texts.items() if word in text]

    def read(self, path: str) -> str | None:
        """As it is."""
        return self.texts.get(path)


def offered(
    path: str, before: str, *swaps: tuple[str, str], others: Mapping[str, str] | None = None
) -> list[tuple[str, str | None]]:
    """Each line that has a place, with `path:` where it is another file's, and what is put there.

    swaps: what was edited, each once.
    """
    after = before
    for old, new in swaps:
        assert old in after
        after = after.replace(old, new, 1)
    language = language_of(path)
    made = change(path, Source(before, language), Source(after, language))
    texts = {path: after, **(others or {})}
    found = []
    for place in find([made], Look(Texts(others or {}), 10)):
        source = Source(texts[place.path])
        line = source.lines[source.line_of(place.start)].strip()
        assert texts[place.path][place.start : place.end] == place.old
        found.append((line if place.path == path else f"{place.path}: {line}", place.new))
    return found


def test_a_renamed_parameter_is_offered_at_its_uses_and_arguments_but_not_where_it_is_another() -> (
    None
):
    found = offered("shapes.py", SHAPES, ("area(width,", "area(breadth,"))
    assert found == [
        ("return width * height + doubled(1)", "breadth"),
        ("print(area(width=1, height=2))", "breadth"),
        (":param width: in metres", "breadth"),
        ("# width is positive", "breadth"),
    ]


def test_a_parameter_given_by_name_in_another_file_is_offered_there() -> None:
    others = {"app.py": "from shapes import area\n\narea(width=1, height=2)\nwidth = 1\n"}
    found = offered("shapes.py", SHAPES, ("area(width,", "area(breadth,"), others=others)
    assert ("app.py: area(width=1, height=2)", "breadth") in found
    assert ("app.py: width = 1", "breadth") not in found


def test_a_renamed_function_is_offered_where_it_is_imported_or_taken_from_its_module() -> None:
    others = {
        "app.py": "from pkg.shapes import area\nprint(area(1, 2))\n",
        "by_module.py": "from pkg import shapes\nshapes.area(1, 2)\n",
        "own.py": "def area(x):\n    return x\narea(1)\n",
        "other.py": "plot.area(1)\n",
    }
    found = offered("pkg/shapes.py", SHAPES, ("def area", "def surface"), others=others)
    assert found == [
        ("print(area(width=1, height=2))", "surface"),
        ("app.py: from pkg.shapes import area", "surface"),
        ("app.py: print(area(1, 2))", "surface"),
        ("by_module.py: shapes.area(1, 2)", "surface"),
    ]


def test_shorthand_properties_keep_their_key_and_inner_scopes_their_own_name() -> None:
    found = offered("load.ts", LOADER, ("const { timeout }", "const { timeout: wait }"))
    assert found == []
    found = offered("load.ts", LOADER, ("load(options:", "load(given:"))
    assert found == [("const { timeout } = options;", "given")]
    found = offered("load.js", "let a = 1;\nuse({ a });\n", ("let a", "let b"))
    assert found == [("use({ a });", "a: b")]


@pytest.mark.parametrize(
    ("path", "text", "swap", "expected"),
    [
        (
            "a.go",
            "func f(count int) int {\n\tif count > 1 {\n\t\treturn count\n\t}\n\treturn 0\n}\n",
            ("f(count", "f(total"),
            [("if count > 1 {", "total"), ("return count", "total")],
        ),
        (
            "A.java",
            "class A {\n  int size;\n  int twice() { return this.size * 2; }\n}\n",
            ("int size", "int length"),
            [("int twice() { return this.size * 2; }", "length")],
        ),
        (
            "a.rs",
            "fn f(count: u32) -> u32 {\n    let next = count + 1;\n    next\n}\n",
            ("f(count", "f(total"),
            [("let next = count + 1;", "total")],
        ),
        (
            "a.tsx",
            "const App = ({ title }: P) => <h1>{title}</h1>;\nexport default App;\n",
            ("const App", "const Page"),
            [("export default App;", "Page")],
        ),
    ],
)
def test_scopes_are_known_in_each_language(
    path: str, text: str, swap: tuple[str, str], expected: list[tuple[str, str]]
) -> None:
    assert offered(path, text, swap) == expected


def test_a_renamed_method_is_offered_project_wide_only_where_no_other_has_its_name() -> None:
    text = "class Pot:\n    def boil_it(self):\n        return self.boil_it\n"
    swap = ("def boil_it", "def heat_it")
    found = offered("pot.py", text, swap, others={"app.py": "pot.boil_it()\n"})
    assert found == [("return self.boil_it", "heat_it"), ("app.py: pot.boil_it()", "heat_it")]
    other = "class Pan:\n    def boil_it(self): ...\npan.boil_it()\n"
    assert offered("pot.py", text, swap, others={"app.py": other}) == [
        ("return self.boil_it", "heat_it")
    ]


def test_the_key_of_a_dictionary_is_offered_where_it_is_the_whole_string() -> None:
    text = 'a = d["max_wait"]\nb = d.get("max_wait")\nlog("max_wait is long")\n'
    found = offered("a.py", text, ('a = d["max_wait"]', 'a = d["longest_wait"]'))
    assert found == [('b = d.get("max_wait")', "longest_wait")]


def test_calling_something_else_once_renames_nothing() -> None:
    text = "import a\n\ndef load(): ...\ndef save(): ...\n\nload()\nload()\n"
    assert offered("a.py", text, ("\nload()", "\nsave()")) == []


def test_a_removed_parameter_is_removed_from_the_calls_without_a_model() -> None:
    others = {"app.py": "from shapes import area\narea(1, height=f(2))\narea(*sides)\n"}
    found = offered("shapes.py", SHAPES, ("(width, height):", "(width):"), others=others)
    assert ("print(area(width=1, height=2))", "(width=1)") in found
    assert ("app.py: area(1, height=f(2))", "(1)") in found
    assert len([each for each in found if each[0].startswith("app.py")]) == 1


def test_reordered_parameters_reorder_what_is_given_by_position() -> None:
    others = {"app.py": "from shapes import area\narea(1, 2)\n"}
    found = offered("shapes.py", SHAPES, ("(width, height):", "(height, width):"), others=others)
    assert found == [("app.py: area(1, 2)", "(2, 1)")]


def test_a_new_parameter_is_pointed_at_unless_it_has_a_default() -> None:
    others = {"app.py": "from shapes import area\narea(1, 2)\narea(1, 2, depth=3)\n"}
    added = ("(width, height):", "(width, height, depth):")
    found = offered("shapes.py", SHAPES, added, others=others)
    assert found == [("print(area(width=1, height=2))", None), ("app.py: area(1, 2)", None)]
    optional = ("(width, height):", "(width, height, depth=1):")
    assert offered("shapes.py", SHAPES, optional, others=others) == []


def test_calls_of_a_method_that_other_classes_have_too_are_offered_at_self_alone() -> None:
    text = (
        "class Runner:\n    def invoke(self, job):\n        ...\n\n"
        "    def again(self):\n        self.invoke(1)\n        other.invoke(2)\n"
    )
    swap = ("invoke(self, job)", "invoke(self, job, now)")
    other = "class Client:\n    def invoke(self, x): ...\nclient.invoke(3)\n"
    found = offered("run.py", text, swap, others={"client.py": other})
    assert found == [("self.invoke(1)", None)]
    alone = offered("run.py", text, swap, others={"use.py": "runner.invoke(3)\n"})
    assert [line for line, _ in alone] == [
        "self.invoke(1)",
        "other.invoke(2)",
        "use.py: runner.invoke(3)",
    ]


def test_a_pattern_of_keywords_alone_is_too_wide_to_be_offered() -> None:
    text = "def a(self):\n    ...\ndef b(self):\n    ...\ndef c(self):\n    ...\n"
    found = offered("a.py", text, ("a(self):", "a(self) -> int:"), ("b(self):", "b(self) -> int:"))
    assert found == []


def test_an_overriding_method_gets_the_same_parameters() -> None:
    text = (
        "class Job:\n    def run(self, now):\n        ...\n\n"
        "class Night(Job):\n    def run(self, now):\n        ...\n"
    )
    found = offered("job.py", text, ("run(self, now)", "run(self, now, quietly=False)"))
    assert found == [("def run(self, now):", "(self, now, quietly=False)")]


def test_what_was_done_at_two_places_is_offered_at_the_others_with_what_differs_there() -> None:
    text = "a = ask(1)\nb = ask(x)\nlog(ask(y))\nask(z.w)\n"
    found = offered("a.py", text, ("ask(1)", "ask(1, ctx)"), ("ask(x)", "ask(x, ctx)"))
    assert ("log(ask(y))", ", ctx") in found
    text = "assertEqual(ask(1), 2)\nassertEqual(ask(x), 3)\nassertEqual(ask(y), 'z')\n"
    found = offered(
        "a.py",
        text,
        ("assertEqual(ask(1), 2)", "assert ask(1) == 2"),
        ("assertEqual(ask(x), 3)", "assert ask(x) == 3"),
    )
    assert found == [("assertEqual(ask(y), 'z')", "assert ask(y) == 'z'")]


def test_a_line_equal_to_the_one_that_was_edited_is_offered() -> None:
    text = "x = 1\nlog.info('begin %s', name)\ny = 2\nlog.info('begin %s', name)\n"
    found = offered("a.py", text, ("'begin %s', name", "'begin %s of %s', name, x"))
    assert found == [("log.info('begin %s', name)", "log.info('begin %s of %s', name, x)")]


def test_columns_count_what_editors_count() -> None:
    source = Source("s = '😀é'; n\n")
    assert source.position(source.text.index("n\n")) == (1, 12)


def test_what_is_huge_or_made_by_a_program_costs_next_to_nothing() -> None:
    begun = time.monotonic()
    line = "x = [" + "1, " * 1_600_000 + "]\n"
    assert offered("a.py", line, ("x", "y")) == []
    many = "def f(a):\n    return a\n" * 20_000
    assert offered("b.py", many, ("f(a)", "f(b)")) is not None
    text = "".join(f"value_{n} = {n}\n" for n in range(50_000))
    made = change("c.py", Source(text, "python"), Source(text[::-1], "python"))
    assert find([made], Look(None, 1)) == []
    assert time.monotonic() - begun < 30


def test_nobody_waits_longer_than_was_said() -> None:
    text = SHAPES * 200
    made = change("a.py", Source(text, "python"), Source(text.replace("width", "w", 1), "python"))
    look = Look(Texts({f"{n}.py": SHAPES for n in range(150)}), 5)
    look.cancelled.set()
    assert find([made], look) == []


@pytest.mark.parametrize(
    ("path", "before", "name"),
    [
        ("a.py", "@dataclass\nclass Pot:\n    size: int\n\n\nPot().size\n", "size"),
        ("a.ts", "export const size = 1;\nuse(size);\n", "size"),
        ("a.ts", "export class Pot {\n  size = 1;\n  get() { return this.size }\n}\n", "size"),
    ],
)
def test_an_edit_within_what_is_exported_or_decorated_and_no_function_comes_to_an_end(
    path: str, before: str, name: str
) -> None:
    language = language_of(path)
    after = before.replace(name, "width", 1)
    made = change(path, Source(before, language), Source(after, language))
    assert [place.new for place in find([made], Look(None, 1.0))] == ["width"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x): pass\n" + "(\n" * 2000 + "f(1),\n" * 9000 + ")\n" * 2000, "def g(x): pass"),
        ("x" + "a b " * 450 + "\n", "x" + "a b " * 200 + "c d" + " a b" * 240 + "\n"),
    ],
    ids=["what is nested deep", "many words alike"],
)
def test_a_search_ends_in_time_whatever_the_text(before: str, after: str) -> None:
    count = 40 if after.endswith("\n") else 1
    after = after if count > 1 else before.replace("def f(x): pass", after)
    began = time.monotonic()
    _find([Edited("a.py", before * count, after * count)], Look(None, 0.5))
    assert time.monotonic() - began < 5
