"""New projects from templates, as a person makes them."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .projects import Registry, run

pw = pytest.importorskip("playwright.sync_api")

ASKS = """
_neoai: {name: Team template, description: What our team begins with., open: README.md}
_message_after_copy: "Read the README of {{ title }} first."
title: {type: str, help: Title}
kind:
  help: Kind
  choices: {A library: lib, A service: app}
port: {type: int, help: Port, default: 8000, when: "{{ kind == 'app' }}",
  validator: "{% if port < 1024 %}Take 1024 or more.{% endif %}"}
extras: {type: str, help: Extras, multiselect: true, choices: [docs, tests], default: "[docs]"}
public: {type: bool, help: Public, default: true}
notes: {type: yaml, help: Notes, default: []}
"""


@pytest.fixture(autouse=True)
def registry(server: LabServer) -> Registry:
    """The server's projects and own templates: none, to begin with."""
    found = Registry(server)
    found.clear()
    for template in found.call("GET", "/templates")["items"]:
        if template["source"] in ("folder", "git"):
            found.call("DELETE", f"/templates/{template['id']}")
    return found


def dialog(page: Any, command: str = "neoai:new-project-from-template") -> Any:
    """The dialog, open."""
    run(page, command)
    form = page.locator(".neoai-NewProject .jp-Dialog-content")
    form.get_by_role("radio", name="Vite + React app").wait_for()
    return form


def templated(workspace: Workspace, config: str, **files: str) -> str:
    """A template's folder."""
    workspace.write("template/copier.yml", config)
    for name, content in files.items():
        workspace.write(f"template/{name.replace('_', '.')}", content)
    return f"{workspace.name}/template"


def in_front(page: Any) -> str:
    """The label of the tab in front."""
    label: str = page.evaluate("() => window.jupyterapp.shell.currentWidget?.title.label ?? ''")
    return label


def test_a_project_is_made_from_a_template_and_opens_with_its_readme(
    page: Any, workspace: Workspace, screenshot: Any
) -> None:
    form = dialog(page)
    pw.expect(form.get_by_label("Name", exact=True)).to_be_focused()
    screenshot(page, "templates-list")
    form.get_by_role("radio", name="Python package").check()
    form.get_by_label("Name", exact=True).fill("My Tool")
    form.locator("input[name=path]").fill(f"{workspace.name}/tool")
    pw.expect(form.get_by_label("s name in Python")).to_have_value("my_tool")
    form.get_by_label("The oldest Python that it runs on").select_option("3.12")
    screenshot(page, "templates-questions")
    form.get_by_role("button", name="Create").click()

    pw.expect(page.locator(".jp-Dialog")).to_have_count(0)
    until(lambda: in_front(page) == "README.md", "the README is in front")
    assert 'requires-python = ">=3.12"' in workspace.read("tool/pyproject.toml").decode()
    assert (workspace.folder / "tool/src/my_tool").is_dir()
    assert page.console_errors == []


def test_the_keyboard_alone_makes_a_project(page: Any, workspace: Workspace) -> None:
    form = dialog(page)
    name = form.get_by_label("Name", exact=True)
    pw.expect(name).to_be_focused()
    page.keyboard.type("Week 1")
    page.keyboard.press("Tab")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(f"{workspace.name}/week")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    pw.expect(form.get_by_role("radio", name="Course assignment")).to_be_checked()
    form.get_by_label("How many points there are").wait_for()
    page.keyboard.press("Enter")

    pw.expect(page.locator(".jp-Dialog")).to_have_count(0)
    until(lambda: (workspace.folder / "week/assignment.py").exists(), "the assignment is there")


