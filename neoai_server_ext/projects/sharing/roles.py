"""Roles, people, and what a person's shares come to at a path."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["viewer", "editor", "owner"]
RANK: dict[str, int] = {"viewer": 1, "editor": 2, "owner": 3}
NAMES: dict[int, Role] = {1: "viewer", 2: "editor", 3: "owner"}

CHAT = ".chat"
Identity = tuple[int, int]


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in, as shares know him."""

    name: str
    groups: frozenset[str] = frozenset()


@dataclass
class Access:
    """What a person's shares come to on this server's disk. Its methods ask the disk: call them
    in a thread.

    A role in a project holds for everything in its folder. Where projects lie within one another,
    the innermost one that gives this person a role counts, be it more or less.
    """

    root: str
    """The server's folder, real and absolute."""
    grants: dict[str, int]
    """Rank by the real, absolute folder of a project."""
    _identities: dict[Identity, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know the folders by what they are too, not by their spelling alone: some disks ignore
        case, and a folder can be mounted twice."""
        for location, rank in self.grants.items():
            found = _identity(location)
            if found is not None:
                self._identities[found] = rank

    def rank(self, real: str) -> int:
        """The rank at a real path, which need not be there; 0 for none."""
        for folder in _upward(real):
            rank = self.grants.get(folder)
            if rank is None:
                found = _identity(folder)
                rank = self._identities.get(found) if found is not None else None
            if rank is not None:
                return rank
        return 0

    def least(self, real: str) -> int:
        """The lowest rank at a path and in the projects below it: what a change of the whole
        tree there needs."""
        inner = [rank for location, rank in self.grants.items() if _below(location, real)]
        return min([self.rank(real), *inner])

    def leads(self, real: str) -> bool:
        """Whether a folder is on the way to something that the person may see."""
        return any(_below(location, real) for location in self.grants)

    def real(self, path: str) -> str | None:
        """Where a path, relative to the server's folder, really is; None for what nobody but the
        owner may try: `..`, absolute paths, NUL.

        Jupyter's handlers do not agree on what `link/..` means, so it means nothing here.
        """
        if "\0" in path or path.startswith("/") or ".." in path.split("/"):
            return None
        try:
            return os.path.realpath(f"{self.root}/{path}")
        except (OSError, ValueError):
            return None

    def entry(self, path: str) -> str | None:
        """As `real`, for the entry itself: a link at the end stands for the link."""
        if self.real(path) is None:
            return None
        folder, _, name = path.strip("/").rpartition("/")
        real = self.real(folder)
        return None if real is None or name in ("", ".") else f"{real.rstrip('/')}/{name}"

    def visible(self, real: str) -> bool:
        """Whether the person may know of what is at a real path."""
        return self.rank(real) > 0 or self.leads(real)

    def writes(self, path: str) -> bool:
        """Whether the person may write what a path, relative to the server's folder, leads to."""
        real = self.real(path)
        return real is not None and self.rank(real) >= RANK["editor"] and not is_chat(real)

    def by_path(self) -> dict[str, Role]:
        """The roles by the projects' folders, relative to the server's."""
        folders = {location: os.path.relpath(location, self.root) for location in self.grants}
        return {
            "" if folder == "." else folder: NAMES[self.grants[location]]
            for location, folder in folders.items()
        }

    def shown(self, folder: str, names: Sequence[str]) -> set[str]:
        """Those of a folder's entries that the person may know of."""
        found = set()
        for name in names:
            real = self.real(f"{folder}/{name}" if folder else name)
            if real is not None and self.visible(real):
                found.add(name)
        return found


def is_chat(path: str) -> bool:
    """A chat drives models and agents in the owner's name and at his cost: only he writes it."""
    return path.lower().endswith(CHAT)


def _upward(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield "/"


def _below(location: str, folder: str) -> bool:
    return location.startswith(folder.rstrip("/") + "/")


def _identity(path: str) -> Identity | None:
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
