"""Citations become links: `path:line` opens the file at the line.

The link is `{base_url}lab/tree/{path}#L{line}`, or `…#L{line}-L{end}`; the path is relative to the
server's root. JupyterLab opens the file from it; `@neoai/lab` catches the click and goes to the
line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

FENCE = re.compile(r"^ {0,3}(```+|~~~+)", re.MULTILINE)
INLINE = re.compile(r"(?P<ticks>`+)(?P<code>.*?[^`])(?P=ticks)(?!`)|!?\[[^\]\n]*\]\([^)\n]*\)")


def href(base_url: str, path: str, line: int, end: int | None = None) -> str:
    """The address that opens a file (relative to the server's root) at a line."""
    lines = f"#L{line}" if end is None or end <= line else f"#L{line}-L{end}"
    return f"{base_url.rstrip('/')}/lab/tree/{quote(path, safe='/')}{lines}"


class Linker:
    """Links what is cited of a project's files.

    base_url: the server's. folder: the project's folder relative to the server's root.
    paths: the files that may be cited, relative to the project.
    """

    def __init__(self, base_url: str, folder: str, paths: Iterable[str]) -> None:
        self._base_url = base_url
        self._folder = folder.strip("/")
        known = sorted({path for path in paths if "`" not in path}, key=len, reverse=True)
        names = "|".join(re.escape(path) for path in known) or r"(?!)"
        self._citation = re.compile(
            rf"(?<![\w./-])(?:\./)?(?P<path>{names}):L?(?P<line>\d{{1,7}})"
            r"(?:[-\u2013]L?(?P<end>\d{1,7}))?(?![\w])"
        )

    def to(self, paths: Iterable[str]) -> Linker:
        """One that links these files instead."""
        return Linker(self._base_url, self._folder, paths)

    def link(self, path: str, line: int, end: int | None = None) -> str:
        """The Markdown link of a citation."""
        whole = f"{self._folder}/{path}" if self._folder else path
        name = f"{path}:{line}" if end is None or end <= line else f"{path}:{line}-{end}"
        return f"[`{name}`]({href(self._base_url, whole, line, end)})"

    def cited(self, text: str) -> list[tuple[str, int]]:
        """The places that a text cites, each once, in order."""
        found = [(m["path"], int(m["line"])) for m in self._citation.finditer(text)]
        return list(dict.fromkeys(found))

    def __call__(self, text: str) -> str:
        """The text with its citations as links; code blocks and links stay as they are."""
        parts: list[str] = []
        position = 0
        while True:
            opening = FENCE.search(text, position)
            if opening is None:
                parts.append(self._prose(text[position:]))
                return "".join(parts)
            parts.append(self._prose(text[position : opening.start()]))
            closing = re.compile(
                rf"^ {{0,3}}{re.escape(opening[1])}[`~]*[ \t]*$", re.MULTILINE
            ).search(text, opening.end())
            position = closing.end() if closing else len(text)
            parts.append(text[opening.start() : position])

    def _prose(self, text: str) -> str:
        parts: list[str] = []
        position = 0
        for span in INLINE.finditer(text):
            parts.append(self._citation.sub(self._linked, text[position : span.start()]))
            code = span["code"]
            whole = self._citation.fullmatch(code.strip()) if code is not None else None
            parts.append(self._linked(whole) if whole is not None else span[0])
            position = span.end()
        parts.append(self._citation.sub(self._linked, text[position:]))
        return "".join(parts)

    def _linked(self, match: re.Match[str]) -> str:
        end = int(match["end"]) if match["end"] else None
        return self.link(match["path"], int(match["line"]), end)
