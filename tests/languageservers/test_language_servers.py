"""Each page and project has language servers of its own, which end with them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from .conftest import Connect


def service(jp_serverapp: Any) -> Any:
    return jp_serverapp.extension_manager.extension_points["neoai"].app.language_servers


async def project(jp_fetch: Any, path: str, **changes: Any) -> None:
    body = json.dumps({"path": path, "name": path, "create": True})
    reply = await jp_fetch("neoai", "v1", "projects", method="POST", body=body)
    if changes:
        address = ("neoai", "v1", "projects", json.loads(reply.body)["id"])
        await jp_fetch(*address, method="PATCH", body=json.dumps(changes))


async def gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.02)


async def test_imports_across_a_projects_files_are_resolved(
    connect: Connect, jp_fetch: Any, jp_root_dir: Path
) -> None:
    await project(jp_fetch, "p")
    folder = jp_root_dir / "p"
    (folder / "tools.py").write_text("def measure(width):\n    return width\n")
    page = await connect("pylsp", "p/main.py")
    answer = await page.begin(rootUri="file:///etc")
    assert answer["capabilities"]["textDocumentSync"]["change"] == 2
    uri = await page.open(folder / "main.py", "from tools import measure\nmeasure(1)\nimport os\n")
    found = await page.at("textDocument/definition", uri, 1, 2)
    assert [place["uri"] for place in found] == [(folder / "tools.py").as_uri()]
    diagnostics = await page.diagnostics(uri)
    assert {one["code"] for one in diagnostics} >= {"F401"}
    actions = await page.ask(
        "textDocument/codeAction",
        textDocument={"uri": uri},
        range=diagnostics[0]["range"],
        context={"diagnostics": diagnostics},
    )
    assert any("os" in action["title"] for action in actions)
    edit = await page.at("textDocument/rename", uri, 1, 2, newName="gauge")
    changed = {one["textDocument"]["uri"] for one in edit["documentChanges"]}
    assert changed == {uri, (folder / "tools.py").as_uri()}


async def test_two_pages_have_a_server_each(
    connect: Connect, jp_root_dir: Path, jp_serverapp: Any
) -> None:
    """jupyter-lsp's own websockets share one process: ids and documents collide."""
    one, other = await connect("pylsp"), await connect("pylsp")
    await one.begin()
    await other.begin()
    first = await one.open(jp_root_dir / "a.py", "alpha_one = 1\nalpha_\n")
    second = await other.open(jp_root_dir / "a.py", "beta_two = 1\nbeta_\n")
    found = await one.at("textDocument/completion", first, 1, 6)
    assert [item["insertText"] for item in found["items"]] == ["alpha_one"]
    found = await other.at("textDocument/completion", second, 1, 5)
    assert [item["insertText"] for item in found["items"]] == ["beta_two"]
    pids = [server.process.pid for server in service(jp_serverapp)._running]
    assert len(pids) == 2
    one.connection.close()
    other.connection.close()
    for pid in pids:
        await gone(pid)


async def test_a_killed_server_closes_its_websocket_and_says_how_it_ended(
    connect: Connect, jp_serverapp: Any
) -> None:
    page = await connect("pylsp")
    await page.begin()
    (server,) = service(jp_serverapp)._running
    os.kill(server.process.pid, signal.SIGKILL)
    while await page.read() is not None:
        pass
    assert page.connection.close_code == 4500
    assert "SIGKILL" in page.connection.close_reason
    assert not service(jp_serverapp)._running
    again = await connect("pylsp")
    await again.begin()


async def test_what_cannot_be_started_says_why(
    connect: Connect, jp_serverapp: Any, jp_fetch: Any
) -> None:
    page = await connect("no-such-server")
    assert await page.read() is None
    assert (page.connection.close_code, "no-such-server" in page.connection.close_reason) == (
        4409,
        True,
    )
    await project(jp_fetch, "p")
    await project(jp_fetch, "q", trusted=True)
    servers = jp_serverapp.language_server_manager.language_servers
    servers["other"] = {"argv": ["/no/such/program"], "languages": ["x"], "version": 2}
    page = await connect("other", "p")
    assert await page.read() is None
    assert "trusted project" in page.connection.close_reason
    page = await connect("other", "q")
    assert await page.read() is None
    assert "cannot be started" in page.connection.close_reason
    service(jp_serverapp).max_processes = 1
    await (await connect("pylsp")).begin()
    page = await connect("pylsp")
    assert await page.read() is None
    assert page.connection.close_code == 4429
    service(jp_serverapp).enabled = False
    page = await connect("pylsp")
    assert await page.read() is None
    assert "switched off" in page.connection.close_reason


async def test_the_first_message_must_open_the_conversation(connect: Connect) -> None:
    page = await connect("pylsp")
    await page.notify("textDocument/didOpen")
    assert await page.read() is None
    assert page.connection.close_code == 4409


