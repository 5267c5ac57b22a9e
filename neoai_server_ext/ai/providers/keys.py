"""Keys of providers: read from where they may lie, and kept out of everything that is shown."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

MAX_BYTES = 16_384
LOOKS_LIKE_A_KEY = re.compile(
    r"\b(?:sk|pk|rk|api|key|token)[-_][\w*.\-]{6,}|\bAIza[\w-]{10,}|\bBearer\s+\S+", re.IGNORECASE
)


class KeyProblem(Exception):
    """The key cannot be had; the message says why and what to do, and has no key in it."""


class Secret:
    """A text that does not show itself."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the wire alone."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        raise TypeError("a secret is not pickled")


def read_key(env: str | None, file: str | None, environ: Mapping[str, str]) -> Secret | None:
    """The key from the environment, else from the file; None where neither is named.

    Blocks. Raises KeyProblem: not set, not there, readable by others, empty, not one line.
    """
    if env is not None and environ.get(env, "").strip():
        return checked_key(environ[env], f"The environment variable {env}")
    if file is not None:
        return checked_key(private_text(Path(file).expanduser()), f"The key file {file}")
    if env is not None:
        raise KeyProblem(
            f"The environment variable {env} is not set. Set it before the server starts, or name "
            "a key file with `api_key_file`."
        )
    return None


def private_text(path: Path, most: int = MAX_BYTES) -> str:
    """The first `most` bytes of a key file; raises KeyProblem where others may read it. Blocks."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise KeyProblem(f"The key file {path} cannot be read: {error.strerror}.") from None
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise KeyProblem(f"The key file {path} is not a regular file.")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise KeyProblem(
                f"The key file {path} can be read by others (mode "
                f"{stat.S_IMODE(found.st_mode):04o}). Make it yours alone: chmod 600 {path}"
            )
        if found.st_uid not in (os.getuid(), 0):
            raise KeyProblem(f"The key file {path} belongs to somebody else.")
        return opened.read(most).decode("utf-8", "replace")


def checked_key(text: str, source: str) -> Secret:
    """The key in a text; raises KeyProblem where it cannot be one. source: begins the sentence."""
    key = text.strip()
    if not key:
        raise KeyProblem(f"{source} is empty.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise KeyProblem(f"{source} must hold the key on one line and nothing else.")
    return Secret(key)


def scrubbed(text: str, key: Secret | None) -> str:
    """A provider's words without the key or anything that looks like one, on one line."""
    if key is not None:
        text = text.replace(key.reveal(), "[key]")
    return LOOKS_LIKE_A_KEY.sub("[key]", " ".join(text.split()))
