"""A real server with a scripted provider and the chat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ...fakes.provider import FakeProvider
from .opening import KEY


@pytest.fixture
def fake() -> FakeProvider:
    """A provider that the configured server knows; tests start it."""
    return FakeProvider(key=KEY, port=_free_port())


def _free_port() -> int:
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture
def configured(request: pytest.FixtureRequest) -> bool:
    """Whether a provider is configured; `@pytest.mark.parametrize("configured", [False])`."""
    return bool(getattr(request, "param", True))


@pytest.fixture
def listed(request: pytest.FixtureRequest) -> list[str]:
    """The provider's models; `@pytest.mark.parametrize("listed", […], indirect=True)`."""
    return list(getattr(request, "param", ["m0"]))


@pytest.fixture
def jp_server_config(
    chat_config: dict[str, Any],
    fake: FakeProvider,
    configured: bool,
    listed: list[str],
    tmp_path: Path,
) -> dict[str, Any]:
    if configured:
        key_file = tmp_path / "key"
        key_file.write_text(KEY + "\n")
        key_file.chmod(0o600)
        provider = {
            "name": "p0",
            "kind": "openai-compatible",
            "base_url": fake.url,
            "api_key_file": str(key_file),
            "models": [{"id": model} for model in listed],
        }
        chat_config["AIService"] = {
            "providers": [provider],
            "idle_timeout_s": 0.5,
            "retries": 0,
        }
    return chat_config


@pytest.fixture
def server(jp_serverapp: Any, http_server: Any, jp_http_port: int) -> Any:
    """A running server, and where it listens."""
    jp_serverapp.listening_at = f"http://127.0.0.1:{jp_http_port}{jp_serverapp.base_url}"
    return jp_serverapp
