"""Opens a chat of a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ...fakes.chat_client import ChatClient

KEY = "sk-very-secret-0123456789"
KITCHEN = 'def boil_water(pot):\n    """Heat the pot until it bubbles."""\n    pot.heat(100)\n'


@asynccontextmanager
async def opened(server: Any, rtc: bool, folder: str = "") -> AsyncIterator[ChatClient]:
    """A chat in a folder with one source file."""
    root = Path(server.root_dir) / folder
    root.mkdir(exist_ok=True)
    (root / "kitchen.py").write_text(KITCHEN)
    (root / "talk.chat").write_text("{}")
    path = f"{folder}/talk.chat" if folder else "talk.chat"
    async with ChatClient(server.listening_at, server.token, path, rtc=rtc) as client:
        await ready(server)
        yield client


async def ready(server: Any) -> Any:
    """Wait until the chat has its personas; returns the chat's model."""
    settings = server.web_app.settings
    async with asyncio.timeout(20):
        while True:
            managers = list(settings.get("jupyter-ai", {}).get("persona-managers", {}).values())
            if managers and managers[0].personas:
                return managers[0].chat
            await asyncio.sleep(0.02)
