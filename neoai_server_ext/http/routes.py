"""Routes are written as OpenAPI writes them; tornado's patterns are made from that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import NeoAIHandler

PREFIX = "/neoai/v1"
PARAMETER = re.compile(r"\{(\w+)(:path)?\}")


@dataclass(frozen=True)
class Route:
    """A path below the prefix, `/projects/{project_id}/files/{path:path}`, and its handler.

    `{name}` matches one segment, `{name:path}` the rest of the address, slashes included.
    """

    path: str
    handler: type[NeoAIHandler]

    @property
    def template(self) -> str:
        """The path as it stands in `openapi.json`."""
        return PARAMETER.sub(r"{\1}", self.path)

    @property
    def parameters(self) -> list[str]:
        """The names in the path, in order."""
        return [match[1] for match in PARAMETER.finditer(self.path)]

    @property
    def pattern(self) -> str:
        """Tornado's regular expression, anchored by tornado itself."""
        parts: list[str] = []
        position = 0
        for match in PARAMETER.finditer(self.path):
            parts.append(re.escape(self.path[position : match.start()]))
            parts.append(f"(?P<{match[1]}>.*)" if match[2] else f"(?P<{match[1]}>[^/]+)")
            position = match.end()
        parts.append(re.escape(self.path[position:]))
        return PREFIX + "".join(parts)
