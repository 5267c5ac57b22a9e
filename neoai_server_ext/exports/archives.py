"""The complete exports of one project, on whatever storage they are kept. Blocks.

`manifests/{id}.json` makes an export count; its parts are in `parts/{id}/`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from .. import errors
from ..checkpoints.cipher import Cipher, WrongKey, is_encrypted
from ..checkpoints.history import moment_of
from ..checkpoints.storage import Part, Storage
from .models import Record
from .spool import Spool

ID = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{6}")
ORPHANED_AFTER = timedelta(days=7)


class Archives:
    """What a project has there. Raises Unavailable and StorageFull, as the storage does."""

    def __init__(self, storage: Storage, cipher: Cipher | None) -> None:
        self._storage = storage
        self._cipher = cipher

    def ids(self) -> list[str]:
        """Those that are complete, the newest first."""
        names = self._storage.sizes("manifests")
        found = (name.removesuffix(".json") for name in names)
        return sorted((export_id for export_id in found if is_id(export_id)), reverse=True)

    def get(self, export_id: str) -> Record:
        """One that is complete; raises NotFound."""
        stored = self._storage.get(f"manifests/{export_id}.json")
        if stored is None:
            raise not_kept()
        try:
            record = Record.model_validate_json(self._plain(stored))
        except ValidationError:
            raise self._damaged() from None
        if record.id != export_id:
            raise self._damaged()
        return record

    def send(self, record: Record, spool: Spool, told: Callable[[int], None]) -> None:
        """Send the parts that are not there yet; `told` hears how many bytes are."""
        done = 0

        def there(part: Part) -> None:
            nonlocal done
            spool.sent(part)
            done += part.size
            told(done)

        # Of equal parts one is enough, and the disk forgets it once it is sent.
        parts = dict.fromkeys(_parts(record))
        self._storage.send(f"parts/{record.id}", parts, spool.content, there)

    def complete(self, record: Record) -> None:
        """Let it count."""
        manifest = record.model_dump_json().encode()
        stored = manifest if self._cipher is None else self._cipher.encrypt(manifest)
        self._storage.put(f"manifests/{record.id}.json", stored)

    def read(self, record: Record) -> Iterator[bytes]:
        """The archive's bytes, each block checked, and the last held back until all are right."""
        digest = hashlib.sha256()
        held: bytes | None = None
        try:
            for stored in self._storage.read(f"parts/{record.id}", _parts(record)):
                content = self._plain(stored) if record.encrypted else stored
                digest.update(content)
                if held is not None:
                    yield held
                held = content
        except errors.Unavailable as error:
            if error.code == "remote-damaged":
                raise self._damaged() from error
            raise
        if digest.hexdigest() != record.sha256:
            raise self._damaged()
        if held is not None:
            yield held

    def remove(self, export_id: str) -> None:
        """Nothing of it is left there; the manifest goes first."""
        self._storage.remove(f"manifests/{export_id}.json")
        self._storage.remove(f"parts/{export_id}")

    def prune(self, keep_count: int, keep_days: float, coming: set[str]) -> None:
        """Remove the oldest, all but the newest, and parts that no manifest has claimed for long
        and that are not of an export that is `coming`."""
        kept = self.ids()
        now = datetime.now(UTC)
        for place, export_id in enumerate(kept):
            old = _age(export_id, now) > timedelta(days=keep_days)
            if place >= keep_count or (old and place > 0):
                self.remove(export_id)
        for export_id in self._storage.sizes("parts"):
            if export_id not in coming.union(kept) and _age(export_id, now) > ORPHANED_AFTER:
                self._storage.remove(f"parts/{export_id}")

    def _plain(self, stored: bytes) -> bytes:
        if not is_encrypted(stored):
            return stored
        if self._cipher is None:
            raise errors.Unavailable(
                "This export is encrypted: put back the key that "
                "`c.CheckpointService.encryption_key_file` named.",
                code="store-key",
            )
        try:
            return self._cipher.decrypt(stored)
        except WrongKey:
            raise errors.Unavailable(
                "This export was encrypted with another key than "
                "`c.CheckpointService.encryption_key_file` names, or changed since.",
                code="store-key",
            ) from None

    def _damaged(self) -> errors.Unavailable:
        return errors.Unavailable(
            f"What {self._storage.url} gave back is not the export that was kept there: its digest "
            "is wrong. Start another export.",
            code="remote-damaged",
        )


def is_id(text: str) -> bool:
    """Whether this can be an export's id: no path, and no other name."""
    return ID.fullmatch(text) is not None


def not_kept() -> errors.NotFound:
    """The answer where there is no such export."""
    return errors.NotFound("There is no such export.")


def _parts(record: Record) -> list[Part]:
    return [Part(part.name, part.size) for part in record.parts]


def _age(export_id: str, now: datetime) -> timedelta:
    try:
        return now - moment_of(export_id)
    except ValueError:
        return timedelta(0)
