"""Servers that cost nothing: what remains is the hub's own work. One program answers for all."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from jupyterhub.spawner import Spawner
from traitlets import Integer

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    b"Connection: close\r\n\r\n{}"
)


class StubSpawner(Spawner):
    """Starts nothing."""

    answers_at = Integer(0, help="The port of the program that answers for every server.").tag(
        config=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.runs = False
        super().__init__(*args, **kwargs)

    async def start(self) -> tuple[str, int]:
        """Say where it answers."""
        self.runs = True
        return "127.0.0.1", self.answers_at

    async def poll(self) -> int | None:
        """None while it runs."""
        return None if self.runs else 0

    async def stop(self, now: bool = False) -> None:
        """Forget it."""
        self.runs = False

    def get_state(self) -> dict[str, Any]:
        """Whether it runs."""
        return {**super().get_state(), **({"runs": True} if self.runs else {})}

    def load_state(self, state: dict[str, Any]) -> None:
        """What `get_state` gave."""
        super().load_state(state)
        self.runs = state.get("runs", False)

    def clear_state(self) -> None:
        """Nothing runs any more."""
        super().clear_state()
        self.runs = False


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """200 to whatever is asked."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


async def serve(port: int) -> None:
    """Answer for every server."""
    async with await asyncio.start_server(answer, "127.0.0.1", port, backlog=1024) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
