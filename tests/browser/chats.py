"""What a test does with chats."""

from __future__ import annotations

import json
from typing import Any

from .conftest import Workspace

MESSAGES = ".jp-chat-messages-container"
CHAT = "[...window.jupyterapp.shell.widgets('main')].find(w => w.model?.input?.addAttachment)"


PERSONA = "jupyter-ai-personas::neoai_server_ext::NeoAIPersona"


def open_answer(page: Any, workspace: Workspace, question: str, answer: str) -> Any:
    """A chat with a question, and NeoAI's reply to it; returns where it shows them."""
    users = {
        name: {"username": name, "name": name, "display_name": name, "bot": name == PERSONA}
        for name in ("ada", PERSONA)
    }
    said = {"type": "msg", "time": 1, "sender": "ada", "id": "m1", "body": question}
    about = {"metadata": {"neoai": {"answers": "m1", "model": "one/m"}}}
    reply = {**said, **about, "time": 2, "sender": PERSONA, "id": "m2", "body": answer}
    document = {"messages": [said, reply], "users": users, "attachments": {}, "metadata": {}}
    return _shown(page, workspace.write("answer.chat", json.dumps(document)), 2)


def open_chat(page: Any, workspace: Workspace, *bodies: str, name: str = "answer.chat") -> Any:
    """A chat with messages of NeoAI's, at the right; returns where it shows them."""
    user = {"username": "neoai", "name": "NeoAI", "display_name": "NeoAI", "bot": True}
    messages = [
        {"type": "msg", "id": f"m{n}", "time": n, "sender": "neoai", "body": body}
        for n, body in enumerate(bodies, 1)
    ]
    document = {"messages": messages, "users": {"neoai": user}, "attachments": {}, "metadata": {}}
    return _shown(page, workspace.write(name, json.dumps(document)), len(bodies))


def _shown(page: Any, path: str, count: int) -> Any:
    page.evaluate(
        """path => window.jupyterapp.commands.execute('docmanager:open', {
            path, factory: 'Chat', options: {mode: 'split-right'}}).then(() => undefined)""",
        path,
    )
    shown = page.locator(MESSAGES)
    shown.locator(".jp-chat-rendered-message").nth(max(0, count - 1)).wait_for()
    return shown


def notebook(*sources: str, outputs: Any = (), kernel: bool = True) -> str:
    """A notebook's file; the outputs are the last cell's."""
    cells = [
        {
            "id": f"cell-{n}",
            "cell_type": "code",
            "metadata": {},
            "execution_count": None,
            "outputs": list(outputs) if n == len(sources) - 1 else [],
            "source": source,
        }
        for n, source in enumerate(sources)
    ]
    spec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    metadata = {"kernelspec": spec} if kernel else {}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def sources(page: Any) -> list[str]:
    """The sources of the notebook that is open."""
    found: list[str] = page.evaluate(
        """() => [...window.jupyterapp.shell.widgets('main')]
            .find(w => w.content?.hasClass?.('jp-Notebook'))
            .context.model.sharedModel.cells.map(cell => cell.getSource())"""
    )
    return found
