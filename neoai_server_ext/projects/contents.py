"""The contents manager behind JupyterLab's own file browser and editors, in both modes."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from typing import Any, Protocol

from anyio.to_thread import run_sync
from jupyter_server import CallContext
from jupyter_server.base.handlers import AuthenticatedFileHandler
from jupyter_server.services.contents.handlers import ContentsHandler
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError
from traitlets import default

from .. import errors
from ..collaboration.unsaved import UNENCODABLE
from . import chatfiles, encodings, texts, trash
from .paths import is_git
from .sharing.roles import Access

NOTHING = "There is nothing at this path."


class Changes(Protocol):
    """What is told of changes through Jupyter's contents API; paths relative to the root."""

    async def contents_changing(self, path: str, reason: str) -> None:
        """Before a file is saved (`save`), or a path deleted (`delete`) or renamed (`move`)."""

    async def contents_saved(self, path: str) -> None:
        """After a file was saved."""

    async def contents_moved(self, old: str, new: str) -> None:
        """After a path was renamed."""


class FilesHandler(AuthenticatedFileHandler):
    """`/files/…`, Jupyter's direct download: it reads the disk by itself."""

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        """Refuse `.git` here too."""
        refuse_git(os.path.relpath(absolute_path, root))
        refuse_git(os.path.relpath(os.path.realpath(absolute_path), os.path.realpath(root)))
        return str(super().validate_absolute_path(root, absolute_path))


