"""A project's history, by the git program. Blocks: call it in a thread.

It is asked as `projects.head` says; beyond that, nothing here may start what the repository's
configuration names: no signatures are checked (`log.showSignature` with `gpg.program`), and no
contents are shown, for which there are `diff.external` and text converters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .. import errors
from ..index.service import Commit
from ..projects.head import Git

ENDS = b"\x1f"
HEADER = re.compile(rb"\x1e([0-9a-f]{40,64}) (\d{1,18})\x1f")
LOG = (
    *("log", "--no-merges", "--reverse", "--relative", "--find-renames", "-l400", "--name-status"),
    *("--no-show-signature", "--no-ext-diff", "--no-textconv", "--no-decorate", "-O/dev/null"),
    *("--encoding=UTF-8", "--format=%x1e%H %ct%x1f%B%x1f"),
)
"""Paths come relative to the folder, renames found; the oldest commit comes first."""
PLAIN = ("-c", "core.quotePath=false")
LONGEST = 10_000
"""Bytes of a message, and names of a commit: what has more says nothing of any of its files."""
MOST = 2_000
FEWER = 10
"""Where so many commits take git too long, a tenth of them is asked for."""


class GitHistory:
    """The commits of a folder's repository, for the index."""

    def head(self, root: Path) -> str:
        """The commit that is checked out; empty where there is no repository, commit or git."""
        found = _said(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return (found or b"").decode("ascii", "replace").strip()

    def contains(self, root: Path, commit: str, head: str) -> bool:
        """Whether a commit is in the history of another. One that was rebased away is not."""
        return _said(root, "merge-base", "--is-ancestor", commit, head) is not None

    def commits(self, root: Path, head: str, after: str, most: int) -> Iterator[Commit]:
        """The newest `most` commits up to `head` that changed the folder, the oldest first; with
        `after`, those that are not in its history. Fewer where that takes git too long."""
        reach = f"{after}..{head}" if after else head
        for count in (most, most // FEWER):
            command = (*PLAIN, *LOG, f"--max-count={count}", "--end-of-options", reach)
            found = _said(root, *command, "--", ".")
            if found is not None:
                yield from _read(found)
                return


def _said(root: Path, *arguments: str) -> bytes | None:
    """What git says; None where it fails, takes long or is not there."""
    try:
        found = Git(root).run(*arguments)
    except (errors.Unavailable, OSError):
        return None
    return found.stdout if found.returncode == 0 else None


def _read(log: bytes) -> Iterator[Commit]:
    """The commits of a log. A message that looks like a log spoils no more than its own."""
    found = list(HEADER.finditer(log))
    for number, header in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(log)
        message, _, names = log[header.end() : end].partition(ENDS)
        yield _commit(header, message, names)


def _commit(header: re.Match[bytes], message: bytes, names: bytes) -> Commit:
    changed: list[str] = []
    renamed: list[tuple[str, str]] = []
    for line in names.split(b"\n", MOST)[:MOST]:
        status, *paths = line.decode("utf-8", "replace").split("\t")
        # A name in quotes has a character that nobody types.
        if not paths or paths[-1].startswith('"'):
            continue
        changed.append(paths[-1])
        if status.startswith("R") and len(paths) == 2:
            renamed.append((paths[0], paths[1]))
    text = message[:LONGEST].decode("utf-8", "replace").strip()
    return Commit(header[1].decode(), int(header[2]), text, tuple(changed), tuple(renamed))
