"""A person's terminal: our commands as programs, with a home of their own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from .provider import FakeProvider


class Terminal:
    """Runs the command with a home of its own and one scripted provider."""

    def __init__(self, home: Path, fake: FakeProvider | None, **prices: float) -> None:
        self.home = self.folder = home
        config = home / "config"
        config.mkdir()
        if fake is not None:
            models = [{"id": "m0", **prices}, {"id": "m1", **prices}]
            spec = {
                "name": "p0",
                "kind": "openai-compatible",
                "base_url": fake.url,
                "models": models,
            }
            (config / "jupyter_server_config.json").write_text(
                json.dumps({"AIService": {"providers": [spec], "retries": 0}})
            )

    async def start(self, *arguments: str, **options: Any) -> asyncio.subprocess.Process:
        environ = {
            **os.environ,
            "HOME": str(self.home),
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
        }
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "neoai_server_ext",
            *arguments,
            cwd=self.folder,
            env=environ,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            **options,
        )

    async def run(self, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        process = await self.start(*arguments)
        out, err = await process.communicate(stdin)
        return process.returncode or 0, out.decode(), err.decode()

    async def ask(self, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        return await self.run("ask", *arguments, stdin=stdin)
