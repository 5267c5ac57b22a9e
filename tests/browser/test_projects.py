"""The Projects panel, its launcher cards and its place in the status bar, as a person uses them."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .projects import (
    PANEL,
    Registry,
    choose,
    folder_shown,
    menu_item,
    names,
    repository,
    row,
    run,
    show_panel,
)

pw = pytest.importorskip("playwright.sync_api")


@pytest.fixture(autouse=True)
def registry(server: LabServer) -> Registry:
    """The server's projects: none, to begin with."""
    found = Registry(server)
    found.clear()
    return found


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts and never says a word: a clone from it goes on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def dialog(page: Any) -> Any:
    found = page.locator(".jp-Dialog")
    found.wait_for()
    return found


def status_item(page: Any) -> Any:
    return page.locator(".neoai-ProjectStatus button").first


def toast_button(page: Any, news: str, label: str) -> Any:
    """A button of a notification."""
    toast = page.locator(".Toastify__toast", has_text=news)
    return toast.locator(".jp-toast-button", has_text=label)


# Beginning


def test_an_empty_panel_offers_the_three_ways_to_begin(page: Any, screenshot: Any) -> None:
    panel = show_panel(page)

    pw.expect(panel.get_by_role("heading")).to_have_text("No projects yet")
    buttons = panel.locator(".neoai-EmptyState button")
    pw.expect(buttons).to_have_text(["Open Folder…", "New Project…", "Clone Repository…"])
    pw.expect(status_item(page)).to_have_text("No project")
    screenshot(page, "projects-empty-light")
    assert page.console_errors == []


def test_the_launcher_has_cards_in_a_category_of_their_own(page: Any, screenshot: Any) -> None:
    section = page.locator(".jp-Launcher-section", has_text="NeoAI")
    cards = section.locator(".jp-LauncherCard-label")
    pw.expect(cards).to_have_text(
        ["Open Folder", "New Project", "New Project from Template", "Clone Repository"]
    )
    screenshot(page, "projects-launcher")

    section.locator(".jp-LauncherCard", has_text=re.compile("^New Project$")).click()
    pw.expect(dialog(page).locator(".jp-Dialog-header")).to_contain_text("New Project")


