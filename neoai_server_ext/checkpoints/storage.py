"""A folder on any storage that fsspec has an address for, and files kept there in parts.

Parts are named by their digests: those that are there already are not sent again, and what comes
back is checked against the names. Blocks.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from .. import errors

PART = 8 << 20
UNFINISHED = ".unfinished"
FULL = (errno.ENOSPC, errno.EDQUOT)


class Part(NamedTuple):
    """A part of a file: its SHA-256, which is its name, and its size in bytes."""

    name: str
    size: int

    @classmethod
    def of(cls, content: bytes) -> Part:
        """What a content is called."""
        return cls(hashlib.sha256(content).hexdigest(), len(content))


class Storage:
    """One folder there. Every method raises Unavailable (`remote-unavailable`, and
    `remote-damaged` where a digest is not right) or StorageFull."""

    def __init__(self, filesystem: Any, root: str, url: str) -> None:
        self.files = filesystem
        self.root = root
        self.url = url

    @classmethod
    def at(cls, url: str, options: dict[str, Any], folder: str) -> Storage:
        """The folder of that name below an address."""
        import fsspec

        with answers(url):
            filesystem, root = fsspec.core.url_to_fs(url, **options)
        return cls(filesystem, f"{root.rstrip('/')}/{folder}", url)

    @classmethod
    def on_disk(cls, folder: Path) -> Storage:
        """A folder of this machine's."""
        from fsspec.implementations.local import LocalFileSystem

        return cls(LocalFileSystem(), str(folder), str(folder.parent))

    def send(
        self,
        folder: str,
        parts: Iterable[Part],
        content: Callable[[Part], bytes],
        told: Callable[[Part], None] = lambda part: None,
    ) -> int:
        """Send the parts that are not there; `content` is asked for those alone, and `told` of
        every part that is there then. Returns how many bytes went out."""
        sent = 0
        with answers(self.url):
            there = self.sizes(folder)
            for part in parts:
                if there.get(part.name) != part.size:
                    self.put(f"{folder}/{part.name}", content(part))
                    there[part.name] = part.size
                    sent += part.size
                told(part)
        return sent

    def read(self, folder: str, parts: Iterable[Part]) -> Iterator[bytes]:
        """The parts' contents, each checked before it is given out."""
        for part in parts:
            with answers(self.url):
                try:
                    content: bytes = self.files.cat_file(f"{self.root}/{folder}/{part.name}")
                except FileNotFoundError:
                    raise damaged(self.url) from None
            if Part.of(content) != part:
                raise damaged(self.url)
            yield content

    def get(self, path: str) -> bytes | None:
        """A small file's content; None where there is none."""
        with answers(self.url):
            try:
                content: bytes = self.files.cat_file(f"{self.root}/{path}")
            except FileNotFoundError:
                return None
        return content

    def put(self, path: str, content: bytes) -> None:
        """Write a file: all of it is there, or nothing under its name."""
        full = f"{self.root}/{path}"
        with answers(self.url):
            self.files.makedirs(full.rpartition("/")[0], exist_ok=True)
            if self._on_disk:
                self.files.pipe_file(full + UNFINISHED, content)
                unfinished = Path(full + UNFINISHED)
                with unfinished.open("rb") as file:
                    os.fsync(file.fileno())
                unfinished.replace(full)
            else:
                self.files.pipe_file(full, content)

    @property
    def _on_disk(self) -> bool:
        """Whether files are written in place; object storage takes them whole or not at all."""
        from fsspec.implementations.local import LocalFileSystem

        return isinstance(self.files, LocalFileSystem)

    def sizes(self, folder: str) -> dict[str, int]:
        """The names in a folder, with their sizes."""
        with answers(self.url):
            self.files.invalidate_cache()
            try:
                entries = self.files.ls(f"{self.root}/{folder}", detail=True)
            except FileNotFoundError:
                return {}
        found = {e["name"].rstrip("/").rpartition("/")[2]: int(e["size"] or 0) for e in entries}
        return {name: size for name, size in found.items() if not name.endswith(UNFINISHED)}

    def find(self, folder: str) -> list[str]:
        """The full paths of all files below a folder."""
        with answers(self.url):
            self.files.invalidate_cache()
            found: list[str] = self.files.find(f"{self.root}/{folder}")
        return found

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all in it, if it is there."""
        with answers(self.url):
            self.files.invalidate_cache()
            try:
                self.files.rm(f"{self.root}/{path}", recursive=True)
            except FileNotFoundError:
                return


def damaged(url: str) -> errors.Unavailable:
    """The answer where what came back is not what was sent."""
    return errors.Unavailable(
        f"What {url} gave back is not what was sent there: its digest is wrong. The local store is "
        "untouched.",
        code="remote-damaged",
    )


@contextmanager
def answers(url: str) -> Iterator[None]:
    """Whatever the storage's client raises, said in one way."""
    try:
        yield
    except errors.NeoAIError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise errors.StorageFull(
                f"The storage at {url} is full. Free some space there and try again; what was "
                "there before is untouched."
            ) from error
        raise errors.Unavailable(
            f"The storage at {url} did not take part: {type(error).__name__}: "
            f"{str(error)[:200]}. What was kept stays on this disk and is sent later.",
            code="remote-unavailable",
        ) from error
