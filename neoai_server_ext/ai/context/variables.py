"""The variables of a running kernel, as they go along with a question."""

from __future__ import annotations

import ast
import asyncio
import json
import queue
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.session import Session

from ...logs import logger
from ..secretscan import redact
from .parts import Part

PROBE = (Path(__file__).parent / "probe.py").read_text(encoding="utf-8")
EXPRESSION = (
    f"(lambda python, names: (python.exec({PROBE!r}, names), names['answer']())[1])"
    "(__import__('builtins'), {'__name__': 'neoai_probe'})"
)
"""One expression, which leaves nothing behind in the user's namespace."""
DEADLINE_S = 1.0
VALUE_CHARS = 120
NAME = re.compile(r"[^\W\d]\w*")

log = logger("ai")


class Untold(Exception):
    """Why a kernel's variables do not go along."""


class KernelVariables:
    """Reads kernels' variables. kernels: gives the server's kernel manager, None without one."""

    def __init__(self, kernels: Callable[[], Any], deadline_s: float = DEADLINE_S) -> None:
        self._kernels = kernels
        self._deadline_s = deadline_s
        self._reading: dict[str, asyncio.Task[dict[str, Any]]] = {}

    async def read(self, kernel_id: str, asked: str = "") -> Part:
        """The variables, those first that are named in what is `asked`, then the newest; else a
        part that says why there are none. Takes a second at most."""
        name = f"kernel {kernel_id}"
        try:
            told = await asyncio.shield(self._asked(kernel_id))
        except Untold as reason:
            return Part("variables", name, "", note=str(reason))
        except TimeoutError:
            return Part("variables", name, "", note="The kernel did not answer in time.")
        return Part("variables", name, _shown(told, set(NAME.findall(asked))))

    def _asked(self, kernel_id: str) -> asyncio.Task[dict[str, Any]]:
        """Who asks while a kernel is being asked gets the same answer: it is busy with ours."""
        task = self._reading.get(kernel_id)
        if task is None:
            task = asyncio.create_task(asyncio.wait_for(self._ask(kernel_id), self._deadline_s))
            self._reading[kernel_id] = task
            task.add_done_callback(lambda done: self._answered(kernel_id, done))
        return task

    def _answered(self, kernel_id: str, done: asyncio.Task[dict[str, Any]]) -> None:
        del self._reading[kernel_id]
        if not done.cancelled():
            done.exception()  # whoever asked may be gone

    async def _ask(self, kernel_id: str) -> dict[str, Any]:
        kernels = self._kernels()
        if kernels is None or kernel_id not in kernels:
            raise Untold("There is no such kernel.")
        kernel = kernels.get_kernel(kernel_id)
        spec = await asyncio.to_thread(lambda: kernel.kernel_spec)
        language = str(getattr(spec, "language", "") or "another language")
        if language.lower() != "python":
            raise Untold(f"Variables are read from Python alone, and this kernel is {language}.")
        state = getattr(kernel, "execution_state", None)
        if state != "idle":
            raise Untold(f"The kernel is {state or 'not ready'}.")
        # an identity of its own: two clients of one name would get each other's replies
        session = Session(key=kernel.session.key, signature_scheme=kernel.session.signature_scheme)
        client = kernel.client(session=session, context=kernel.context)
        if not isinstance(client, AsyncKernelClient):
            raise Untold("The kernel runs elsewhere.")
        channels = {"shell": True, "iopub": False, "stdin": False, "hb": False, "control": False}
        client.start_channels(**channels)
        try:
            return _read(await self._reply(client))
        finally:
            client.stop_channels()

    async def _reply(self, client: AsyncKernelClient) -> dict[str, Any]:
        """The kernel's reply to a request that runs nothing, enters no history and shows nothing:
        it asks for a value alone."""
        asked = client.execute(
            "",
            silent=True,
            store_history=False,
            user_expressions={"neoai": EXPRESSION},
            allow_stdin=False,
            stop_on_error=False,
        )
        while True:
            with suppress(queue.Empty):
                message = await client.get_shell_msg(timeout=self._deadline_s)
                if message["parent_header"].get("msg_id") == asked:
                    return dict(message["content"])


def _read(reply: dict[str, Any]) -> dict[str, Any]:
    value = (reply.get("user_expressions") or {}).get("neoai") or {}
    try:
        told = json.loads(ast.literal_eval(value["data"]["text/plain"]))
    except (KeyError, TypeError, ValueError, SyntaxError):
        log.info("a kernel gave no variables: %s", str(value.get("ename", reply.get("status"))))
        raise Untold("The kernel does not tell its variables.") from None
    return told if isinstance(told, dict) else {}


def _shown(told: dict[str, Any], asked: set[str]) -> str:
    """A line for each variable. Secrets are looked for before a value is cut: half of one would
    not be recognised."""
    items = sorted(told["items"], key=lambda item: item["name"] not in asked)
    lines = []
    for item in items:
        value = redact(f"{item['name']} = {item['value']}").partition(" = ")[2]
        value = value if len(value) <= VALUE_CHARS else value[:VALUE_CHARS] + "…"
        lines.append(f"{item['name']}: {item['type']} {value}".rstrip())
    if told["modules"]:
        lines.append(f"modules: {', '.join(sorted(told['modules']))}")
    if told["left"]:
        lines.append(f"[{told['left']} more]")
    return "\n".join(lines) or "There are no variables yet."
