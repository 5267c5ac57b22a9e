"""A tree of files whose commits or trees are damaged, made anew of what can still be read."""

from __future__ import annotations

import os
from collections.abc import Iterator

from .store import GitFailed, Store

FOLDER = b"40000"


def salvage(store: Store, ref: str) -> None:
    """Let a ref lead to a new commit, of every file that can still be found from its last one; call
    it while writing. A damaged tree would otherwise keep out whatever is to be added. Nothing
    happens where there is no such commit."""
    last = _last_tree(store)
    if last is None:
        return
    files = [
        b"100644 blob %s\t%s\0" % (blob.encode(), path.encode())
        for path, blob in _files(store, last)
    ]
    index = store.path / f"index-salvage.{os.getpid()}.tmp"
    try:
        store.git("read-tree", "--empty", index=index)
        store.git("update-index", "-z", "--index-info", stdin=b"".join(files), index=index)
        tree = store.git("write-tree", "--missing-ok", index=index).decode().strip()
    finally:
        index.unlink(missing_ok=True)
    commit = store.git("commit-tree", tree).decode().strip()
    (store.path / ref).unlink(missing_ok=True)  # git changes no ref that it cannot read
    store.git("update-ref", ref, commit)


def _last_tree(store: Store) -> str | None:
    """The newest tree that can be read, of a commit without a message: the ref, or the commit that
    it led to, may be what is damaged."""
    found: list[tuple[int, str]] = []
    for content in store.readable(_commits(store)):
        head, _, message = (content or b"").decode(errors="replace").partition("\n\n")
        if not head.startswith("tree ") or "\ncommitter " not in head or message.strip():
            continue
        lines = dict(line.split(" ", 1) for line in head.splitlines())
        found.append((int(lines["committer"].split()[-2]), lines["tree"]))
    trees = [tree for _, tree in sorted(found, key=lambda one: one[0], reverse=True)]
    contents = store.readable(trees)
    return next((tree for tree in trees if next(contents) is not None), None)


def _commits(store: Store) -> list[str]:
    """Every commit; every object where one is so damaged that git names no types."""
    try:
        output = store.git("cat-file", "--batch-all-objects", "--batch-check")
        return [line.split()[0] for line in output.decode().splitlines() if " commit " in line]
    except GitFailed:
        names = store.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
        return names.decode().split()


def _files(store: Store, tree: str) -> Iterator[tuple[str, str]]:
    level = [("", tree)]
    while level:
        deeper: list[tuple[str, str]] = []
        contents = store.readable([name for _, name in level])
        for (prefix, _), content in zip(level, contents, strict=True):
            for mode, name, found in _entries(content or b""):
                if mode == FOLDER:
                    deeper.append((f"{prefix}{name}/", found))
                else:
                    yield f"{prefix}{name}", found
        level = deeper


def _entries(content: bytes) -> Iterator[tuple[bytes, str, str]]:
    """Mode, name and object of a tree's entries (gitformat-tree)."""
    at = 0
    while at < len(content):
        space = content.index(b" ", at)
        end = content.index(b"\0", space)
        name, found = content[space + 1 : end].decode(), content[end + 1 : end + 21]
        yield content[at:space], name, found.hex()
        at = end + 21
