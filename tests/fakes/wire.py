"""A socket between a client and a Docker engine or a database: keeps what was asked, and can be
cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

ENGINE = "/var/run/docker.sock"
Address = str | tuple[str, int]
"""The path of a Unix socket, or a host and a port."""


class Wire:
    """Passes every byte on; `asked` is what the clients sent. While `cut`, nobody answers. `before`
    says what is done before certain bytes are passed on, once."""

    def __init__(self, near: Address | Path, far: Address = ENGINE) -> None:
        self.asked = bytearray()
        self.before: dict[bytes, Callable[[], None]] = {}
        self._open: set[socket.socket] = set()
        self._near: Address = str(near) if isinstance(near, Path) else near
        self._far = far
        self._listener: socket.socket | None = None
        self.mend()

    @property
    def url(self) -> str:
        """What a client of Docker calls it."""
        return f"unix://{self._near}"

    def mend(self) -> None:
        """Answer again."""
        self._unlink()
        listener = self._listener = _socket(self._near)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(self._near)
        listener.listen(64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """As if the other end had died: nobody listens, and what was open is closed."""
        assert self._listener is not None
        self._unlink()
        for each in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def _unlink(self) -> None:
        if isinstance(self._near, str):
            Path(self._near).unlink(missing_ok=True)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = _socket(self._far)
            far.connect(self._far)
            self._open |= {near, far}
            threading.Thread(target=self._pass, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, keep: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if keep:
                    self.asked += data
                    for awaited in [each for each in self.before if each in data]:
                        self.before.pop(awaited)()
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def _socket(address: Address) -> socket.socket:
    return socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
