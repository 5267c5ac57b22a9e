"""A socket between a client and a Docker engine: keeps what was asked, and can be cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

ENGINE = "/var/run/docker.sock"


class Wire:
    """Passes every byte on; `asked` is what the clients sent. While `cut`, nobody answers."""

    def __init__(self, path: Path) -> None:
        self.asked = bytearray()
        self._open: set[socket.socket] = set()
        self._path = path
        self._listener: socket.socket | None = None
        self.mend()

    @property
    def url(self) -> str:
        """What a client of Docker calls it."""
        return f"unix://{self._path}"

    def mend(self) -> None:
        """Answer again."""
        self._path.unlink(missing_ok=True)
        listener = self._listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        listener.listen(64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """As if the engine had died: nobody listens, and what was open is closed."""
        assert self._listener is not None
        self._path.unlink(missing_ok=True)
        for each in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(ENGINE)
            self._open |= {near, far}
            threading.Thread(target=self._pass, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, keep: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if keep:
                    self.asked += data
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
