"""The providers that the user has added, and the keys that the user has given."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from traitlets import Bool
from traitlets.config import LoggingConfigurable

from ..logs import logger
from ..privatefiles import write_private
from .config import OwnSpec, ProviderSpec
from .keystore import KeyStore, Place
from .providers import Secret

MOST = 200

log = logger("ai")


class OwnProviders(LoggingConfigurable):
    """Kept in NeoAI's data folder: `providers.json`, and `provider-keys.json` (mode 0600) for what
    no keyring takes. All methods block."""

    allowed = Bool(
        True,
        help="Users may add model providers and keys of their own. Where it is False, what they "
        "have added is kept and not used.",
    ).tag(config=True)
    keyring = Bool(
        True,
        help="Keys are kept in the operating system's keyring where there is one; where it is "
        "False, in a file of mode 0600.",
    ).tag(config=True)

    def __init__(self, data_dir: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._file = data_dir / "providers.json"
        self._keys = KeyStore(data_dir / "provider-keys.json", keyring=self.keyring)
        self._lock = threading.Lock()

    def used(self) -> list[OwnSpec]:
        """Those that may be used, in the order in which they came."""
        return self.all() if self.allowed else []

    def all(self) -> list[OwnSpec]:
        """Those that were added, in the order in which they came."""
        try:
            kept = json.loads(self._file.read_text("utf-8"))
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            log.error("%s cannot be read: %s", self._file, type(error).__name__)
            return []
        found = []
        for entry in kept if isinstance(kept, list) else [None]:
            try:
                found.append(OwnSpec.model_validate(entry))
            except ValidationError:
                log.error("%s has an entry that is no provider.", self._file)
        return found

    def save(self, spec: OwnSpec) -> bool:
        """Add one, or put it in the place of the one that has its name; True where it is new.
        Raises OverflowError and OSError."""
        with self._lock:
            kept = self.all()
            names = [known.name for known in kept]
            if spec.name in names:
                kept[names.index(spec.name)] = spec
            elif len(kept) >= MOST:
                raise OverflowError
            else:
                kept.append(spec)
            self._write(kept)
            return spec.name not in names

    def remove(self, name: str) -> bool:
        """Forget one; False where there is none. Raises OSError."""
        with self._lock:
            kept = self.all()
            left = [known for known in kept if known.name != name]
            if len(left) == len(kept):
                return False
            self._write(left)
            return True

    @property
    def place(self) -> Place:
        """Where a key that is given now is kept."""
        return self._keys.place

    def where(self, name: str) -> Place | None:
        """Where the user's key of a provider is kept. Raises KeyProblem."""
        return self._keys.where(name) if self.allowed else None

    def key(self, spec: ProviderSpec) -> Secret | None:
        """The key that the user gave for a provider, None where there is none; raises KeyProblem.
        It goes to no other address than it was given for."""
        return self._keys.get(spec.name, address(spec)) if self.allowed else None

    def save_key(self, spec: ProviderSpec, key: Secret) -> Place:
        """Keep a provider's key, and say where. Raises KeyProblem and OSError."""
        return self._keys.put(spec.name, address(spec), key)

    def remove_key(self, name: str) -> bool:
        """Forget a provider's key; False where there is none. Raises KeyProblem and OSError."""
        return self._keys.remove(name)

    def _write(self, kept: list[OwnSpec]) -> None:
        entries = [spec.model_dump(mode="json", exclude_none=True) for spec in kept]
        write_private(self._file, json.dumps(entries, indent=2))


def address(spec: ProviderSpec) -> str:
    """To whom a provider's key goes: scheme, host and port, or the vendor."""
    if spec.base_url is None:
        return spec.kind
    parts = urlsplit(spec.base_url)
    return f"{parts.scheme}://{parts.netloc.lower()}"
