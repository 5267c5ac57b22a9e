"""Where templates come from: a folder, or a repository that is fetched for a while."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from ... import errors
from .. import clone as git
from ..giturl import Source

KEPT = 6


@dataclass(frozen=True)
class Fetched:
    """A template's files."""

    folder: Path
    revision: str
    origin: str
    """The address or path, without secrets."""
    ref: str | None = None
    commit: str | None = None
    described: str | None = None
    """The commit as `git describe` names it."""


class Repositories:
    """Keeps the last few repositories that templates were fetched from, so that looking at one and
    using it fetches it once. They go with the server."""

    def __init__(self, *, timeout_s: float, stall_s: float) -> None:
        self._timeout_s = timeout_s
        self._stall_s = stall_s
        self._folder: Path | None = None
        self._kept: OrderedDict[tuple[str, str], Fetched] = OrderedDict()
        self._turns: dict[str, asyncio.Lock] = {}

    async def fetch(
        self, source: Source, ref: str | None, revision: str | None, report: git.Report
    ) -> Fetched:
        """A repository at `revision`, where it was looked at before, or at `ref`.

        Raises Conflict (`template-changed`), Invalid (`no-ref`) and what cloning raises.
        """
        async with self._turns.setdefault(source.url, asyncio.Lock()):
            if revision is not None and (kept := self._kept.get((source.url, revision))):
                self._kept.move_to_end((source.url, revision))
                return kept
            fetched = await self._clone(source, revision or ref, report)
            self._kept[source.url, fetched.revision] = fetched
            while len(self._kept) > KEPT:
                _, old = self._kept.popitem(last=False)
                await asyncio.to_thread(shutil.rmtree, old.folder.parent, ignore_errors=True)
            return fetched

    async def close(self) -> None:
        """Take them all away."""
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        self._folder = None
        self._kept.clear()

    async def _clone(self, source: Source, ref: str | None, report: git.Report) -> Fetched:
        if self._folder is None:
            self._folder = Path(
                await asyncio.to_thread(tempfile.mkdtemp, prefix="neoai-templates-")
            )
        place = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self._folder))
        folder = place / source.name
        try:
            await git.clone(
                source, folder, report, timeout_s=self._timeout_s, stall_s=self._stall_s
            )
            ref = ref or await _latest(folder)
            commit = await _commit(folder, ref)
            await git.run(folder, "checkout", "--quiet", "--force", "--detach", commit, "--")
            described = await git.run(folder, "describe", "--tags", "--always")
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
            raise
        return Fetched(folder, commit, source.url, ref, commit, described.strip())


async def _latest(folder: Path) -> str | None:
    """The newest version among the tags, as copier takes it; None where there is none."""
    found: list[tuple[Version, str]] = []
    for tag in (await git.run(folder, "tag", "--list")).splitlines():
        try:
            version = Version(tag)
        except InvalidVersion:
            continue
        if not version.is_prerelease:
            found.append((version, tag))
    return max(found)[1] if found else None


async def _commit(folder: Path, ref: str | None) -> str:
    names = ["HEAD"] if ref is None else [f"refs/tags/{ref}", f"refs/remotes/origin/{ref}", ref]
    for name in names:
        try:
            told = await git.run(
                folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
            )
        except errors.BadGateway:
            continue
        return told.strip()
    if ref is None:
        raise errors.Invalid("The repository is empty.", code="no-ref")
    raise errors.Invalid(f"The repository has no tag, branch or commit `{ref}`.", code="no-ref")


def look(folder: Path, *, max_files: int, max_bytes: int) -> str:
    """A stamp of a folder's files, which changes with them; raises TooLarge. Blocks."""
    digest = hashlib.sha256()
    size = count = 0
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = os.path.join(here, name)  # noqa: PTH118
            found = os.lstat(path)
            count += 1
            size += found.st_size
            if count > max_files or size > max_bytes:
                raise errors.TooLarge(
                    f"It has more than {max_files} files or {max_bytes >> 20} MB, which is more "
                    "than a template may have. Is it the right folder?",
                    code="template-too-large",
                )
            digest.update(os.fsencode(path) + f"\0{found.st_size} {found.st_mtime_ns}\0".encode())
    return digest.hexdigest()
