"""What local servers take up is measured, whatever lies in their homes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from neoai_spawners.local import _size


def test_folders_deeper_than_python_calls_are_measured(tmp_path: Path) -> None:
    (tmp_path / "before").write_bytes(b"x" * 4096)
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(1500):
            os.mkdir("d", dir_fd=here)
            inner = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        assert _size(tmp_path) >= 4096
    finally:
        os.close(here)
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # Python's own recurses
