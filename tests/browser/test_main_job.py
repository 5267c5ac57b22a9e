"""The main job, as two people do it on a real project."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..conftest import require
from ..corpus import copy_of_corpus
from .conftest import REPOSITORY, TOKEN, LabServer, free_port, running_lab, until
from .monaco import EDITOR, VIEW, open_in_monaco, text_of

QUESTION = "where is a kernel that has been idle for too long culled?"
CITED = "jupyter_server/services/kernels/kernelmanager.py"
FILE = "jupyter_server/services/kernels/kernelmanager.py"


def register(server: LabServer, name: str) -> dict[str, Any]:
    """Make a copy of the corpus a project of this server."""
    copy_of_corpus(server.root / name)
    request = urllib.request.Request(
        f"{server.url}neoai/v1/projects",
        data=json.dumps({"path": name, "name": "Jupyter Server"}).encode(),
        headers={"Authorization": f"token {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        project: dict[str, Any] = json.load(reply)
    return project


def ask(page: Any, project: str, question: str) -> None:
    """Open a new chat in the project from the Projects panel and ask."""
    page.evaluate(
        """([project, command]) =>
            window.jupyterapp.commands.execute(command, {id: project}).then(() => null)""",
        [project, "neoai:ask-about-project"],
    )
    field = page.locator(".jp-chat-input-container textarea:visible").first
    field.wait_for()
    # the persona is there once the server has joined the chat
    page.locator(".jp-chat-input-container:visible").get_by_text("NeoAI", exact=True).wait_for()
    field.fill(question)
    field.press("Enter")


def cited_line(server_root: Path, name: str) -> int:
    """The line at which the answer to the question begins."""
    lines = (server_root / name / CITED).read_text().splitlines()
    return next(i for i, line in enumerate(lines, 1) if "def cull_kernel_if_idle" in line)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_two_people_edit_a_file_together_and_one_asks_where_something_is_done(
    server: LabServer, new_page: Callable[..., Any], screenshot: Callable[..., Path], dark: bool
) -> None:
    require("package index")
    look = "dark" if dark else "light"
    name = f"jupyter-server-{look}"
    project = register(server, name)
    on_disk = server.root / name / FILE
    before = on_disk.read_bytes()

    ada = new_page("Ada", dark=dark)
    bob = new_page("Bob", dark=dark)
    path = f"{name}/{FILE}"
    open_in_monaco(ada, path)
    open_in_monaco(bob, path)

    ada.keyboard.press("Control+Home")
    # At once: on a slow machine Enter would take a suggestion for the last word.
    ada.keyboard.insert_text("# Ada was here\n")
    bob.wait_for_function(f"{VIEW}.model.getLineContent(1) === '# Ada was here'")
    bob.keyboard.press("Control+End")
    bob.keyboard.insert_text("# and so was Bob: größe €\n")
    ada.wait_for_function(f"{VIEW}.model.getValue().endsWith('größe €\\n')")
    assert text_of(ada) == text_of(bob)
    bob.keyboard.press("Control+Home")
    screenshot(ada, f"main-job-1-together-{look}")

    ada.keyboard.press("Control+s")
    expected = b"# Ada was here\n" + before + "# and so was Bob: größe €\n".encode()
    until(lambda: on_disk.read_bytes() == expected, "the file on disk, byte for byte")

    ask(ada, project["id"], QUESTION)
    answer = ada.locator(".jp-chat-rendered-message:visible").last
    link = answer.locator(f"a[href*='{CITED}']").first
    link.wait_for()
    screenshot(ada, f"main-job-2-answer-{look}")

    link.click()
    line = cited_line(server.root, name)
    ada.wait_for_selector(f"{EDITOR} .view-line")
    ada.wait_for_function(
        f"""([path, line]) => window.jupyterapp.shell.currentWidget?.context?.path === path
            && {VIEW}.editor.getVisibleRanges().some(
                r => r.startLineNumber <= line && line <= r.endLineNumber)""",
        arg=[path, line],
    )
    screenshot(ada, f"main-job-3-cited-line-{look}")
    assert ada.console_errors == []
    assert bob.console_errors == []


KEY = "sk-browser-test-0123456789"


@pytest.fixture(scope="module")
def model_lab_server(_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """JupyterLab with a model: the scripted provider, on a real socket."""
    port = free_port()
    home = tmp_path_factory.mktemp("model")
    key = home / "key"
    key.touch(mode=0o600)
    key.write_text(KEY)
    provider = {
        "name": "p0",
        "kind": "openai-compatible",
        "base_url": f"http://127.0.0.1:{port}/v1",
        "api_key_file": str(key),
        "models": [{"id": "m0"}],
    }
    command = [sys.executable, "-m", "tests.fakes.provider", "--port", str(port)]
    with subprocess.Popen(command, cwd=REPOSITORY) as process:
        try:
            config = {"AIService": {"providers": [provider], "routes": {"chat": ["p0/m0"]}}}
            with running_lab(home / "home", config=config) as server:
                yield server
        finally:
            process.terminate()


@pytest.mark.parametrize("server", ["model_lab_server"], indirect=True)
def test_with_a_model_the_reply_is_the_models_and_its_citation_opens_the_line(
    server: LabServer, new_page: Callable[..., Any], screenshot: Callable[..., Path]
) -> None:
    require("package index")
    project = register(server, "with-model")
    page = new_page("Ada")
    ask(page, project["id"], QUESTION)
    answer = page.locator(".jp-chat-rendered-message:visible").last
    link = answer.locator("a[href*='/lab/tree/with-model/']").first
    link.wait_for()
    path, _, line = (link.get_attribute("href") or "").partition("/lab/tree/")[2].partition("#L")
    screenshot(page, "main-job-4-model-answer")
    link.click()
    page.wait_for_function(
        f"""([path, line]) => window.jupyterapp.shell.currentWidget?.context?.path === path
            && {VIEW}?.editor.getVisibleRanges().some(
                r => r.startLineNumber <= line && line <= r.endLineNumber)""",
        arg=[path, int(line.partition("-")[0])],
    )
    chats = [file.read_text() for file in server.root.rglob("*.chat")]
    assert chats
    assert not any(KEY in text for text in [*chats, server.log.read_text()])
    assert page.console_errors == []
