"""What the kill test kills: `python -m tests.index.victim WORK INDEX` updates an index."""

from __future__ import annotations

import sys
from pathlib import Path

from neoai_server_ext.index.scanning import Rules
from neoai_server_ext.index.store import Store
from neoai_server_ext.index.updating import Updater


def updater(work: Path, index: Path) -> Updater:
    """For the index in a file."""
    return Updater(Store(index), Rules(work, 4_000_000, 1000), 2)


if __name__ == "__main__":
    updater(Path(sys.argv[1]), Path(sys.argv[2])).update(lambda done, total: None, lambda: False)
