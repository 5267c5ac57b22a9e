"""What the kill test kills: `python -m tests.checkpoints.victim WHAT WORK STORE [ID]`."""

from __future__ import annotations

import sys
from pathlib import Path

from neoai_server_ext.checkpoints.history import History, collect
from neoai_server_ext.checkpoints.snapshot import Rules
from neoai_server_ext.checkpoints.store import Store
from neoai_server_ext.checkpoints.versions import Entry, Versions


def main(what: str, work: str, path: str, identity: str = "") -> None:
    """Do one thing to the store."""
    store = Store(Path(path))
    store.open({"project": "p"})
    history = History(store, Path(work), Rules())
    versions = Versions(store)
    match what:
        case "checkpoint":
            history.create("victim")
        case "restore":
            history.restore(identity, lambda path, content: _keep(versions, path, content))
        case "version":
            versions.record([Entry("a", b"victim", "save")])
        case "collect":
            collect(store)


def _keep(versions: Versions, path: str, content: bytes) -> None:
    versions.record([Entry(path, content, "restore")])


if __name__ == "__main__":
    main(*sys.argv[1:])
