"""Whole hubs, and Chromium before them."""

from __future__ import annotations

from tests.browser.conftest import _parts, chromium, jp_asyncio_loop, jp_server_cleanup, screenshot
from tests.spawners.conftest import engine, neoai_image_of_this_tree, prefix
from tests.spawners.test_swarm import swarm

__all__ = [
    "_parts",
    "chromium",
    "engine",
    "jp_asyncio_loop",
    "jp_server_cleanup",
    "neoai_image_of_this_tree",
    "prefix",
    "screenshot",
    "swarm",
]
