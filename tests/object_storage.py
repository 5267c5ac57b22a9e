"""An S3 server over a real socket, and what fsspec needs to talk to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3 server's address."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def s3_options(address: str) -> dict[str, Any]:
    return {
        "key": "k",
        "secret": "s",
        "client_kwargs": {"endpoint_url": address, "region_name": "eu-central-1"},
        "config_kwargs": {"retries": {"max_attempts": 1}, "connect_timeout": 5, "read_timeout": 5},
        "skip_instance_cache": True,
    }
