"""Passages by their meaning: vectors of an embedder that is configured, and the nearest of them."""

from __future__ import annotations

from .embedder import Embedder
from .semantic import Semantic

__all__ = ["Embedder", "Semantic"]
