"""What completing as one types adds to a direct call of the same scripted provider over loopback.

    python benchmarks/completion.py [--rounds 60] [--chunks 24]

In turn, request by request: a plain HTTP client that reads the provider's stream, and
`CompletionService` in a project of this repository's own server, with its index, its ledger, its
prompt and what it knows of the file; each place is another, so that no kept reply answers. The
provider is a process of its own. The goal: under 10 ms more until the first piece and until the
end, by a prompt and by filling in the middle.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import httpx2
from rig.report import Report, at_most_over

ROOT = Path(__file__).parent.parent
SERVER = """
import asyncio, sys
from tests.fakes.provider import FakeProvider, Script

async def main():
    chunks = int(sys.argv[1])
    script = Script(text="value_ " * chunks, chunks=chunks)
    async with FakeProvider(default=lambda request: script) as provider:
        provider.fills = True
        print(provider.url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""
FILE = "ai/answers.py"


async def direct(client: httpx2.AsyncClient, url: str, body: dict[str, Any]) -> tuple[float, float]:
    """Milliseconds to the first piece and to the end."""
    began, first = time.perf_counter(), 0.0
    async with client.stream("POST", url, json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                choice = (json.loads(line[6:])["choices"] or [{}])[0]
                if choice.get("text") or (choice.get("delta") or {}).get("content"):
                    first = first or time.perf_counter() - began
    return first * 1e3, (time.perf_counter() - began) * 1e3


async def ours(completions: Any, wanted: Any) -> tuple[float, float]:
    """As `direct`, by the service."""
    began, first = time.perf_counter(), 0.0
    async for event in await completions.complete_events(wanted):
        if event.name == "delta":
            first = first or time.perf_counter() - began
    assert event.name == "end", event
    return first * 1e3, (time.perf_counter() - began) * 1e3


async def measure(url: str, args: argparse.Namespace, folder: Path) -> int:
    """All of it."""
    from neoai_server_ext.ai.completion.models import CompletionRequest
    from neoai_server_ext.ai.completion.service import CompletionService
    from neoai_server_ext.ai.service import AIService
    from neoai_server_ext.db import Database
    from neoai_server_ext.index.service import IndexService
    from neoai_server_ext.projects.models import ProjectCreate
    from neoai_server_ext.projects.service import ProjectService
    from neoai_server_ext.usage.service import UsageService

    shutil.copytree(ROOT / "neoai_server_ext", folder / "root" / "p", symlinks=True)
    db = Database(f"sqlite:///{folder / 'neoai.db'}")
    await db.open()
    projects = ProjectService(db, folder / "root")
    project = await projects.create(ProjectCreate(path="p"))
    usage = UsageService(db, folder / "usage")
    await usage.start()
    index = IndexService(projects=projects, index_dir=folder / "index")
    models = [{"id": "chatty"}, {"id": "starcoder2"}]
    spec = {"name": "fake", "kind": "openai-compatible", "base_url": url, "models": models}
    ai = AIService(index=index, usage=usage, data_dir=folder, environ={}, providers=[spec])
    completions = CompletionService(ai, projects, context_wait_s=60.0)
    text = (ROOT / "neoai_server_ext" / FILE).read_text()
    half = text.index("async def write_code")
    report = Report("NeoAI", "plain HTTP client")

    def place(model: str, number: int) -> CompletionRequest:
        return CompletionRequest(
            prefix=f"{text[:half]}value_{number} = ",
            suffix=text[half:],
            path=FILE,
            language="python",
            project_id=project.id,
            model=f"fake/{model}",
        )

    async with httpx2.AsyncClient(timeout=60) as client:
        for model, way, path in (
            ("chatty", "by a prompt", "chat/completions"),
            ("starcoder2", "filling in", "completions"),
        ):
            said = text[:8000]
            body: dict[str, Any] = {"model": model, "stream": True}
            if model == "chatty":
                body["messages"] = [{"role": "user", "content": said}]
            else:
                body["prompt"] = said
            times: dict[str, list[tuple[float, float]]] = {"direct": [], "ours": []}
            for number in range(args.rounds + 3):
                begun = [
                    ("direct", direct(client, f"{url}/{path}", body)),
                    ("ours", ours(completions, place(model, number))),
                ]
                for name, asked in begun:
                    took = await asked
                    if number >= 3:
                        times[name].append(took)
            for which, moment in enumerate(("first piece", "end")):
                report.add(
                    f"{moment}, {way}",
                    "ms",
                    [took[which] for took in times["ours"]],
                    [took[which] for took in times["direct"]],
                    at_most_over(10, "ms"),
                )
    await completions.close()
    await ai.close()
    await usage.stop()
    await index.close()
    await db.close()
    return report.status()


def main() -> int:
    """Start the provider and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--chunks", type=int, default=24)
    args = parser.parse_args()
    command = [sys.executable, "-c", SERVER, str(args.chunks)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server,
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
