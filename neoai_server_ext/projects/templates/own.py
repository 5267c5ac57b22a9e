"""The templates that a person has put on the list, kept in a file of the account's."""

from __future__ import annotations

import json
import os
import secrets
import threading
from pathlib import Path
from typing import Any

from ... import errors

MOST = 200


class OwnTemplates:
    """Each is `{id, name, description, path or git_url, ref}`. All methods block."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def all(self) -> list[dict[str, Any]]:
        """Those on the list, in the order in which they came."""
        try:
            kept = json.loads(self._file.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return []
        return [one for one in kept if isinstance(one, dict)] if isinstance(kept, list) else []

    def add(self, one: dict[str, Any]) -> dict[str, Any]:
        """Put one on the list, in the place of the one that is at the same address."""
        with self._lock:
            address = ("path", "git_url", "ref")
            kept = self.all()
            same = [old for old in kept if all(old.get(k) == one.get(k) for k in address)]
            kept = [old for old in kept if old not in same]
            if len(kept) >= MOST:
                raise errors.Conflict(f"There are {MOST} templates on the list already.")
            added = {"id": same[0]["id"] if same else f"own-{secrets.token_hex(6)}", **one}
            self._write([*kept, added])
            return added

    def remove(self, template_id: str) -> None:
        """Take one off the list; raises NotFound."""
        with self._lock:
            kept = self.all()
            left = [one for one in kept if one.get("id") != template_id]
            if len(left) == len(kept):
                raise errors.NotFound("There is no such template on your list.")
            self._write(left)

    def _write(self, kept: list[dict[str, Any]]) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._file.with_name(f"{self._file.name}.{os.getpid()}.new")
        new.write_text(json.dumps(kept, indent=2), "utf-8")
        new.replace(self._file)
