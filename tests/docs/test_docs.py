"""The documentation builds without a warning and names every setting, operation and command."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from neoai_hub.config import HubSettings
from neoai_hub.gpus.settings import GpuSettings
from neoai_hub.quotas.settings import QuotaSettings
from neoai_server_ext.app import NeoAIApp
from neoai_server_ext.extension import NeoAIExtension
from neoai_server_ext.http.openapi import document
from neoai_spawners.culling import Culling

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    run = subprocess.run([*command, ROOT / "docs", target], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return target


def words(page: Path) -> str:
    """A page as a person reads it."""
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))


def test_every_setting_of_every_class_of_ours_is_documented(site: Path) -> None:
    page = words(site / "reference" / "settings.html")
    ours = [cls for cls in NeoAIExtension.classes if cls.__module__.startswith("neoai_")]
    for cls in [NeoAIExtension, *ours]:
        for name, trait in cls.class_own_traits(config=True).items():
            assert f"c.{cls.__name__}.{name}" in page
            assert trait.help, f"{cls.__name__}.{name} has no help"


def test_every_configurable_service_is_among_the_extensions_classes() -> None:
    for name, member in vars(NeoAIExtension).items():
        service = getattr(getattr(member, "func", None), "__annotations__", {}).get("return")
        if isinstance(service, str) and service.endswith(("Service", "Database")):
            names = {cls.__name__ for cls in NeoAIExtension.classes}
            assert service in names, f"NeoAIExtension.{name} has settings that nobody can see"


def test_every_setting_of_the_hub_is_documented_and_explained(site: Path) -> None:
    page = words(site / "reference" / "hub-settings.html")
    for section in HubSettings.model_fields:
        assert re.search(rf"\b{section}\b", page)
    for key in ("quotas.heartbeat_s", "gpus.devices", "authentication.oidc.groups_claim"):
        assert key in page
    for table in (QuotaSettings, GpuSettings, Culling):
        for name, field in table.model_fields.items():
            assert name in page
            assert field.description or name in ("devices", "node"), f"{name} is not explained"


def test_every_operation_is_documented(site: Path) -> None:
    page = words(site / "reference" / "rest.html")
    for path, entry in document(NeoAIExtension().routes)["paths"].items():
        for method, described in entry.items():
            assert f"{method.upper()} {path}" in page
            assert described["summary"] in page


def test_every_command_line_command_and_flag_is_documented(site: Path) -> None:
    page = words(site / "reference" / "commands.html")
    for name, (cls, _) in NeoAIApp.subcommands.items():
        assert f"jupyter neoai {name}" in page
        for flag in set(cls.flags) - {"debug"}:
            assert f"--{flag}" in page
        for alias in vars(cls).get("aliases", {}):
            assert f"--{alias}=" in page


def test_every_command_and_setting_of_the_lab_extension_is_documented(site: Path) -> None:
    page = words(site / "reference" / "lab-commands.html")
    tokens = (ROOT / "neoai_lab_ext" / "src").glob("*/tokens.ts")
    ids = {
        found
        for source in tokens
        for found in re.findall(r"'(neoai:[\w-]+)'", source.read_text("utf-8"))
    }
    assert ids, "no command was found in the sources"
    assert {found for found in ids if found not in page} == set()
    for schema in (ROOT / "neoai_lab_ext" / "schema").glob("*.json"):
        for title in (
            entry["title"] for entry in json.loads(schema.read_text())["properties"].values()
        ):
            assert title in page, f"{schema.name}: {title}"
