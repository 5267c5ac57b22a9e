"""A store's copy on object storage: any place that fsspec has an address for (S3, GCS, a folder).

A push sends what is new as one git pack, in parts that are named by their digests, and then a
manifest, which is what makes them count. A push that was cut off goes on where it stopped: the
pack waits on the local disk, and parts that are there already are not sent again. What comes back
is checked against the digests, and by git.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from . import versions
from .history import new_id
from .storage import PART, Part, Storage, answers, damaged
from .store import Store, meanings

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
        return Copy(Storage.at(self._url, self._options, project_id))


class Copy:
    """One store's copy."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

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
        with answers(self.storage.url):
            sent = self._send(outgoing)
        _know(store, outgoing.plan["id"])
        outgoing.finish()
        return sent

    def _send(self, outgoing: _Outgoing) -> int:
        plan = outgoing.plan
        assert outgoing.pack is not None
        parts = _parts(plan["pack"])
        ends = accumulate(part.size for part in parts)
        starts = {part: end - part.size for part, end in zip(parts, ends, strict=True)}
        with outgoing.pack.open("rb") as pack:

            def content(part: Part) -> bytes:
                pack.seek(starts[part])
                return pack.read(part.size)

            sent = self.storage.send(f"packs/{plan['pack']['name']}", parts, content)
        manifest = {name: plan[name] for name in ("id", "refs", "packs")}
        self.storage.put(f"manifests/{plan['id']}.json", json.dumps(manifest).encode())
        self._clean()
        return sent

    def pull(self, store: Store) -> bool:
        """Bring the newest copy into a store, beside what it has; whether there was one. Raises
        Unavailable (`remote-damaged` where a digest is not right)."""
        manifest = self.latest()
        if manifest is None:
            return False
        for pack in manifest["packs"]:
            content = b"".join(self.storage.read(f"packs/{pack['name']}", _parts(pack)))
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

    def latest(self) -> dict[str, Any] | None:
        """The newest manifest that is whole: a push may have been killed while it wrote one. Raises
        Unavailable (`remote-damaged`) where none is."""
        names = sorted(self.storage.sizes("manifests"), reverse=True)
        for name in names:
            found = self._manifest(name)
            if found is not None:
                return found
        if names:
            raise damaged(self.storage.url)
        return None

    def _manifest(self, name: str) -> dict[str, Any] | None:
        try:
            found = json.loads(self.storage.get(f"manifests/{name}") or b"")
            known = [(pack["name"], pack["parts"]) for pack in found["packs"]]
            whole = isinstance(found["id"], str) and isinstance(found["refs"], dict)
        except (ValueError, TypeError, KeyError):
            return None
        return found if whole and known else None

    def _clean(self) -> None:
        """Drop manifests that newer ones stand in for, and the packs of no other."""
        names = sorted(self.storage.sizes("manifests"))
        for name in names[:-KEEP_MANIFESTS]:
            self.storage.remove(f"manifests/{name}")
        kept: set[str] = set()
        for name in names[-KEEP_MANIFESTS:]:
            manifest = self._manifest(name)
            if manifest is not None:
                kept |= {pack["name"] for pack in manifest["packs"]}
        for path in self.storage.find("packs"):
            if path.rsplit("/", 2)[-2] not in kept:
                self.storage.files.rm_file(path)


def _parts(pack: dict[str, Any]) -> list[Part]:
    return [Part(part["name"], part["size"]) for part in pack["parts"]]


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
