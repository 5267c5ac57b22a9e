"""A git repository for a test, without anything of the machine's own configuration."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class Repository:
    """A repository at `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._time = 1_700_000_000
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """What git says."""
        self._time += 60
        found = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        found |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for who in ("AUTHOR", "COMMITTER"):
            found |= {f"GIT_{who}_NAME": "Ann", f"GIT_{who}_EMAIL": "ann@example.org"}
            found |= {f"GIT_{who}_DATE": f"{self._time} +0000"}
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=found, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    def commit(self, message: str, **files: str) -> str:
        """Write `name__py="text"` as `name.py` and commit all; returns the commit."""
        for name, text in files.items():
            path = self.root / name.replace("__", ".")
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")
