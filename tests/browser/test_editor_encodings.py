"""Encodings and line endings in NeoAI's editor: shown, kept and changed, down to the bytes."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import NewPage, Workspace, until
from .monaco import VIEW, open_in_monaco, put_cursor, text_of, wait_for_text

BANNER = ".neoai-Banner:visible"
BOTH = pytest.mark.parametrize("server", ["lab_server", "plain_lab_server"], indirect=True)


@BOTH
def test_a_latin_1_file_opens_is_saved_as_such_and_becomes_utf_8_when_asked(
    workspace: Workspace, page: Any, screenshot: Any
) -> None:
    open_in_monaco(page, workspace.write("latin.txt", "Café\r\ndéjà\r\n".encode("latin-1")))
    assert text_of(page) == "Café\ndéjà\n"
    page.wait_for_selector(".neoai-EncodingStatus:has-text('ISO-8859-1')")
    page.wait_for_selector(".neoai-LineEndingsStatus:text-is('CRLF')")
    put_cursor(page, 3, 1)
    page.keyboard.type("größer")
    page.keyboard.press("Control+s")
    expected = "Café\r\ndéjà\r\ngrößer".encode("latin-1")
    until(lambda: workspace.read("latin.txt") == expected, "latin-1 on disk")
    page.click(".neoai-EncodingStatus")
    page.hover(".lm-Menu-itemLabel:text-is('Save with Encoding')")
    page.wait_for_selector(".lm-Menu-itemLabel:text-is('UTF-8')")
    screenshot(page, "editor encodings")
    page.click(".lm-Menu-itemLabel:text-is('UTF-8')")
    page.wait_for_selector(".neoai-EncodingStatus:has-text('UTF-8')")
    until(lambda: workspace.read("latin.txt") == expected.decode("latin-1").encode(), "UTF-8")
    page.evaluate(f"{VIEW}.editor.focus()")
    page.click(".neoai-LineEndingsStatus")
    page.click(".lm-Menu-itemLabel:text-is('Line Endings of Linux and macOS (LF)')")
    page.wait_for_selector(".neoai-LineEndingsStatus:text-is('LF')")
    until(lambda: workspace.read("latin.txt") == "Café\ndéjà\ngrößer".encode(), "LF on disk")
    page.evaluate(f"{VIEW}.editor.focus()")
    page.keyboard.type("!")
    page.keyboard.press("Control+s")
    until(lambda: workspace.read("latin.txt") == "Café\ndéjà\ngrößer!".encode(), "LF stays")


@BOTH
def test_a_wrongly_guessed_encoding_is_put_right_by_reopening(
    workspace: Workspace, page: Any
) -> None:
    open_in_monaco(page, workspace.write("polish.txt", "Łódź\n".encode("iso-8859-2")))
    page.wait_for_selector(".neoai-EncodingStatus:has-text('ISO-8859-1')")
    page.click(".neoai-EncodingStatus")
    page.hover(".lm-Menu-itemLabel:text-is('Reopen with Encoding')")
    page.click(".lm-Menu-itemLabel:text-is('ISO-8859-2')")
    wait_for_text(page, "Łódź\n")
    page.wait_for_selector(".neoai-EncodingStatus:has-text('ISO-8859-2')")
    page.evaluate(f"{VIEW}.editor.focus()")
    page.keyboard.press("Control+End")
    page.keyboard.type("Kraków, Wrocław")
    page.keyboard.press("Control+s")
    expected = "Łódź\nKraków, Wrocław".encode("iso-8859-2")
    until(lambda: workspace.read("polish.txt") == expected, "ISO-8859-2 on disk")


@pytest.mark.parametrize("dark", [False, True])
def test_a_character_that_the_encoding_lacks_leaves_the_file_unsaved_and_says_so(
    workspace: Workspace, new_page: NewPage, screenshot: Any, dark: bool
) -> None:
    page = new_page("Ada", dark=dark, width=900 if dark else 1280)
    open_in_monaco(page, workspace.write("latin.txt", "Grüße\n".encode("latin-1")))
    page.keyboard.press("Control+End")
    page.keyboard.type("5 €")
    page.keyboard.press("Control+s")

    page.wait_for_selector(f"{BANNER}:has-text('iso-8859-1 has no “€” (line 2)')")
    page.keyboard.press("Control+s")
    page.wait_for_selector("#jp-main-statusbar :text('Saving failed')")
    assert page.locator(".jp-Dialog").count() == 0
    assert page.evaluate("window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.wait_for_selector(".lm-TabBar-tab.jp-mod-dirty:has-text('latin.txt')")
    screenshot(page, f"unencodable-{'dark' if dark else 'light'}")
    page.click(".lm-TabBar-tab:has-text('latin.txt') .lm-TabBar-tabCloseIcon")
    page.click(".jp-Dialog .jp-mod-reject:has-text('Cancel')")

    page.get_by_role("button", name="Save with UTF-8").click()
    until(lambda: workspace.read("latin.txt") == "Grüße\n5 €".encode(), "UTF-8 on disk")
    page.wait_for_selector(BANNER, state="hidden")
    page.wait_for_selector(".lm-TabBar-tab:not(.jp-mod-dirty):has-text('latin.txt')")
    page.wait_for_selector(".neoai-EncodingStatus:has-text('UTF-8')")


def test_a_file_that_the_disk_refuses_stays_unsaved_until_it_is_tried_again(
    workspace: Workspace, page: Any
) -> None:
    open_in_monaco(page, workspace.write("full.txt", "one\n"))
    in_the_way = workspace.folder / ".~full.txt"  # where Jupyter writes first
    in_the_way.mkdir()
    page.keyboard.type("two ")
    page.wait_for_selector(f"{BANNER}:has-text('This file is not saved. Is a directory.')")
    page.wait_for_selector(".lm-TabBar-tab.jp-mod-dirty:has-text('full.txt')")
    in_the_way.rmdir()
    page.get_by_role("button", name="Try Again").click()
    until(lambda: workspace.read("full.txt") == b"two one\n", "saved")
    page.wait_for_selector(BANNER, state="hidden")
