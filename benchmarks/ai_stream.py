"""What the AI service adds to a direct call of the same scripted provider over loopback.

    python benchmarks/ai_stream.py [--rounds 40] [--chunks 2000] [--streams 200]

In turn, request by request: a plain HTTP client that reads the provider's stream line by line, and
`AIService.chat` with its routing, without a project. The provider is a process of its own. The
goals: at most 4 ms more until the first piece, at most 60 µs more a piece; with 200 streams at
once the event loop is never held for over 50 ms; at most 120 MB more memory than before the first.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import httpx2
from rig.report import Report, at_most, at_most_over

HOLDS = 7
"""How often the longest hold is measured: one is a single moment of the whole machine."""
SERVER = """
import asyncio, sys
from tests.fakes.provider import FakeProvider, Script

async def main():
    short, many = Script(text="word " * 4, chunks=4), int(sys.argv[1])
    script = {"short": short, "long": Script(text="word " * many, chunks=many),
              "slow": Script(text="word " * 100, chunks=100, delay_s=0.02)}
    async with FakeProvider(default=lambda request: script[request.body["model"]]) as provider:
        print(provider.url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def resident_mb() -> float:
    """The memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def direct(client: httpx2.AsyncClient, url: str, model: str) -> tuple[float, float, int]:
    """Seconds to the first piece and to the end, and how many pieces there were."""
    began, first, pieces = time.perf_counter(), 0.0, 0
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    async with client.stream("POST", f"{url}/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line[6:])["choices"]
                if choices and choices[0]["delta"].get("content"):
                    first = first or time.perf_counter() - began
                    pieces += 1
    return first, time.perf_counter() - began, pieces


async def ours(ai: Any, model: str) -> tuple[float, float, int]:
    """As `direct`, through the service."""
    from neoai_server_ext.ai.providers import Delta
    from neoai_server_ext.ai.service import Message

    began, first, pieces = time.perf_counter(), 0.0, 0
    async for event in ai.chat([Message("user", "Hello")], model=f"fake/{model}"):
        if isinstance(event, Delta):
            first = first or time.perf_counter() - began
            pieces += 1
    return first, time.perf_counter() - began, pieces


async def longest_hold(work: Any) -> float:
    """Run the work; the most seconds for which the event loop did nothing else."""
    loop = asyncio.get_running_loop()
    selector = loop._selector  # type: ignore[attr-defined]
    select, longest, began = selector.select, 0.0, time.perf_counter()

    def timed(timeout: float | None = None) -> Any:
        nonlocal longest, began
        longest = max(longest, time.perf_counter() - began)
        found = select(timeout)
        began = time.perf_counter()
        return found

    selector.select = timed
    try:
        await work
    finally:
        selector.select = select
    return longest


async def measure(url: str, args: argparse.Namespace, folder: Path) -> int:
    """All of it."""
    from neoai_server_ext.ai.service import AIService
    from neoai_server_ext.index.service import IndexService

    before = resident_mb()
    index = IndexService(projects=None, index_dir=folder / "index")
    models = [{"id": name} for name in ("short", "long", "slow")]
    spec = {"name": "fake", "kind": "openai-compatible", "base_url": url, "models": models}
    ai = AIService(index=index, environ={}, providers=[spec])
    report = Report("NeoAI", "plain HTTP client")
    async with httpx2.AsyncClient(timeout=60) as client:
        for _ in range(3):
            await direct(client, url, "short")
            await ours(ai, "short")
        more = resident_mb() - before
        first: dict[str, list[float]] = {"direct": [], "ours": []}
        for _ in range(args.rounds):
            first["direct"].append((await direct(client, url, "short"))[0] * 1e3)
            first["ours"].append((await ours(ai, "short"))[0] * 1e3)
        report.add("first piece", "ms", first["ours"], first["direct"], at_most_over(4, "ms"))
        each: dict[str, list[float]] = {"direct": [], "ours": []}
        for _ in range(max(3, args.rounds // 8)):
            for name, asked in (
                ("direct", direct(client, url, "long")),
                ("ours", ours(ai, "long")),
            ):
                began, ended, pieces = await asked
                assert pieces == args.chunks, pieces
                each[name].append((ended - began) / pieces * 1e6)
        report.add("each piece", "µs", each["ours"], each["direct"], at_most_over(60, "µs"))
        held = []
        for _ in range(HOLDS):
            streams = [ours(ai, "slow") for _ in range(args.streams)]
            held.append(1e3 * await longest_hold(asyncio.gather(*streams)))
    report.add(f"loop held, {args.streams} streams", "ms", held, goal=at_most(50, "ms"))
    report.add("memory with a provider in use", "MB more", [more], goal=at_most(120, "MB"))
    await ai.close()
    return report.status()


def main() -> int:
    """Start the provider and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--chunks", type=int, default=2000)
    parser.add_argument("--streams", type=int, default=200)
    args = parser.parse_args()
    root = Path(__file__).parent.parent
    command = [sys.executable, "-c", SERVER, str(args.chunks)]
    with (
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            return asyncio.run(measure(url, args, Path(folder)))
        finally:
            server.kill()


if __name__ == "__main__":
    sys.exit(main())
