"""Coming back to a room that was made anew meanwhile: what jupyter-collaboration's own rooms double
(#594, #621), over a real websocket, and what ours do not."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

import nbformat
import pytest
from jupyter_ydoc import YNotebook, YUnicode
from pycrdt import (
    Doc,
    YMessageType,
    create_sync_message,
    create_update_message,
    handle_sync_message,
)
from pycrdt.store import BaseYStore, YDocNotFound
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect


class ForgetfulStore(BaseYStore):
    """A store of which a test can take away what it likes."""

    kept: ClassVar[dict[str, list[bytes]]] = {}

    def __init__(self, path: str, **given: Any) -> None:
        self.updates = self.kept.setdefault(path, [])

    async def write(self, data: bytes) -> None:
        """Keep an update."""
        self.updates.append(data)

    async def read(self) -> AsyncIterator[tuple[bytes, bytes, float]]:
        """The updates, oldest first."""
        if not self.updates:
            raise YDocNotFound
        for update in list(self.updates):
            yield update, b"", 0.0

    @classmethod
    def lose(cls, what: str) -> None:
        """Lose everything, or what came after a room was first opened."""
        for updates in cls.kept.values():
            del updates[0 if what == "everything" else 1 :]


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def ours(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the rooms are ours, or jupyter-collaboration's own."""
    from jupyter_server_ydoc import app, handlers
    from jupyter_server_ydoc.rooms import DocumentRoom

    for module in (app, handlers):
        monkeypatch.setattr(module, "DocumentRoom", DocumentRoom)
    return bool(getattr(request, "param", True))


@pytest.fixture
def jp_server_config(jp_server_config: Any, ours: bool, tmp_path: Path) -> Any:
    """Rooms that save at once and are freed when the last client has gone."""
    jp_server_config["ServerApp"]["jpserver_extensions"] = {
        "jupyter_server_ydoc": True,
        "jupyter_server_fileid": True,
        "neoai_server_ext": ours,
    }
    jp_server_config["BaseFileIdManager"] = {"db_path": str(tmp_path / "fileid.db")}
    ForgetfulStore.kept.clear()
    jp_server_config["YDocExtension"] = {
        "ystore_class": ForgetfulStore,
        "document_save_delay": 0,
        "document_cleanup_delay": 0,
        "file_poll_interval": 0.05,
    }
    return jp_server_config


async def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition of the server's own making."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


class Page:
    """What a browser keeps of a document when the connection is gone."""

    def __init__(self, path: str, connect: Callable[..., Awaitable[Any]]) -> None:
        self.path = path
        self.kind = "notebook" if path.endswith(".ipynb") else "file"
        self.document: Any = YNotebook() if self.kind == "notebook" else YUnicode()
        self.doc: Doc[Any] = self.document.ydoc
        self._connect = connect

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Be in the room; on entry both sides have what the other had."""
        socket = await self._connect(self.path, self.kind)
        told, came = asyncio.Event(), asyncio.Event()

        async def listen() -> None:
            while (message := await socket.read_message()) is not None:
                if message[0] != YMessageType.SYNC:
                    continue
                reply = handle_sync_message(message[1:], self.doc)
                if reply is not None:
                    await socket.write_message(reply, binary=True)
                (told if reply is not None else came).set()

        def tell(event: Any) -> None:
            socket.write_message(create_update_message(event.update), binary=True)

        listening = asyncio.create_task(listen())
        await socket.write_message(create_sync_message(self.doc), binary=True)
        async with asyncio.timeout(30):
            await told.wait()
            await came.wait()
        telling = self.doc.observe(tell)
        try:
            yield
        finally:
            self.doc.unobserve(telling)
            socket.close()
            await listening

    @property
    def content(self) -> list[str]:
        """The lines of the text, or the sources of the cells."""
        if self.kind == "file":
            return str(self.document.get()).splitlines()
        return [str(cell["source"]) for cell in self.document.ycells]

    def add(self, source: str) -> None:
        """Write a line or a cell at the end."""
        if self.kind == "file":
            self.document._ysource += f"{source}\n"
        else:
            self.document.append_cell({**nbformat.v4.new_code_cell(source)})


@pytest.fixture
def page(
    jp_fetch: Any, jp_http_port: int, jp_base_url: str, jp_auth_header: dict[str, str]
) -> Callable[[str], Page]:
    """`page("a.ipynb")`: a browser's page of a file, not connected yet."""

    async def connect(path: str, kind: str) -> Any:
        form = "json" if kind == "notebook" else "text"
        body = json.dumps({"format": form, "type": kind})
        reply = await jp_fetch("api/collaboration/session", path, method="PUT", body=body)
        session = json.loads(reply.body)
        room = f"{form}:{kind}:{session['fileId']}"
        url = f"ws://localhost:{jp_http_port}{jp_base_url}api/collaboration/room/{room}"
        asked = HTTPRequest(f"{url}?sessionId={session['sessionId']}", headers=jp_auth_header)
        return await websocket_connect(asked)

    return lambda path: Page(path, connect)