async def test_a_definition_outside_the_servers_root_can_be_read(
    jp_fetch: Any, tmp_path: Path
) -> None:
    file = tmp_path / "outside.py"
    file.write_text("x = 'ä'\n", encoding="utf-8")
    address = ("neoai", "v1", "language-servers", "text")
    reply = await jp_fetch(*address, params={"path": str(file)})
    assert json.loads(reply.body) == {"content": "x = 'ä'\n"}
    for path in ("outside.py", str(tmp_path), str(tmp_path / "none.py")):
        with pytest.raises(HTTPClientError) as caught:
            await jp_fetch(*address, params={"path": path})
        assert caught.value.code == 404


HOSTILE = "import pathlib\npathlib.Path({mark!r}).write_text('ran')\n"


async def hostile(folder: Path, mark: Path) -> None:
    """A project in which everything that a language server could run leaves a mark."""
    code = HOSTILE.format(mark=str(mark))
    names = ("pylsp", "jedi", "ruff", "json", "evil", "sitecustomize", "usercustomize", "numpy")
    for name in names:
        (folder / f"{name}.py").write_text(code)
    (folder / "conftest.py").write_text(code)
    (folder / "setup.py").write_text(code)
    (folder / ".ropeproject").mkdir()
    (folder / ".ropeproject" / "config.py").write_text(code)
    for venv in (".venv", "venv"):
        program = folder / venv / "bin" / "python"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho ran > '{mark}'\n")
        program.chmod(0o755)
        (program.parent / "ruff").write_text(program.read_text())
        (program.parent / "ruff").chmod(0o755)
        (folder / venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
    load = "[MASTER]\nload-plugins=evil\ninit-hook='import evil'\n"
    (folder / ".pylintrc").write_text(load)
    (folder / "pylintrc").write_text(load)
    (folder / "setup.cfg").write_text(
        "[flake8:local-plugins]\nextension =\n    X = evil:Evil\npaths = .\n"
        "[mypy]\nplugins = evil\n[pylint]\nload-plugins=evil\n"
    )
    (folder / "mypy.ini").write_text(
        "[mypy]\nplugins = evil.py\npython_executable = .venv/bin/python\n"
    )
    (folder / "pyproject.toml").write_text(
        '[tool.mypy]\nplugins = ["evil"]\n[tool.pylint.main]\nload-plugins = ["evil"]\n'
        "[tool.pylsp-mypy]\nenabled = true\n[tool.ruff]\nline-length = 80\n"
    )


@pytest.mark.parametrize("registered", [True, False])
async def test_an_untrusted_project_runs_nothing_of_its_own(
    registered: bool,
    connect: Connect,
    jp_fetch: Any,
    jp_root_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mark = tmp_path / "mark"
    folder = jp_root_dir / "p"
    folder.mkdir()
    await hostile(folder, mark)
    if registered:
        await project(jp_fetch, "p", settings={"interpreter": ".venv/bin/python"})
    monkeypatch.setenv("VIRTUAL_ENV", str(folder / ".venv"))
    monkeypatch.chdir(folder)
    page = await connect("pylsp", "p/main.py")
    await page.begin()
    text = "import numpy\nimport evil\nimport json\nevil.x\nnumpy.array(\njson.dumps(1)\n"
    uri = await page.open(folder / "main.py", text)
    assert await page.diagnostics(uri)
    for line in (3, 4, 5):
        for method in ("completion", "hover", "definition", "signatureHelp", "documentHighlight"):
            await page.at(f"textDocument/{method}", uri, line, 6 if line != 4 else 12)
    await page.at("textDocument/references", uri, 1, 8, context={"includeDeclaration": True})
    await page.ask("textDocument/documentSymbol", textDocument={"uri": uri})
    await page.notify("textDocument/didSave", textDocument={"uri": uri}, text=text)
    assert await page.diagnostics(uri)
    await page.at("textDocument/rename", uri, 1, 8, newName="other")
    assert not mark.exists()


async def test_a_trusted_projects_interpreter_is_the_one_that_names_are_looked_up_in(
    connect: Connect, jp_fetch: Any, jp_root_dir: Path, tmp_path: Path
) -> None:
    """Which proves, too, that the mark of the test above is one that would be seen."""
    mark = tmp_path / "mark"
    folder = jp_root_dir / "p"
    folder.mkdir()
    await hostile(folder, mark)
    await project(jp_fetch, "p", trusted=True, settings={"interpreter": ".venv/bin/python"})
    page = await connect("pylsp", "p/main.py")
    await page.begin()
    uri = await page.open(folder / "main.py", "import evil\nevil.x\n")
    await page.diagnostics(uri)
    await page.connection.write_message(
        json.dumps(
            {
                "jsonrpc": "2.0",
                "id": "hover",
                "method": "textDocument/hover",
                "params": {
                    "textDocument": {"uri": uri},
                    "position": {"line": 1, "character": 1},
                },
            }
        )
    )
    while (message := await page.read()) is not None and message.get("id") != "hover":
        pass
    assert mark.exists()
