"""Fixtures for every test, and the table of what was skipped for want of a system part."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytest_jupyter.jupyter_server"]

ALL = os.environ.get("NEOAI_TEST_ALL") == "1"
RUNS = int(os.environ.get("NEOAI_TEST_RUNS", "1"))
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

missing: dict[str, tuple[str, int]] = {}


def _tmpfs() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True
        )
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return mounted.returncode == 0


def _exfat() -> bool:
    """Whether an image file can be mounted as exFAT."""
    if os.geteuid() != 0 or not Path("/dev/fuse").exists():
        return False
    programs = ("mkfs.exfat", "mount.exfat-fuse", "losetup")
    if any(shutil.which(program) is None for program in programs):
        return False
    return subprocess.run(["losetup", "--find"], capture_output=True).returncode == 0


def _strace() -> bool:
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode == 0


def _keyring() -> bool:
    """Whether there is a keyring that needs no desktop."""
    programs = ("dbus-run-session", "gnome-keyring-daemon")
    return all(shutil.which(program) for program in programs)


def _llama() -> bool:
    command = [sys.executable, "-c", "import xllamacpp"]
    return subprocess.run(command, capture_output=True).returncode == 0


def _engine() -> bool:
    """Whether a Docker engine answers, and an image can be made for it."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None or shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True).returncode == 0


def _proxy() -> bool:
    from tests.fakes.hub import proxy_command

    return proxy_command() is not None


PARTS: dict[str, tuple[Callable[[], bool], str]] = {
    "chromium": (lambda: Path(CHROMIUM).exists(), "apt-get install chromium"),
    "postgresql": (
        lambda: bool(os.environ.get("NEOAI_TEST_POSTGRES")),
        "start PostgreSQL and set NEOAI_TEST_POSTGRES=postgresql+psycopg://user:password@host/name",
    ),
    "tmpfs mount": (_tmpfs, "run as root where mount is allowed"),
    "exFAT disk": (_exfat, "apt-get install exfat-fuse exfatprogs, as root where mount is allowed"),
    "strace": (_strace, "apt-get install strace, where ptrace is allowed"),
    "keyring": (_keyring, "apt-get install gnome-keyring dbus-daemon"),
    "llama.cpp": (_llama, "apt-get install libgomp1, which its wheel needs"),
    "docker engine": (
        _engine,
        "apt-get install docker.io debootstrap iptables, as root, and start dockerd",
    ),
    "hub's proxy": (_proxy, "make install, or npm install -g configurable-http-proxy"),
    "node": (lambda: shutil.which("node") is not None, "make install, or Node.js 20 or newer"),
    "ripgrep": (lambda: shutil.which("rg") is not None, "apt-get install ripgrep"),
    "lab extension": (
        lambda: Path("neoai_lab_ext/labextension/package.json").exists(),
        "make install",
    ),
    "package index": (
        lambda: not os.environ.get("NEOAI_TEST_OFFLINE"),
        "a network with a Python package index; unset NEOAI_TEST_OFFLINE",
    ),
}
_found: dict[str, bool] = {}


def require(part: str) -> None:
    """Skip this test where `part` is missing; fail it where NEOAI_TEST_ALL=1 says all must run."""
    found, how = PARTS[part]
    if part not in _found:
        _found[part] = found()
    if _found[part]:
        return
    if ALL:
        pytest.fail(f"NEOAI_TEST_ALL=1 and {part} is missing: {how}")
    missing[part] = (how, missing.get(part, ("", 0))[1] + 1)
    pytest.skip(f"{part} is missing: {how}")


@pytest.fixture(name="require")
def require_fixture() -> Callable[[str], None]:
    """`require("chromium")`, for use within a test."""
    return require


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Iterator[Any]:
    """A worker's report goes over a pipe as UTF-8: names of files that are none are written out."""
    return _encodable((yield))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_encodable(each) for each in value)
    return value


def pytest_sessionfinish(session: Any) -> None:
    """Hand what this worker missed to the process that started it, where there is one."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["missing"] = missing


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker missed; one that crashed says nothing."""
    for part, (how, count) in getattr(node, "workeroutput", {}).get("missing", {}).items():
        missing[part] = (how, missing.get(part, ("", 0))[1] + count)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was skipped and how to get it."""
    if not missing:
        return
    terminalreporter.section("skipped for want of a part")
    width = max(len(part) for part in missing)
    for part, (how, count) in sorted(missing.items()):
        terminalreporter.write_line(f"{part:<{width}}  {count:>4} tests   get it: {how}")


@pytest.fixture(params=["sqlite", "postgresql"])
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database's URL: SQLite, and PostgreSQL where there is one."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'neoai.db'}"
        return
    require("postgresql")
    with postgres_schema() as url:
        yield url


def postgres_schema() -> Any:
    """A context manager: a URL whose search path is a new schema, dropped at the end."""
    import contextlib
    import uuid

    import sqlalchemy as sa

    @contextlib.contextmanager
    def fresh() -> Iterator[str]:
        url = os.environ["NEOAI_TEST_POSTGRES"]
        name = f"t{uuid.uuid4().hex}"
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text(f"CREATE SCHEMA {name}"))
        own = sa.engine.make_url(url).update_query_dict({"options": f"-csearch_path={name}"})
        try:
            yield own.render_as_string(hide_password=False)
        finally:
            with engine.begin() as connection:
                connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))
            engine.dispose()

    return fresh()


@pytest.fixture
def jp_server_config(jp_server_config: Any, tmp_path: Path, db_url: str) -> dict[str, Any]:
    """Every test server has NeoAI, with its own database."""
    return {
        "ServerApp": {"jpserver_extensions": {"neoai_server_ext": True}},
        "NeoAIExtension": {"db_url": db_url, "data_dir": str(tmp_path / "neoai-data")},
    }
