"""The versions of each file: `refs/neoai/versions` leads to a tree with a folder for each path, and
in it a file for each version, named by its time and reason. It is written by `git fast-import`, in
one step.

A folder's `about` says which path it stands for and which folders hold what came before a rename.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .. import errors
from .cipher import OVERHEAD
from .history import moment_of, new_id
from .salvage import salvage
from .store import GitFailed, Store, is_the_disks_fault, meanings

REF = "refs/neoai/versions"
ABOUT = "about"
MAX_RENAMES = 64


@dataclass(frozen=True)
class Version:
    """One version. reason: `save`, or what it was kept before (`overwrite`, `delete`, `move`,
    `restore`); size in bytes; blob: its object."""

    id: str
    path: str
    created_at: datetime
    reason: str
    size: int
    blob: str


@dataclass(frozen=True)
class Entry:
    """A version to be recorded."""

    path: str
    content: bytes
    reason: str


class Versions:
    """Records and lists versions. Blocks: call it in a thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, entries: Sequence[Entry]) -> list[str | None]:
        """Keep contents; returns the new versions' ids, None where the newest version of a path
        has that content already. Raises StorageFull, Unavailable."""
        with self._store.writing("versions"), meanings():
            if self._tip() is None:
                salvage(self._store, REF)
            try:
                return self._record(entries)
            except errors.Unavailable as error:
                if error.code != "store-damaged":
                    raise
            except GitFailed as failure:
                if is_the_disks_fault(failure):
                    raise
            salvage(self._store, REF)
            return self._record(entries)

    def _record(self, entries: Sequence[Entry]) -> list[str | None]:
        identities: list[str | None] = []
        stream = _Stream(self._store, self._tip())
        newest: dict[str, str] = {}
        for entry in entries:
            last = newest.get(entry.path) or self._newest(entry.path)
            name = self._store.name_of(entry.content)
            if last == name:
                identities.append(None)
                continue
            newest[entry.path] = name
            identity = f"{new_id(datetime.now(UTC))}-{entry.reason}"
            folder = self._folder(entry.path)
            if last is None:
                stream.write(f"{folder}/{ABOUT}", self._about(entry.path, []))
            stream.write(f"{folder}/{identity}", entry.content)
            identities.append(identity)
        stream.finish()
        return identities

    def _newest(self, path: str) -> str | None:
        found = self.of(path)
        return found[0].blob if found else None

    def of(self, path: str) -> list[Version]:
        """The versions of a file, those from before it was renamed too; the newest first."""
        if not self._store.exists or self._tip() is None:
            return []
        found: list[Version] = []
        seen: set[str] = set()
        limits: list[tuple[str, str | None]] = [(self._folder(path), None)]
        while limits and len(seen) < MAX_RENAMES:
            folder, before = limits.pop()
            if folder in seen:
                continue
            seen.add(folder)
            versions, about = self._read(folder)
            shown = str(about.get("path", path))
            for name, size, blob in versions:
                if before is None or name < before:
                    found.append(_version(name, shown, size, blob))
            for was in about.get("was", []):
                until = was["until"] if before is None else min(was["until"], before)
                limits.append((was["folder"], until))
        return sorted(found, key=lambda version: version.id, reverse=True)

    def _read(self, folder: str) -> tuple[list[tuple[str, int, str]], dict[str, Any]]:
        with meanings():
            output = self._store.git("ls-tree", "-z", "-l", REF, f"{folder}/")
        versions: list[tuple[str, int, str]] = []
        about: dict[str, Any] = {}
        for line in output.split(b"\0")[:-1]:
            head, _, name = line.decode().partition("\t")
            _, _, blob, size = head.split()
            name = name.rpartition("/")[2]
            if name == ABOUT:
                content = next(self._store.readable([blob]))
                about = json.loads(content) if content is not None else {}
            elif size.isdigit():
                less = OVERHEAD if self._store.cipher else 0
                versions.append((name, max(0, int(size) - less), blob))
        return versions, about

    def read(self, path: str, identity: str) -> bytes:
        """A version's content; raises NotFound."""
        for version in self.of(path):
            if version.id == identity:
                return next(self._store.contents([version.blob]))
        raise errors.NotFound("There is no such version of this file (any more).")

    def renamed(self, moves: Iterable[tuple[str, str]]) -> None:
        """Note that files have been moved, `(old, new)`: the new path's history goes on from
        the old one's."""
        with self._store.writing("versions"), meanings():
            if self._tip() is None:
                return
            stream = _Stream(self._store, self._tip())
            until = new_id(datetime.now(UTC))
            for old, new in moves:
                if not self.of(old):
                    continue
                _, about = self._read(self._folder(new))
                earlier = [*about.get("was", []), {"folder": self._folder(old), "until": until}]
                stream.write(f"{self._folder(new)}/{ABOUT}", self._about(new, earlier))
            stream.finish()

    def paths(self) -> list[str]:
        """Every path that has versions."""
        if not self._store.exists or self._tip() is None:
            return []
        with meanings():
            output = self._store.git("ls-tree", "-r", "-z", REF)
        blobs = [
            line.split()[2].decode()
            for line in output.split(b"\0")[:-1]
            if line.endswith(f"/{ABOUT}".encode())
        ]
        abouts = self._store.readable(blobs)
        return [str(json.loads(about)["path"]) for about in abouts if about is not None]

    def merge(self, theirs: str) -> None:
        """Add the versions of another commit of this ref to those that are here."""
        with self._store.writing("versions"), meanings():
            tip = self._tip()
            if tip is None:
                self._store.git("update-ref", REF, theirs)
                return
            ours = self._store.git("ls-tree", "-r", "-z", tip)
            joined = self._store.path / f"index-versions.{os.getpid()}.tmp"
            try:
                self._store.git("read-tree", theirs, index=joined)
                self._store.git("update-index", "-z", "--index-info", stdin=ours, index=joined)
                tree = self._store.git("write-tree", index=joined).decode().strip()
            finally:
                joined.unlink(missing_ok=True)
            commit = self._store.git("commit-tree", tree, "-p", tip).decode().strip()
            self._store.git("update-ref", REF, commit, tip)

    def thin(self, keep: Any) -> int:
        """Drop versions for which `keep(ids of one file)` has no place; returns how many went.

        The chain of commits ends here too, so that what went can be collected.
        """
        with self._store.writing("versions"), meanings():
            tip = self._tip()
            if tip is None:
                return 0
            output = self._store.git("ls-tree", "-r", "-z", "--name-only", REF)
            folders: dict[str, list[str]] = {}
            for path in output.decode().split("\0")[:-1]:
                folder, _, name = path.rpartition("/")
                if name != ABOUT:
                    folders.setdefault(folder, []).append(name)
            gone = [
                f"{folder}/{name}"
                for folder, names in folders.items()
                for name in set(names) - keep(names)
            ]
            stream = _Stream(self._store, tip, fresh=True)
            for path in gone:
                stream.delete(path)
            stream.finish(always=True)
            return len(gone)

    def _tip(self) -> str | None:
        found = self._store.git("for-each-ref", "--format=%(objectname)", REF).decode().strip()
        return found or None

    def _about(self, path: str, was: list[dict[str, str]]) -> bytes:
        return json.dumps({"path": path, "was": was}).encode()

    def _folder(self, path: str) -> str:
        if self._store.cipher is not None:
            name = self._store.cipher.name(path)
        else:
            name = hashlib.sha1(os.fsencode(path), usedforsecurity=False).hexdigest()
        return f"{name[:2]}/{name}"


