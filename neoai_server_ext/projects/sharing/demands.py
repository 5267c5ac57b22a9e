"""What a request demands of whoever is not the server's owner."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .roles import RANK, Access, Role, is_chat

Mode = Literal["content", "file", "listing", "entry", "tree"]


@dataclass(frozen=True)
class Anyone:
    """Nothing but being signed in."""


@dataclass(frozen=True)
class Member:
    """A role in any project at all."""


@dataclass(frozen=True)
class Account:
    """The whole account: a kernel, a terminal, whatever runs programs or leaves the projects."""


@dataclass(frozen=True)
class At:
    """A role at a path relative to the server's folder, or to a project's where one is named.

    `content`: what the path leads to. `file`: that, and it must not be a folder. `listing`: as
    `content`, or a folder on the way to a project that may be seen. `entry`: the name itself, with
    all below it and the folder it stands in, for moving and deleting. `tree`: what the path leads
    to, with all below it.
    """

    role: Role
    path: str
    mode: Mode = "content"
    project_id: str | None = None


Demand = Anyone | Member | Account | At


def granted(demand: At, access: Access, location: str | None) -> bool:
    """Whether a person's shares meet a demand; `location` is the folder of the project that it
    names. Asks the disk: call it in a thread."""
    path = _from_root(demand, access, location)
    if path is None:
        return False
    needed = RANK[demand.role]
    if demand.mode == "entry":
        real = access.entry(path)
        if real is None or is_chat(real):
            return False
        return min(access.rank(str(Path(real).parent)), access.least(real)) >= needed
    real = access.real(path)
    if real is None or (needed > RANK["viewer"] and (is_chat(real) or is_chat(path))):
        return False
    if demand.mode == "file" and Path(real).is_dir():
        return False
    if demand.mode == "listing" and access.leads(real):
        return True
    rank = access.least(real) if demand.mode == "tree" else access.rank(real)
    return rank >= needed


def _from_root(demand: At, access: Access, location: str | None) -> str | None:
    if demand.project_id is None:
        return demand.path.strip("/")
    if location is None or demand.path.startswith("/"):
        return None
    folder = os.path.relpath(location, access.root)
    return os.path.normpath(folder) + "/" + demand.path if folder != "." else demand.path
