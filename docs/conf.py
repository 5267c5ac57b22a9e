"""Sphinx configuration. The reference pages are made from the code: `_ext/neoai_reference.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from neoai_server_ext import __version__

project = "NeoAI"
author = "the NeoAI developers"
copyright = "2026, the NeoAI developers"
version = release = __version__

extensions = ["myst_parser", "neoai_reference"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_ext"]
html_theme = "furo"
html_title = "NeoAI"
html_static_path = ["_static"]
html_show_sphinx = False
smartquotes = False
