"""A store's copy on object storage: any place that fsspec has an address for (S3, GCS, a folder).

A push sends what is new as one git pack, in parts that are named by their digests, and then a
manifest, which is what makes them count. A push that was cut off goes on where it stopped: the
pack waits on the local disk, and parts that are there already are not sent again. What comes back
is checked against the digests, and by git.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import errors
from . import versions
from .history import new_id
from .store import Store, meanings

PART = 8 << 20
MAX_PACKS = 24
KEEP_MANIFESTS = 3
NAMESPACE = "refs/neoai/"
OUTGOING = "outgoing"
IN_STEP = "in-step-with"


class Remote:
    """Where the stores' copies are. url: for fsspec, `s3://bucket/folder` or `file:///folder`;
    options: what fsspec's file system takes (endpoint_url, key, secret …). Blocks."""

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        self._url = url
        self._options = options

    def of(self, project_id: str) -> Copy:
        """The copy of one project's store; raises Unavailable."""
        import fsspec

        with _answers(self._url):
            filesystem, root = fsspec.core.url_to_fs(self._url, **self._options)
        return Copy(filesystem, f"{root.rstrip('/')}/{project_id}", self._url)


class Copy:
    """One store's copy."""

    def __init__(self, filesystem: Any, root: str, url: str) -> None:
        self._files = filesystem
        self._root = root
        self._url = url

    def push(self, store: Store) -> int:
        """Send what the copy lacks; returns how many bytes went out. Raises Unavailable, and
        goes on from there when called again."""
        latest = self.latest()
        if latest is not None and latest["id"] != _known(store):
            self.pull(store)
        with store.writing("checkpoints"), store.writing("versions"), meanings():
            outgoing = _Outgoing(store)
            if outgoing.pack is None:
                outgoing.prepare(latest)
        if outgoing.pack is None:
            return 0
        with _answers(self._url):
            sent = self._send(outgoing)
        _know(store, outgoing.plan["id"])
        outgoing.finish()
        return sent

    def _send(self, outgoing: _Outgoing) -> int:
        plan = outgoing.plan
        sent = 0
        assert outgoing.pack is not None
        there = self._sizes(f"{self._root}/packs/{plan['pack']['name']}")
        with outgoing.pack.open("rb") as pack:
            for part in plan["pack"]["parts"]:
                content = pack.read(part["size"])
                if there.get(part["name"]) != part["size"]:
                    self._put(f"packs/{plan['pack']['name']}/{part['name']}", content)
                    sent += len(content)
        manifest = {name: plan[name] for name in ("id", "refs", "packs")}
        self._put(f"manifests/{plan['id']}.json", json.dumps(manifest).encode())
        self._clean()
        return sent

    def pull(self, store: Store) -> bool:
        """Bring the newest copy into a store, beside what it has; whether there was one. Raises
        Unavailable (`remote-damaged` where a digest is not right)."""
        manifest = self.latest()
        if manifest is None:
            return False
        for pack in manifest["packs"]:
            content = self._read(pack)
            with meanings():
                store.git("index-pack", "--stdin", "--strict", stdin=content)
        refs: dict[str, str] = manifest["refs"]
        theirs = refs.pop(versions.REF, None)
        commands = "".join(f"update {name} {commit}\n" for name, commit in refs.items())
        with store.writing("checkpoints"), meanings():
            store.git("update-ref", "--stdin", stdin=commands.encode())
        if theirs is not None:
            versions.Versions(store).merge(theirs)
        _know(store, manifest["id"])
        return True

    def _read(self, pack: dict[str, Any]) -> bytes:
        """A whole pack, every part checked."""
        parts = []
        with _answers(self._url):
            for part in pack["parts"]:
                content = self._files.cat_file(f"{self._root}/packs/{pack['name']}/{part['name']}")
                if hashlib.sha256(content).hexdigest() != part["name"]:
                    raise damaged(self._url)
                parts.append(content)
        return b"".join(parts)

    def latest(self) -> dict[str, Any] | None:
        """The newest manifest that is whole: a push may have been killed while it wrote one. Raises
        Unavailable (`remote-damaged`) where none is."""
        with _answers(self._url):
            names = sorted(self._sizes(f"{self._root}/manifests"), reverse=True)
            for name in names:
                found = self._manifest(name)
                if found is not None:
                    return found
        if names:
            raise damaged(self._url)
        return None

    def _manifest(self, name: str) -> dict[str, Any] | None:
        try:
            found = json.loads(self._files.cat_file(f"{self._root}/manifests/{name}"))
            known = [(pack["name"], pack["parts"]) for pack in found["packs"]]
            whole = isinstance(found["id"], str) and isinstance(found["refs"], dict)
        except (ValueError, TypeError, KeyError):
            return None
        return found if whole and known else None

    def _clean(self) -> None:
        """Drop manifests that newer ones stand in for, and the packs of no other."""
        names = sorted(self._sizes(f"{self._root}/manifests"))
        for name in names[:-KEEP_MANIFESTS]:
            self._files.rm_file(f"{self._root}/manifests/{name}")
        kept: set[str] = set()
        for name in names[-KEEP_MANIFESTS:]:
            manifest = self._manifest(name)
            if manifest is not None:
                kept |= {pack["name"] for pack in manifest["packs"]}
        for path in self._find("packs"):
            if path.rsplit("/", 2)[-2] not in kept:
                self._files.rm_file(path)

    def _put(self, path: str, content: bytes) -> None:
        full = f"{self._root}/{path}"
        self._files.makedirs(full.rpartition("/")[0], exist_ok=True)
        self._files.pipe_file(full, content)

    def _sizes(self, folder: str) -> dict[str, int]:
        self._files.invalidate_cache()
        try:
            entries = self._files.ls(folder, detail=True)
        except FileNotFoundError:
            return {}
        return {entry["name"].rpartition("/")[2]: int(entry["size"]) for entry in entries}

    def _find(self, folder: str) -> list[str]:
        self._files.invalidate_cache()
        found: list[str] = self._files.find(f"{self._root}/{folder}")
        return found


