"""A conversation with NeoAI: commands, what is in front, models, and replies made again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .chats import open_chat
from .conftest import LabServer, NewPage, Workspace, running_lab, until
from .monaco import open_file
from .projects import Registry
from .test_providers_page import provider

pw = pytest.importorskip("playwright.sync_api")

PAN = "def heat(pan):\n    return pan.on(200)\n"


@pytest.fixture(scope="module")
def chat_server(_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """JupyterLab with two providers of one model each."""
    with provider("--text", "This is one.") as one, provider("--text", "This is two.") as two:
        providers = [
            {
                "name": name,
                "kind": "openai-compatible",
                "base_url": url,
                "models": [{"id": "m", "price_in_usd": 100, "price_out_usd": 200}],
            }
            for name, url in (("one", one), ("two", two))
        ]
        long = {
            **providers[0],
            "name": "a-provider-of-the-university",
            "models": [{"id": "a-model"}],
        }
        config = {
            "AIService": {"providers": [*providers, long], "routes": {"chat": ["one/m", "two/m"]}}
        }
        home = tmp_path_factory.mktemp("chats") / "home"
        with running_lab(home, config=config) as server:
            yield server


pytestmark = pytest.mark.parametrize("server", ["chat_server"], indirect=True)


def started(page: Any, workspace: Workspace) -> Any:
    """A file in the editor with a selection, and a chat beside it; returns the chat's input."""
    workspace.write("pan.py", PAN)
    open_file(page, f"{workspace.name}/pan.py")
    page.locator(".neoai-Editor .view-lines").click()
    page.keyboard.press("Control+a")
    open_chat(page, workspace, "Welcome.", name="talk.chat")
    found = page.locator(".jp-chat-input-container textarea").first
    found.wait_for()
    page.get_by_title("Open file around the cursor: pan.py").wait_for()
    return found


def replies(page: Any, text: str) -> Any:
    return page.locator(".jp-chat-rendered-message", has_text=text)


@pytest.mark.parametrize(
    ("dark", "width"), [(False, 1280), (True, 760)], ids=["light", "dark-narrow"]
)
def test_a_command_is_completed_and_works_on_the_selection_and_the_reply_says_what_it_took(
    new_page: NewPage, workspace: Workspace, screenshot: Any, dark: bool, width: int
) -> None:
    page = new_page(dark=dark, width=width)
    typed = started(page, workspace)
    typed.press_sequentially("/ex")
    page.get_by_role("option", name="/explain").click()
    screenshot(page, f"chat-command-{'dark' if dark else 'light'}")
    typed.press("Enter")
    replies(page, "This is one.").wait_for()
    footer = page.locator(".neoai-ReplyFooter-about")
    pw.expect(footer).to_contain_text("one/m · ")
    pw.expect(footer).to_contain_text("tokens · $")
    pw.expect(footer).to_contain_text("pan.py")
    screenshot(page, f"chat-reply-{'dark' if dark else 'light'}")
    assert page.console_errors == []


def test_a_reply_is_made_again_by_another_model_and_the_first_one_is_a_click_away(
    new_page: NewPage, workspace: Workspace, screenshot: Any
) -> None:
    page = new_page()
    typed = started(page, workspace)
    typed.fill("Who are you?")
    typed.press("Enter")
    replies(page, "This is one.").wait_for()
    page.get_by_role("button", name="Answer again with another model").click()
    page.get_by_role("menuitem", name="two/m").click()
    replies(page, "This is two.").wait_for()
    pw.expect(page.locator(".neoai-ReplyFooter-versions")).to_contain_text("2/2")
    screenshot(page, "chat-versions")
    page.get_by_role("button", name="Earlier reply").click()
    replies(page, "This is one.").wait_for()
    pw.expect(replies(page, "This is two.")).to_have_count(0)
    pw.expect(page.locator(".neoai-ReplyFooter-about")).to_contain_text("one/m")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_model_picker_fits_a_very_narrow_chat(
    new_page: NewPage, workspace: Workspace, screenshot: Any, dark: bool
) -> None:
    theme = "dark" if dark else "light"
    page = new_page(dark=dark, width=900)
    started(page, workspace)
    page.evaluate("window.jupyterapp.shell.collapseLeft()")
    panel = page.locator(".lm-DockPanel-widget", has=page.locator(".jp-chat-input-container"))
    until(lambda: _narrowed(page, panel), "the chat is 200 pixels wide")
    picker = panel.get_by_title("Model", exact=True).filter(visible=True)
    for choose in ("neoai/search", "a-provider-of-the-university/a-model"):
        picker.click()
        menu = page.get_by_role("group", name="Model")
        shown = menu.get_by_role("menuitem", name="a-provider-of-the-university/a-model")
        shown.wait_for()
        pw.expect(shown).to_be_in_viewport(ratio=1)
        screenshot(page, f"chat-picker-menu-{theme}")
        inside(shown, page.locator(".jp-jai-controlMenu-paper"))
        menu.get_by_role("menuitem", name=choose).click()
        pw.expect(menu).to_have_count(0)
        pw.expect(picker).to_contain_text(choose)
        inside(picker, panel)
        screenshot(page, f"chat-picker-narrow-{choose[:3]}-{theme}")
    for control in panel.locator(".jp-chat-input-toolbar button:visible").all():
        inside(control, panel)


