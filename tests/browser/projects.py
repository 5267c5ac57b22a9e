"""What a test does with projects: over REST to prepare, in the panel to act."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from .conftest import TOKEN, LabServer

PANEL = "#neoai-projects"


class Registry:
    """The server's projects, without the page."""

    def __init__(self, server: LabServer) -> None:
        self.server = server

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON of a reply."""
        request = urllib.request.Request(
            f"{self.server.url}neoai/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=20) as reply:
            content = reply.read()
        return json.loads(content) if content else None

    def all(self) -> list[Any]:
        found: list[Any] = self.call("GET", "/projects?limit=1000")["items"]
        return found

    def add(self, path: str, name: str | None = None, *, trusted: bool = False) -> Any:
        """Register a folder, made where it is not there."""
        project = self.call("POST", "/projects", {"path": path, "name": name, "create": True})
        if trusted:
            project = self.call("PATCH", f"/projects/{project['id']}", {"trusted": True})
        return project

    def get(self, project_id: str) -> Any:
        return self.call("GET", f"/projects/{project_id}")

    def put(self, project_id: str, path: str, content: bytes) -> None:
        """Write a file of a project through the API."""
        request = urllib.request.Request(
            f"{self.server.url}neoai/v1/projects/{project_id}/files/{path}",
            method="PUT",
            data=content,
            headers={"Authorization": f"token {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=20):
            pass

    def clear(self) -> None:
        """Forget all of them; a clone of another test's that still runs ends."""
        for project in self.all():
            self.call("DELETE", f"/projects/{project['id']}")


def repository(folder: Path) -> Path:
    """A git repository with a file `app.py`."""
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("print('hello')\n")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)
    return folder


def run(page: Any, command: str) -> None:
    """Run a command; it may ask something, so nobody waits for its end."""
    page.evaluate("id => void window.jupyterapp.commands.execute(id)", command)


def show_panel(page: Any) -> Any:
    """The panel, in front and with the list as the server has it."""
    run(page, "neoai:show-projects")
    panel = page.locator(PANEL)
    panel.wait_for()
    run(page, "neoai:refresh-projects")
    return panel


def row(page: Any, name: str) -> Any:
    """The project's row in the panel."""
    name_of = page.locator(".neoai-Project-name", has_text=name)
    return page.locator(f"{PANEL} li.neoai-Project").filter(has=name_of)


def names(page: Any) -> list[str]:
    """The names that the panel lists, in order."""
    found: list[str] = page.locator(f"{PANEL} .neoai-Project-name").all_inner_texts()
    return found


def menu_item(page: Any, label: str) -> Any:
    """An entry of the open menu."""
    return page.locator(".lm-Menu-item:not(.lm-mod-hidden)", has_text=label)


def choose(page: Any, name: str, label: str) -> None:
    """Pick an entry of the project's context menu."""
    row(page, name).click(button="right")
    menu_item(page, label).click()


def folder_shown(page: Any) -> str:
    """The folder that the file browser shows."""
    path: str = page.evaluate(
        """() => [...window.jupyterapp.shell.widgets('left')]
            .find(widget => widget.id === 'filebrowser').model.path"""
    )
    return path
