"""Contents encrypted at rest: AES-SIV (RFC 5297), so that equal contents stay equal and are stored
once, and git can still tell what has changed.

File names, sizes and times are not encrypted. This file also runs by itself as git's clean filter
(gitattributes(5), long-running filter process): it imports nothing of ours.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from typing import BinaryIO

MAGIC = b"NeoAI-SIV1\0"
OVERHEAD = len(MAGIC) + 16
VARIABLE = "NEOAI_STORE_KEY"
MAX_PACKET = 65_516


class WrongKey(Exception):
    """The content was encrypted with another key, or changed since."""


class Cipher:
    """Encrypts and decrypts contents with one secret of at least 16 bytes."""

    def __init__(self, secret: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        self._siv = AESSIV(hashlib.blake2b(secret, person=b"neoai-store").digest())
        self._names = hashlib.blake2b(secret, person=b"neoai-names").digest()
        self.environment = {VARIABLE: base64.b64encode(secret).decode()}

    def encrypt(self, content: bytes) -> bytes:
        """The content's one ciphertext."""
        return MAGIC + self._siv.encrypt(content or b"\0", [b"" if content else b"empty"])

    def decrypt(self, stored: bytes) -> bytes:
        """The content again; raises WrongKey."""
        from cryptography.exceptions import InvalidTag

        body = stored[len(MAGIC) :]
        try:
            return self._siv.decrypt(body, [b""])
        except InvalidTag:
            pass
        try:
            self._siv.decrypt(body, [b"empty"])
        except InvalidTag:
            raise WrongKey from None
        return b""

    def name(self, text: str) -> str:
        """A name that stands for `text` and tells nothing about it."""
        return hashlib.blake2b(os.fsencode(text), key=self._names, digest_size=20).hexdigest()


def is_encrypted(stored: bytes) -> bool:
    """Whether this is a ciphertext of ours."""
    return stored.startswith(MAGIC)


def main() -> None:
    """Git's long-running filter process, version 2: `clean` encrypts."""
    cipher = Cipher(base64.b64decode(os.environ[VARIABLE]))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _read_list(source)
    _write_list(sink, [b"git-filter-server", b"version=2"])
    _read_list(source)
    _write_list(sink, [b"capability=clean"])
    while _read_list(source):
        content = b"".join(iter(lambda: _read(source) or b"", b""))
        _write_list(sink, [b"status=success"])
        stored = cipher.encrypt(content)
        for start in range(0, len(stored), MAX_PACKET):
            _write(sink, stored[start : start + MAX_PACKET])
        sink.write(b"0000")
        _write_list(sink, [])


def _read(source: BinaryIO) -> bytes | None:
    size = source.read(4)
    if len(size) < 4:
        raise SystemExit(0)
    length = int(size, 16)
    return source.read(length - 4) if length else None


def _read_list(source: BinaryIO) -> list[bytes]:
    lines = []
    while (line := _read(source)) is not None:
        lines.append(line.rstrip(b"\n"))
    return lines


def _write(sink: BinaryIO, data: bytes) -> None:
    sink.write(b"%04x" % (len(data) + 4) + data)


def _write_list(sink: BinaryIO, lines: list[bytes]) -> None:
    for line in lines:
        _write(sink, line + b"\n")
    sink.write(b"0000")
    sink.flush()


if __name__ == "__main__":
    main()
