"""Which files of a folder are searched, and what is read of each.

Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from .. import errors
from ..notebooks import sources
from ..projects import encodings, ignore, secretnames, tree
from .store import Stamp

FOLDERS = """.git .hg .svn .venv venv node_modules bower_components __pycache__ site-packages
    .ipynb_checkpoints .mypy_cache .ruff_cache .pytest_cache .tox .nox .cache .local .yarn
    .parcel-cache .next .nuxt .svelte-kit .terraform .gradle .eggs .Trash-0"""
ENDINGS = """.chat .png .jpg .jpeg .gif .webp .ico .bmp .tif .tiff .psd .pdf .zip .gz .tgz .xz .bz2
    .zst .7z .rar .tar .whl .so .o .a .pyc .pyd .dll .dylib .exe .class .jar .woff .woff2 .ttf .otf
    .eot .mp3 .mp4 .mov .avi .mkv .wav .flac .ogg .parquet .feather .arrow .npy .npz .pt .pth .onnx
    .safetensors .pkl .pickle .h5 .hdf5 .db .sqlite .sqlite3 .lock .map .bin .dat .min.js
    .min.css"""
NAMES = "package-lock.json npm-shrinkwrap.json pnpm-lock.yaml"

_ENDINGS = tuple(ENDINGS.split())
_LEFT_OUT = ignore.Level().plus(
    ignore.parse("\n".join([*(f"{name}/" for name in FOLDERS.split()), *NAMES.split()]))
    + secretnames.RULES
)
"""Comes before what a project's `.neoaiignore` files say, which may take any of it back but for
secrets: whoever opens a stranger's project has not decided on its `.neoaiignore`."""
_SECRETS = ignore.Level().plus(secretnames.RULES)

START = 8192
"""So many bytes tell binary files from text."""
RACY_NS = 20_000_000
"""A file that was written so shortly before may be written again within the same mtime."""


@dataclass
class Scan:
    """The files that are searched, as they are now, and the folders that they may be in."""

    files: dict[str, Stamp] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Content:
    """What was read of a file. The stamp's mtime is 0 where it has to be read again.

    language: of a notebook's code.
    """

    text: str
    stamp: Stamp
    digest: bytes
    language: str = ""


@dataclass(frozen=True)
class Rules:
    """The folder, and what is at most read of it."""

    root: Path
    max_file_bytes: int
    max_files: int

    @property
    def notice(self) -> str:
        """What is to be said of the rules; blocks."""
        if ignore.is_read_whole(str(self.root / ignore.OWN_FILE)):
            return ""
        return (
            f"{ignore.OWN_FILE} is longer than 1 MB: the rules that come after that do not count."
        )

    def scan(self, path: str = "", *, depth: int | None = None) -> Iterator[Scan]:
        """Walk the folder below `path`, in the tree's order; what was found so far comes after
        each of its folders. Raises FileNotFoundError where the folder itself is not there."""
        if not self.root.is_dir():
            raise FileNotFoundError(f"{self.root} is not there")
        found = Scan(folders=[path])
        for prefix, run, _ in tree.runs(str(self.root), path, depth=depth, without=_LEFT_OUT):
            secrets = _secrets(prefix)
            for entry in run:
                if entry.is_dir(follow_symlinks=False):
                    found.folders.append(prefix + entry.name)
                    continue
                if secrets is None or secrets.matches(entry.name, False):
                    continue
                stamp = self._stamp(prefix, entry)
                if stamp is None:
                    continue
                if len(found.files) == self.max_files:
                    yield found
                    return
                found.files[prefix + entry.name] = stamp
            yield found
        yield found

    def _stamp(self, prefix: str, entry: os.DirEntry[str]) -> Stamp | None:
        """The stamp of a file that is searched."""
        name = entry.name
        if name.lower().endswith(_ENDINGS) or not entry.is_file(follow_symlinks=False):
            return None
        try:
            (prefix + name).encode()
            found = entry.stat(follow_symlinks=False)
        except (OSError, UnicodeEncodeError):
            return None
        if found.st_size > self._most(name):
            return None
        return found.st_size, found.st_mtime_ns

    def _most(self, path: str) -> int:
        return sources.MAX_BYTES if sources.is_notebook(path) else self.max_file_bytes

    def read(self, path: str) -> Content | None:
        """What is searched of a file: of a notebook its cells' sources, and no outputs. None where
        it is no regular file, or gone in the meantime."""
        found = _read(self.root / path, self._most(path))
        if found is None:
            return None
        raw, stamp = found
        digest = blake2b(raw, digest_size=16).digest()
        try:
            content = sources.read(path, _text(raw))
        except errors.TooLarge:
            content = sources.Sources("")
        return Content(content.text, stamp, digest, content.language)


def contains(folder: str, path: str) -> bool:
    """Whether a path lies in a folder, at any depth; everything lies in ``""``."""
    return not folder or path.startswith(f"{folder}/")


def parent(path: str) -> str:
    """The folder of a path; ``""`` is the root."""
    return path.rpartition("/")[0]


def _secrets(prefix: str) -> ignore.Level | None:
    """What is secret in a folder, by its name; None: all of it."""
    level = _SECRETS
    for name in prefix.split("/")[:-1]:
        if level.matches(name, True):
            return None
        level = level.enter(name)
    return level


def _text(raw: bytes) -> str:
    """A file's text in whatever encoding it is in; nothing where it holds no text."""
    if b"\0" not in raw[:START]:
        with suppress(UnicodeDecodeError):
            return _plain(raw.decode())
    encoding = encodings.detected(raw)
    if encoding is None:
        return ""
    text = encodings.decoded(raw, encoding)
    return _plain(text) if text is not None and "\0" not in text[:START] else ""


def _plain(text: str) -> str:
    return text.removeprefix(encodings.MARK).replace("\r\n", "\n").replace("\r", "\n")


def _read(path: Path, limit: int) -> tuple[bytes, Stamp] | None:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                return None
            raw = file.read(limit)
            after = os.fstat(descriptor)
        settled = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        racy = abs(time.time_ns() - after.st_mtime_ns) < RACY_NS
        return raw, (after.st_size, after.st_mtime_ns if settled and not racy else 0)
    return None
