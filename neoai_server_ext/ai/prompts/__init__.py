"""What models are told: prompts as files, and the chat's own words."""

from __future__ import annotations

from .chat import PAGE, SYSTEM, found, from_search_alone, question, system
from .library import Library, Listed
from .template import Prompt, PromptError, Variable

__all__ = [
    "PAGE",
    "SYSTEM",
    "Library",
    "Listed",
    "Prompt",
    "PromptError",
    "Variable",
    "found",
    "from_search_alone",
    "question",
    "system",
]
