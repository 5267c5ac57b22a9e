"""How soon a kept reply starts, beside a scripted provider's over loopback, both by AIService.

    python benchmarks/ai_cache.py [--rounds 200]

The goal: at most 5 ms from the question to the first piece of a kept reply.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import aclosing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rig.report import Report, at_most

from neoai_server_ext.ai.providers import Delta, Message
from neoai_server_ext.ai.service import AIService
from neoai_server_ext.index.service import IndexService
from tests.fakes.provider import FakeProvider, Script


class NoProjects:
    """The questions here are about no project."""

    async def root(self, project_id: str) -> Path:
        raise LookupError(project_id)


async def first_piece_ms(ai: AIService, messages: list[Message], *, cache: bool) -> float:
    """From the question to the first piece; the rest is read as well."""
    began, first = time.perf_counter(), 0.0
    async with aclosing(ai.chat(messages, cache=cache)) as events:
        async for event in events:
            if isinstance(event, Delta) and not first:
                first = time.perf_counter() - began
    return first * 1000


async def measure(folder: Path, rounds: int) -> int:
    script = Script(text="word " * 1000, chunks=200)
    async with FakeProvider(default=lambda _: script) as fake:
        ai = AIService(
            index=IndexService(projects=NoProjects(), index_dir=folder / "index"),
            data_dir=folder / "data",
            providers=[
                {
                    "name": "p0",
                    "kind": "openai-compatible",
                    "base_url": fake.url,
                    "models": [{"id": "m0"}],
                }
            ],
        )
        report = Report("kept", "asked")
        sizes = {"a short question": 100, "20 kB of history": 20_000}
        for name, size in sizes.items():
            messages = [Message("user", "question " * (size // 9))]
            await first_piece_ms(ai, messages, cache=True)
            kept, asked = [], []
            for _ in range(rounds):
                kept.append(await first_piece_ms(ai, messages, cache=True))
                asked.append(await first_piece_ms(ai, messages, cache=False))
            report.add(name, "ms", kept, asked, at_most(5, "ms"))
        assert len(fake.requests) == len(sizes) * (rounds + 1)
        await ai.close()
    return report.status()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder), rounds))


if __name__ == "__main__":
    sys.exit(main())
