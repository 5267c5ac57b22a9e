"""A 30 KB reply in 4,000 chunks in the chat, beside a plain Jupyter AI persona.

    python benchmarks/chat_stream.py [--size 30000] [--chunks 4000] [--delay 0.0005] [--clients 2]

For each of the chat's backends a real Jupyter Server is started with a scripted provider. NeoAI
and a persona that passes the same chunks to `stream_message` answer in turn. Printed: the bytes
that each client's websocket received, their ratio to the reply, and the longest time that the
server's event loop worked without a pause. The goals: a ratio of at most 3, and at most 50 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.fakes.chat_client import PERSONA, ChatClient, Messages
from tests.fakes.provider import FakeProvider, Script

TOKEN = "benchmark"
LOCAL = "jupyter-ai-personas::bench_personas::"
PEER = LOCAL + "PeerPersona"
PROBE = LOCAL + "ProbePersona"
END = "That is all."
RATIO, BLOCK_MS = 3.0, 50.0

PERSONAS = """
import asyncio, os, time
from pathlib import Path
from jupyter_ai_persona_manager import BasePersona, PersonaDefaults

TEXT = Path(os.environ["BENCH_TEXT"]).read_text()
CHUNKS, DELAY = int(os.environ["BENCH_CHUNKS"]), float(os.environ["BENCH_DELAY"])
longest = 0.0


def measure(selector):
    # What the loop does between two waits: so long nothing else is served.
    select, began = selector.select, time.perf_counter()

    def timed(timeout=None):
        global longest
        nonlocal began
        longest = max(longest, time.perf_counter() - began)
        found = select(timeout)
        began = time.perf_counter()
        return found

    selector.select = timed


class _Persona(BasePersona):
    @property
    def defaults(self):
        return PersonaDefaults(
            name=type(self).__name__, description="", avatar_path=__file__, system_prompt=""
        )