class _Stream:
    """Commands for `git fast-import` that make one commit of versions."""

    def __init__(self, store: Store, tip: str | None, *, fresh: bool = False) -> None:
        self._store = store
        self._tip = tip
        self._fresh = fresh
        self._commands: list[bytes] = []

    def write(self, path: str, content: bytes) -> None:
        cipher = self._store.cipher
        stored = cipher.encrypt(content) if cipher else content
        self._commands.append(b"M 100644 inline %s\n" % path.encode())
        self._commands.append(b"data %d\n%s\n" % (len(stored), stored))

    def delete(self, path: str) -> None:
        self._commands.append(b"D %s\n" % path.encode())

    def finish(self, *, always: bool = False) -> None:
        if not self._commands and not always:
            return
        now = int(datetime.now(UTC).timestamp())
        head = f"commit {REF}\ncommitter NeoAI <neoai@localhost> {now} +0000\ndata 0\n"
        if self._tip is not None and not self._fresh:
            head += f"from {self._tip}\n"
        base = [f"M 040000 {self._tree()} \n".encode()] if self._fresh and self._tip else []
        stream = b"".join([head.encode(), *base, *self._commands, b"done\n"])
        options = ["--quiet", "--done", *(["--force"] if self._fresh else [])]
        self._store.git("fast-import", *options, stdin=stream)

    def _tree(self) -> str:
        return self._store.git("rev-parse", f"{self._tip}^{{tree}}").decode().strip()


def _version(name: str, path: str, size: int, blob: str) -> Version:
    stamp, token, reason = name.split("-", 2)
    return Version(name, path, moment_of(f"{stamp}-{token}"), reason, size, blob)