class _Outgoing:
    """The pack that waits to be sent, and the plan that says what it is."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.path / OUTGOING
        self.plan: dict[str, Any] = {}
        self.pack: Path | None = None
        try:
            self.plan = json.loads((self._folder / "plan.json").read_bytes())
            pack = self._folder / f"{self.plan['pack']['name']}.pack"
        except (OSError, ValueError, KeyError):
            return
        if pack.is_file():
            self.pack = pack

    def prepare(self, latest: dict[str, Any] | None) -> None:
        """Pack what the newest manifest lacks; nothing where it lacks nothing."""
        refs = self._refs()
        before: dict[str, str] = latest["refs"] if latest else {}
        packs: list[dict[str, Any]] = latest["packs"] if latest else []
        if refs == before:
            return
        anew = len(packs) >= MAX_PACKS
        known = set() if anew else set(before.values())
        wanted = [commit for commit in refs.values() if commit not in known]
        trees = [f"^{tree}" for tree in self._trees(sorted(known))]
        content = self._store.git(
            "pack-objects",
            "--revs",
            "--stdout",
            "--quiet",
            stdin="\n".join([*wanted, *trees, ""]).encode(),
        )
        parts = [content[at : at + PART] for at in range(0, len(content), PART)]
        pack = {
            "name": hashlib.sha256(content).hexdigest(),
            "parts": [
                {"name": hashlib.sha256(part).hexdigest(), "size": len(part)} for part in parts
            ],
        }
        self.plan = {
            "id": new_id(datetime.now(UTC)),
            "refs": refs,
            "pack": pack,
            "packs": [*([] if anew else packs), pack],
        }
        self._folder.mkdir(exist_ok=True)
        self.pack = self._folder / f"{pack['name']}.pack"
        self.pack.write_bytes(content)
        (self._folder / "plan.json").write_text(json.dumps(self.plan))

    def _refs(self) -> dict[str, str]:
        form = "--format=%(refname) %(objectname)"
        lines = self._store.git("for-each-ref", form, NAMESPACE).decode().splitlines()
        return dict(line.split() for line in lines)

    def _trees(self, commits: list[str]) -> list[str]:
        """The trees of those commits that are still here."""
        names = "".join(f"{commit}^{{tree}}\n" for commit in commits)
        output = self._store.git("cat-file", "--batch-check", stdin=names.encode()).decode()
        return [line.split()[0] for line in output.splitlines() if " tree " in line]

    def finish(self) -> None:
        """It is sent."""
        (self._folder / "plan.json").unlink()
        for pack in self._folder.glob("*.pack"):
            pack.unlink()


def _known(store: Store) -> str | None:
    """The manifest that this store was last in step with."""
    try:
        return (store.path / IN_STEP).read_text()
    except OSError:
        return None


def _know(store: Store, manifest: str) -> None:
    (store.path / IN_STEP).write_text(manifest)


def damaged(url: str) -> errors.Unavailable:
    """The answer where what came back is not what was sent."""
    return errors.Unavailable(
        f"What {url} gave back is not what was sent there: its digest is wrong. The local store is "
        "untouched.",
        code="remote-damaged",
    )


@contextmanager
def _answers(url: str) -> Iterator[None]:
    """Whatever the storage's client raises, said in one way."""
    try:
        yield
    except errors.NeoAIError:
        raise
    except Exception as error:
        raise errors.Unavailable(
            f"The storage at {url} did not take part: {type(error).__name__}: "
            f"{str(error)[:200]}. What was kept stays on this disk and is sent later.",
            code="remote-unavailable",
        ) from error