class PeerPersona(_Persona):
    async def process_message(self, message):
        async def chunks():
            size = -(-len(TEXT) // CHUNKS)
            for i in range(0, len(TEXT), size):
                await asyncio.sleep(DELAY)
                yield TEXT[i : i + size]
        await self.stream_message(chunks())


class ProbePersona(_Persona):
    measuring = False

    async def process_message(self, message):
        global longest
        if not ProbePersona.measuring:
            ProbePersona.measuring = True
            measure(asyncio.get_running_loop()._selector)
        self.send_message(f"probe {message.body} longest={longest * 1000:.1f}")
        await asyncio.sleep(0.2)
        longest = 0.0
"""

CONFIG = """
c.ServerApp.jpserver_extensions = {{"neoai_server_ext": True}}
c.NeoAIExtension.data_dir = {data!r}
c.AIService.providers = [
    {{"name": "p0", "kind": "openai-compatible", "base_url": {url!r}, "models": [{{"id": "m0"}}]}}
]
c.YDocExtension.disable_rtc = {single}
c.MCPExtensionApp.mcp_port = 0
"""


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class Server:
    """A Jupyter Server in a folder of its own."""

    def __init__(self, folder: Path, provider: str, given: argparse.Namespace, rtc: bool) -> None:
        self.root = folder / "root"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        personas = self.root / ".jupyter" / "personas"
        personas.mkdir(parents=True)
        (personas / "bench_personas.py").write_text(PERSONAS)
        (self.root / "water.py").write_text("def boil_water(pot):\n    return pot.heat(100)\n")
        (self.root / "talk.chat").write_text("{}")
        (folder / "text").write_text(text_of(given.size))
        config = folder / "config"
        config.mkdir()
        (config / "jupyter_server_config.py").write_text(
            CONFIG.format(data=str(folder / "data"), url=provider, single=not rtc)
        )
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "run"),
            "BENCH_TEXT": str(folder / "text"),
            "BENCH_CHUNKS": str(given.chunks),
            "BENCH_DELAY": str(given.delay),
        }
        arguments = [
            f"--ServerApp.root_dir={self.root}", f"--ServerApp.port={self.port}",
            f"--IdentityProvider.token={TOKEN}", "--ServerApp.open_browser=False",
            "--ServerApp.allow_root=True", "--ServerApp.ip=127.0.0.1",
        ]  # fmt: skip
        self.log = (folder / "log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *arguments],
            env=environment,
            cwd=folder,
            stdout=self.log,
            stderr=self.log,
        )

    async def ready(self) -> None:
        """Wait until it listens."""
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    if self.process.poll() is not None:
                        raise SystemExit(Path(self.log.name).read_text()[-3000:]) from None
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    return

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def text_of(size: int) -> str:
    """A reply of `size` bytes in lines."""
    lines = "".join(f"Line {i} of a long answer about water.\n" for i in range(size // 20))
    return lines[: size - len(END)] + END


async def probe(client: ChatClient, name: str) -> float:
    """The longest block since the last call, in ms; starts anew."""
    await client.send(name, PROBE)
    said = await client.reply(f"probe {name} ", PROBE)
    await asyncio.sleep(0.5)
    found = re.search(r"longest=([\d.]+)", said)
    assert found is not None
    return float(found[1])


async def warm_up(client: ChatClient) -> None:
    """Until the chat has its personas a message is not heard: ask until one answers."""
    for attempt in range(10):
        await client.send(f"hello{attempt}", PROBE)
        try:
            await client.reply("probe hello", PROBE, timeout_s=3)
        except TimeoutError:
            continue
        await asyncio.sleep(1.5)
        return
    raise SystemExit("the chat's personas did not answer")


async def measure(
    clients: list[ChatClient], persona: str, end: str
) -> tuple[list[int], float, float]:
    """Bytes for each client, what `probe` says, and the seconds until the end."""
    await probe(clients[0], f"before-{persona[-8:]}-{time.time_ns()}")
    before = [client.received for client in clients]
    started = time.perf_counter()
    await clients[0].send("How do I boil water?", persona)

    def complete(messages: Messages) -> bool:
        return any(m["sender"] == persona and end in m["body"] for m in messages)

    for client in clients:
        await client.until(complete, timeout_s=300)
    took = time.perf_counter() - started
    await asyncio.sleep(0.5)
    received = [client.received - was for client, was in zip(clients, before, strict=True)]
    return received, await probe(clients[0], f"after-{time.time_ns()}"), took


async def compare(given: argparse.Namespace, rtc: bool) -> bool:
    """Measure both personas in one backend; says whether NeoAI keeps to its goals."""
    text = text_of(given.size)
    script = Script(text=text, chunks=given.chunks, delay_s=given.delay)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        provider = await stack.enter_async_context(FakeProvider(default=lambda request: script))
        server = Server(folder, provider.url, given, rtc)
        stack.callback(server.stop)
        await server.ready()
        clients = [
            await stack.enter_async_context(ChatClient(server.url, TOKEN, "talk.chat", rtc=rtc))
            for _ in range(given.clients)
        ]
        await warm_up(clients[0])
        script.text = "Warm."
        await measure(clients, PERSONA, "Warm.")
        script.text = text
        ok = True
        for name, persona in (("NeoAI", PERSONA), ("Jupyter AI alone", PEER)):
            received, block, took = await measure(clients, persona, END)
            ratio = max(received) / given.size
            if persona == PERSONA:
                ok = ratio <= RATIO and block <= BLOCK_MS
            print(
                f"{'collaborative' if rtc else 'single':<14}{name:<18}"
                f"{max(received):>12,} bytes/client  {ratio:>8.2f} x  "
                f"longest block {block:>7.1f} ms  {took:>6.1f} s",
                flush=True,
            )
        return ok


async def main() -> int:
    """Both backends; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--size", type=int, default=30_000, help="bytes of the reply")
    parser.add_argument("--chunks", type=int, default=4000)
    parser.add_argument("--delay", type=float, default=0.0005, help="seconds between chunks")
    parser.add_argument("--clients", type=int, default=2)
    given: Any = parser.parse_args()
    kept = [await compare(given, rtc) for rtc in (True, False)]
    print("goals kept" if all(kept) else "GOALS MISSED")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