class NeoAIContentsManager(AsyncLargeFileManager):
    """Jupyter's contents manager with hidden files shown, `.git` never served, and the encoding
    and line endings of files kept.

    JupyterLab's collaborative rooms know LF alone, so what they save gets back the endings that
    its file has (`lines.restored`). A save of the user's own, a PUT to `/api/contents`, is written
    as it came: the editor had the file's endings before it, so what it sends is meant, also
    where the user has changed them all.
    """

    changes: Changes | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.texts = texts.TextMarks()

    @default("allow_hidden")
    def _default_allow_hidden(self) -> bool:
        return True

    @default("delete_to_trash")
    def _default_delete_to_trash(self) -> bool:
        return not trash.deletes_for_good()

    @default("files_handler_class")
    def _default_files_handler_class(self) -> type[FilesHandler]:
        return FilesHandler

    def should_list(self, name: str) -> bool:
        """Whether a name is shown in listings."""
        return not is_git(name) and bool(super().should_list(name))  # type: ignore[no-untyped-call]

    async def get(
        self,
        path: str,
        content: bool = True,
        type: str | None = None,
        format: str | None = None,
        require_hash: bool = False,
    ) -> Any:
        """A model, with content only where that is not reached through a link into `.git`.

        A page that asks for a file without its content also hears the `encoding` in which it would
        be opened, which is null for what is no text: so it need not ask for the content to know.
        """
        if content or require_hash:
            self._refuse_link(path)
        base: Any = super()
        model = await base.get(path, content, type, format, require_hash)
        if not content and model["type"] == "file" and _is_request("GET"):
            model["encoding"] = await run_sync(self._encoding, path)
        access: Access | None = getattr(_handler(), "neoai_access", None)
        if access is not None:
            await run_sync(_as_seen_by, access, model, path.strip("/"))
        return model

    def _encoding(self, path: str) -> str | None:
        """In which encoding a page would open a file; None for what is no text."""
        try:
            return texts.encoding_on_disk(self.texts, self.text_file(path))
        except (HTTPError, OSError):
            return None

    async def save(self, model: dict[str, Any], path: str = "") -> Any:
        """Save a model, never through a link into `.git`; tells of it before and after."""
        self._refuse_link(path)
        await run_sync(self._refuse_special, path)
        base: Any = super()
        if self.changes is None or model.get("type") == "directory":
            return await base.save(model, path)
        await self.changes.contents_changing(path, "save")
        saved = await base.save(model, path)
        await self.changes.contents_saved(path)
        return saved

    async def delete_file(self, path: str) -> None:
        """Delete a file or folder, as Jupyter is configured to; tells of it before."""
        if self.changes is not None:
            await self.changes.contents_changing(path, "delete")
        base: Any = super()
        await base.delete_file(path)

    async def rename_file(self, old_path: str, new_path: str) -> None:
        """Rename a file or folder; tells of it before and after."""
        base: Any = super()
        if self.changes is not None:
            await self.changes.contents_changing(old_path, "move")
        await base.rename_file(old_path, new_path)
        await run_sync(self.texts.moved, self._get_os_path(old_path), self._get_os_path(new_path))
        if self.changes is not None:
            await self.changes.contents_moved(old_path, new_path)

    def check_and_sign(self, nb: Any, path: str = "", **retrying: Any) -> None:
        """Sign a notebook whose cells say that they are trusted, but not on the word of somebody
        with a role: what a signed one shows runs in the owner's page."""
        if getattr(_handler(), "neoai_access", None) is None:
            super().check_and_sign(nb, path, **retrying)  # type: ignore[no-untyped-call]

    def _get_os_path(self, path: str) -> str:
        """Every operation asks here where a path is on disk: the one place to refuse `.git`."""
        refuse_git(path)
        os_path = str(super()._get_os_path(path))  # type: ignore[no-untyped-call]
        self._refuse_real(os_path.rpartition("/")[0] or "/")
        return os_path

    def _refuse_special(self, path: str) -> None:
        """Raise 409 for a device, pipe or socket: reading it might never end."""
        os_path = self._get_os_path(path.strip("/"))
        try:
            mode = Path(os_path).stat().st_mode
        except (OSError, ValueError):
            return
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise HTTPError(409, f"`{path}` is not a regular file.")

    def _refuse_link(self, path: str) -> None:
        self._refuse_real(self._get_os_path(path.strip("/")))

    def _refuse_real(self, os_path: str) -> None:
        real = os.path.realpath(os_path)
        if "git" in real.lower():
            refuse_git(os.path.relpath(real, os.path.realpath(self.root_dir)))

    async def _read_file(  # type: ignore[override]
        self, os_path: str, format: str | None, raw: bool = False
    ) -> tuple[str | bytes, str] | tuple[str | bytes, str, bytes]:
        """As Jupyter's, but text in any encoding that we know is text where text is asked for."""
        if format != "text" or not await run_sync(Path(os_path).is_file):
            return await super()._read_file(os_path, format, raw)
        with self.open(os_path, "rb") as file:
            data: bytes = await run_sync(file.read)
        text = await run_sync(texts.read, self.texts, os_path, data)
        if text is None:
            reason = f"{os_path} is no text: it is not UTF-8 encoded, nor in another encoding."
            raise HTTPError(400, reason, reason="bad format")
        return (text, "text", data) if raw else (text, "text")

    async def _save_file(self, os_path: str, content: Any, format: str | None) -> None:
        base: Any = super()
        if format != "text" or not isinstance(content, str):
            await base._save_file(os_path, content, format)
            return
        own = _is_request("PUT")
        try:
            data = await run_sync(
                lambda: texts.written(self.texts, os_path, content, with_endings=own)
            )
        except (encodings.Unencodable, UnicodeError) as error:
            raise HTTPError(400, f"The file was not saved. {error}", reason=UNENCODABLE) from error
        if os_path.endswith(chatfiles.ENDING):
            await run_sync(self._write_whole, os_path, data)
        else:
            await base._save_file(os_path, base64.encodebytes(data).decode("ascii"), "base64")
        await run_sync(texts.saved, self.texts, os_path)

    def _write_whole(self, os_path: str, data: bytes) -> None:
        try:
            chatfiles.write_whole(self.root_dir, os.path.relpath(os_path, self.root_dir), data)
        except errors.NeoAIError as error:
            status = 403 if isinstance(error, errors.Forbidden) else 500
            raise HTTPError(status, f"The chat was not saved. {error.detail}") from error

    def text_file(self, path: str) -> str:
        """Where a file is on disk; raises 404 where there is none that may be served."""
        self._refuse_link(path)
        os_path = self._get_os_path(path.strip("/"))
        if not os.path.isfile(os_path):  # noqa: PTH113 - pathlib raises where a name is too long
            raise HTTPError(404, NOTHING)
        return os_path


def refuse_git(path: str) -> None:
    """Raise 404 where a component is `.git`."""
    if any(is_git(part) for part in path.split("/") if part):
        raise HTTPError(404, NOTHING)


def _handler() -> Any:
    return CallContext.get(CallContext.JUPYTER_HANDLER)


def _as_seen_by(access: Access, model: dict[str, Any], path: str) -> None:
    """Leave out what somebody may not know of, and say what he may not write."""
    entries = model["content"] if model["type"] == "directory" else None
    if entries is not None:
        shown = access.shown(path, [entry["name"] for entry in entries])
        model["content"] = entries = [entry for entry in entries if entry["name"] in shown]
    for entry in [model, *(entries or ())]:
        entry["writable"] = entry["writable"] and access.writes(entry["path"])


def _is_request(method: str) -> bool:
    """Whether a request to `/api/contents` is being answered, and no room's own reading."""
    handler = _handler()
    return isinstance(handler, ContentsHandler) and handler.request.method == method
