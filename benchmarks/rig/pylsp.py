"""python-lsp-server over its standard streams: what it says of names in a folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

Spot = tuple[str, int, int]
"""A path relative to the folder, a line and a column, both from 0."""


class Pylsp:
    """One server for one folder, which reads files as they are on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pylsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._number = 0
        root = self._folder.as_uri()
        self._ask("initialize", {"processId": None, "rootUri": root, "capabilities": {}})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def references(self, spot: Spot) -> list[Spot]:
        """Where what is named there stands, there included."""
        return self._places("references", spot, context={"includeDeclaration": True})

    def definitions(self, spot: Spot) -> list[Spot]:
        """Where it is defined; outside the folder by its absolute path."""
        return self._places("definition", spot)

    def _places(self, what: str, spot: Spot, **more: Any) -> list[Spot]:
        path, line, column = spot
        about = {
            "textDocument": {"uri": (self._folder / path).as_uri()},
            "position": {"line": line, "character": column},
            **more,
        }
        found = self._ask(f"textDocument/{what}", about) or []
        begin = f"{self._folder.as_uri()}/"
        return [
            (
                each["uri"].removeprefix(begin),
                each["range"]["start"]["line"],
                each["range"]["start"]["character"],
            )
            for each in found
        ]

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._number += 1
        message = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        body = json.dumps(message).encode()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()
        while True:
            length = 0
            while line := self._process.stdout.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            reply = json.loads(self._process.stdout.read(length))
            if reply.get("id") == self._number and "method" not in reply:
                return reply.get("result")
