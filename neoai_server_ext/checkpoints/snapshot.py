"""Puts a folder as it is now into a store, as one git tree, through an index of the store's own.

The index remembers the size and times of every file, so what has not changed is not read again.
A repository within the folder is taken along as plain files, through an index of its own: git by
itself would note its commit alone. `.git` folders never are.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .. import errors
from ..projects import casing
from .private import Private
from .store import GitFailed, Store, is_the_disks_fault, meanings

MANY = 200
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
ESCAPED = re.compile(rb"([\\*?\[\]!# \t])")
UNREADABLE = re.compile(r"^(?:error|fatal): open\(\"(.*)\"\): (.*)$", re.MULTILINE)
CHANGING = re.compile(
    r"(?:failed to read \d+ bytes from '|short read while indexing |unable to index file ')"
    r"(.*?)'?$",
    re.MULTILINE,
)
ATTEMPTS = 3
HEADER = struct.Struct(">4sII")
MAX_DEPTH = 8


@dataclass(frozen=True)
class Rules:
    """What goes into a checkpoint. exclude: further lines as in `.gitignore`; max_bytes: the
    largest file; max_files: the most files."""

    exclude: tuple[str, ...] = ()
    max_bytes: int = 50 << 20
    max_files: int = 1_000_000


@dataclass
class Snapshot:
    """A tree in the store. files: how many; bytes: of their contents; skipped: what was left
    out, by path, with the reason."""

    tree: str
    files: int = 0
    bytes: int = 0
    skipped: dict[str, str] = field(default_factory=dict)


Progress = Callable[[str], None]


class Folder:
    """One work tree and its index in the store."""

    def __init__(self, store: Store, root: Path, rules: Rules, prefix: str = "") -> None:
        self._store = store
        self._root = root
        self._rules = rules
        self._prefix = prefix
        name = hashlib.sha1(os.fsencode(prefix), usedforsecurity=False).hexdigest()[:12]
        self._index = store.path / (f"index-{name}" if prefix else "index")
        self._skipped: dict[str, str] = {}
        self._ignores_case = casing.is_ignored_in(str(root))

    def snapshot(self, depth: int = 0) -> Snapshot:
        """Take the folder as it is; call it while writing. Raises TooLarge, Unavailable,
        StorageFull."""
        if not self._root.is_dir():
            raise errors.Conflict("The project's folder is not there any more.")
        for attempt in range(ATTEMPTS):
            try:
                return self._attempt(depth)
            except GitFailed as failure:
                if not _may_be_the_index(failure, attempt) or attempt == ATTEMPTS - 1:
                    raise
                self._index.unlink(missing_ok=True)
        raise AssertionError

    def _attempt(self, depth: int) -> Snapshot:
        self._skipped = {}
        self._write_excludes(())
        modified, untracked = self._changed()
        nested = [path for path in untracked if path.endswith(b"/")]
        large = [path for path in modified if self._too_large(path)]
        left_out = [path for path in untracked if path[-1:] != b"/" and self._too_large(path)]
        if len(untracked) > self._rules.max_files:
            raise errors.TooLarge(
                f"The project has over {self._rules.max_files:,} files that no `.gitignore` leaves "
                "out. Ignore what need not be kept, or raise "
                "`c.CheckpointService.max_files`.",
                code="too-many-files",
            )
        kept = [os.fsdecode(path) for path in (*modified, *untracked) if path[-1:] != b"/"]
        Private(self._store).note(self._root, kept, self._prefix)
        if modified or len(untracked) > len(nested) + len(left_out):
            self._write_excludes([*nested, *left_out, *large])
            if large:
                self._update(large, "--force-remove")
            self._add(len(modified) + len(untracked))
        tree = self._git("write-tree").decode().strip()
        files, size = measure(self._index)
        found = Snapshot(tree, files, size, self._skipped)
        return self._with_nested(found, nested, depth) if nested else found

    def _changed(self) -> tuple[list[bytes], list[bytes]]:
        """Paths that differ from the index, and paths that it does not know yet."""
        if not self._index.exists():
            self._git("read-tree", "--empty")
        listing = subprocess.Popen(
            [
                *("git", *self._case(), "ls-files", "--others", "--exclude-standard", "-z"),
                *self._exclude_options(),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._store.environment(self._root, self._index),
            cwd=self._root,
        )
        assert listing.stdout is not None
        with listing, listing.stdout:
            modified = self._git("diff-files", "--name-only", "-z").split(b"\0")[:-1]
            untracked = listing.stdout.read().split(b"\0")[:-1]
        return modified, untracked

    def _too_large(self, path: bytes) -> bool:
        try:
            found = (self._root / os.fsdecode(path)).lstat()
        except OSError:
            return False
        if not stat.S_ISREG(found.st_mode) or found.st_size <= self._rules.max_bytes:
            return False
        self._skip(path, f"larger than {self._rules.max_bytes:,} bytes")
        return True

    def _skip(self, path: bytes, reason: str) -> None:
        if len(self._skipped) < 1000:
            self._skipped[self._prefix + os.fsdecode(path)] = reason

    def _exclude_options(self) -> list[str]:
        repository = self._root / ".git" / "info" / "exclude"
        return [f"--exclude-from={repository}"] if repository.is_file() else []

    def _write_excludes(self, paths: Iterable[bytes]) -> None:
        lines = [line.encode() for line in self._rules.exclude]
        lines += [b"/" + ESCAPED.sub(rb"\\\1", path) for path in paths if b"\n" not in path]
        repository = self._root / ".git" / "info" / "exclude"
        if repository.is_file():
            lines = [repository.read_bytes(), *lines]
        file = self._store.path / "info" / "exclude"
        file.write_bytes(b"\n".join([*lines, b""]))

    def _add(self, count: int) -> None:
        """Read what has changed; many files go into one pack, a few into objects of their own."""
        many = count > MANY and not self._store.cipher
        for attempt in range(2 * ATTEMPTS):
            settings = ["core.bigFileThreshold=1"] if many and attempt == 0 else []
            try:
                self._git("add", "--all", settings=settings)
                return
            except GitFailed as failure:
                last = failure
                if not self._leave_out_unreadable(str(failure), patient=attempt < ATTEMPTS):
                    break
        raise last

    def _leave_out_unreadable(self, said: str, *, patient: bool) -> bool:
        """Whether adding is worth another attempt. What cannot be read is left out, so that the
        rest is kept; what is being written gets another chance while `patient`."""
        changing = CHANGING.findall(said)
        found = UNREADABLE.findall(said)
        if not patient:
            found += [(name, "it changes all the time") for name in changing]
        fresh = []
        for name, reason in found:
            if self._prefix + name not in self._skipped:
                fresh.append(os.fsencode(name))
                self._skip(fresh[-1], f"cannot be read: {reason}")
        if fresh:
            self._update(fresh, "--force-remove")
            with (self._store.path / "info" / "exclude").open("ab") as excludes:
                excludes.writelines(b"/" + ESCAPED.sub(rb"\\\1", path) + b"\n" for path in fresh)
        return bool(fresh) or bool(changing)

    def _update(self, paths: list[bytes], option: str) -> None:
        self._git("update-index", option, "-z", "--stdin", stdin=b"\0".join(paths) + b"\0")

    def _with_nested(self, outer: Snapshot, nested: list[bytes], depth: int) -> Snapshot:
        """The tree with each repository within put in its place."""
        if depth >= MAX_DEPTH:
            for path in nested:
                self._skip(path, "repositories lie too deep within one another")
            return outer
        joined = self._store.path / f"{self._index.name}.{os.getpid()}.tmp"
        try:
            self._store.git("read-tree", outer.tree, index=joined)
            for path in nested:
                name = os.fsdecode(path)
                folder = Folder(self._store, self._root / name, self._rules, self._prefix + name)
                inner = folder.snapshot(depth + 1)
                outer.skipped |= inner.skipped
                if inner.tree == EMPTY_TREE:
                    continue
                self._store.git(
                    "read-tree",
                    f"--prefix={name}",
                    inner.tree,
                    index=joined,
                    work_tree=self._root,
                )
                outer.files += inner.files
                outer.bytes += inner.bytes
            tree = self._store.git("write-tree", index=joined).decode().strip()
        finally:
            joined.unlink(missing_ok=True)
        return Snapshot(tree, outer.files, outer.bytes, outer.skipped)

    def _git(self, *arguments: str, stdin: bytes = b"", settings: Iterable[str] = ()) -> bytes:
        return self._store.git(
            *arguments,
            work_tree=self._root,
            index=self._index,
            stdin=stdin,
            settings=(*self._case()[1:], *settings),
        )

    def _case(self) -> tuple[str, ...]:
        """Git's setting for a disk that ignores case: a name in other capitals is no new file."""
        return ("-c", "core.ignoreCase=true") if self._ignores_case else ()


