"""Whether the server in this container answers: its status is Docker's HEALTHCHECK."""

from __future__ import annotations

import os
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlparse

WAITING = Path(tempfile.gettempdir()) / "neoai-waiting"
"""Made by `waiting.py` while the container is nobody's."""


def address(environment: dict[str, str]) -> str:
    """The server's own address: the hub's choice, or JupyterLab's default."""
    hub = urlparse(environment.get("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:8888/"))
    return f"{hub.scheme}://127.0.0.1:{hub.port}{hub.path.rstrip('/')}/api"


def answers(url: str) -> bool:
    """Any answer below 500 is one: without a token, `/api` may say 403."""
    try:
        with urllib.request.urlopen(url, timeout=4):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if WAITING.exists() or answers(address(dict(os.environ))) else 1)
