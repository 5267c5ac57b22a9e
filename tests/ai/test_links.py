"""Citations that become links."""

from __future__ import annotations

from pathlib import Path

import pytest

from neoai_server_ext.ai.chat.links import Linker, href
from neoai_server_ext.ai.chat.named import Named
from neoai_server_ext.ai.context import Place

LINKER = Linker("/user/ada/", "my project", ["src/app.py", "app.py", "a(b).py"])
APP = "[`src/app.py:12`](/user/ada/lab/tree/my%20project/src/app.py#L12)"


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("See src/app.py:12.", f"See {APP}."),
        ("See `src/app.py:12`.", f"See {APP}."),
        ("(src/app.py:L12)", f"({APP})"),
        (
            "app.py:3-9",
            "[`app.py:3-9`](/user/ada/lab/tree/my%20project/app.py#L3-L9)",
        ),
        ("./src/app.py:12", APP),
        (
            "`app.py:3–9`",  # noqa: RUF001
            "[`app.py:3-9`](/user/ada/lab/tree/my%20project/app.py#L3-L9)",
        ),
        ("a(b).py:1", "[`a(b).py:1`](/user/ada/lab/tree/my%20project/a%28b%29.py#L1)"),
        ("other.py:3 and lib/app.py:3", "other.py:3 and lib/app.py:3"),
        ("`run src/app.py:12 now`", "`run src/app.py:12 now`"),
        ("[here](src/app.py:12)", "[here](src/app.py:12)"),
        ("```\nsrc/app.py:12\n```\nsrc/app.py:12", f"```\nsrc/app.py:12\n```\n{APP}"),
        ("```py\nsrc/app.py:12", "```py\nsrc/app.py:12"),
        ("src/app.py:12:5", f"{APP}:5"),
        ("src/app.py", "src/app.py"),
    ],
)
def test_a_citation_outside_code_becomes_a_link(text: str, linked: str) -> None:
    assert LINKER(text) == linked


def test_linking_twice_changes_nothing() -> None:
    assert LINKER(LINKER("See `src/app.py:12` and app.py:3.")) == LINKER(
        "See `src/app.py:12` and app.py:3."
    )


def test_a_project_that_is_the_servers_root_has_no_folder_in_its_links() -> None:
    assert (
        Linker("/", "", ["ü #.py"]).link("ü #.py", 3)
        == "[`ü #.py:3`](/lab/tree/%C3%BC%20%23.py#L3)"
    )
    assert href("/", "a.py", 4, 4) == "/lab/tree/a.py#L4"


def test_without_known_files_nothing_is_linked() -> None:
    assert Linker("/", "", [])("src/app.py:12") == "src/app.py:12"


def test_what_is_cited_is_told_in_order_and_once() -> None:
    assert LINKER.cited("app.py:3 `src/app.py:1` app.py:3") == [("app.py", 3), ("src/app.py", 1)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project with some files, one of which leads out of it, and a private project within."""
    root = tmp_path / "kitchen"
    for path in ("src/app.py", "my notes.md", "Makefile", ".git/config", "cellar/still.py"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x = 1\n")
    (tmp_path / "secret.py").write_text("x = 1\n")
    (root / "away.py").symlink_to(tmp_path / "secret.py")
    return Place(root, hidden=("cellar/",))


async def test_files_of_the_project_that_a_text_names_with_a_line_are_found(place: Place) -> None:
    named = Named(place)
    assert await named.look_for("See src/app.py:3, `my notes.md:1-2`, (Makefile:9) and src:1.")
    assert named.files == {"src/app.py", "my notes.md", "Makefile"}
    assert not await named.look_for("See src/app.py:3 and none.py:1.")


@pytest.mark.parametrize(
    "text",
    [
        "../secret.py:1",
        "src/../../secret.py:1",
        "away.py:1",
        "`away.py:1`",
        "/etc/passwd:1",
        "`/etc/passwd:1`",
        ".git/config:1",
        "cellar/still.py:1",
        "http://Makefile:80/x",
        "`a\0b:1`",
        "Makefile",
    ],
)
async def test_nothing_outside_the_project_hidden_or_without_a_line_is_found(
    place: Place, text: str
) -> None:
    named = Named(place)
    assert not await named.look_for(text)
    assert named.files == set()


async def test_a_long_reply_that_names_very_many_files_has_some_looked_for(place: Place) -> None:
    named = Named(place)
    assert not await named.look_for(" ".join(f"none{n}.py:1" for n in range(20_000)))
    assert not await named.look_for("src/app.py:1")