@pytest.fixture
def rooms(jp_serverapp: Any) -> dict[str, Any]:
    """The rooms that there are."""
    app = jp_serverapp.extension_manager.extension_points["jupyter_server_ydoc"].app
    found: dict[str, Any] = app.ywebsocket_server.rooms
    return found


def on_disk(path: Path) -> list[str]:
    """As `Page.content`, of a file."""
    if path.suffix != ".ipynb":
        return path.read_text().splitlines()
    return [cell["source"] for cell in json.loads(path.read_text() or "{}").get("cells", [])]


def holds(path: Path, *sources: str) -> bool:
    """Whether all of these are somewhere in a file."""
    return all(source in "\n".join(flat(on_disk(path))) for source in sources)


def flat(sources: list[Any]) -> list[str]:
    """Sources of cells as they are on disk, a list of lines each."""
    return ["".join(source) for source in sources]


def write(path: Path, sources: list[str], minor: int = 5) -> None:
    """A text of these lines, or a notebook of these cells."""
    if path.suffix != ".ipynb":
        path.write_text("".join(f"{source}\n" for source in sources))
        return
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(sources)]
    if minor < 5:
        for cell in cells:
            del cell["id"]
    notebook = nbformat.v4.new_notebook(cells=cells, nbformat_minor=minor)
    path.write_text(nbformat.writes(notebook, version=nbformat.NO_CONVERT))


async def work_and_go_offline(page: Page, path: Path, rooms: Any, *added: str) -> None:
    """Open, write and save; then the connection is gone and the room is freed."""
    async with page.connected():
        for source in added:
            page.add(source)
        await until(lambda: flat(on_disk(path)) == page.content)
    await until(lambda: not any(":" in name for name in rooms))


@pytest.mark.parametrize("ours", [False, True], indirect=True)
@pytest.mark.parametrize("lost", ["everything", "the last edits"])
async def test_nothing_is_doubled_where_the_store_has_lost(
    lost: str, ours: bool, page: Any, rooms: Any, jp_root_dir: Path
) -> None:
    for name in ("a.ipynb", "old.ipynb", "a.txt"):
        path = jp_root_dir / name
        write(path, ["one", "two"], minor=4 if name == "old.ipynb" else 5)
        mine = page(name)
        await work_and_go_offline(mine, path, rooms, "three", "four")
        ForgetfulStore.lose(lost)

        async with mine.connected():
            mine.add("five")
            await until(lambda path=path: "five" in "".join(flat(on_disk(path))))
            newcomer = page(name)
            async with newcomer.connected():
                await until(lambda new=newcomer, mine=mine: new.content == mine.content)

        expected = ["one", "two", "three", "four", "five"]
        assert (mine.content == expected) is ours
        assert (flat(on_disk(path)) == expected) is ours


@pytest.mark.parametrize("lost", ["everything", "the last edits", "nothing"])
async def test_what_several_wrote_while_they_were_away_is_all_kept_once(
    lost: str, page: Any, rooms: Any, jp_root_dir: Path
) -> None:
    for name in ("a.ipynb", "old.ipynb", "a.txt"):
        path = jp_root_dir / name
        write(path, ["one", "two"], minor=4 if name == "old.ipynb" else 5)
        mine, yours, newcomer = page(name), page(name), page(name)
        async with mine.connected(), yours.connected():
            mine.add("three")
            await until(lambda path=path: "three" in flat(on_disk(path)))
            await until(lambda yours=yours: "three" in yours.content)
            await until(lambda mine=mine: mine.document.hash)
            await until(lambda mine=mine, yours=yours: mine.document.hash == yours.document.hash)
        await until(lambda: not any(":" in room for room in rooms))
        ForgetfulStore.lose(lost)
        mine.add("mine")
        yours.add("yours")

        async with newcomer.connected(), mine.connected(), yours.connected():
            everybody = (newcomer, mine, yours)
            await until(lambda all=everybody: len({tuple(one.content) for one in all}) == 1)
            found = mine.content
            await until(lambda path=path, found=found: flat(on_disk(path)) == found)

        assert found[:3] == ["one", "two", "three"]
        assert sorted(found[3:]) == ["mine", "yours"]


@pytest.mark.parametrize("lost", ["everything", "nothing"])
async def test_a_file_changed_meanwhile_and_writing_while_away_are_both_kept_once(
    lost: str, page: Any, rooms: Any, jp_root_dir: Path
) -> None:
    for name in ("a.ipynb", "a.txt"):
        path = jp_root_dir / name
        write(path, ["one", "two"])
        mine = page(name)
        await work_and_go_offline(mine, path, rooms, "three")
        ForgetfulStore.lose(lost)
        path.write_text(path.read_text().replace("one", "git's one"))
        mine.add("mine")

        async with mine.connected():
            await until(lambda path=path: holds(path, "git's one", "mine"))
            await until(lambda path=path, mine=mine: flat(on_disk(path)) == mine.content)
            found = mine.content

        for source in ("git's one", "two", "three", "mine"):
            assert "\n".join(found).count(source) == 1, found
