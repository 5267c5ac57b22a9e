"""What goes along with a question, and what of it fits."""

from .parts import (
    FOUND,
    Context,
    Kind,
    Part,
    Used,
    assemble,
    open_file,
    passages,
    read_rules,
    rules,
    tokens,
)
from .place import Place

__all__ = [
    "FOUND",
    "Context",
    "Kind",
    "Part",
    "Place",
    "Used",
    "assemble",
    "open_file",
    "passages",
    "read_rules",
    "rules",
    "tokens",
]