def _narrowed(page: Any, panel: Any) -> bool:
    """Make the window so much narrower that the panel has 200 pixels; whether it has."""
    over = panel.bounding_box()["width"] - 200
    size = page.viewport_size
    if over > 1:
        page.set_viewport_size({**size, "width": int(size["width"] - over)})
    return bool(over <= 1)


def inside(part: Any, whole: Any) -> None:
    """Nothing of the part is cut off at the sides."""
    box, around = part.bounding_box(), whole.bounding_box()
    assert box["x"] >= around["x"]
    assert box["x"] + box["width"] <= around["x"] + around["width"]


def test_a_message_is_changed_and_sent_again(new_page: NewPage, workspace: Workspace) -> None:
    page = new_page()
    typed = started(page, workspace)
    typed.fill("Who are yuo?")
    typed.press("Enter")
    replies(page, "This is one.").wait_for()
    page.get_by_role("button", name="Change this message and have it answered again").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Who are you?")
    page.get_by_role("button", name="Resend").click()
    replies(page, "Who are you?").wait_for()
    pw.expect(page.locator(".neoai-ReplyFooter-versions")).to_contain_text("2/2")


def test_what_is_in_front_is_left_out_with_a_click(new_page: NewPage, workspace: Workspace) -> None:
    page = new_page()
    typed = started(page, workspace)
    for chip in page.locator(".neoai-Along-chip").all():
        chip.click()
    typed.fill("Who are you?")
    typed.press("Enter")
    replies(page, "This is one.").wait_for()
    footer = page.locator(".neoai-ReplyFooter-about")
    pw.expect(footer).to_contain_text("one/m")
    pw.expect(footer).not_to_contain_text("pan.py")


def show_conversations(page: Any, project: str) -> None:
    page.evaluate(
        "id => void window.jupyterapp.commands.execute('neoai:show-conversations', {id})", project
    )


def test_a_projects_conversations_are_searched_opened_renamed_exported_and_deleted(
    new_page: NewPage, server: LabServer, workspace: Workspace, screenshot: Any
) -> None:
    registry = Registry(server)
    registry.clear()
    project = registry.add(workspace.name, "Kitchen")["id"]
    for name, body in (("soup", "Water first."), ("bread", "Flour first.")):
        message = {"id": name, "type": "msg", "time": 1, "sender": "me", "body": body}
        workspace.write(f"{name}.chat", json.dumps({"messages": [message]}))
    page = new_page()
    show_conversations(page, project)
    dialog = page.get_by_role("dialog")
    pw.expect(dialog.get_by_role("listitem")).to_have_count(2)
    screenshot(page, "conversations")
    dialog.get_by_role("searchbox").fill("water")
    pw.expect(dialog.get_by_role("listitem")).to_have_count(1)
    with page.expect_download() as begun:
        dialog.get_by_role("link", name="Markdown").click()
    assert begun.value.suggested_filename == "soup.md"
    dialog.get_by_role("button", name="Rename").click()
    dialog.get_by_label("New name").fill("broth")
    page.keyboard.press("Enter")
    pw.expect(dialog.get_by_role("button", name="broth")).to_be_visible()
    assert (workspace.folder / "broth.chat").exists()
    dialog.get_by_role("button", name="broth").click()
    replies(page, "Water first.").wait_for()
    show_conversations(page, project)
    dialog.get_by_role("searchbox").fill("flour")
    pw.expect(dialog.get_by_role("listitem")).to_have_count(1)
    dialog.get_by_role("button", name="Delete").click()
    pw.expect(dialog.get_by_role("listitem")).to_contain_text("No conversation has these words.")
    assert not (workspace.folder / "bread.chat").exists()
