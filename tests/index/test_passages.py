"""Where files are cut, and what a passage is called."""

from __future__ import annotations

from itertools import pairwise
from textwrap import dedent

from neoai_server_ext.index.passages import cut, defines_function, kind_of, summary

MODULE = dedent(
    '''\
    """A module."""
    import os

    LIMIT = 3


    class Room:
        """A room."""

        size = 1

        # Lets somebody in.
        @property
        def door(self):
            """Open it."""
            def latch():
                return 1
            return latch()

        colour = "red"

        async def close(self): ...


    def leave(room):
        return room
    '''
)


def test_each_definition_is_a_passage_that_knows_its_name_and_its_line() -> None:
    found = {(p.symbol, p.defined) for p in cut("a.py", MODULE)}
    assert {("Room", 7), ("Room.door", 14), ("Room.close", 22), ("leave", 25)} <= found


def test_comments_and_decorators_belong_to_the_definition_below() -> None:
    (door,) = [p for p in cut("a.py", MODULE) if p.symbol == "Room.door"]
    assert (door.start, door.end) == (12, 18)
    assert [line.strip() for line in summary(door).split("\n")] == [
        "# Lets somebody in.",
        '"""Open it."""',
    ]


def test_what_follows_a_method_in_its_class_is_not_the_methods() -> None:
    (colour,) = [p for p in cut("a.py", MODULE) if "colour" in p.text and "door" not in p.text]
    assert colour.symbol == "Room"
    assert colour.start == 20


def test_every_line_with_text_is_in_a_passage() -> None:
    lines = MODULE.split("\n")
    covered = {line for p in cut("a.py", MODULE) for line in range(p.start, p.end + 1)}
    assert {i + 1 for i, line in enumerate(lines) if line.strip()} <= covered


def test_a_long_function_is_cut_with_overlap_and_each_piece_knows_where_it_begins() -> None:
    text = "def long():\n" + "".join(f"    x{i} = {i}\n" for i in range(150))
    pieces = cut("a.py", text)
    assert len(pieces) > 2
    assert {p.defined for p in pieces} == {1}
    assert all(a.end >= b.start for a, b in pairwise(pieces))


def test_javascript_definitions_are_passages() -> None:
    text = "export class A {\n  x = 1;\n}\n\nexport async function go(a) {\n  return a;\n}\n"
    text += "\nconst f = (x) => {\n  return x;\n};\n"
    assert {"A", "go", "f"} <= {p.symbol for p in cut("a.ts", text)}


def test_markdown_is_cut_at_headings_but_not_inside_code() -> None:
    text = "# One\ntext\n```sh\n# no heading\n```\n## Two\nmore\n"
    assert [p.symbol for p in cut("a.md", text)] == ["One", "Two"]


def test_rest_is_cut_at_titles_with_a_line_below_or_around_and_not_at_tables() -> None:
    text = (
        "===\nTop\n===\n\ntext\n\nInner\n-----\nmore\n\n====  ====\na     b\n====  ====\n\nx = 1\n"
    )
    found = [(p.symbol, p.start) for p in cut("a.rst", text)]
    assert found == [("Top", 1), ("Inner", 7)]


def test_source_tests_documentation_and_configuration_are_told_apart() -> None:
    assert kind_of("src/app.py") == "source"
    assert kind_of("tests/app.py") == kind_of("src/app.test.ts") == kind_of("test_app.py") == "test"
    assert kind_of("docs/conf.py") == kind_of("README.md") == "doc"
    assert kind_of("pyproject.toml") == "config"


def test_a_definition_below_a_comment_of_a_hundred_lines_is_told_from_its_comment() -> None:
    text = "# words\n" * 100 + "def below():\n    return 1\n"
    pieces = cut("a.py", text)
    assert [defines_function(piece) for piece in pieces] == [True] * len(pieces)
