"""NeoAI's Jupyter Server extension: one folder a feature, wired together in `extension.py`."""

from __future__ import annotations

import gc
from typing import Any

__version__ = "0.1.0"


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter Server which application to load.

    Our imports would set off full collections over the quarter of a million objects of everything
    that is loaded already (0.2 to 0.4 s of processor time): they wait, and what modules hold for
    good is not looked at again.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        from .extension import NeoAIExtension
    finally:
        gc.freeze()
        if collecting:
            gc.enable()
    return [{"module": "neoai_server_ext", "app": NeoAIExtension}]
