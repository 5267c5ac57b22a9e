"""Chats of hundreds of messages: their end at once, the rest soon, and nothing jumps."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.chat_open import chat

from .chats import CHAT, MESSAGES
from .conftest import LabServer, NewPage, Workspace

pw = pytest.importorskip("playwright.sync_api")

COUNT = 500
RENDERED = f"{MESSAGES} .jp-chat-rendered-message"
SCROLLER = f"document.querySelector('{MESSAGES}').parentElement"
AT_END = f"(s => s.scrollHeight - s.scrollTop - s.clientHeight < 100)({SCROLLER})"


def open_long(page: Any, workspace: Workspace, *, name: str = "long.chat") -> Any:
    """Open it; returns its list once its last message is drawn."""
    path = workspace.write(name, chat(COUNT))
    page.evaluate(
        """path => void window.jupyterapp.commands.execute('docmanager:open', {
            path, factory: 'Chat'})""",
        path,
    )
    shown = page.locator(MESSAGES)
    shown.get_by_text("The last message.").wait_for()
    return shown


def wait_for_all(page: Any, count: int = COUNT) -> None:
    page.wait_for_function(
        "([rendered, count]) => document.querySelectorAll(rendered).length === count",
        arg=[RENDERED, count],
    )


def hold_back(page: Any) -> None:
    """No idle time: earlier messages come only when somebody goes there."""
    page.evaluate("window.requestIdleCallback = () => 1")


def test_a_chat_of_500_messages_opens_at_its_end_with_its_last_messages_alone(
    page: Any, workspace: Workspace
) -> None:
    hold_back(page)
    shown = open_long(page, workspace)
    pw.expect(shown.get_by_text("The last message.")).to_be_in_viewport()
    page.wait_for_function(AT_END)
    assert 0 < page.locator(RENDERED).count() < 50
    assert page.console_errors == []


def test_the_rest_comes_by_itself_while_the_view_stays_at_the_end(
    page: Any, workspace: Workspace
) -> None:
    shown = open_long(page, workspace)
    wait_for_all(page)
    page.wait_for_function(AT_END)
    first = shown.locator(".jp-chat-rendered-message").first
    pw.expect(first).to_have_text("How is pan 0 heated?")
    indexes = shown.locator("[data-index]").evaluate_all("all => all.map(e => +e.dataset.index)")
    assert indexes == list(range(COUNT))
    page.wait_for_function(f"{CHAT}.model.messagesInViewport.includes({COUNT - 1})")


def test_scrolling_up_brings_earlier_messages_with_the_buttons_of_their_code(
    page: Any, workspace: Workspace
) -> None:
    hold_back(page)
    shown = open_long(page, workspace)
    before = page.locator(RENDERED).count()
    shown.hover()
    page.mouse.wheel(0, -1200)
    page.wait_for_function(
        "([rendered, count]) => document.querySelectorAll(rendered).length > count",
        arg=[RENDERED, before],
    )
    # The block of message 461, and the Markdown that its buttons know it by.
    message = shown.locator(".jp-chat-message").filter(has_text="pan.on(461)")
    message.scroll_into_view_if_needed()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    toolbar = message.get_by_role("toolbar", name="Code block")
    pw.expect(toolbar).to_have_count(1)
    toolbar.get_by_role("button", name="Copy Code").click()
    pw.expect(toolbar.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == (
        "def heat(pan):\n    return pan.on(461)"
    )
    assert page.locator(RENDERED).count() < COUNT


def test_what_somebody_reads_stays_in_its_place_while_earlier_messages_come(
    page: Any, workspace: Workspace
) -> None:
    page.evaluate("""() => {
        const later = [];
        window.requestIdleCallback = run => later.push(run);
        window.beIdle = () => {
            window.requestIdleCallback = run => setTimeout(run, 0);
            later.forEach(run => run());
        };
    }""")
    open_long(page, workspace)
    page.wait_for_function(AT_END)
    page.evaluate(f"{SCROLLER}.scrollBy(0, -300)")
    # The event of it comes with the next frame.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    # Text in the middle of the view, and where it is.
    top = """text => [...document.querySelectorAll('.jp-chat-rendered-message')]
        .find(e => e.textContent.includes(text)).getBoundingClientRect().top"""
    text = page.evaluate(
        """() => { const view = document.querySelector('.jp-chat-messages-container')
            .parentElement.getBoundingClientRect();
            return [...document.querySelectorAll('.jp-chat-rendered-message')].find(e =>
                e.getBoundingClientRect().top > view.top + 100
            ).textContent.match(/How.*|pan.on.*/)[0];
        }"""
    )
    before = page.evaluate(top, text)
    page.evaluate("window.beIdle()")
    wait_for_all(page)
    assert abs(page.evaluate(top, text) - before) <= 2


def test_looking_for_text_in_the_page_finds_all_of_a_chat(page: Any, workspace: Workspace) -> None:
    hold_back(page)
    shown = open_long(page, workspace)
    shown.click(position={"x": 5, "y": 5})
    page.keyboard.press("Control+f")
    wait_for_all(page)
    pw.expect(shown.get_by_text("How is pan 0 heated?")).to_have_count(1)


def test_a_message_that_comes_is_added_at_the_end_and_followed(
    page: Any, workspace: Workspace, screenshot: Any
) -> None:
    hold_back(page)
    shown = open_long(page, workspace)
    page.wait_for_function(AT_END)
    page.evaluate(f"() => void {CHAT}.model.sendMessage({{body: 'One more **question**.'}})")
    said = shown.locator(".jp-chat-rendered-message", has_text="One more question.")
    pw.expect(said).to_be_in_viewport()
    assert page.locator(RENDERED).count() < 50
    wide = shown.locator("strong", has_text="question")
    pw.expect(wide).to_be_visible()
    screenshot(page, "long-chat")


@pytest.mark.parametrize("server", ["plain_lab_server"], indirect=True)
def test_it_opens_at_its_end_without_collaboration_too(
    server: LabServer, new_page: NewPage, workspace: Workspace
) -> None:
    page = new_page("Ada")
    shown = open_long(page, workspace)
    wait_for_all(page)
    page.wait_for_function(AT_END)
    pw.expect(shown.get_by_text("The last message.")).to_be_in_viewport()


def test_in_the_sidebar_a_long_chat_opens_at_its_end_too(page: Any, workspace: Workspace) -> None:
    hold_back(page)
    path = workspace.write("side.chat", chat(COUNT))
    page.evaluate(
        """path => void window.jupyterapp.commands.execute('jupyterlab-chat:open', {
            filepath: path, inSidePanel: true})""",
        path,
    )
    shown = page.locator(".jp-chat-sidepanel " + MESSAGES)
    shown.get_by_text("The last message.").wait_for()
    pw.expect(shown.get_by_text("The last message.")).to_be_in_viewport()
    assert 0 < shown.locator(".jp-chat-rendered-message").count() < 50
