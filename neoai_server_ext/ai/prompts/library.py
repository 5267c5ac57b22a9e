"""The prompts that there are: NeoAI's own, and a project's in their place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from ..ownfiles import NoFile, Outside
from .template import MAX_CHARS, FrontMatter, Prompt, PromptError, read

TEXTS = Path(__file__).parent / "texts"
OVERRIDES = ".neoai/prompts"
THREADS = ThreadPoolExecutor(2, "prompts")


@dataclass(frozen=True)
class Listed:
    """A prompt as `GET /ai/prompts` shows it.

    source: the project's file that takes its place; empty for NeoAI's own.
    problem: why that file cannot be used; the text is then what stands in it, or NeoAI's.
    """

    about: FrontMatter
    text: str
    source: str = ""
    problem: str = ""


class Library:
    """NeoAI's prompts, each of which a project may replace by `.neoai/prompts/NAME.md`.

    read: reads the beginning of a project's file, as Place.read; None: there is no project. Every
    call reads files: call it in a thread.
    """

    def __init__(self, read: Callable[[str, int], bytes] | None = None) -> None:
        self._read = read

    def names(self) -> list[str]:
        """The prompts' names."""
        return sorted(_builtin())

    def get(self, name: str) -> Prompt:
        """The prompt of that name, the project's where it has one; raises PromptError."""
        builtin = _builtin()[name]
        own = self._own(name)
        if own is None:
            return builtin
        return read(own, f"{OVERRIDES}/{name}.md", builtin.about)

    async def fill(self, name: str, values: dict[str, Any]) -> str:
        """The prompt of that name with its values; raises PromptError. Some at a time alone: a
        project's own may take seconds, and hold nothing else up."""
        work = partial(self._fill, name, values)
        return await asyncio.get_running_loop().run_in_executor(THREADS, work)

    def _fill(self, name: str, values: dict[str, Any]) -> str:
        return self.get(name).render(**values)

    def list(self) -> list[Listed]:
        """All prompts by name, those that cannot be used too."""
        return [self._listed(name) for name in self.names()]

    def _listed(self, name: str) -> Listed:
        builtin = _builtin()[name]
        file = f"{OVERRIDES}/{name}.md"
        try:
            prompt = self.get(name)
        except PromptError as error:
            return Listed(builtin.about, builtin.text, file, error.detail)
        return Listed(prompt.about, prompt.text, prompt.file if prompt is not builtin else "")

    def _own(self, name: str) -> str | None:
        """The project's own text; raises PromptError where it cannot be read as one."""
        if self._read is None:
            return None
        file = f"{OVERRIDES}/{name}.md"
        try:
            return self._read(file, 4 * MAX_CHARS + 1).decode("utf-8-sig")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Outside:
            raise PromptError(
                file, 1, "It leads out of the project, or into a private one."
            ) from None
        except NoFile:
            raise PromptError(file, 1, "It is no file.") from None
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise PromptError(file, line, "It is not UTF-8.") from None
        except (OSError, RuntimeError) as error:
            what = getattr(error, "strerror", None) or str(error)
            raise PromptError(file, 1, f"It cannot be read: {what}.") from None


@cache
def _builtin() -> dict[str, Prompt]:
    found = {}
    for path in sorted(TEXTS.glob("*.md")):
        prompt = read(path.read_text(encoding="utf-8"), path.name)
        found[prompt.about.name] = prompt
    return found