def test_a_new_project_is_made_and_opened(
    page: Any, workspace: Workspace, server: LabServer, registry: Registry, screenshot: Any
) -> None:
    run(page, "neoai:new-project")
    form = dialog(page)
    pw.expect(form.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Sales: Q3/Q4")
    pw.expect(form.get_by_label("Folder")).to_have_value("Sales- Q3-Q4")
    form.get_by_label("Folder").fill(f"{workspace.name}/sales")
    screenshot(page, "projects-new-dialog")
    page.keyboard.press("Enter")

    pw.expect(status_item(page)).to_contain_text("Sales: Q3/Q4")
    assert (workspace.folder / "sales").is_dir()
    assert [p["name"] for p in registry.all()] == ["Sales: Q3/Q4"]
    until(lambda: folder_shown(page) == f"{workspace.name}/sales", "the folder is shown")
    assert page.console_errors == []


def test_what_a_new_project_may_not_be_is_said_in_the_dialog_which_keeps_what_was_written(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    run(page, "neoai:new-project")
    form = dialog(page)
    create = form.get_by_role("button", name="Create")
    create.click()
    pw.expect(form.get_by_role("alert")).to_have_text("Give the project a name.")

    form.get_by_label("Name").fill("Mine")
    form.get_by_label("Folder").fill(workspace.name)
    create.click()
    pw.expect(form.get_by_role("alert")).to_contain_text("is there already")

    form.get_by_label("Folder").fill("../elsewhere")
    create.click()
    pw.expect(form.get_by_role("alert")).to_contain_text("below the one that the server serves")
    pw.expect(form.get_by_label("Name")).to_have_value("Mine")
    screenshot(page, "projects-new-dialog-error")

    page.keyboard.press("Escape")
    pw.expect(page.locator(".jp-Dialog")).to_have_count(0)
    assert registry.all() == []


def test_a_folder_is_chosen_and_opened_as_a_project(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    workspace.write("analysis/a.py", "a = 1\n")
    show_panel(page).get_by_role("button", name="Open Folder…").first.click()
    form = dialog(page)
    form.get_by_text(workspace.name, exact=True).dblclick()
    form.get_by_text("analysis", exact=True).click()
    screenshot(page, "projects-open-folder")
    form.locator("button.jp-mod-accept").click()

    pw.expect(status_item(page)).to_contain_text("analysis")
    assert [p["path"] for p in registry.all()] == [f"{workspace.name}/analysis"]
    assert workspace.read("analysis/a.py") == b"a = 1\n"


def test_a_folder_that_is_a_project_already_is_just_opened(
    page: Any, workspace: Workspace, registry: Registry
) -> None:
    known = registry.add(f"{workspace.name}/known", "Known")
    show_panel(page).get_by_title("Open a folder on the server as a project").first.click()
    form = dialog(page)
    form.get_by_text(workspace.name, exact=True).dblclick()
    form.get_by_text("known", exact=True).click()
    form.locator("button.jp-mod-accept").click()

    pw.expect(status_item(page)).to_contain_text("Known")
    assert [p["id"] for p in registry.all()] == [known["id"]]


# Cloning


def test_a_repository_is_cloned_and_opened_from_the_news_of_it(
    page: Any, workspace: Workspace, registry: Registry
) -> None:
    repository(workspace.folder / "origin" / "tool.git")
    run(page, "neoai:clone-repository")
    form = dialog(page)
    form.get_by_label("Repository").fill(f"{workspace.name}/origin/tool.git")
    pw.expect(form.get_by_label("Folder")).to_have_value("tool")
    form.get_by_label("Folder").fill(f"{workspace.name}/tool")
    form.get_by_role("button", name="Clone").click()

    toast_button(page, "“tool” is cloned.", "Open").click()
    pw.expect(status_item(page)).to_contain_text("tool")
    assert (workspace.folder / "tool" / "app.py").read_text() == "print('hello')\n"
    assert [p["state"] for p in registry.all()] == ["ready"]
    assert page.console_errors == []


def test_a_clone_shows_that_it_goes_on_and_is_cancelled(
    page: Any, workspace: Workspace, registry: Registry, silent: str, screenshot: Any
) -> None:
    run(page, "neoai:clone-repository")
    form = dialog(page)
    form.get_by_label("Repository").fill(f"{silent}/owner/slow.git")
    form.get_by_label("Folder").fill(f"{workspace.name}/slow")
    page.keyboard.press("Enter")

    pw.expect(row(page, "slow").get_by_role("progressbar")).to_be_visible()
    screenshot(page, "projects-cloning")
    page.reload()
    page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
    show_panel(page)
    row(page, "slow").get_by_role("button", name="Cancel the clone of slow").click()

    pw.expect(row(page, "slow")).to_have_count(0)
    assert registry.all() == []
    assert sorted(p.name for p in workspace.folder.iterdir()) == []


def test_the_progress_of_a_clone_is_shown_as_git_tells_it(
    page: Any, workspace: Workspace, registry: Registry, silent: str, screenshot: Any
) -> None:
    lines = "".join(
        f"id: {n}\nevent: progress\n"
        f'data: {{"phase":"Receiving objects","percent":{n},"counts":""}}\n\n'
        for n in (12, 34, 56)
    )
    # Git is too fast to be looked at: the stream's text is the test's, and then it breaks.
    page.route(
        re.compile(r"/events(\?|$)"),
        lambda route: route.fulfill(content_type="text/event-stream", body=lines),
    )
    body = {"git_url": f"{silent}/a/numpy.git", "path": f"{workspace.name}/numpy"}
    request = page.context.request
    xsrf = next(c["value"] for c in page.context.cookies() if c["name"] == "_xsrf")
    headers = {"X-XSRFToken": xsrf, "Prefer": "respond-async"}
    reply = request.post(f"{registry.server.url}neoai/v1/projects", data=body, headers=headers)
    assert reply.status == 202, reply.text()
    show_panel(page)

    pw.expect(row(page, "numpy")).to_contain_text("Receiving objects 56 %")
    bar = row(page, "numpy").get_by_role("progressbar")
    assert bar.evaluate("bar => bar.value") == 56
    screenshot(page, "projects-clone-progress")


def test_an_address_that_git_must_not_see_is_refused_in_the_dialog(
    page: Any, registry: Registry, screenshot: Any
) -> None:
    run(page, "neoai:clone-repository")
    form = dialog(page)
    form.get_by_label("Repository").fill("ext::sh -c id")
    form.get_by_role("button", name="Clone").click()

    pw.expect(form.get_by_role("alert")).to_contain_text("no git URL that can be cloned")
    pw.expect(form.get_by_label("Repository")).to_have_value("ext::sh -c id")
    screenshot(page, "projects-clone-refused")
    assert registry.all() == []


def test_a_failed_clone_says_why_and_can_be_cloned_again_or_removed(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    (workspace.folder / "empty").mkdir()
    run(page, "neoai:clone-repository")
    form = dialog(page)
    form.get_by_label("Repository").fill(f"{workspace.name}/empty")
    form.get_by_label("Folder").fill(f"{workspace.name}/copy")
    form.get_by_role("button", name="Clone").click()

    failed = row(page, "empty")
    pw.expect(failed.get_by_role("button", name="Clone Again")).to_be_visible()
    assert len(failed.locator(".neoai-Project-detail").inner_text()) > 20
    screenshot(page, "projects-clone-failed")

    shutil.rmtree(workspace.folder / "empty")
    repository(workspace.folder / "empty")
    failed.get_by_role("button", name="Clone Again").click()
    pw.expect(failed.get_by_role("button", name="Clone Again")).to_have_count(0)
    until(lambda: (workspace.folder / "copy" / "app.py").exists(), "the clone is there")
    until(lambda: [p["state"] for p in registry.all()] == ["ready"], "the project is ready")


# Working with projects


def test_a_click_opens_a_project_and_the_file_browser_decides_which_is_current(
    page: Any, workspace: Workspace, registry: Registry
) -> None:
    workspace.write("one/src/a.py", "a = 1\n")
    registry.add(f"{workspace.name}/one", "One", trusted=True)
    registry.add(f"{workspace.name}/two", "Two")
    show_panel(page)
    row(page, "One").locator(".neoai-Project-main").click()

    until(lambda: folder_shown(page) == f"{workspace.name}/one", "the folder is shown")
    pw.expect(page.locator("#neoai-tree [role=tree]")).to_be_visible()
    pw.expect(status_item(page)).to_have_attribute("title", "One is open and trusted.")
    show_panel(page)
    pw.expect(page.locator(f"{PANEL} [aria-current]")).to_contain_text("One")

    path = f"{workspace.name}/two"
    page.evaluate(
        "path => window.jupyterapp.commands.execute('filebrowser:go-to-path', {path})", path
    )
    pw.expect(status_item(page)).to_contain_text("Two")
    pw.expect(status_item(page)).to_have_attribute("title", re.compile("untrusted"))
    status_item(page).click()
    pw.expect(page.locator(f"{PANEL} [aria-current]")).to_contain_text("Two")


def test_search_narrows_the_list_by_name_and_folder(
    page: Any, workspace: Workspace, registry: Registry
) -> None:
    for folder, name in [("x/alpha", "Alpha 10"), ("x/beta", "Alpha 9"), ("y/gamma", "Gamma")]:
        registry.add(f"{workspace.name}/{folder}", name)
    panel = show_panel(page)
    pw.expect(panel.locator("li")).to_have_count(3)
    assert names(page) == ["Alpha 9", "Alpha 10", "Gamma"]

    search = panel.get_by_role("searchbox")
    search.fill("alpha")
    pw.expect(panel.locator("li")).to_have_count(2)
    search.fill("y/ gam")
    pw.expect(panel.locator("li")).to_have_count(1)
    search.fill("nothing like it")
    pw.expect(panel.get_by_role("status")).to_contain_text("nothing like it")
    page.keyboard.press("Escape")
    pw.expect(panel.locator("li")).to_have_count(3)


def test_a_long_list_comes_in_parts(page: Any, workspace: Workspace, registry: Registry) -> None:
    for n in range(230):
        registry.add(f"{workspace.name}/p{n:03}", f"Project {n:03}")
    panel = show_panel(page)
    pw.expect(panel.locator("li")).to_have_count(100)
    panel.get_by_role("button", name="Show more (100 of 230)").click()
    pw.expect(panel.locator("li")).to_have_count(200)
    panel.get_by_role("searchbox").fill("229")
    pw.expect(panel.locator("li")).to_have_count(1)


def test_a_project_is_renamed_in_place(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    project = registry.add(f"{workspace.name}/one", "One")
    show_panel(page)
    choose(page, "One", "Rename Project")
    field = page.get_by_label("New name of One")
    pw.expect(field).to_be_focused()
    screenshot(page, "projects-rename")
    page.keyboard.type("Number 1")
    page.keyboard.press("Enter")

    pw.expect(row(page, "Number 1").locator(".neoai-Project-main")).to_be_focused()
    assert registry.get(project["id"])["name"] == "Number 1"
    assert (workspace.folder / "one").is_dir()


def test_a_name_that_is_not_taken_can_be_corrected_and_escape_leaves_the_old_one(
    page: Any, workspace: Workspace, registry: Registry
) -> None:
    project = registry.add(f"{workspace.name}/one", "One")
    show_panel(page)
    choose(page, "One", "Rename Project")
    page.route(
        re.compile(r"/neoai/v1/projects/"),
        lambda route: (
            route.fulfill(status=503, json={"detail": "The database is locked.", "status": 503})
            if route.request.method == "PATCH"
            else route.continue_()
        ),
    )
    page.keyboard.type("Other")
    page.keyboard.press("Enter")
    editor = page.locator(".neoai-Project-editor")
    pw.expect(editor.get_by_role("alert")).to_contain_text("The database is locked.")
    pw.expect(editor.get_by_role("textbox")).to_have_value("Other")

    editor.get_by_role("textbox").press("Escape")
    pw.expect(row(page, "One").locator(".neoai-Project-main")).to_be_focused()
    assert registry.get(project["id"])["name"] == "One"


def test_trust_is_given_after_an_explanation_and_taken_back(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    project = registry.add(f"{workspace.name}/one", "One")
    show_panel(page)
    mark = row(page, "One").get_by_role("button", name=re.compile("untrusted"))
    mark.click()
    pw.expect(dialog(page)).to_contain_text("tasks, hooks, template code, workflows")
    screenshot(page, "projects-trust")
    page.keyboard.press("Escape")
    pw.expect(page.locator(".jp-Dialog")).to_have_count(0)
    assert registry.get(project["id"])["trusted"] is False

    mark.click()
    dialog(page).get_by_role("button", name="Trust", exact=True).click()
    pw.expect(mark).to_have_count(0)
    assert registry.get(project["id"])["trusted"] is True

    row(page, "One").click(button="right")
    pw.expect(menu_item(page, "Trust Project…")).to_have_count(0)
    menu_item(page, "Stop Trusting Project").click()
    pw.expect(mark).to_be_visible()
    assert registry.get(project["id"])["trusted"] is False


def test_unregistering_keeps_the_files_and_can_be_undone(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    workspace.write("one/a.py", "a = 1\n")
    registry.add(f"{workspace.name}/one", "One", trusted=True)
    show_panel(page)
    choose(page, "One", "Unregister Project")
    pw.expect(row(page, "One")).to_have_count(0)
    assert registry.all() == []
    assert workspace.read("one/a.py") == b"a = 1\n"
    pw.expect(toast_button(page, "Its files are kept.", "Undo")).to_be_visible()
    screenshot(page, "projects-unregistered")

    toast_button(page, "Its files are kept.", "Undo").click()
    pw.expect(row(page, "One")).to_be_visible()
    until(lambda: [p["trusted"] for p in registry.all()] == [True], "it is trusted as before")
    assert page.console_errors == []


def test_the_trash_takes_the_folder_after_a_question(
    page: Any, workspace: Workspace, registry: Registry, server: LabServer, screenshot: Any
) -> None:
    workspace.write("one/a.py", "a = 1\n")
    project = registry.add(f"{workspace.name}/one", "One")
    show_panel(page)
    row(page, "One").locator(".neoai-Project-main").click()
    until(lambda: folder_shown(page) == project["path"], "the folder is shown")
    show_panel(page)
    choose(page, "One", "Move Project to Trash")
    question = dialog(page)
    pw.expect(question).to_contain_text(f"{workspace.name}/one")
    screenshot(page, "projects-trash")
    page.keyboard.press("Enter")
    pw.expect(page.locator(".jp-Dialog")).to_have_count(0)
    assert (workspace.folder / "one").is_dir(), "Enter must not be enough"

    choose(page, "One", "Move Project to Trash")
    dialog(page).get_by_role("button", name="Move to Trash").click()
    pw.expect(row(page, "One")).to_have_count(0)
    until(lambda: not (workspace.folder / "one").exists(), "the folder is gone")
    assert list(server.home.rglob("Trash/files/one*/a.py")), "it is in the trash"
    until(lambda: folder_shown(page) == "", "the file browser left the folder")


def test_what_the_server_refuses_is_told_and_nothing_changes(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    registry.add(f"{workspace.name}/outer", "Outer")
    registry.add(f"{workspace.name}/outer/inner", "Inner")
    show_panel(page)
    choose(page, "Outer", "Move Project to Trash")
    dialog(page).get_by_role("button", name="Move to Trash").click()

    pw.expect(dialog(page)).to_contain_text("Other projects lie within this one")
    screenshot(page, "projects-refused")
    page.keyboard.press("Escape")
    assert (workspace.folder / "outer").is_dir()
    assert len(registry.all()) == 2


def test_a_missing_folder_is_marked_and_found_again(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    registry.add(f"{workspace.name}/gone", "Gone")
    registry.add(f"{workspace.name}/here", "Here", trusted=True)
    (workspace.folder / "gone").rmdir()
    show_panel(page)
    pw.expect(row(page, "Gone")).to_contain_text("is not there any more")
    screenshot(page, "projects-missing")

    (workspace.folder / "gone").mkdir()
    row(page, "Gone").get_by_role("button", name="Look Again").click()
    pw.expect(row(page, "Gone")).not_to_contain_text("is not there any more")
    (workspace.folder / "gone").rmdir()
    row(page, "Gone").locator(".neoai-Project-main").click()
    pw.expect(dialog(page)).to_contain_text("is not there any more")
    page.keyboard.press("Escape")
    pw.expect(row(page, "Gone")).to_contain_text("is not there any more")
    row(page, "Gone").get_by_role("button", name="Unregister", exact=True).click()
    pw.expect(row(page, "Gone")).to_have_count(0)


# By the keyboard alone


def test_everything_can_be_done_with_the_keyboard(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    for name in ("Alpha", "Beta", "Gamma"):
        registry.add(f"{workspace.name}/{name.lower()}", name, trusted=name != "Beta")
    show_panel(page)
    pw.expect(page.locator(f"{PANEL} li")).to_have_count(3)

    def main(name: str) -> Any:
        return row(page, name).locator(".neoai-Project-main")

    page.locator(f"{PANEL} input[type=search]").focus()
    page.keyboard.press("ArrowDown")
    pw.expect(main("Alpha")).to_be_focused()
    page.keyboard.press("ArrowDown")
    pw.expect(main("Beta")).to_be_focused()
    screenshot(page, "projects-keyboard")
    page.keyboard.press("End")
    pw.expect(main("Gamma")).to_be_focused()
    page.keyboard.press("Home")
    pw.expect(main("Alpha")).to_be_focused()

    page.keyboard.press("F2")
    page.keyboard.type("Alfa")
    page.keyboard.press("Enter")
    pw.expect(main("Alfa")).to_be_focused()

    page.keyboard.press("ArrowDown")
    pw.expect(main("Beta")).to_be_focused()
    trust = row(page, "Beta").get_by_role("button", name=re.compile("untrusted"))
    pw.expect(trust).to_have_attribute("tabindex", "0")
    page.keyboard.press("Tab")
    pw.expect(trust).to_be_focused()
    page.keyboard.press("Enter")
    pw.expect(dialog(page)).to_contain_text("Trust “Beta”?")
    page.keyboard.press("Escape")

    main("Gamma").focus()
    page.keyboard.press("Delete")
    pw.expect(row(page, "Gamma")).to_have_count(0)
    assert sorted(p["name"] for p in registry.all()) == ["Alfa", "Beta"]

    main("Beta").focus()
    page.keyboard.press("Shift+Delete")
    pw.expect(dialog(page)).to_contain_text("Move “Beta” to the trash?")
    page.keyboard.press("Escape")
    pw.expect(page.locator(".jp-Dialog")).to_have_count(0)

    main("Beta").focus()
    page.keyboard.press("Enter")
    until(lambda: folder_shown(page) == f"{workspace.name}/beta", "the folder is shown")


def test_every_command_is_in_the_palette_or_a_menu(page: Any) -> None:
    labels = page.evaluate(
        """() => {
            const {commands} = window.jupyterapp;
            return commands.listCommands().filter(id => id.startsWith('neoai:'))
                .map(id => [id, commands.label(id, {})]);
        }"""
    )
    assert {id for id, _ in labels} >= {"neoai:open-folder", "neoai:clone-repository"}
    assert all(label for _, label in labels)
    page.get_by_role("menuitem", name="File", exact=True).click()
    menu_item(page, "Project").first.hover()
    pw.expect(menu_item(page, "Clone Repository…")).to_be_visible()


# When things are not well


def test_a_server_that_does_not_answer_is_told_and_tried_again(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    registry.add(f"{workspace.name}/one", "One")
    api = re.compile(r"/neoai/v1/")
    page.route(api, lambda route: route.abort())
    page.reload()
    page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
    run(page, "neoai:show-projects")
    problem = page.locator(PANEL).get_by_role("alert")
    pw.expect(problem).to_contain_text("The server does not answer.")
    pw.expect(page.locator(".neoai-mod-problem")).to_have_text("NeoAI unreachable")
    screenshot(page, "projects-no-answer")

    page.unroute(api)
    problem.get_by_role("button", name="Try Again").click()
    pw.expect(row(page, "One")).to_be_visible()
    assert page.console_errors == []


def test_a_degraded_server_says_which_part_and_why(page: Any, screenshot: Any) -> None:
    checks = {
        "database": {"status": "failed", "detail": "The database is damaged."},
        "root": {"status": "ok", "detail": ""},
    }
    health = {"status": "degraded", "version": "0.1.0", "checks": checks}
    page.route(re.compile(r"/neoai/v1/health"), lambda route: route.fulfill(json=health))
    run(page, "neoai:show-health")
    pw.expect(dialog(page)).to_contain_text("The database is damaged.")
    screenshot(page, "projects-health")
    page.keyboard.press("Escape")

    mark = page.locator(".neoai-mod-problem")
    pw.expect(mark).to_have_text("NeoAI degraded")
    pw.expect(mark).to_have_attribute("title", "database: The database is damaged.")


@pytest.mark.parametrize(
    ("look", "options"),
    [
        ("light-wide", {"width": 1600, "height": 900}),
        ("dark-wide", {"dark": True, "width": 1600, "height": 900}),
        ("light-narrow", {"width": 480, "height": 800}),
        ("dark-narrow", {"dark": True, "width": 480, "height": 800}),
    ],
)
def test_the_panel_in_light_and_dark_wide_and_narrow(
    new_page: NewPage,
    workspace: Workspace,
    registry: Registry,
    silent: str,
    screenshot: Any,
    look: str,
    options: dict[str, Any],
) -> None:
    workspace.write("churn/model.py", "x = 1\n")
    registry.add(f"{workspace.name}/churn", "Customer churn", trusted=True)
    registry.add(f"{workspace.name}/site", "Company site")
    registry.add(
        f"{workspace.name}/long/" + "deep/" * 6 + "er",
        "A name that is much longer than any sidebar is wide",
    )
    registry.add(f"{workspace.name}/gone", "Old thesis")
    (workspace.folder / "gone").rmdir()
    page = new_page("Ada", path=f"{workspace.name}/churn", **options)
    run(page, "neoai:clone-repository")
    form = dialog(page)
    form.get_by_label("Repository").fill(f"{silent}/owner/pandas.git")
    form.get_by_label("Folder").fill(f"{workspace.name}/pandas")
    screenshot(page, f"projects-clone-dialog-{look}")
    page.keyboard.press("Enter")
    pw.expect(row(page, "pandas").get_by_role("progressbar")).to_be_visible()
    pw.expect(page.locator(f"{PANEL} [aria-current]")).to_contain_text("Customer churn")
    screenshot(page, f"projects-{look}")
    overflow = page.locator(".neoai-ProjectList").evaluate("n => n.scrollWidth - n.clientWidth")
    assert overflow <= 0, "nothing is cut off at the side"
    assert page.console_errors == []
