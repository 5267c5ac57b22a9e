"""A git object store of ours, outside the project: it knows nothing of the user's repository.

Everything here blocks: call it in a thread. One writer at a time, across processes too, holds the
store's lock; readers need none. What a killed writer left half-done (lock files, temporary packs)
is swept by the next one.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from .. import errors
from . import cipher
from .cipher import Cipher

Kind = Literal["checkpoints", "versions"]
LOCK = "neoai.flock"
LEFT: dict[Kind, Sequence[str]] = {
    "checkpoints": ("index*.lock", "index*.tmp", "refs/neoai/checkpoints/*.lock"),
    "versions": ("refs/neoai/versions.lock", "fast_import_crash_*"),
}
ORIGIN = "neoai.json"
ATTRIBUTES = "* -text -eol -ident -working-tree-encoding -diff -merge {filter}\n"
NO_REPOSITORY = "not a git repository"
FULL = ("No space left on device", "Disk quota exceeded")
READ_ONLY = ("Read-only file system", "Permission denied")
SETTINGS = (
    "core.fsync=all",
    "core.fsyncMethod=batch",
    "core.preloadIndex=true",
    "core.checkStat=default",
    "core.trustctime=true",
    "core.quotePath=false",
    "core.precomposeUnicode=false",
    "core.protectNTFS=false",
    "core.protectHFS=false",
    "core.ignoreCase=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.addEmbeddedRepo=false",
    "core.safecrlf=false",
    "core.autocrlf=false",
    "index.threads=true",
)


class GitFailed(Exception):
    """Git ended with an error; its words are the message."""


class Store:
    """One project's objects, checkpoints and versions, in a bare repository at `path`."""

    def __init__(self, path: Path, cipher: Cipher | None = None) -> None:
        self.path = path
        self.cipher = cipher
        self._locks = {kind: threading.RLock() for kind in LEFT}
        self._held: set[Kind] = set()

    # Plumbing

    def git(
        self,
        *arguments: str,
        work_tree: Path | None = None,
        index: Path | None = None,
        stdin: bytes = b"",
        settings: Iterable[str] = (),
        codes: Sequence[int] = (0,),
    ) -> bytes:
        """Run git on the store and return its output; raises GitFailed. A store that was damaged
        since it was opened is mended first, where that is possible."""
        command = ["git"]
        for setting in (*SETTINGS, *self._filter(), *settings):
            command += ["-c", setting]
        result = subprocess.run(
            [*command, *arguments],
            input=stdin,
            capture_output=True,
            env=self.environment(work_tree, index),
            cwd=work_tree or self.path,
            check=False,
        )
        if result.returncode in codes:
            return result.stdout
        said = result.stderr.decode(errors="replace").strip()
        if NO_REPOSITORY in said and arguments[0] not in ("rev-parse", "init") and self.exists:
            self._initialise()
            return self.git(
                *arguments,
                work_tree=work_tree,
                index=index,
                stdin=stdin,
                settings=settings,
                codes=codes,
            )
        raise GitFailed(said)

    def environment(self, work_tree: Path | None, index: Path | None) -> dict[str, str]:
        """Git's environment: nothing of the user's own configuration or repository."""
        found = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        found |= {
            "GIT_DIR": str(self.path),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "XDG_CONFIG_HOME": str(self.path / "no-user-configuration"),
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
            "GIT_AUTHOR_NAME": "NeoAI",
            "GIT_AUTHOR_EMAIL": "neoai@localhost",
            "GIT_COMMITTER_NAME": "NeoAI",
            "GIT_COMMITTER_EMAIL": "neoai@localhost",
        }
        if work_tree is not None:
            found["GIT_WORK_TREE"] = str(work_tree)
        if index is not None:
            found["GIT_INDEX_FILE"] = str(index)
        return found | (self.cipher.environment if self.cipher else {})

    # Life

    @property
    def exists(self) -> bool:
        """Whether anything has been kept yet."""
        return (self.path / ORIGIN).exists()

    def open(self, origin: dict[str, Any]) -> None:
        """Make the store where it is not there yet, and say whose it is."""
        with meanings():
            if not self.exists:
                self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
                self.path.chmod(0o700)
            self._initialise()
            self._configure()
            if not self.exists or self.origin() != origin:
                write_atomically(self.path / ORIGIN, json.dumps(origin).encode())

    def _initialise(self) -> None:
        """Make what git needs to take this for a repository, where it is not there or is damaged;
        the objects and refs stay."""
        try:
            self.git("rev-parse", "--git-dir")
        except GitFailed as failure:
            if not str(failure):
                raise  # it was killed: that says nothing of the store
            with self.writing():
                for name in ("HEAD", "config", "HEAD.lock", "config.lock"):
                    (self.path / name).unlink(missing_ok=True)
                self.git("init", "--quiet", "--bare", str(self.path))

    def origin(self) -> dict[str, Any]:
        """What `open` was told; empty where that is not readable."""
        try:
            found = json.loads((self.path / ORIGIN).read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _configure(self) -> None:
        """Attributes that stand above the project's own: bytes go in as they are, or encrypted.

        Where encryption is switched on or off the index goes: every file is then stored anew.
        """
        which = "filter=neoai" if self.cipher else "-filter"
        file = self.path / "info" / "attributes"
        wanted = ATTRIBUTES.format(filter=which).encode()
        if file.is_file() and file.read_bytes() == wanted:
            return
        for index in self.path.glob("index*"):
            index.unlink()
        file.parent.mkdir(exist_ok=True)
        write_atomically(file, wanted)

    def _filter(self) -> list[str]:
        """Git's filter that encrypts. It stands in no file: where that was lost, contents would go
        in as they are."""
        if self.cipher is None:
            return []
        command = f"'{sys.executable}' -I '{cipher.__file__}'"
        return [f"filter.neoai.process={command}", "filter.neoai.required=true"]

    @contextmanager
    def writing(self, kind: Kind = "checkpoints") -> Iterator[None]:
        """Be the only writer of a kind for a block, among threads and processes; what a killed
        one left is swept first."""
        with self._locks[kind]:
            if kind in self._held:
                yield
                return
            with meanings(), _locked(self.path / f"{kind}-{LOCK}"):
                for pattern in LEFT[kind]:
                    for left in self.path.glob(pattern):
                        left.unlink(missing_ok=True)
                if self.exists:
                    self._configure()
                self._held.add(kind)
                try:
                    yield
                finally:
                    self._held.discard(kind)

    # Objects

    def name_of(self, content: bytes, *, encrypted: bool = True) -> str:
        """The name of a content's object; a link's target is not encrypted."""
        return self._object(content, encrypted)[0]

    def keep(self, content: bytes, *, encrypted: bool = True) -> bool:
        """Store a content once more, whose object is broken: git itself does not write what it
        takes to be there. Returns whether it can be read now."""
        name, stored = self._object(content, encrypted)
        file = self.path / "objects" / name[:2] / name[2:]
        file.parent.mkdir(exist_ok=True)
        write_atomically(file, zlib.compress(stored))
        return not self.broken([name])

    def _object(self, content: bytes, encrypted: bool) -> tuple[str, bytes]:
        stored = self.cipher.encrypt(content) if self.cipher and encrypted else content
        whole = b"blob %d\0" % len(stored) + stored
        return hashlib.sha1(whole, usedforsecurity=False).hexdigest(), whole

    def broken(self, names: Sequence[str]) -> set[str]:
        """Those of these objects that are missing or cannot be read; a broken file is removed."""
        read = zip(names, self.readable(names), strict=True)
        return {name for name, content in read if content is None}

    def contents(self, names: Sequence[str]) -> Iterator[bytes]:
        """The contents of blobs, in order; raises Unavailable (`store-damaged`, `store-key`)."""
        for name, content in zip(names, self.readable(names), strict=True):
            if content is None:
                raise damaged(f"the object {name} is missing or broken")
            yield content

    def readable(self, names: Sequence[str]) -> Iterator[bytes | None]:
        """As `contents`, with None for what is missing or broken."""
        done = 0
        while done < len(names):
            for content in self._batch(names[done:]):
                done += 1
                if content is None:
                    self._drop_if_broken(names[done - 1])
                yield content
                if content is None:
                    break

    def _drop_if_broken(self, name: str) -> None:
        """Remove an object's file that does not hold what it is named after, so that the next
        checkpoint stores the content anew, if it is still there."""
        file = self.path / "objects" / name[:2] / name[2:]
        with suppress(OSError):
            content = file.read_bytes()
            try:
                digest = hashlib.sha1(zlib.decompress(content), usedforsecurity=False)
            except zlib.error:
                file.unlink()
            else:
                if digest.hexdigest() != name:
                    file.unlink()

    def _batch(self, names: Sequence[str]) -> Iterator[bytes | None]:
        """Contents by one process, up to the first that it cannot read, which is None."""
        process = subprocess.Popen(
            ["git", "cat-file", "--batch", "--buffer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self.environment(None, None),
            cwd=self.path,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        asking = threading.Thread(target=_ask, args=(process.stdin, names), daemon=True)
        asking.start()
        try:
            for _ in names:
                header = process.stdout.readline().split()
                size = int(header[2]) if len(header) == 3 else -1
                content = process.stdout.read(size + 1) if size >= 0 else b""
                if size < 0 or len(content) != size + 1:
                    yield None
                    return
                yield self.reveal(content[:-1])
        finally:
            process.kill()
            process.stdout.close()
            process.wait()
            asking.join()

    def reveal(self, stored: bytes) -> bytes:
        """A blob's content, decrypted where it is encrypted."""
        if not cipher.is_encrypted(stored):
            return stored
        try:
            if self.cipher is not None:
                return self.cipher.decrypt(stored)
        except cipher.WrongKey:
            pass
        raise errors.Unavailable(
            "This was encrypted with a key that is not configured: give "
            "`c.CheckpointService.encryption_key_file` the file that it lies in.",
            code="store-key",
        )

    def verify(self, name: str) -> None:
        """Read every object that a commit needs and check its digest; raises Unavailable."""
        try:
            self.git("fsck", "--no-dangling", "--no-progress", "--strict", name)
        except GitFailed as failure:
            raise damaged(str(failure)) from failure

    def size(self) -> int:
        """Bytes on disk."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with suppress(OSError):
                    total += os.lstat(Path(folder, name)).st_blocks * 512
        return total

    def set_aside(self) -> Path:
        """Move a store that cannot be used any more out of the way, whole, for a person to look
        at; returns where it lies."""
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
        self.path.rename(aside)
        return aside


def damaged(reason: str) -> errors.Unavailable:
    """The answer where objects are missing or broken."""
    return errors.Unavailable(
        f"The checkpoint store is damaged: {reason}. New checkpoints go on working; what is still "
        "readable can be restored.",
        code="store-damaged",
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_the_disks_fault(failure: GitFailed) -> bool:
    """Whether the disk is full or cannot be written, and nothing is damaged."""
    return any(sign in str(failure) for sign in (*FULL, *READ_ONLY))


@contextmanager
def meanings() -> Iterator[None]:
    """What git and the disk say, in the words of the domain."""
    try:
        yield
    except GitFailed as failure:
        text = str(failure)
        if any(sign in text for sign in FULL):
            raise full() from failure
        if any(sign in text for sign in READ_ONLY):
            raise read_only() from failure
        raise damaged(text.splitlines()[-1] if text else "git failed") from failure
    except OSError as error:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT:
                raise full() from error
            case errno.EACCES | errno.EPERM | errno.EROFS | errno.ENOTDIR | errno.EEXIST:
                raise read_only() from error
            case errno.ENOENT if error.filename == "git":
                raise errors.Unavailable(
                    "Git is not installed: checkpoints and versions need it.", code="no-git"
                ) from error
        raise


def full() -> errors.StorageFull:
    """The answer on a full disk."""
    return errors.StorageFull(
        "The disk that keeps the checkpoints is full. Free some space and try again; the "
        "checkpoints that are there are untouched."
    )


def read_only() -> errors.Unavailable:
    """The answer where the store cannot be written."""
    return errors.Unavailable(
        "The checkpoint store cannot be written: check the permissions of NeoAI's data folder "
        "(`c.NeoAIExtension.data_dir`).",
        code="store-read-only",
    )


def _ask(stdin: Any, names: Sequence[str]) -> None:
    with suppress(BrokenPipeError, OSError):
        stdin.write("".join(f"{name}\n" for name in names).encode())
        stdin.close()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file of a store whole or not at all; raises OSError."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.lock")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
