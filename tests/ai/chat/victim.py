"""What the kill test kills: `python -m tests.ai.chat.victim MODE ROOT`, a chat that is streamed."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from jupyterlab_chat.models import NewMessage
from jupyterlab_chat.websocket_model import WsChatModel

from neoai_server_ext.ai.chat.reply import ChatReply
from neoai_server_ext.projects import chatfiles
from neoai_server_ext.projects.contents import NeoAIContentsManager


async def main(mode: str, root: Path) -> None:
    """Stream replies, each saved as it is in that mode, until killed."""
    chatfiles.install()
    chat = WsChatModel("talk.chat", root)
    chat.load_from_file()
    contents = NeoAIContentsManager(root_dir=str(root))
    print("ready", flush=True)
    while True:
        chat.add_message(NewMessage(body="How?", sender="me"))
        reply = ChatReply(chat, "neoai")
        for count in range(1, 6):
            reply.show("word " * 2000 * count)
            if mode == "rooms":
                text = json.dumps(chat.to_dict(), indent=2)
                model = {"type": "file", "format": "text", "content": text}
                await contents.save(model, "talk.chat")
        reply.complete("word " * 12_000)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
