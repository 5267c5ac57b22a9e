"""Encodings and line endings in NeoAI's editor: shown, kept and changed, down to the bytes."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Workspace, until
from .monaco import VIEW, open_in_monaco, put_cursor, text_of, wait_for_text

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
