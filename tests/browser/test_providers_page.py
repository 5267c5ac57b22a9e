"""The page of AI providers, as a person adds, tests and removes a provider and its key."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .conftest import REPOSITORY, LabServer, NewPage, Workspace, free_port, running_lab, until
from .projects import menu_item, run
from .test_accessibility import AXE, check

pw = pytest.importorskip("playwright.sync_api")

KEY = "tok-only-once-0123456789abcdef"
PAGE = ".neoai-Providers"


@contextmanager
def provider(*arguments: str) -> Iterator[str]:
    """A scripted provider in a process of its own; its base URL."""
    command = [sys.executable, "-m", "tests.fakes.provider", "--text", "All is well.", *arguments]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def keyed() -> Iterator[str]:
    """A provider that asks for KEY."""
    with provider("--key", KEY) as url:
        yield url


@pytest.fixture(scope="module")
def local() -> Iterator[str]:
    """A model server on this machine, slow enough that its tests can be seen."""
    with provider("--delay", "0.2") as url:
        yield url


@pytest.fixture(scope="module")
def providers_server(
    _parts: None, local: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    """JupyterLab with one configured provider, whose key is not there."""
    fixed = {"name": "company", "kind": "openai-compatible", "base_url": "http://127.0.0.1:9/v1"}
    config = {
        "AIService": {"providers": [{**fixed, "api_key_env": "COMPANY_KEY"}]},
        "OwnProviders": {"keyring": False},
        "ProviderService": {
            "local_servers": {"Ollama": local, "vLLM": f"http://127.0.0.1:{free_port()}/v1"}
        },
    }
    home = tmp_path_factory.mktemp("providers") / "home"
    with running_lab(home, config=config) as server:
        yield server


pytestmark = pytest.mark.parametrize("server", ["providers_server"], indirect=True)


def shown(page: Any) -> Any:
    """The page, with its list."""
    run(page, "neoai:show-providers")
    found = page.locator(PAGE)
    row(found, "company").wait_for()
    return found


def row(found: Any, name: str) -> Any:
    """A provider of the list."""
    return found.locator(f'[data-provider="{name}"]')


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_provider_is_added_with_its_key_tested_and_removed_by_the_keyboard(
    new_page: NewPage, server: LabServer, keyed: str, screenshot: Any, dark: bool
) -> None:
    page = new_page(dark=dark, width=620 if dark else 1280)
    found = shown(page)
    add = found.get_by_role("button", name="Add a Provider…")
    pw.expect(add).to_be_focused()
    completion = page.locator(".neoai-CompletionStatus")
    pw.expect(completion).to_have_attribute("data-state", "no-model")
    page.keyboard.press("Enter")
    form = found.get_by_role("form", name="New provider")
    pw.expect(form.get_by_label("Kind")).to_be_focused()
    form.get_by_label("Name").fill("mine")
    form.get_by_label("Base URL").fill(keyed)
    key = form.get_by_label("Key")
    assert key.get_attribute("type") == "password"
    key.fill("wrong")

    form.get_by_role("button", name="Test").click()
    pw.expect(form).to_contain_text("The provider refused the key.")
    key.fill(KEY)
    form.get_by_role("button", name="Test").press("Enter")
    form.get_by_role("checkbox", name="fake-small").check()
    screenshot(page, f"providers-form-{'dark' if dark else 'light'}")
    key.press("Enter")

    mine = row(found, "mine")
    pw.expect(mine).to_contain_text("Works")
    pw.expect(mine).to_contain_text("Models: fake-small")
    pw.expect(mine).to_contain_text("Key: saved in a private file")
    pw.expect(add).to_be_focused()
    # At once, and not when the server happens to be asked again.
    pw.expect(completion).to_have_attribute("data-state", "ready", timeout=20_000)
    screenshot(page, f"providers-{'dark' if dark else 'light'}")

    mine.get_by_role("button", name="Edit… mine").click()
    changed = found.get_by_role("form", name="Change mine")
    pw.expect(changed.get_by_label("Key")).to_have_value("")
    assert KEY not in page.content()
    page.keyboard.press("Escape")
    pw.expect(changed).to_have_count(0)
    pw.expect(mine.get_by_role("button", name="Edit… mine")).to_be_focused()

    mine.get_by_role("button", name="Remove… mine").click()
    dialog = page.get_by_role("dialog")
    pw.expect(dialog).to_contain_text("Remove “mine”?")
    dialog.get_by_role("button", name="Cancel").click()
    pw.expect(mine).to_be_visible()
    mine.get_by_role("button", name="Remove… mine").click()
    dialog.get_by_role("button", name="Remove").click()
    pw.expect(mine).to_have_count(0)
    pw.expect(completion).to_have_attribute("data-state", "no-model", timeout=20_000)
    pw.expect(add).to_be_focused()
    keys = server.home / "data" / "neoai" / "provider-keys.json"
    assert KEY not in keys.read_text()
    assert KEY not in server.log.read_text()
    assert page.console_errors == []


def test_what_the_server_refuses_stands_in_the_form_which_keeps_what_was_written(
    new_page: NewPage, server: LabServer
) -> None:
    page = new_page()
    found = shown(page)
    found.get_by_role("button", name="Add a Provider…").click()
    form = found.get_by_role("form", name="New provider")
    form.get_by_label("Kind").select_option("openai")
    pw.expect(form.get_by_label("Name")).to_have_value("openai")
    form.get_by_label("Key").fill("sk one two")
    form.get_by_role("button", name="Add").click()
    pw.expect(form.get_by_role("alert")).to_contain_text("needs models")
    form.get_by_label("Models, one a line").fill("gpt-5-mini\n\ngpt-5-mini\n")
    form.get_by_role("button", name="Add").click()
    pw.expect(form.get_by_role("alert")).to_contain_text("on one line")
    pw.expect(form.get_by_label("Key")).to_have_value("sk one two")
    form.get_by_role("button", name="Cancel").click()
    pw.expect(form).to_have_count(0)
    assert [item["name"] for item in server.get("neoai/v1/ai/providers")["items"]] == ["company"]


def test_a_configured_provider_takes_a_key_and_cannot_be_removed(
    new_page: NewPage, server: LabServer
) -> None:
    page = new_page()
    company = row(shown(page), "company")
    pw.expect(company).to_contain_text("No key")
    pw.expect(company).to_contain_text("COMPANY_KEY is not set")
    pw.expect(company.get_by_role("button", name="Remove… company")).to_have_count(0)
    company.get_by_role("button", name="Set Key… company").click()
    company.get_by_role("textbox", name="Key").fill(KEY)
    company.get_by_role("button", name="Save").click()
    pw.expect(company).to_contain_text("Key: saved in a private file")
    pw.expect(company).to_contain_text("The provider cannot be reached.")
    company.get_by_role("button", name="Remove Key… company").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    pw.expect(company).to_contain_text("No key")


def test_a_model_server_of_this_machine_is_offered_and_added(
    new_page: NewPage, server: LabServer, local: str, screenshot: Any
) -> None:
    page = new_page()
    page.get_by_role("menuitem", name="Settings").click()
    menu_item(page, "AI Providers…").click()
    found = page.locator(PAGE)
    servers = found.get_by_label("Model servers on this machine")
    pw.expect(servers.get_by_role("listitem")).to_have_count(1)
    pw.expect(servers).to_contain_text(local)
    screenshot(page, "providers-found")
    servers.get_by_role("button", name="Add Ollama").click()
    pw.expect(servers).to_contain_text("Added as ollama")
    pw.expect(row(found, "ollama")).to_contain_text("Works")
    pw.expect(row(found, "ollama")).to_contain_text("fake-large, fake-small")
    row(found, "ollama").get_by_role("button", name="Remove… ollama").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    pw.expect(servers.get_by_role("button", name="Add Ollama")).to_be_visible()


def test_the_chats_hint_opens_the_page(
    new_page: NewPage, server: LabServer, workspace: Workspace
) -> None:
    body = "Add one under [Settings → AI Providers…](#neoai-providers)."
    message = {"type": "msg", "id": "m1", "time": 1, "sender": "neoai", "body": body}
    user = {"username": "neoai", "name": "NeoAI", "display_name": "NeoAI", "bot": True}
    document = {"messages": [message], "users": {"neoai": user}, "attachments": {}, "metadata": {}}
    path = workspace.write("hint.chat", json.dumps(document))
    page = new_page()
    page.evaluate(
        "path => window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'Chat'})"
        ".then(() => undefined)",
        path,
    )
    messages = page.locator(".jp-chat-messages-container")
    messages.get_by_role("link", name="AI Providers").click()
    pw.expect(row(page.locator(PAGE), "company")).to_be_visible()
    assert len(page.context.pages) == 1


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing_on_the_page(new_page: NewPage, server: LabServer, theme: str) -> None:
    server.set("@jupyterlab/apputils-extension/themes.jupyterlab-settings", {"theme": theme})
    page = new_page()
    found = shown(page)
    found.get_by_role("button", name="Add a Provider…").click()
    found.get_by_role("form", name="New provider").wait_for()
    page.add_script_tag(path=str(AXE))
    until(lambda: found.get_by_role("button", name="Look Again").count(), "local servers")
    assert check(page) == []
