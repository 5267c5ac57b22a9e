"""What `jupyter neoai doctor` looks at. Nothing here needs a running server."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jupyter_core.paths import jupyter_path

from . import __version__

if TYPE_CHECKING:
    from .extension import NeoAIExtension

PACKAGES = {
    "jupyterlab": "pip install 'jupyterlab>=4.6,<5'",
    "jupyter-server": "pip install 'jupyter-server>=2.21,<3'",
    "jupyter-ai": "pip install 'jupyter-ai>=3.2,<4'",
    "jupyter-collaboration": "pip install 'jupyter-collaboration>=5.0.4,<6'",
    "pydantic-ai-slim": "pip install 'pydantic-ai-slim[openai,anthropic,google]<3'",
    "sqlalchemy": "pip install 'sqlalchemy[asyncio]>=2.1'",
    "ipykernel": "pip install ipykernel",
}
SIDECARS = ("", "-wal", "-shm", "-journal")

Status = Literal["ok", "note", "failed"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `note` works but could be better, `failed` does not work."""

    name: str
    status: Status
    detail: str
    mend: str = ""


def examine(extension: NeoAIExtension) -> list[Finding]:
    """Look at everything; never raises for what it finds."""
    return [
        Finding("neoai", "ok", f"{__version__}, Python {sys.version.split()[0]}"),
        *_packages(),
        _git(),
        _fts5(),
        _server_extension(),
        _lab_extension(),
        _data_dir(extension),
        _database(extension),
        *extension.doctor_findings(),
    ]


def render(findings: list[Finding], *, colour: bool) -> str:
    """A table for a terminal, each failure followed by its mend."""
    marks = {"ok": ("ok", "32"), "note": ("note", "33"), "failed": ("FAILED", "31")}
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        word, code = marks[finding.status]
        shown = f"\x1b[{code}m{word:<6}\x1b[0m" if colour else f"{word:<6}"
        lines.append(f"{shown}  {finding.name:<{width}}  {finding.detail}".rstrip())
        if finding.mend:
            lines.append(f"{'':<6}  {'':<{width}}  -> {finding.mend}")
    return "\n".join(lines)


def repair(extension: NeoAIExtension) -> Iterator[str]:
    """Set a damaged or newer SQLite database aside; yields what was done, a line each."""
    database = extension.db
    fault = asyncio.run(_fault(extension))
    path = database.path
    if fault is None or path is None:
        yield "The database needs no repair." if fault is None else fault[1]
        return
    kind, detail = fault
    if kind not in ("damaged", "newer"):
        yield f"Nothing was set aside: {detail}"
        return
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    for suffix in SIDECARS:
        source = path.with_name(path.name + suffix)
        if source.exists():
            target = path.with_name(f"{path.name}.aside-{stamp}{suffix}")
            source.rename(target)
            yield f"Set aside {source} as {target}"
    yield from _salvage(path.with_name(f"{path.name}.aside-{stamp}"))


def _salvage(aside: Path) -> Iterator[str]:
    """Say what the set-aside file held, where it can still be read."""
    try:
        connection = sqlite3.connect(f"file:{aside}?mode=ro", uri=True)
        try:
            rows = connection.execute("SELECT name, path FROM projects").fetchall()
        finally:
            connection.close()
    except sqlite3.Error:
        return
    if rows:
        yield "It knew these projects; register their folders again (no file of theirs is touched):"
        for name, path in rows:
            yield f"  {name}: {path}"


async def _fault(extension: NeoAIExtension) -> tuple[str, str] | None:
    database = extension.db
    await database.open()
    fault = database.fault
    await database.close()
    return None if fault is None else (fault.kind, fault.detail)


def _packages() -> Iterator[Finding]:
    for name, mend in PACKAGES.items():
        try:
            yield Finding(name, "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "failed", "not installed", mend)


def _git() -> Finding:
    found = shutil.which("git")
    if found:
        return Finding("git", "ok", found)
    return Finding(
        "git", "note", "not on the PATH: cloning will not work", "install git from your system"
    )


def _fts5() -> Finding:
    try:
        sqlite3.connect(":memory:").execute("CREATE VIRTUAL TABLE t USING fts5(x)")
    except sqlite3.Error:
        return Finding(
            "sqlite",
            "failed",
            f"{sqlite3.sqlite_version} lacks FTS5: search will not work",
            "use a Python whose SQLite has FTS5 (python.org's, Debian's and conda's do)",
        )
    return Finding("sqlite", "ok", f"{sqlite3.sqlite_version} with FTS5")


def _server_extension() -> Finding:
    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    manager = ExtensionConfigManager(read_config_path=jupyter_config_path())
    enabled = manager.get_jpserver_extensions()  # type: ignore[no-untyped-call]
    if enabled.get("neoai_server_ext"):
        return Finding("server extension", "ok", "enabled")
    return Finding(
        "server extension",
        "failed",
        "not enabled",
        "jupyter server extension enable neoai_server_ext",
    )


def _lab_extension() -> Finding:
    for folder in jupyter_path("labextensions"):
        package = Path(folder) / "@neoai" / "lab" / "package.json"
        if package.is_file():
            version = json.loads(package.read_text(encoding="utf-8")).get("version")
            return Finding("lab extension", "ok", f"@neoai/lab {version}")
    return Finding(
        "lab extension",
        "failed",
        "@neoai/lab is not installed",
        "pip install --force-reinstall neoai; in a checkout, make install",
    )


def _data_dir(extension: NeoAIExtension) -> Finding:
    folder = Path(extension.data_dir)
    if not folder.exists():
        return Finding("data folder", "ok", f"{folder} (made at first start)")
    probe = folder / ".doctor"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Finding(
            "data folder",
            "failed",
            f"{folder} cannot be written: {error.strerror}",
            f"check its owner and the disk, or set c.NeoAIExtension.data_dir (now {folder})",
        )
    free = shutil.disk_usage(folder).free
    if free < 100 * 2**20:
        return Finding("data folder", "note", f"{folder}: only {free >> 20} MB free", "free space")
    return Finding("data folder", "ok", str(folder))


def _database(extension: NeoAIExtension) -> Finding:
    database = extension.db
    path = database.path
    if path is not None and not path.exists():
        return Finding("database", "ok", f"{path} (made at first start)")
    fault = asyncio.run(_fault(extension))
    shown = database.url.render_as_string(hide_password=True)
    if fault is None:
        return Finding("database", "ok", shown)
    return Finding("database", "failed", fault[1])
