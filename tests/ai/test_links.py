"""Citations that become links."""

from __future__ import annotations

import pytest

from neoai_server_ext.ai.chat.links import Linker, href

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
