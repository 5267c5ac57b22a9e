"""How long a chat of 500 messages takes to open, beside Jupyter's chat without NeoAI.

    python benchmarks/chat_open.py [--messages 500] [--times 5]

Two JupyterLabs are started, one with `@neoai/lab` and one in which it is disabled, and Chromium
opens the chat's file in each in turn: from the command until the last message is rendered, in the
page's own clock. Printed: the median and the longest of so many times. The goal: a median under
1 s. Jupyter's chat renders every message at once; NeoAI has it render the last ones first.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, TOKEN, LabServer, running_lab
from tests.conftest import CHROMIUM
from tests.fakes.chat_client import PERSONA

GOAL_S = 1.0
OPEN = """async path => {
    const began = performance.now();
    const widget = await window.jupyterapp.commands.execute(
        'docmanager:open', {path, factory: 'Chat'});
    while (![...document.querySelectorAll(
        '.jp-chat-rendered-message')].some(e => e.textContent.includes('The last message.'))) {
        await new Promise(resolve => requestAnimationFrame(resolve));
    }
    const took = performance.now() - began;
    widget.dispose();
    return took / 1000;
}"""


def chat(count: int) -> str:
    """Questions and answers in turn, the answers with code."""
    body = "It is **done** in `pan.py`:\n\n```python\ndef heat(pan):\n    return pan.on({n})\n```\n"
    note = {"answers": "m", "model": "p/m", "usage": {"input_tokens": 900, "output_tokens": 90}}
    messages: list[dict[str, Any]] = []
    for n in range(count):
        mine = n % 2 == 1
        messages.append(
            {
                "id": f"m{n}",
                "type": "msg",
                "time": n + 1,
                "sender": PERSONA if mine else "me",
                "body": body.replace("{n}", str(n)) if mine else f"How is pan {n} heated?",
                "metadata": {"neoai": note} if mine else {"to_persona": PERSONA},
            }
        )
    messages[-1]["body"] = "The last message."
    user = {"username": PERSONA, "name": "NeoAI", "display_name": "NeoAI", "bot": True}
    return json.dumps({"messages": messages, "users": {PERSONA: user}})


def opened(server: LabServer, count: int, times: int) -> list[float]:
    """Seconds, each time from a file of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{server.url}lab?token={TOKEN}")
        page.wait_for_function("window.jupyterapp?.shell?.currentWidget", timeout=120_000)
        found = []
        for number in range(times + 1):
            (server.root / f"{number}.chat").write_text(chat(count))
            found.append(float(page.evaluate(OPEN, f"{number}.chat")))
        browser.close()
    return found[1:]  # the first one loads the chat's code


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("NeoAI", "Jupyter's chat alone"):
            home = Path(folder, name.partition(" ")[0])
            if name != "NeoAI":
                labconfig = home / "config" / "labconfig"
                labconfig.mkdir(parents=True)
                off = {"disabledExtensions": {"@neoai/lab": True}}
                (labconfig / "page_config.json").write_text(json.dumps(off))
            with running_lab(home) as server:
                took = opened(server, options.messages, options.times)
            median = statistics.median(took)
            verdict = f"  goal {GOAL_S:g} s {'met' if median < GOAL_S else 'missed'}"
            print(
                f"{name:22} median {median:.2f} s, longest {max(took):.2f} s"
                + (verdict if name == "NeoAI" else "")
            )


if __name__ == "__main__":
    main()
