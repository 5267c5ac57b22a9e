"""What the image installs, read from pyproject.toml: `python requirements.py cpu|gpu`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

EXTRAS = {"cpu": "vectors", "gpu": "gpu"}


def requirements(pyproject: Path, variant: str) -> list[str]:
    """NeoAI's own dependencies, the variant's, and what a hub's server runs."""
    project = tomllib.loads(pyproject.read_text())["project"]
    return [
        *project["dependencies"],
        *project["optional-dependencies"][EXTRAS[variant]],
        "jupyterhub>=6.1,<7",
    ]


if __name__ == "__main__":
    print("\n".join(requirements(Path(__file__).with_name("pyproject.toml"), sys.argv[1])))
