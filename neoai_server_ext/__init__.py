"""NeoAI's Jupyter Server extension: one folder a feature, wired together in `extension.py`."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter Server which application to load."""
    from .extension import NeoAIExtension

    return [{"module": "neoai_server_ext", "app": NeoAIExtension}]
