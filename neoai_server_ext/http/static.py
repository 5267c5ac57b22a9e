"""The lab extension's files, compressed and cached.

JupyterLab's own route for extensions sends them as they are and has the browser ask again each
time. Ours come with a gzipped copy from the build, and their names change with their content.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_path
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.utils import url_path_join
from tornado.routing import PathMatches, Rule
from tornado.web import RequestHandler

if TYPE_CHECKING:
    from tornado.web import Application

PACKAGE = "@neoai/lab"
HASHED = re.compile(r"(?:^|\.)[0-9a-f]{16,}\.\w+$")
REFUSED = re.compile(r"q=0(?:\.0*)?")
FOREVER = "public, max-age=31536000, immutable"
PACKED = ".gz"


class LabExtensionFileHandler(FileFindHandler):
    """As Jupyter serves them, with the gzipped copy where the browser takes it."""

    _packed = False

    @classmethod
    def get_absolute_path(cls, roots: Sequence[str], path: str) -> str:
        """Where a file is; the base class's memory of that is one for all its routes."""
        found = (Path(os.path.normpath(root + path)) for root in roots)
        return next((str(file) for file in found if file.is_file()), "")

    # Who is not logged in gets ours as he gets JupyterLab's and every other extension's.
    @allow_unauthenticated
    async def get(self, path: str, include_body: bool = True) -> None:
        """Send the file; 404 where there is none."""
        if self._takes_gzip() and self._has_packed(path):
            self._packed = True
            path += PACKED
        await super().get(path, include_body)

    @allow_unauthenticated
    async def head(self, path: str) -> None:
        """As GET, without the body."""
        await self.get(path, include_body=False)

    def set_headers(self) -> None:
        """A name with a digest in it never means another content."""
        super().set_headers()
        self.add_header("Vary", "Accept-Encoding")
        if self._packed:
            self.set_header("Content-Encoding", "gzip")
        if HASHED.search(self.path.removesuffix(PACKED)):
            self.set_header("Cache-Control", FOREVER)

    def compute_etag(self) -> str | None:
        """A name with a digest in it, and whether it is packed, tell the bytes."""
        return f'"{self.path}"' if HASHED.search(self.path.removesuffix(PACKED)) else None

    def get_content_type(self) -> str:
        """The type of the file itself, not of its packing."""
        if not self._packed:
            return str(super().get_content_type())
        packed = self.absolute_path
        assert packed is not None
        self.absolute_path = packed.removesuffix(PACKED)
        try:
            return str(super().get_content_type())
        finally:
            self.absolute_path = packed

    def _takes_gzip(self) -> bool:
        accepted = self.request.headers.get("Accept-Encoding", "").lower()
        offers = [offer.partition(";") for offer in accepted.split(",")]
        return any(
            name.strip() == "gzip" and not REFUSED.fullmatch(weight.strip())
            for name, _, weight in offers
        )

    def _has_packed(self, path: str) -> bool:
        """Whether the packed copy is there and of the file's present content.

        A digest in the name says so; times do not, since installers write files in any order.
        """
        found = self.get_absolute_path(self.root, path)
        file, packed = Path(found), Path(found + PACKED)
        if not found or not packed.is_file():
            return False
        return bool(HASHED.search(path)) or packed.stat().st_mtime >= file.stat().st_mtime


def lab_extension_folders() -> list[str]:
    """Where the lab extension's static files may be, in Jupyter's order."""
    found = [
        Path(folder, *PACKAGE.split("/"), "static") for folder in jupyter_path("labextensions")
    ]
    return [str(folder) for folder in found if folder.is_dir()]


def mount(application: Application, folders: list[str]) -> None:
    """Serve the folders before JupyterLab's route for all extensions does.

    A rule at the front: `add_handlers` would put ours behind JupyterLab's, whose extension
    loads first.
    """
    if not folders:
        return
    base_url = application.settings["base_url"]
    start, _, end = url_path_join(base_url, "lab", "extensions", PACKAGE, "static").rpartition("@")
    pattern = f"{re.escape(start)}(?:@|%40){re.escape(end)}/(.*)"
    arguments: dict[str, Any] = {"path": folders, "follow_dir_symlinks": True}
    handler: type[RequestHandler] = LabExtensionFileHandler
    application.default_router.rules.insert(0, Rule(PathMatches(pattern), handler, arguments))
