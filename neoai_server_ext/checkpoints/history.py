"""The checkpoints of one project: a ref each, to a commit without parents that holds the tree and,
as its message, what there is to say about it. Deleting a ref forgets its checkpoint and no other.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import errors
from . import restore
from .restore import Change, Rescue, Restored
from .snapshot import Rules, Snapshot, take
from .store import Store, meanings

REFS = "refs/neoai/checkpoints/"
STAMP = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True)
class Checkpoint:
    """What is known of a checkpoint. reason: `asked`, or what it was made before (`restore`,
    `delete`, …); files, bytes: of the whole tree; skipped: paths left out, with the reason."""

    id: str
    commit: str
    tree: str
    created_at: datetime
    reason: str
    label: str | None = None
    files: int = 0
    bytes: int = 0
    skipped: dict[str, str] = field(default_factory=dict)


class History:
    """Makes, lists, compares, restores and forgets checkpoints. Blocks: call it in a thread."""

    def __init__(self, store: Store, root: Path, rules: Rules) -> None:
        self._store = store
        self._root = root
        self._rules = rules

    def create(self, label: str | None = None, reason: str = "asked") -> Checkpoint:
        """Keep the project as it is now. Raises StorageFull, Unavailable, TooLarge, Conflict."""
        with self._store.writing(), meanings():
            taken = take(self._store, self._root, self._rules)
            return self._record(taken, label, reason)

    def _record(self, taken: Snapshot, label: str | None, reason: str) -> Checkpoint:
        now = datetime.now(UTC)
        identity = new_id(now)
        about = {
            "label": label,
            "reason": reason,
            "created_at": now.isoformat(),
            "files": taken.files,
            "bytes": taken.bytes,
            "skipped": taken.skipped,
        }
        message = json.dumps(about)
        commit = self._store.git("commit-tree", taken.tree, stdin=message.encode())
        name = commit.decode().strip()
        self._store.git("update-ref", REFS + identity, name)
        return _checkpoint(identity, name, taken.tree, message)

    def all(self) -> list[Checkpoint]:
        """Every checkpoint that can be read, the newest first."""
        if not self._store.exists:
            return []
        form = "--format=%(refname) %(objectname)"
        with meanings():
            output = self._store.git("for-each-ref", form, "--sort=-refname", REFS)
        refs = [line.split() for line in output.decode().splitlines()]
        contents = self._store.readable([commit for _, commit in refs])
        found = []
        for (name, commit), content in zip(refs, contents, strict=True):
            if content is not None:
                head, _, message = content.decode(errors="replace").partition("\n\n")
                tree = head.partition("\n")[0].removeprefix("tree ")
                found.append(_checkpoint(name.removeprefix(REFS), commit, tree, message))
        return found

    def get(self, identity: str) -> Checkpoint:
        """One checkpoint; raises NotFound."""
        for checkpoint in self.all():
            if checkpoint.id == identity:
                return checkpoint
        raise errors.NotFound("There is no such checkpoint (any more).")

    def changes(self, identity: str, other: str | None = None) -> list[Change]:
        """What has changed since: up to another checkpoint, or now. Raises NotFound."""
        old = self.get(identity).tree
        if other is not None:
            return restore.changes(self._store, old, self.get(other).tree)
        return restore.changes(self._store, old, take(self._store, self._root, self._rules).tree)

    def restore(
        self, identity: str, rescue: Rescue, only: Iterable[str] = ()
    ) -> tuple[Restored, Checkpoint]:
        """Make the project, or the paths `only`, what they were; returns what was done, and the
        checkpoint of what was there before. Raises NotFound, StorageFull, Unavailable."""
        wanted = self.get(identity)
        with self._store.writing(), meanings():
            title = f"Before restoring “{wanted.label or wanted.id}”"
            before = self.create(title, "restore")
            changed = restore.changes(self._store, before.tree, wanted.tree, list(only))
            restoring = restore.Restoring(self._store, self._root, rescue)
            return restoring.apply(changed), before

    def verify(self, identity: str) -> None:
        """Read all of a checkpoint and compare its digests; raises NotFound, Unavailable."""
        self._store.verify(self.get(identity).commit)

    def file(self, identity: str, path: str) -> bytes:
        """A file as it was; raises NotFound."""
        tree = self.get(identity).tree
        with meanings():
            output = self._store.git("ls-tree", "-z", "--full-tree", tree, "--", path)
        entry = output.split(b"\0")[0].partition(b"\t")[0].split()
        if len(entry) != 3 or entry[1] != b"blob":
            raise errors.NotFound("The checkpoint has no such file.")
        return next(self._store.contents([entry[2].decode()]))

    def forget(self, identities: Iterable[str]) -> None:
        """Drop checkpoints; their space comes back with `collect`."""
        commands = "".join(f"delete {REFS}{identity}\n" for identity in identities)
        with self._store.writing(), meanings():
            if commands:
                self._store.git("update-ref", "--stdin", stdin=commands.encode())

    def rescue_left(self, rescue: Rescue) -> None:
        """Clear up after a restore that was killed."""
        if (self._store.path / restore.JOURNAL).exists():
            with self._store.writing():
                restore.sweep(self._store, rescue)


def collect(store: Store) -> None:
    """Pack what is kept, deltas and all, and let go of what nothing needs any more."""
    with store.writing("checkpoints"), store.writing("versions"), meanings():
        store.git("pack-refs", "--all")
        store.git("repack", "-a", "-d", "-q", "--window=16", "--depth=50")
        store.git("prune", "--expire=now")


def new_id(moment: datetime) -> str:
    """An identity that sorts by time, for any two in any process."""
    return f"{moment.strftime(STAMP)}-{secrets.token_hex(3)}"


def moment_of(identity: str) -> datetime:
    """When an identity was given; raises ValueError."""
    return datetime.strptime(identity.split("-")[0], STAMP).replace(tzinfo=UTC)


def _checkpoint(identity: str, commit: str, tree: str, message: str) -> Checkpoint:
    about: dict[str, Any]
    try:
        about = json.loads(message)
    except ValueError:
        about = {}
    return Checkpoint(
        id=identity,
        commit=commit,
        tree=tree,
        created_at=moment_of(identity),
        reason=str(about.get("reason", "asked")),
        label=about.get("label"),
        files=int(about.get("files", 0)),
        bytes=int(about.get("bytes", 0)),
        skipped=dict(about.get("skipped", {})),
    )
