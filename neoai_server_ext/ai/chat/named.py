"""Which of the files that a reply names with a line are there, in the folder the chat is about.

They are looked for as the reply grows, each once, in a thread.
"""

from __future__ import annotations

import asyncio
import re

from ..context.place import Place
from ..ownfiles import located

CODE = re.compile(r"`(?:\./)?([^`\n:]{1,400}):L?\d{1,7}(?:[-\u2013]L?\d{1,7})?`")
PLAIN = re.compile(r"(?<![\w./:-])(?:\./)?([\w@+~.][\w./@+~()\[\]-]{0,399}):L?\d")
MOST = 300
"""So many are looked for in one reply."""
NEVER_SERVED = ".git"


class Named:
    """The files of a place that a growing text names."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._looked_for: set[str] = set()
        self.files: set[str] = set()

    async def look_for(self, text: str) -> bool:
        """Bring in what the text so far names; whether that led to new files."""
        if self._place.root is None:
            return False
        names = {name for form in (CODE, PLAIN) for name in form.findall(text)}
        new = sorted(names - self._looked_for)[: MOST - len(self._looked_for)]
        if not new:
            return False
        self._looked_for.update(new)
        found = await asyncio.to_thread(lambda: [name for name in new if self._is_there(name)])
        self.files.update(found)
        return bool(found)

    def _is_there(self, path: str) -> bool:
        root = self._place.root
        if root is None or path.startswith("/"):
            return False
        steps = path.split("/")
        if ".." in steps or NEVER_SERVED in steps:
            return False
        try:
            return located(root / path, root, self._place.hidden).is_file()
        except (OSError, RuntimeError, ValueError):
            return False
