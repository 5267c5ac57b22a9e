"""Line endings survive an editor that knows LF alone."""

from __future__ import annotations

import random

import pytest

from neoai_server_ext.projects.lines import restored

from ..conftest import RUNS


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"a\r\nb\r\n", b"a\nb\n", b"a\r\nb\r\n"),
        (b"a\r\nb", b"a\nb", b"a\r\nb"),
        (b"a\r\nb\r\n", b"a\nX\nb\n", b"a\r\nX\r\nb\r\n"),
        (b"a\r\nb\r\n", b"a\nb", b"a\r\nb"),
        (b"a\r\nb", b"a\nb\n", b"a\r\nb\r\n"),
        (b"a\r\n", b"", b""),
        (b"", b"a\n", b"a\n"),
        (b"a\nb\n", b"a\nc\n", b"a\nc\n"),
        (b"a\r\nb\r\n", b"a\r\nc\n", b"a\r\nc\n"),
        (b"a\r\nb\nc\r\nd\r\n", b"a\nb\nX\nd\n", b"a\r\nb\nX\r\nd\r\n"),
        (b"a\nb\nc\r\nd\n", b"a\nb\nc\nX\nd\n", b"a\nb\nc\r\nX\nd\n"),
        (b"a\r\nb\n", b"X\n", b"X\n"),
        (b"a\rb\r\n", b"a\rb\nc\n", b"a\rb\r\nc\r\n"),
        (b"\xef\xbb\xbfa\r\n", b"\xef\xbb\xbfb\n", b"\xef\xbb\xbfb\r\n"),
        (b"\r\n\r\n", b"\n\n\n", b"\r\n\r\n\r\n"),
    ],
)
def test_endings_come_back(old: bytes, new: bytes, expected: bytes) -> None:
    assert restored(old, new) == expected


@pytest.mark.parametrize("seed", range(200 * RUNS))
def test_an_unchanged_text_is_the_file_byte_for_byte(seed: int) -> None:
    chance = random.Random(seed)
    pieces = chance.choices([b"a", b"b", b"\r\n", b"\n", b"", b"\xc3\xa4"], k=chance.randint(0, 40))
    old = b"".join(pieces)

    assert restored(old, old.replace(b"\r\n", b"\n")) == old


@pytest.mark.parametrize("seed", range(200 * RUNS))
def test_the_text_itself_is_never_changed(seed: int) -> None:
    chance = random.Random(seed)
    old, new = (
        b"".join(chance.choices([b"a", b"b", b"\r\n", b"\n"], k=chance.randint(0, 30)))
        for _ in range(2)
    )
    new = new.replace(b"\r\n", b"\n")

    assert restored(old, new).replace(b"\r\n", b"\n") == new
