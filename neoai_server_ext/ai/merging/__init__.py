"""Where code that a model wrote belongs in a file."""

from .merging import How, Merged, Unplaced, merge

__all__ = ["How", "Merged", "Unplaced", "merge"]