def test_what_a_template_refuses_is_said_at_its_question(
    page: Any, workspace: Workspace, screenshot: Any, registry: Registry
) -> None:
    form = dialog(page)
    form.get_by_role("radio", name="Course assignment").check()
    form.get_by_label("Name", exact=True).fill("Week 1")
    form.locator("input[name=path]").fill(f"{workspace.name}/week")
    points = form.get_by_label("How many points there are")
    points.fill("0")
    pw.expect(form.get_by_text("Give at least one point.")).to_be_visible()
    points.fill("many")
    pw.expect(form.get_by_text("is not a whole number")).to_be_visible()
    form.get_by_role("button", name="Create").click()
    pw.expect(form.get_by_role("alert")).to_have_text("An answer is missing or not right.")
    pw.expect(points).to_be_focused()
    pw.expect(points).to_have_attribute("aria-invalid", "true")
    screenshot(page, "templates-refused")
    assert registry.all() == []

    points.fill("20")
    form.get_by_role("button", name="Create").click()
    pw.expect(page.locator(".jp-Dialog")).to_have_count(0)
    assert "20 points" in workspace.read("week/README.md").decode()


def test_a_template_of_ones_own_is_read_answered_kept_and_taken_off_again(
    page: Any, workspace: Workspace, screenshot: Any
) -> None:
    place = templated(workspace, ASKS, README_md_jinja="# {{ title }} {{ port }} {{ extras }}\n")
    form = dialog(page)
    form.get_by_role("radio", name="Another one…").check()
    form.get_by_label("s address").fill(place)
    page.keyboard.press("Enter")

    title = form.get_by_label("Title")
    title.wait_for()
    pw.expect(form.get_by_label("Port")).to_have_count(0)
    form.get_by_label("Kind").select_option(label="A service")
    form.get_by_label("Port").fill("80")
    pw.expect(form.get_by_text("Take 1024 or more.")).to_be_visible()
    form.get_by_label("Port").fill("8080")
    pw.expect(form.get_by_text("Take 1024 or more.")).to_have_count(0)
    form.get_by_role("checkbox", name="tests").check()
    form.get_by_label("Name", exact=True).fill("Mine")
    form.locator("input[name=path]").fill(f"{workspace.name}/mine")
    form.get_by_role("button", name="Create").click()
    pw.expect(title).to_be_focused()
    pw.expect(form.get_by_text("This must be answered.")).to_be_visible()
    title.fill("Ours")
    screenshot(page, "templates-own")
    form.get_by_role("button", name="Create").click()

    said = page.locator(".jp-Dialog .neoai-New-said")
    pw.expect(said).to_contain_text("Read the README of Ours first.")
    screenshot(page, "templates-message")
    page.keyboard.press("Escape")
    assert workspace.read("mine/README.md") == b"# Ours 8080 ['docs', 'tests']\n"

    form = dialog(page)
    kept = form.get_by_role("radio", name="Team template")
    kept.check()
    form.get_by_label("Title").wait_for()
    screenshot(page, "templates-kept")
    form.get_by_role("button", name="Take “Team template” off the list").click()
    pw.expect(kept).to_have_count(0)
    pw.expect(form.get_by_role("radio", name="Empty project")).to_be_checked()


def test_what_a_template_would_run_is_shown_and_runs_only_when_it_is_trusted(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    mark = workspace.folder / "it-ran"
    templated(workspace, f"_tasks: ['echo begun; touch {mark}']\nwho: World\n")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    folder = workspace.folder / "template"
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "1"], ["tag", "v1"]):
        subprocess.run(["git", *identity, *words], cwd=folder, check=True)
    form = dialog(page)
    form.get_by_role("radio", name="Another one…").check()
    form.get_by_label("s address").fill(f"file://{workspace.folder}/template")
    form.get_by_role("button", name="Read Template").click()
    trust = form.locator(".neoai-New-trust")
    pw.expect(trust).to_contain_text(f"touch {mark}")
    form.get_by_label("Name", exact=True).fill("Ran")
    form.locator("input[name=path]").fill(f"{workspace.name}/ran")
    form.get_by_role("button", name="Create").click()
    pw.expect(form.get_by_role("alert")).to_contain_text("say that you trust it")
    pw.expect(trust.get_by_role("checkbox")).to_be_focused()
    screenshot(page, "templates-trust")
    assert not mark.exists()
    assert registry.all() == []

    page.keyboard.press("Space")
    form.get_by_role("button", name="Create").click()
    pw.expect(page.locator(".jp-Dialog")).to_have_count(0)
    assert mark.exists()
    assert [project["trusted"] for project in registry.all()] == [False]


