"""A real project to try things on: a well-known package's source distribution, unpacked.

Fetched once through pip into `build/corpus/`, which git ignores.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

NAME = "jupyter_server"
VERSION = "2.17.0"
FOLDER = Path(__file__).parent.parent / "build" / "corpus"


def corpus() -> Path:
    """The unpacked project (343 entries, 110 modules); take a copy before you change it."""
    project = FOLDER / f"{NAME}-{VERSION}"
    if not project.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            _fetch(Path(folder), project)
    return project


def copy_of_corpus(to: Path) -> Path:
    """A copy of the project at `to`, which must not exist yet."""
    shutil.copytree(corpus(), to)
    return to


def _fetch(folder: Path, project: Path) -> None:
    subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
            "--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--dest", folder,
            f"{NAME}=={VERSION}",
        ],
        check=True,
    )  # fmt: skip
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        # the filter came with Python 3.11.4; pip has compared the archive's digest
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(folder, **safely)
    try:
        (folder / project.name).rename(project)
    except OSError:
        if not project.exists():
            raise
