"""Puts volumes into a container that runs already: `python3 -I mount.py ID PID SOURCE TARGET …`.

Run by the helper of `mounting.py`, in its container, of which it needs the host's processes and
CAP_SYS_ADMIN; it imports nothing of ours. A detached copy of each volume's mount is taken here
(open_tree(2)), and attached in the mount namespace of the process PID (move_mount(2)): only that
container sees it, and it goes when the container does.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

OPEN_TREE, MOVE_MOUNT = 428, 429
CLONE, NO_LINKS, CLOSE_ON_EXEC = 1, 0x100, os.O_CLOEXEC
FROM_DESCRIPTOR = 4
HERE = -100
NEW_MOUNTS = 0x20000
PRIVATE = 1 << 18

libc = ctypes.CDLL(None, use_errno=True)


def call(what: str, result: int) -> int:
    """The result of a call of the system's. Raises OSError."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def namespace_of(container: str, pid: str) -> int:
    """The mount namespace of a process, which has to be one of this container's: numbers of
    processes are used again. Raises ProcessLookupError."""
    opened = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    if container not in Path(f"/proc/{pid}/cgroup").read_text():
        raise ProcessLookupError(f"{pid} is no process of {container}")
    return opened


def copy_of(source: str) -> int:
    """A detached mount of the folder."""
    flags = CLONE | CLOSE_ON_EXEC | NO_LINKS
    return call(source, libc.syscall(OPEN_TREE, HERE, source.encode(), flags))


def attach(tree: int, target: str) -> None:
    """Attach it in the namespace of now, and share nothing that is mounted there later."""
    folder = target.encode()
    call(target, libc.syscall(MOVE_MOUNT, tree, b"", HERE, folder, FROM_DESCRIPTOR))
    call(target, libc.mount(b"none", folder, None, PRIVATE, None))


def main(container: str, pid: str, *places: str) -> None:
    """Mount each source at its target."""
    other = namespace_of(container, pid)
    trees = [copy_of(source) for source in places[::2]]
    call("setns", libc.setns(other, NEW_MOUNTS))
    for tree, target in zip(trees, places[1::2], strict=True):
        attach(tree, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
