"""A real server with the chat, with and without real-time collaboration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

EXTENSIONS = (
    "neoai_server_ext",
    "jupyter_server_fileid",
    "jupyterlab_chat",
    "jupyter_ai_router",
    "jupyter_ai_persona_manager",
)


@pytest.fixture(params=[True, False], ids=["collaborative", "single"])
def rtc(request: pytest.FixtureRequest) -> bool:
    """Whether the server has real-time collaboration."""
    return bool(request.param)


@pytest.fixture
def chat_config(rtc: bool, tmp_path: Path) -> dict[str, Any]:
    """The configuration of a server with the chat; tests add `AIService` to it."""
    return {
        "ServerApp": {
            "jpserver_extensions": {
                **dict.fromkeys(EXTENSIONS, True),
                "jupyter_server_ydoc": rtc,
            },
            "disable_check_xsrf": True,
        },
        "NeoAIExtension": {
            "db_url": f"sqlite:///{tmp_path / 'neoai.db'}",
            "data_dir": str(tmp_path / "neoai-data"),
        },
        "BaseFileIdManager": {"db_path": str(tmp_path / "fileid.db")},
        "SQLiteYStore": {"db_path": str(tmp_path / "ystore.db")},
        "YDocExtension": {"document_save_delay": 0.1},
    }
