"""Keys that the user has given: in the OS keyring where there is one, else in a file that nobody
else may read."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..privatefiles import write_private
from .providers import KeyProblem, Secret, checked_key, private_text, scrubbed

Place = Literal["keyring", "saved-file"]
MAX_BYTES = 4_000_000
KEYRING_S = 10.0
"""A locked keyring may ask the person for its password, who may not be there."""
FRESH_S = 60.0
RECOMMENDED = 1
"""From this priority on keyring itself takes a backend for a safe one."""

T = TypeVar("T")


class KeyStore:
    """A key for each name, with the address that it was given for. All methods block.

    file: where the keys lie that no keyring takes, and which the keyring has. keyring: whether one
    may be used.
    """

    def __init__(self, file: Path, *, keyring: bool = True) -> None:
        self.file = file
        self._may_use_keyring = keyring
        self._lock = threading.Lock()
        self._backend: Any = None
        self._known: dict[str, tuple[float, Secret]] = {}
        self._version: tuple[int, ...] | None = None
        self._entries: dict[str, dict[str, str]] = {}

    @property
    def place(self) -> Place:
        """Where a key that is given now is kept."""
        return "keyring" if self._keyring() is not None else "saved-file"

    def where(self, name: str) -> Place | None:
        """Where the key of a name is kept; None where there is none. Raises KeyProblem."""
        with self._lock:
            entry = self._read().get(name)
        if entry is None:
            return None
        return "saved-file" if "key" in entry else "keyring"

    def get(self, name: str, address: str) -> Secret | None:
        """The key of a name, None where there is none. Raises KeyProblem: it cannot be had, or
        was given for another address."""
        with self._lock:
            entry = self._read().get(name)
            if entry is None:
                return None
            if entry.get("address") != address:
                raise KeyProblem(
                    f"The saved key of `{name}` was given for another address. Save it again."
                )
            if "key" in entry:
                return checked_key(entry["key"], f"The saved key of `{name}`")
            since, known = self._known.get(name, (-FRESH_S, None))
            if known is None or time.monotonic() - since > FRESH_S:
                known = self._from_keyring(name)
                self._known[name] = (time.monotonic(), known)
            return known

    def put(self, name: str, address: str, key: Secret) -> Place:
        """Keep a key, and say where. Raises KeyProblem and OSError."""
        with self._lock:
            entries = dict(self._read())
            entry = {"address": address}
            if not self._into_keyring(name, key):
                if name in entries and "key" not in entries[name]:
                    self._drop(name)
                entry["key"] = key.reveal()
            self._write({**entries, name: entry})
            return "saved-file" if "key" in entry else "keyring"

    def remove(self, name: str) -> bool:
        """Forget the key of a name; False where there is none. Raises KeyProblem and OSError."""
        with self._lock:
            entries = dict(self._read())
            entry = entries.pop(name, None)
            if entry is None:
                return False
            if "key" not in entry:
                self._drop(name)
            self._write(entries)
            return True

    # the file

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            found = self.file.stat()
        except FileNotFoundError:
            self._entries, self._version = {}, None
            return self._entries
        except OSError as error:
            raise KeyProblem(f"{self.file} cannot be read: {error.strerror}.") from None
        version = (found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode)
        if version != self._version:
            self._known.clear()
            try:
                entries = json.loads(private_text(self.file, MAX_BYTES))
            except ValueError:
                entries = None
            if not _are_entries(entries):
                raise KeyProblem(f"{self.file} is damaged: move it away, and save the keys again.")
            self._entries, self._version = entries, version
        return self._entries

    def _write(self, entries: dict[str, dict[str, str]]) -> None:
        write_private(self.file, json.dumps(entries, indent=1))
        self._version = None

    # the keyring

    @property
    def _service(self) -> str:
        return f"NeoAI {self.file.parent}"

    def _keyring(self) -> Any:
        """The backend, None where there is no safe one."""
        if self._backend is None and self._may_use_keyring:
            try:
                self._backend = _asked(_find) or ()
            except KeyProblem:
                self._backend = ()
        return self._backend or None

    def _into_keyring(self, name: str, key: Secret) -> bool:
        try:
            backend = self._keyring()
            if backend is None:
                return False
            _asked(lambda: backend.set_password(self._service, name, key.reveal()), key)
            return bool(_asked(lambda: backend.get_password(self._service, name)) == key.reveal())
        except KeyProblem:
            return False

    def _from_keyring(self, name: str) -> Secret:
        backend = self._keyring()
        if backend is None:
            raise KeyProblem(
                f"The key of `{name}` is in the keyring, and there is no keyring here. Save the "
                "key again."
            )
        text = _asked(lambda: backend.get_password(self._service, name))
        if text is None:
            raise KeyProblem(f"The keyring has no key of `{name}` any more. Save it again.")
        return checked_key(text, f"The keyring's entry of `{name}`")

    def _drop(self, name: str) -> None:
        backend = self._keyring()
        if backend is None:
            return

        def drop() -> None:
            if backend.get_password(self._service, name) is not None:
                backend.delete_password(self._service, name)

        _asked(drop)


def _find() -> Any:
    import keyring

    found = keyring.get_keyring()
    return found if found.priority >= RECOMMENDED else None


def _asked(call: Callable[[], T], key: Secret | None = None) -> T:
    """What the keyring answers; raises KeyProblem where it refuses or says nothing."""
    answers: queue.Queue[tuple[T | None, Exception | None]] = queue.Queue(1)

    def ask() -> None:
        try:
            answers.put((call(), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        answer, error = answers.get(timeout=KEYRING_S)
    except queue.Empty:
        raise KeyProblem("The keyring does not answer: it may be locked. Unlock it.") from None
    if error is not None:
        said = scrubbed(str(error), key) or type(error).__name__
        raise KeyProblem(f"The keyring refuses: {said}") from None
    return answer  # type: ignore[return-value]


def _are_entries(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(entry, dict) and all(isinstance(text, str) for text in entry.values())
        for entry in value.values()
    )