def test_a_project_on_its_way_shows_how_far_it_is_and_is_cancelled(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    place = templated(workspace, "_tasks: ['echo installing 12 packages; sleep 1000']\n")
    form = dialog(page)
    form.get_by_role("radio", name="Another one…").check()
    form.get_by_label("s address").fill(place)
    form.get_by_role("button", name="Read Template").click()
    form.locator(".neoai-New-trust").get_by_role("checkbox").check()
    form.get_by_label("Name", exact=True).fill("Slow")
    form.locator("input[name=path]").fill(f"{workspace.name}/slow")
    form.get_by_role("button", name="Create").click()

    pw.expect(form.locator(".neoai-New-progress")).to_contain_text("installing 12 packages")
    screenshot(page, "templates-progress")
    form.get_by_role("button", name="Cancel").click()
    pw.expect(page.locator(".jp-Dialog")).to_have_count(0)
    until(lambda: registry.all() == [], "the project is forgotten")
    until(lambda: not (workspace.folder / "slow").exists(), "the folder is gone")


def test_a_command_that_fails_is_told_and_everything_written_stays_in_the_dialog(
    page: Any, workspace: Workspace, registry: Registry, screenshot: Any
) -> None:
    place = templated(workspace, "_tasks: ['echo no luck today; exit 3']\n")
    form = dialog(page)
    form.get_by_role("radio", name="Another one…").check()
    form.get_by_label("s address").fill(place)
    page.keyboard.press("Enter")
    form.locator(".neoai-New-trust").get_by_role("checkbox").check()
    form.get_by_label("Name", exact=True).fill("Broken")
    form.locator("input[name=path]").fill(f"{workspace.name}/broken")
    form.get_by_role("button", name="Create").click()

    pw.expect(form.get_by_role("alert")).to_contain_text("no luck today")
    pw.expect(form.get_by_label("Name", exact=True)).to_have_value("Broken")
    screenshot(page, "templates-failed")
    until(lambda: registry.all() == [], "no project is left")
    assert not (workspace.folder / "broken").exists()


def test_what_is_no_template_is_told_at_once(page: Any, workspace: Workspace) -> None:
    workspace.write("template/cookiecutter.json", "{}")
    form = dialog(page)
    form.get_by_role("radio", name="Another one…").check()
    form.get_by_label("s address").fill(f"{workspace.name}/template")
    page.keyboard.press("Enter")
    pw.expect(form.get_by_role("alert")).to_contain_text("template for cookiecutter")


def test_the_dialog_is_legible_in_the_dark_and_on_a_narrow_page(
    new_page: NewPage, screenshot: Any
) -> None:
    page = new_page("Ada", dark=True, width=480, height=700)
    form = dialog(page)
    form.get_by_role("radio", name="FastAPI service").check()
    form.get_by_label("s name in Python").wait_for()
    screenshot(page, "templates-narrow-dark")
    box = form.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 480
    create = form.get_by_role("button", name="Create").bounding_box()
    assert create["y"] + create["height"] <= 700


def test_the_templates_of_a_wide_dark_page(new_page: NewPage, screenshot: Any) -> None:
    page = new_page("Ada", dark=True)
    form = dialog(page)
    form.get_by_role("radio", name="Streamlit app").check()
    form.get_by_label("The title on the page").wait_for()
    screenshot(page, "templates-dark")
    assert page.console_errors == []
