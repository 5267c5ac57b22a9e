"""What is committed: pins, licences, sizes."""

from __future__ import annotations

import importlib.metadata as metadata
import re
import subprocess
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LIMIT = 5 * 1024 * 1024
# Weak copyleft, used unchanged as libraries and not part of our code.
TOLERATED = {
    "certifi": "MPL-2.0: a list of certificates, comes with requests and httpx",
    "docstring-to-markdown": "LGPL-2.1: comes with python-lsp-server, a program of its own",
    "fqdn": "MPL-2.0: comes with jsonschema's formats, which jupyter-events needs",
    "pathspec": "MPL-2.0: comes with black, which python-lsp-server formats with",
    "psycopg": "LGPL-3.0: the PostgreSQL driver, an extra, loaded only where it is configured",
    "psycopg-binary": "LGPL-3.0: as psycopg",
}
# Of two licences one may choose.
CHOSEN = {"text-unidecode": "Artistic License: comes with python-slugify, which KubeSpawner needs"}
INSTALLED = {"docker", "hub", "kubernetes", "postgresql"}
STRONG = re.compile(r"(?<!L)(?:GPL|(?<!Lesser )General Public)")
COPYLEFT = re.compile(r"\b(?:A|L)?GPL|General Public|\bMPL|Mozilla Public")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    found = [line.partition("==") for line in lines if line and not line.startswith("#")]
    return {canonical(name): version for name, _, version in found}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(extras: set[str]) -> set[str]:
    """Our requirements and theirs, as far as they apply here."""
    seen: set[tuple[str, str]] = set()
    waiting = [("neoai", extra) for extra in {"", *extras}]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for line in metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            waiting += [(canonical(requirement.name), e) for e in {"", *requirement.extras}]
    return {name for name, _ in seen if name != "neoai"}


def test_every_dependency_is_pinned_exactly() -> None:
    pinned = pins()
    assert closure({"dev", *INSTALLED}) - set(pinned) - {"pip", "setuptools"} == set()
    assert all(re.fullmatch(r"[\w.+!]+", version) for version in pinned.values())


def test_no_lock_names_a_download_address() -> None:
    for name in ("constraints.txt", "yarn.lock", ".yarnrc.yml"):
        assert "://" not in (ROOT / name).read_text(), name


def licence(name: str) -> str:
    """What a package says of its licence; its licence file's beginning where it says nothing."""
    about = metadata.metadata(name)
    said = [
        about.get("License-Expression") or about.get("License", "")[:200],
        *(c for c in about.get_all("Classifier") or [] if c.startswith("License")),
    ]
    found = " ".join(word for word in said if word and word != "UNKNOWN")
    if found:
        return found
    files = [file for file in metadata.files(name) or [] if file.name.startswith("LICEN")]
    return " ".join(" ".join(file.read_text().split())[:200] for file in files)


def test_every_dependency_of_a_user_or_a_hub_says_its_licence() -> None:
    assert [name for name in closure(INSTALLED) if not licence(name)] == []


def test_no_dependency_of_a_user_or_a_hub_has_a_strong_copyleft_licence() -> None:
    dependencies = closure(INSTALLED) - CHOSEN.keys()
    found = {name: licence(name) for name in dependencies if COPYLEFT.search(licence(name))}
    assert {name: said for name, said in found.items() if STRONG.search(said)} == {}
    assert found.keys() == TOLERATED.keys()


def test_no_file_is_larger_than_five_megabytes() -> None:
    assert [file for file in tracked() if file.is_file() and file.stat().st_size > LIMIT] == []
