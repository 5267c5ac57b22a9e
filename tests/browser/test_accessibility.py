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


def opened(path: str, selector: str) -> Show:
    """A file as JupyterLab opens it."""

    def show(page: Any, workspace: Workspace, _: Any) -> None:
        page.evaluate(
            "path => void window.jupyterapp.commands.execute('docmanager:open', {path})",
            f"{workspace.name}/{path}",
        )
        page.wait_for_function(
            "path => window.jupyterapp.shell.currentWidget?.context?.path === path",
            arg=f"{workspace.name}/{path}",
        )
        page.locator(selector).first.wait_for()

    return show


def dialog(command: str, **arguments: str) -> Show:
    """What a command asks."""

    def show(page: Any, _: Workspace, project: Any) -> None:
        page.evaluate(
            "([id, args]) => void window.jupyterapp.commands.execute(id, args)",
            [command, {**arguments, "id": project["id"]}],
        )
        page.locator(".jp-Dialog").wait_for()

    return show


def search(page: Any, _: Workspace, __: Any) -> None:
    run(page, "neoai:replace-in-project")
    panel = page.locator("#neoai-search")
    panel.get_by_label("Search", exact=True).fill("price")
    panel.get_by_label("Replace", exact=True).fill("cost")
    panel.locator(".neoai-mod-match").first.wait_for()


def quick_open(page: Any, _: Workspace, __: Any) -> None:
    run(page, "neoai:quick-open")
    page.locator(".neoai-QuickOpen input:focus").wait_for()
    page.keyboard.type("app")
    page.locator(".neoai-QuickOpen [role=option] mark").first.wait_for()


def editor(page: Any, workspace: Workspace, _: Any) -> None:
    open_in_monaco(page, f"{workspace.name}/src/app.py")


def history(page: Any, _: Workspace, __: Any) -> None:
    run(page, "neoai:show-history")
    page.locator("#neoai-history li").first.wait_for()


def comparison(page: Any, workspace: Workspace, project: Any) -> None:
    editor(page, workspace, project)
    page.evaluate(
        """other => void window.jupyterapp.commands.execute(
            'neoai:compare-with-file', {other})""",
        f"{workspace.name}/notes.md",
    )
    page.locator(".neoai-Diff-status:visible", has_text="change").wait_for()


def preview(page: Any, workspace: Workspace, _: Any) -> None:
    open_in_monaco(page, f"{workspace.name}/notes.md")
    run(page, "neoai:open-preview-to-side")
    page.locator(".jp-MarkdownViewer:visible h1").wait_for()


# In this order, in one page: each is what a person sees after the one before.
VIEWS: dict[str, Show] = {
    "projects": projects_panel,
    "tree": tree,
    "project settings": dialog("neoai-tree:project-settings"),
    "new project": dialog("neoai:new-project"),
    "sharing": dialog("neoai:share-project"),
    "search": search,
    "quick open": quick_open,
    "editor": editor,
    "history": history,
    "comparison": comparison,
    "large file": opened("large.log", ".neoai-Banner:visible"),
    "huge file": opened("huge.log", ".neoai-FileCard:visible"),
    "binary file": opened("data.bin", ".neoai-FileCard:visible"),
    "preview": preview,
}
ASKED = ".jp-Dialog, .neoai-QuickOpen"


def check(page: Any) -> list[str]:
    """What axe finds, once whatever moves has come to its end."""
    page.evaluate(
        """() => document.getAnimations()
            .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
            .forEach(animation => animation.finish())"""
    )
    found: list[str] = page.evaluate(CHECK)
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_any_view(
    new_page: NewPage,
    server: LabServer,
    workspace: Workspace,
    project: Any,
    screenshot: Any,
    theme: str,
) -> None:
    server.set("@jupyterlab/apputils-extension/themes.jupyterlab-settings", {"theme": theme})
    page = new_page()
    assert page.evaluate("document.body.dataset.jpThemeName") == theme
    page.add_script_tag(path=str(AXE))
    broken: list[str] = []
    for name, show in VIEWS.items():
        show(page, workspace, project)
        broken += [f"{name}: {line}" for line in check(page)]
        screenshot(page, f"axe-{name}-{theme}")
        if page.locator(ASKED).count():
            page.keyboard.press("Escape")
            page.locator(ASKED).wait_for(state="detached")
    assert not broken, "\n".join(broken)
    assert not page.console_errors


@pytest.mark.parametrize("server", ["plain_lab_server"], indirect=True)
def test_axe_finds_nothing_where_a_file_changed_on_disk_under_unsaved_edits(
    new_page: NewPage, workspace: Workspace, screenshot: Any
) -> None:
    path = workspace.write("shop.py", "price = 3\n")
    page = new_page()
    open_in_monaco(page, path)
    page.keyboard.type("my_")
    workspace.write("shop.py", "their_price = 3\n")
    page.locator(".neoai-Banner:visible").wait_for()
    page.add_script_tag(path=str(AXE))
    broken: list[str] = []
    for theme in THEMES:
        page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        broken += [f"{theme}: {line}" for line in check(page)]
        screenshot(page, f"axe-conflict-{theme}")
    assert not broken, "\n".join(broken)


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
