"""Checkpoints of projects and versions of their files. Knows no HTTP; git runs in threads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from traitlets import Dict, Float, Integer, List, Unicode
from traitlets.config import LoggingConfigurable

from .. import errors
from ..pagination import decode_cursor, encode_cursor
from ..projects import paths as project_paths
from ..projects.files import Condition, FileState
from ..projects.models import Project
from ..projects.service import ProjectService
from . import policy, stores
from .cipher import Cipher
from .copies import Copies
from .history import Checkpoint, History, collect
from .private import Private
from .recorder import Recorder
from .remote import Remote
from .restore import Change, Rescue, Restored
from .snapshot import Rules
from .store import Store
from .versions import Entry, Version, Versions

T = TypeVar("T")
THREADS = 4
TIDY_EVERY = 50


class CheckpointService(LoggingConfigurable):
    """Keeps what projects were, in a store for each under NeoAI's data folder.

    It is the `SnapshotHook` of `ProjectService`: what is saved becomes a version, and what is
    about to be overwritten, moved or deleted is kept first.
    """

    max_file_bytes = Integer(
        50 << 20,
        min=1,
        help="Files larger than this are left out of checkpoints and versions, in bytes.",
    ).tag(config=True)
    max_files = Integer(
        1_000_000, min=1, help="The most new files that one checkpoint may take in."
    ).tag(config=True)
    exclude = List(
        Unicode(),
        [".~neoai-*", ".ipynb_checkpoints/", "__pycache__/", "node_modules/", ".venv/", "*.chat"],
        help="What to leave out, besides what `.gitignore` does: lines as in `.gitignore`.",
    ).tag(config=True)
    version_interval_s = Float(
        60.0,
        min=0,
        help="An editor's saves become at most one version of a file in this time, in seconds. "
        "What the API writes becomes a version each time.",
    ).tag(config=True)
    max_age_days = Float(
        365.0, min=1, help="Checkpoints and versions older than this are dropped, in days."
    ).tag(config=True)
    max_store_bytes = Integer(
        10 << 30,
        min=1 << 20,
        help="When a project's store is larger, its oldest checkpoints are dropped, in bytes.",
    ).tag(config=True)
    encryption_key_file = Unicode(
        help="A file with at least 16 bytes of secret. Contents in checkpoints and versions are "
        "then encrypted at rest (AES-SIV); file names and sizes are not. Without this file they "
        "cannot be read again: keep a copy of it elsewhere."
    ).tag(config=True)
    storage_url = Unicode(
        help="Where copies of the checkpoints and versions are kept, as an address for fsspec: "
        "`s3://bucket/folder`, `file:///mnt/share/neoai`. By default there are none. A store that "
        "is lost comes back from its copy."
    ).tag(config=True)
    storage_options = Dict(
        help="What fsspec's file system takes for `storage_url`: `{'key': …, 'secret': …, "
        "'endpoint_url': …}`. S3 needs the `s3` extra."
    ).tag(config=True)

    def __init__(self, projects: ProjectService, stores_dir: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._projects = projects
        self._stores = stores.Stores(stores_dir)
        self._threads = ThreadPoolExecutor(THREADS, "checkpoints")
        self._recorder = Recorder(self._record, self._told, lambda: self.version_interval_s)
        self._copies = Copies(self.push, self._told)
        self._tidying: set[asyncio.Task[None]] = set()
        self._since_tidy: dict[str, int] = {}
        self.problem = ""

    def _told(self, problem: str) -> None:
        if problem and problem != self.problem:
            self.log.warning("checkpoints: %s", problem)
        self.problem = problem

    async def stop(self) -> None:
        """Record what is still due, and end."""
        await self._recorder.stop()
        await self._copies.stop()
        if self._tidying:
            await asyncio.wait(self._tidying, timeout=10)
        await asyncio.to_thread(self._threads.shutdown, wait=True)

    # Checkpoints

    async def create(
        self, project_id: str, label: str | None = None, reason: str = "asked"
    ) -> Checkpoint:
        """Keep a project as it is now, untracked files included. Raises NotFound, Conflict
        (its folder is missing), StorageFull, TooLarge (`too-many-files`), Unavailable."""
        history = await self._history(project_id)
        found = await self._run(lambda: history.create(label, reason))
        self._tidy_sometimes(project_id)
        self._changed(project_id)
        return found

    async def checkpoints(
        self, project_id: str, limit: int, cursor: str | None = None
    ) -> tuple[list[Checkpoint], str | None]:
        """A page of a project's checkpoints, the newest first, and the next page's cursor."""
        history = await self._history(project_id)
        return _page(await self._run(history.all), limit, cursor)

    async def get(self, project_id: str, checkpoint_id: str) -> Checkpoint:
        """One checkpoint; raises NotFound."""
        history = await self._history(project_id)
        return await self._run(lambda: history.get(checkpoint_id))

    async def changes(
        self, project_id: str, checkpoint_id: str, to: str | None = None
    ) -> list[Change]:
        """What changed after a checkpoint, up to another one or now. Raises NotFound."""
        history = await self._history(project_id)
        return await self._run(lambda: history.changes(checkpoint_id, to))

    async def file(self, project_id: str, checkpoint_id: str, path: str) -> bytes:
        """A file as a checkpoint has it; raises NotFound."""
        history = await self._history(project_id)
        return await self._run(lambda: history.file(checkpoint_id, path))

    async def restore(
        self, project_id: str, checkpoint_id: str, only: Sequence[str] = ()
    ) -> tuple[Restored, Checkpoint]:
        """Make a project, or the files and folders `only`, what they were at a checkpoint.

        Returns what was done and the checkpoint of what was there before, by which the restore
        can be undone. Raises NotFound, BadInput, StorageFull, Unavailable.
        """
        wanted = ["/".join(project_paths.parse_folder(path)) for path in only]
        history = await self._history(project_id)
        rescue = _rescue_into(await self._store(project_id))
        everything = "" in wanted
        done, before = await self._run(
            lambda: history.restore(checkpoint_id, rescue, [] if everything else wanted)
        )
        await self._projects.changed_on_disk(project_id, done.restored)
        return done, before

    async def forget(self, project_id: str, checkpoint_id: str) -> None:
        """Drop a checkpoint; raises NotFound."""
        history = await self._history(project_id)
        await self._run(lambda: history.forget([history.get(checkpoint_id).id]))

    async def verify(self, project_id: str, checkpoint_id: str) -> None:
        """Read all of a checkpoint and compare its digests; raises NotFound, Unavailable."""
        history = await self._history(project_id)
        await self._run(lambda: history.verify(checkpoint_id))

    # Versions

    async def versions(
        self, project_id: str, path: str, limit: int, cursor: str | None = None
    ) -> tuple[list[Version], str | None]:
        """A page of a file's versions, the newest first, and the next page's cursor."""
        versions = await self._versions_of(project_id, path)
        return _page(versions, limit, cursor)

    async def _versions_of(self, project_id: str, path: str) -> list[Version]:
        name = "/".join(project_paths.parse(path))
        await self._recorder.settle(project_id, [name])
        store = await self._store(project_id)
        return await self._run(lambda: Versions(store).of(name))

    async def read_version(self, project_id: str, path: str, version_id: str) -> bytes:
        """A version's content; raises NotFound."""
        name = "/".join(project_paths.parse(path))
        store = await self._store(project_id)
        return await self._run(lambda: Versions(store).read(name, version_id))

    async def restore_version(self, project_id: str, path: str, version_id: str) -> FileState:
        """Write a version's content to the file, after keeping what is there. Raises NotFound."""
        content = await self.read_version(project_id, path, version_id)
        writing = await self._projects.write(project_id, path)
        store = await self._store(project_id)
        try:
            if await self._run(
                lambda: "/".join(project_paths.parse(path)) in Private(store).paths()
            ):
                writing.make_private()
            await asyncio.to_thread(writing.write, content)
        except BaseException:
            await asyncio.to_thread(writing.abort)
            raise
        return await self._projects.save(project_id, path, writing, Condition(), "restore")

    # The hook of ProjectService

    async def changing(self, project: Project, paths: Sequence[str], reason: str) -> None:
        """Keep files before they are changed; for a folder, the whole project. A move changes no
        content: what is due is recorded, and no more."""
        if reason == "move":
            await self._recorder.settle(project.id, paths)
            return
        root = await self._projects.root(project.id)
        if any(await asyncio.gather(*(self._is_folder(root / path) for path in paths))):
            await self.create(project.id, reason=reason)
        else:
            await self._recorder.before(project.id, paths, reason)

    async def saved(self, project: Project, paths: Sequence[str], reason: str) -> None:
        """Let what was saved become a version."""
        self._recorder.after(project.id, paths, reason)

    async def moved(self, project: Project, old: str, new: str) -> None:
        """Let the history of a file, or of all files in a folder, go on under the new path."""
        store = await self._store(project.id)

        def rename() -> None:
            versions = Versions(store)
            inside = [
                (path, new + path[len(old) :])
                for path in versions.paths()
                if path == old or path.startswith(f"{old}/")
            ]
            versions.renamed(inside)

        await self._run(rename)

    async def _record(self, project_id: str, paths: Sequence[str], reason: str) -> None:
        root = await self._projects.root(project_id)
        store = await self._store(project_id)

        def record() -> None:
            entries = [
                Entry(path, content, reason)
                for path in paths
                if (content := self._read(root, path)) is not None
            ]
            if entries:
                Private(store).note(root, [entry.path for entry in entries])
                Versions(store).record(entries)

        await self._run(record)
        self._changed(project_id)

    def _read(self, root: Path, path: str) -> bytes | None:
        """A file's content, where there is one that versions are kept of."""
        with suppress(OSError, errors.NeoAIError):
            parts = project_paths.resolve(str(root), project_paths.parse(path))
            if parts and not path.endswith(".chat"):
                with project_paths.folder(str(root), parts[:-1]) as folder:
                    return stores.read_regular(folder, parts[-1], self.max_file_bytes)
        return None

    async def _is_folder(self, path: Path) -> bool:
        return await asyncio.to_thread(lambda: path.is_dir() and not path.is_symlink())

    async def keep(self, path: str, content: bytes) -> None:
        """Record a content of a document that is about to be replaced; the path is relative to
        the server's root. Outside every project nothing is kept."""
        try:
            project = await self._projects.find(path)
            if project is None:
                return
            inner = path.removeprefix(f"{project.path}/" if project.path else "")
            store = await self._store(project.id)
            await self._run(lambda: Versions(store).record([Entry(inner, content, "overwrite")]))
        except errors.NeoAIError as error:
            self._told(error.detail)

    # Stores

    async def _history(self, project_id: str) -> History:
        store = await self._store(project_id)
        root = await self._projects.root(project_id)
        return History(store, root, self._rules())

    def _rules(self) -> Rules:
        return Rules(tuple(self.exclude), self.max_file_bytes, self.max_files)

    async def _store(self, project_id: str) -> Store:
        root = await self._projects.root(project_id)
        known: set[str] = set()
        if not self._stores.is_open(project_id):
            known = {project.id for project in await self._projects.list_all()}
        return await self._run(lambda: self._open(project_id, root, known))

    def _open(self, project_id: str, root: Path, known: set[str]) -> Store:
        store, fresh = self._stores.open(project_id, root, known, self.cipher())
        if fresh:
            self._pull_lost(project_id, store)
            History(store, root, self._rules()).rescue_left(_rescue_into(store))
        return store

    def _pull_lost(self, project_id: str, store: Store) -> None:
        """An empty store may be one that was lost: bring it back from its copy."""
        if not self.storage_url or store.git("for-each-ref", "--count=1"):
            return
        try:
            self._remote().of(project_id).pull(store)
        except errors.NeoAIError as error:
            self._told(error.detail)

    def _remote(self) -> Remote:
        return Remote(self.storage_url, dict(self.storage_options))

    def _changed(self, project_id: str) -> None:
        if self.storage_url:
            self._copies.soon(project_id)

    async def push(self, project_id: str) -> int:
        """Bring the copy of a project's store up to date; returns how many bytes were sent.
        Raises Unavailable (`remote-unavailable`); what is to be sent stays on the disk."""
        store = await self._store(project_id)
        return await self._run(lambda: self._remote().of(project_id).push(store))

    def cipher(self) -> Cipher | None:
        """What encrypts at rest, where a key is configured; raises Unavailable. Blocks."""
        if not self.encryption_key_file:
            return None
        try:
            secret = Path(self.encryption_key_file).expanduser().read_bytes().strip()
        except OSError as error:
            raise errors.Unavailable(
                "The key for the checkpoints cannot be read: check "
                f"`c.CheckpointService.encryption_key_file` ({error.strerror}).",
                code="store-key",
            ) from error
        if len(secret) < 16:
            raise errors.Unavailable(
                "The key for the checkpoints is shorter than 16 bytes.", code="store-key"
            )
        return Cipher(secret)

    def _tidy_sometimes(self, project_id: str) -> None:
        count = self._since_tidy.get(project_id, TIDY_EVERY - 1) + 1
        self._since_tidy[project_id] = count % TIDY_EVERY
        if count >= TIDY_EVERY:
            task = asyncio.ensure_future(self._tidy_quietly(project_id))
            self._tidying.add(task)
            task.add_done_callback(self._tidying.discard)

    async def _tidy_quietly(self, project_id: str) -> None:
        try:
            await self.tidy(project_id)
        except errors.NeoAIError as error:
            self._told(error.detail)

    async def tidy(self, project_id: str) -> None:
        """Thin out old checkpoints and versions, and give back the space."""
        history = await self._history(project_id)
        store = await self._store(project_id)
        now, age = datetime.now(UTC), timedelta(days=self.max_age_days)

        def tidy() -> None:
            everything = history.all()
            labelled = {
                one.id
                for one in everything
                if one.label and one.reason == "asked" and now - one.created_at <= age
            }
            plain = [one.id for one in everything if one.id not in labelled]
            history.forget(set(plain) - policy.kept(plain, now, age))
            Versions(store).thin(lambda names: policy.kept(names, now, age))
            collect(store)
            self._fit(store, history)

        await self._run(tidy)

    def _fit(self, store: Store, history: History) -> None:
        """Drop the oldest checkpoints, unlabelled ones first, until the store is small enough."""
        while store.size() > self.max_store_bytes:
            oldest_first = sorted(
                history.all()[1:], key=lambda one: (bool(one.label), one.created_at)
            )
            if not oldest_first:
                return
            history.forget(one.id for one in oldest_first[: max(1, len(oldest_first) // 4)])
            collect(store)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _rescue_into(store: Store) -> Rescue:
    """What takes a content that a restore found in place of the one that it knew."""

    def rescue(path: str, content: bytes) -> None:
        Versions(store).record([Entry(path, content, "restore")])

    return rescue


Item = TypeVar("Item", Checkpoint, Version)


def _page(items: list[Item], limit: int, cursor: str | None) -> tuple[list[Item], str | None]:
    """A page of what is sorted by descending id."""
    if cursor is not None:
        after = decode_cursor(cursor)
        if not isinstance(after, str):
            raise errors.BadInput("The cursor is not one that this list gave out.")
        items = [item for item in items if item.id < after]
    more = encode_cursor(items[limit - 1].id) if len(items) > limit else None
    return items[:limit], more


def shown(path: str) -> str:
    """A path as JSON can carry it, whatever bytes it has."""
    return os.fsencode(path).decode("utf-8", "replace")
