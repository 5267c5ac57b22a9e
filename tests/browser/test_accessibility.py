"""What axe finds in NeoAI's own parts of the page, in JupyterLab's themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import REPOSITORY, LabServer, NewPage, Workspace
from .monaco import open_in_monaco
from .projects import Registry, run, show_panel
from .tree import TREE, open_project

AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"]
# Of what is ours: JupyterLab's and Monaco's own nodes are theirs to mend.
CHECK = """async () => {
  // JupyterLab's body has no height and clips: axe would take all in it for hidden.
  document.body.style.minHeight = '100vh';
  const ours = '[class*="neoai-"], [id^="neoai-"]';
  const roots = [...document.querySelectorAll(ours)].filter(node =>
    node.checkVisibility() && node !== document.body && !node.parentElement.closest(ours));
  if (!roots.length) return ['nothing of ours is in sight'];
  const found = await axe.run({ include: roots, exclude: ['.monaco-editor', 'jp-button'] }, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'],
    resultTypes: ['violations']
  });
  const isOurs = target => document.querySelector(target.flat()[0])?.closest(ours);
  return found.violations.flatMap(({ id, nodes }) => nodes
    .filter(({ target }) => isOurs(target))
    .map(({ html, any, all, none }) => {
      const why = [...any, ...all, ...none].map(check => check.message).join('; ');
      return `${id}: ${html.slice(0, 160)} (${why})`;
    }));
}"""

Show = Callable[[Any, Workspace, Any], None]


@pytest.fixture
def project(server: LabServer, workspace: Workspace) -> Any:
    """A project with a file of two versions, a table, a large file and one that is no text."""
    registry = Registry(server)
    registry.clear()
    server.set(
        "@neoai/lab/viewing.jupyterlab-settings", {"editableMegabytes": 1, "shownMegabytes": 2}
    )
    workspace.write("src/app.py", "class Shop:\n    def sell(self, price):\n        return price\n")
    workspace.write("notes.md", "# Notes\n\nThe price of [bread](src/app.py).\n")
    workspace.write("table.csv", "name,price\nbread,3\n")
    workspace.write("large.log", "a line\n" * 200_000)
    workspace.write("huge.log", "a line\n" * 400_000)
    workspace.write("data.bin", bytes(range(256)) * 8)
    found = registry.add(workspace.name, "Shop", trusted=True)
    registry.put(found["id"], "src/app.py", b"class Shop:\n    def buy(self):\n        pass\n")
    return found


def projects_panel(page: Any, _: Workspace, __: Any) -> None:
    show_panel(page).locator("li").first.wait_for()


def tree(page: Any, _: Workspace, project: Any) -> None:
    open_project(page, project["id"])
    page.locator(f"{TREE} [role=treeitem]").first.wait_for()
    page.locator(f"{TREE} [role=tree]").focus()


def dialog(command: str, **arguments: str) -> Show:
    """What a command asks."""

    def show(page: Any, workspace: Workspace, project: Any) -> None:
        tree(page, workspace, project)
        page.evaluate(
            "([id, args]) => void window.jupyterapp.commands.execute(id, args)",
            [command, {**arguments, "id": project["id"]}],
        )
        page.locator(".jp-Dialog").wait_for()

    return show


def editor(page: Any, workspace: Workspace, _: Any) -> None:
    open_in_monaco(page, f"{workspace.name}/src/app.py")


def history(page: Any, workspace: Workspace, project: Any) -> None:
    editor(page, workspace, project)
    run(page, "neoai:show-history")
    page.locator("#neoai-history li").first.wait_for()


def comparison(page: Any, workspace: Workspace, project: Any) -> None:
    editor(page, workspace, project)
    page.keyboard.type("# ")
    page.evaluate(
        """other => void window.jupyterapp.commands.execute(
            'neoai:compare-with-file', {other})""",
        f"{workspace.name}/notes.md",
    )
    page.locator(".neoai-Diff-status:visible", has_text="change").wait_for()


VIEWS: dict[str, Show] = {
    "projects": projects_panel,
    "tree": tree,
    "project settings": dialog("neoai-tree:project-settings"),
    "new project": dialog("neoai:new-project"),
    "sharing": dialog("neoai:share-project"),
    "editor": editor,
    "history": history,
    "comparison": comparison,
}


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_in_any_theme(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any, view: str
) -> None:
    page = new_page()
    VIEWS[view](page, workspace, project)
    page.add_script_tag(path=str(AXE))
    found: dict[str, list[str]] = {}
    for theme in THEMES:
        page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        page.evaluate(
            """() => document.getAnimations()
                .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
                .forEach(animation => animation.finish())"""
        )
        found[theme] = page.evaluate(CHECK)
        screenshot(page, f"axe-{view}-{theme}")
    for width in (900, 600):
        page.set_viewport_size({"width": width, "height": 700})
        screenshot(page, f"axe-{view}-{width}")
    assert {theme: broken for theme, broken in found.items() if broken} == {}
    assert not page.console_errors


def test_axe_sees_what_is_wrong(new_page: NewPage) -> None:
    """That the tests above could fail."""
    page = new_page()
    page.evaluate(
        """() => {
            const node = document.createElement('section');
            document.querySelector('.jp-Launcher-body').prepend(node);
            node.className = 'neoai-Wrong';
            node.style.background = '#fff';
            node.innerHTML = '<p style="color: #ccc">faint</p><input><button></button>';
        }"""
    )
    page.add_script_tag(path=str(AXE))

    kinds = {line.split(":")[0] for line in page.evaluate(CHECK)}

    assert kinds >= {"button-name", "color-contrast", "label"}
