"""Files that are too large to be edited, or no text, before anything of them is loaded."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace
from .monaco import EDITOR, VIEW, open_in_monaco, text_of

PAGE = ".neoai-FilePage"
READER = "window.jupyterapp.shell.currentWidget?.content?.reader"
BOTH = pytest.mark.parametrize("server", ["lab_server", "plain_lab_server"], indirect=True)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


@pytest.fixture
def small_limits(server: LabServer) -> None:
    """Limits of 1 MB and 3 MB, so that files need not be large to be too large."""
    server.set(
        "@neoai/lab/viewing.jupyterlab-settings", {"editableMegabytes": 1, "shownMegabytes": 3}
    )


def double_click(page: Any, name: str) -> None:
    """Open a file as most people do."""
    page.locator(".jp-DirListing-item", has_text=name).dblclick()


def browse(page: Any, workspace: Workspace) -> None:
    """Show the test's folder in JupyterLab's own file browser."""
    page.evaluate(
        "path => window.jupyterapp.commands.execute('filebrowser:open-path', {path})",
        workspace.name,
    )
    page.evaluate("() => window.jupyterapp.shell.activateById('filebrowser')")


def open_path(page: Any, path: str, factory: str | None = None) -> None:
    """Open a file by JupyterLab's own command."""
    page.evaluate(
        """async ([path, factory]) => {
            const args = factory ? {path, factory} : {path};
            await window.jupyterapp.commands.execute('docmanager:open', args);
        }""",
        [path, factory],
    )


def tabs(page: Any) -> list[str]:
    found: list[str] = page.evaluate(
        "() => [...window.jupyterapp.shell.widgets('main')].map(widget => widget.title.label)"
    )
    return found


def wait_for_reader(page: Any, text: str) -> None:
    page.wait_for_function(f"text => {READER}?.model.getValue().includes(text)", arg=text)


@BOTH
@pytest.mark.usefixtures("small_limits")
def test_a_large_file_opens_read_only_and_says_why(new_page: NewPage, workspace: Workspace) -> None:
    text = "".join(f"line {number} of a log\n" for number in range(60_000))
    path = workspace.write("large.log", text)
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    open_path(page, path)

    wait_for_reader(page, "line 59999 of a log")
    page.locator(".neoai-Banner", has_text="read-only").wait_for()
    page.keyboard.type("x")
    assert page.evaluate(f"{READER}.model.getValue()") == text
    assert workspace.read("large.log") == text.encode()
    loading = [url for url in asked if "content=1" in url or "api/collaboration" in url]
    assert not [url for url in loading if "large.log" in url], "it was loaded as a document"
    assert not page.console_errors


@pytest.mark.usefixtures("small_limits")
def test_a_double_click_takes_the_same_way(new_page: NewPage, workspace: Workspace) -> None:
    workspace.write("large.log", "a line\n" * 200_000)
    workspace.write("small.log", "a small file\n")
    page = new_page()
    browse(page, workspace)

    double_click(page, "small.log")
    page.wait_for_selector(f"{EDITOR} .view-line")
    double_click(page, "large.log")

    wait_for_reader(page, "a line")
    assert sorted(tabs(page)) == ["Launcher", "large.log", "small.log"]


@pytest.mark.usefixtures("small_limits")
def test_a_huge_file_is_refused_with_ways_on(new_page: NewPage, workspace: Workspace) -> None:
    lines = [f"line {number} of a huge log\n" for number in range(300_000)]
    path = workspace.write("huge.log", "".join(lines))
    page = new_page()

    open_path(page, path)
    page.get_by_role("heading", name="huge.log is too large to be shown").wait_for()
    page.get_by_role("button", name="Show the Last").click()

    wait_for_reader(page, lines[-1])
    page.locator(".neoai-Banner").get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Show the First").click()
    wait_for_reader(page, lines[0])
    assert page.evaluate(f"{READER}.model.getValueLength()") <= 5_000_000


@BOTH
@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("model.pkl", b"\x80\x04\x95" + bytes(range(256)) * 5, "Python pickle"),
        ("picture.txt", PNG, "PNG image"),
        ("zeros.dat", b"looks like text\0" * 40, "Binary file"),
    ],
)
def test_what_is_no_text_is_described(
    new_page: NewPage, workspace: Workspace, name: str, data: bytes, says: str
) -> None:
    path = workspace.write(name, data)
    page = new_page()

    open_path(page, path)

    page.get_by_role("heading", name=f"{name} is no text").wait_for()
    page.locator(PAGE, has_text=says).wait_for()
    assert page.locator(".jp-Dialog").count() == 0
    page.get_by_role("button", name="Open Anyway as Text").click()
    page.wait_for_function(f"{READER}?.model.getValueLength() > 0")
    page.keyboard.type("x")
    page.keyboard.press("Control+s")
    assert workspace.read(name) == data


def test_empty_files_and_files_with_a_mark_are_text(
    new_page: NewPage, workspace: Workspace
) -> None:
    empty = workspace.write("empty.dat", b"")
    marked = workspace.write("marked.bin", b"\xef\xbb\xbfmarked\n")
    page = new_page()

    open_in_monaco(page, empty)
    assert text_of(page) == ""
    open_in_monaco(page, marked)
    assert text_of(page) == "\ufeffmarked\n"


@pytest.mark.usefixtures("small_limits")
def test_the_page_comes_back_after_a_reload(new_page: NewPage, workspace: Workspace) -> None:
    path = workspace.write("large.log", "a line\n" * 200_000)
    page = new_page()
    with page.expect_response(lambda reply: "neoai-file-page:" in (reply.request.post_data or "")):
        open_path(page, path)

    page.reload()

    page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
    page.wait_for_function("() => document.querySelector('.neoai-FilePage .view-line')")


@pytest.mark.usefixtures("small_limits")
def test_a_minified_file_of_one_line_is_shown(new_page: NewPage, workspace: Workspace) -> None:
    path = workspace.write("app.min.js", "var a=1;" * 350_000)
    page = new_page()

    open_path(page, path)

    page.wait_for_function(f"{READER}?.model.getValueLength() === 2_800_000")
    assert page.evaluate(f"{VIEW} === undefined")