def take(store: Store, root: Path, rules: Rules) -> Snapshot:
    """Put a folder into the store as it is; returns its tree. Blocks."""
    with store.writing(), meanings():
        return Folder(store, root, rules).snapshot()


def measure(index: Path) -> tuple[int, int]:
    """How many files an index holds, and the sum of their sizes on disk in bytes.

    Format: gitformat-index(5), version 2, as we let git write it; others give no sizes.
    """
    data = index.read_bytes()
    _, version, count = HEADER.unpack_from(data)
    if version not in (2, 3):
        return count, 0
    total, at = 0, HEADER.size
    unpack = struct.Struct(">I20xH").unpack_from
    for _ in range(count):
        size, flags = unpack(data, at + 36)
        total += size
        start = at + (64 if flags & 0x4000 else 62)
        length = flags & 0xFFF
        end = start + length if length < 0xFFF else data.index(b"\0", start)
        at += (end - at + 8) & ~7
    return count, total


def _may_be_the_index(failure: GitFailed, attempt: int) -> bool:
    """Whether the index may name objects that are gone, or be damaged itself: git has many words
    for that. It is made anew once for whatever is not the disk's fault."""
    if attempt == 0:
        return not is_the_disks_fault(failure)
    signs = ("invalid object", "error building trees", "index file", "bad signature", "unable to r")
    return any(sign in str(failure) for sign in signs)
