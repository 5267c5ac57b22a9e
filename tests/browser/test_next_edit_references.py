"""Next edits where a language server looks after the file: the real python-lsp-server."""

from __future__ import annotations

from typing import Any

from ..ai.test_nextedit_references import PUMPS
from .conftest import LabServer, Workspace
from .monaco import open_in_monaco, put_cursor, wait_for_text
from .test_language_server import READY, SLOW_MS
from .test_next_edit import FOLLOWED, STATUS, hint, make_project, no_suggestions, rename  # noqa: F401

USER = """\
from threading import Thread

from pumps import Clock, Pump

first = Pump()
first.start()
Clock().start()
Thread().start()
"""
ALONE = "class Pump:\n    def start(self):\n        return 1\n"
WITH_OTHERS = USER.replace("Clock, ", "").replace("Clock().start()\n", "unknown.start()\n")


def opened(page: Any, workspace: Workspace, server: LabServer, pumps: str, user: str) -> None:
    """A project with `pumps.py` in front, and its server ready."""
    path = workspace.write("pumps.py", pumps)
    workspace.write("use.py", user)
    make_project(page, workspace, server, "pump")
    open_in_monaco(page, path)
    page.wait_for_selector(FOLLOWED)
    page.wait_for_selector(READY, timeout=SLOW_MS)


def accept_the_last(page: Any, text: str) -> None:
    """Go to the second place, in the other file, and accept it, which then has this text."""
    hint(page, "to use.py:62 of 2")
    page.keyboard.press("Tab")
    hint(page, "to accept2 of 2")
    page.keyboard.press("Tab")
    wait_for_text(page, text)
    page.locator(STATUS).wait_for(state="detached")
    assert not page.console_errors


def test_of_two_classes_with_a_method_of_one_name_only_the_one_s_uses_are_offered(
    page: Any, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    opened(page, workspace, server, PUMPS, USER)
    rename(page, 2, 10, "prime")
    hint(page, "to go there1 of 2")
    screenshot(page, "next edit by references")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    wait_for_text(
        page,
        PUMPS.replace("start", "prime", 1).replace("Pump().start", "Pump().prime"),
    )
    accept_the_last(page, USER.replace("first.start", "first.prime"))


def test_a_use_behind_an_emoji_is_found_though_the_server_counts_characters(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    pumps = PUMPS.replace("Pump().start", "print('🎉🎉', Pump().start")
    pumps = pumps.replace("start()\nClock", "start())\nClock")
    opened(page, workspace, server, pumps, "")
    rename(page, 2, 10, "prime")
    hint(page, "to go there1 of 1")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    wait_for_text(page, pumps.replace("start", "prime", 1).replace("Pump().start", "Pump().prime"))


def test_a_member_of_another_s_is_not_offered_and_one_of_nobody_knows_whose_is(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    opened(page, workspace, server, ALONE, WITH_OTHERS)
    rename(page, 2, 10, "prime")
    hint(page, "to use.py:61 of 2")
    for _ in range(2):
        page.keyboard.press("Tab")
        hint(page, "to accept")
        page.keyboard.press("Tab")
    wait_for_text(
        page,
        WITH_OTHERS.replace("first.start", "first.prime").replace("unknown.start", "unknown.prime"),
    )
    page.locator(STATUS).wait_for(state="detached")


def test_what_the_server_said_before_moves_along_with_what_is_written_since(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    opened(page, workspace, server, PUMPS, USER)
    rename(page, 2, 10, "prime")
    put_cursor(page, 1, 1)
    page.keyboard.insert_text("# pumps\n# and clocks\n")
    put_cursor(page, 4, 18)
    hint(page, "1 of 2")
    page.keyboard.press("Tab")
    hint(page, "to accept1 of 2")
    page.keyboard.press("Tab")
    edited = PUMPS.replace("start", "prime", 1).replace("Pump().start", "Pump().prime")
    wait_for_text(page, "# pumps\n# and clocks\n" + edited)


def test_of_two_methods_of_one_name_only_the_changed_one_s_calls_are_offered(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    pumps = PUMPS.replace("(self)", "(\n        self, wait\n    )", 1).replace(
        "start()", "start(1)"
    )
    pumps = pumps.replace("(self)", "(self, wait)")
    user = USER.replace("start()", "start(2)")
    opened(page, workspace, server, pumps, user)
    put_cursor(page, 3, 19)
    for _ in ", wait":
        page.keyboard.press("Backspace")
    hint(page, "to go there1 of 2")
    page.keyboard.press("Tab")
    hint(page, "to accept1 of 2")
    page.keyboard.press("Tab")
    wait_for_text(page, pumps.replace(", wait", "", 1).replace("Pump().start(1)", "Pump().start()"))
    accept_the_last(page, user.replace("first.start(2)", "first.start()"))
