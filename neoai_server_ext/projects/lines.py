"""Line endings: a text that came back with LF alone gets the ones that its file has."""

from __future__ import annotations

LF, CRLF = b"\n", b"\r\n"


def restored(old: bytes, new: bytes) -> bytes:
    """`new` with the line endings of `old`, the file as it stands.

    Nothing is changed where `old` has no CRLF, or where `new` has one: then its endings were
    meant. Otherwise the lines that `new` shares with `old` at its beginning and at its end keep
    their endings, mixed as these may be; those between get the ending that most lines of
    `old` have (LF where there are as many of each). A last line without an ending stays so.
    """
    if CRLF not in old or CRLF in new:
        return new
    old_lines, new_lines = old.split(LF), new.split(LF)
    ended = [line.endswith(b"\r") for line in old_lines[:-1]]
    usual = LF if 2 * sum(ended) <= len(ended) else CRLF
    plain = [line.removesuffix(b"\r") for line in old_lines[:-1]] + old_lines[-1:]
    head = _shared(plain[:-1], new_lines[:-1])
    limit = min(len(plain), len(new_lines)) - 1 - head
    tail = _shared(plain[:-1][::-1], new_lines[:-1][::-1], limit)
    endings = [CRLF if crlf else LF for crlf in ended]
    between = len(new_lines) - 1 - head - tail
    chosen = endings[:head] + [usual] * between + endings[len(endings) - tail :]
    return b"".join(map(bytes.__add__, new_lines, [*chosen, b""]))


def _shared(one: list[bytes], other: list[bytes], limit: int | None = None) -> int:
    """How many items two lists share at their beginning."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b or count == limit:
            break
        count += 1
    return count
