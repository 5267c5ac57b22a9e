"""Writes a template's files, rendered, into a new folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from jinja2 import TemplateError as JinjaError

from ..ignore import Level, Rule, parse
from .copierformat import DEFAULT_EXCLUDE, Config, TemplateError

Render = Callable[[str], str]


class Writer:
    """Renders names and contents; `max_files` and `max_bytes` are the most that it writes."""

    def __init__(
        self, config: Config, source: Path, render: Render, *, max_files: int, max_bytes: int
    ) -> None:
        self._config = config
        self._root = source.resolve()
        self._render = render
        self._files_left = max_files
        self._bytes_left = max_bytes
        self._folder = self._subdirectory()
        exclude = config.settings.get("exclude")
        if exclude is None:
            exclude = DEFAULT_EXCLUDE if self._folder == self._root else []
        lines = [render(str(line)) for line in exclude]
        self._exclude = [parse(line) for line in lines]

    def write(self, target: Path) -> None:
        """Write everything below `target`, which is made."""
        target.mkdir()
        for path in self._files(self._folder):
            self._one(path, target)

    def _subdirectory(self) -> Path:
        named = self._render(str(self._config.settings.get("subdirectory") or ""))
        folder = (self._root / named).resolve()
        if not folder.is_relative_to(self._root):
            raise TemplateError("`_subdirectory` lies outside of the template.")
        if not folder.is_dir():
            raise TemplateError(f"There is no folder `{named[:100]}`, where the files should be.")
        return folder

    def _files(self, folder: Path) -> Iterator[Path]:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            path = folder / entry.name
            if entry.name == ".git":
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._files(path)
            else:
                yield path

    def _one(self, path: Path, target: Path) -> None:
        shown = path.relative_to(self._folder).as_posix()
        try:
            shown.encode()
        except UnicodeEncodeError:
            said = shown.encode("utf-8", "backslashreplace").decode()
            raise TemplateError(f"The name `{said}` is not UTF-8.") from None
        suffix = self._config.suffix
        is_template = path.name.endswith(suffix)
        if not is_template and path.with_name(path.name + suffix).is_file():
            return  # the one that is rendered takes its place
        name = shown.removesuffix(suffix) if suffix else shown
        parts = self._place(name, shown)
        if parts is None or self._excluded(parts):
            return
        place = target.joinpath(*parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() and self._config.settings.get("preserve_symlinks"):
            self._link(path, place)
        else:
            self._file(path, place, is_template, shown)

    def _place(self, name: str, shown: str) -> list[str] | None:
        """Where a file goes; None where a part of its name comes out empty, which leaves it out."""
        parts: list[str] = []
        for part in name.split("/"):
            try:
                rendered = self._render(part)
            except JinjaError as error:
                raise TemplateError(f"The name `{shown}` cannot be rendered: {error}") from None
            if not rendered:
                return None
            parts += rendered.split("/")
        if not all(_is_name(part) for part in parts):
            raise TemplateError(f"`{shown}` would not lie in the project, or has no proper name.")
        return parts

    def _excluded(self, parts: list[str]) -> bool:
        excluded = False
        for rules in self._exclude:
            for rule in rules:
                if _meets(rule, parts):
                    excluded = not rule.negated
        return excluded

    def _link(self, path: Path, place: Path) -> None:
        leads = self._render(str(path.readlink()))
        if leads.startswith("/") or not path.resolve().is_relative_to(self._folder):
            raise TemplateError(f"The link `{path.name}` leads out of the template.")
        there = Path(os.path.normpath(place.parent / leads))
        root = Path(*place.parts[: len(place.parts) - len(path.relative_to(self._folder).parts)])
        if not there.is_relative_to(root):
            raise TemplateError(f"The link `{path.name}` leads out of the project.")
        self._count(0)
        place.symlink_to(leads)

    def _file(self, path: Path, place: Path, is_template: bool, shown: str) -> None:
        real = path.resolve()
        if not real.is_relative_to(self._root):
            raise TemplateError(f"The link `{shown}` leads out of the template.")
        if not real.is_file():
            raise TemplateError(f"`{shown}` is no file, or a link to a folder.")
        content = self._content(real, shown) if is_template else None
        self._count(real.stat().st_size if content is None else len(content))
        if content is None:
            shutil.copyfile(real, place)
        else:
            place.write_bytes(content)
        place.chmod(0o755 if real.stat().st_mode & 0o100 else 0o644)

    def _content(self, path: Path, shown: str) -> bytes | None:
        """The rendered text; None for what is no text, where every file may be a template."""
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            if not self._config.suffix:
                return None
            raise TemplateError(f"`{shown}` is to be rendered, and is no text in UTF-8.") from None
        try:
            return self._render(text).encode()
        except JinjaError as error:
            line = getattr(error, "lineno", None)
            where = f"{shown}:{line}" if line else shown
            raise TemplateError(f"`{where}` cannot be rendered: {error}") from None

    def _count(self, size: int) -> None:
        self._files_left -= 1
        self._bytes_left -= size
        if self._files_left < 0:
            raise TemplateError("It makes too many files.", "template-too-large")
        if self._bytes_left < 0:
            raise TemplateError("It makes too much: the files are too large.", "template-too-large")


def _is_name(part: str) -> bool:
    if part in ("", ".", "..") or part.lower() == ".git" or len(part.encode()) > 255:
        return False
    return not any(ord(char) < 32 or ord(char) == 127 for char in part)


def _meets(rule: Rule, parts: list[str]) -> bool:
    """Whether a rule names this file or a folder around it."""
    positive = Rule(rule.components, False, rule.folders_only)
    level = Level().plus([positive])
    for i, part in enumerate(parts):
        if level.matches(part, i < len(parts) - 1):
            return True
        level = level.enter(part)
    return False
