"""Reads `copier.yml`, as copier 9 does: its questions, its settings, and what of it is code.

copier itself needs `jinja2-ansible-filters`, which is under the GPL, so its format is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("copier.yml", "copier.yaml")
DEFAULT_EXCLUDE = [
    "copier.yaml",
    "copier.yml",
    "~*",
    "*.py[co]",
    "__pycache__",
    ".git",
    ".DS_Store",
]
MERGED = ("_exclude", "_jinja_extensions", "_secret_questions", "_skip_if_exists")
MAJOR = 9
"""Whose copier's format this is."""
HARMLESS = frozenset({"jinja2.ext.do", "jinja2.ext.loopcontrols"})
"""Extensions that come with Jinja and only add syntax."""
MARKS = [
    f"{what}_{which}_string"
    for what in ("block", "comment", "variable")
    for which in ("start", "end")
]
ENVOPS = frozenset(
    [
        *MARKS,
        "autoescape",
        "keep_trailing_newline",
        "line_comment_prefix",
        "line_statement_prefix",
        "lstrip_blocks",
        "newline_sequence",
        "trim_blocks",
    ]
)
MAX_CONFIG = 1 << 20
MAX_QUESTIONS = 500


class TemplateError(Exception):
    """A template that cannot be used; `code` is for programs, the text for people."""

    def __init__(self, detail: str, code: str = "template-failed", **extra: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.extra = extra


@dataclass
class Config:
    """What `copier.yml` says."""

    questions: dict[str, dict[str, Any]]
    settings: dict[str, Any]
    about: dict[str, Any] = field(default_factory=dict)
    """`_neoai`: name, description, and which file to open."""

    @property
    def suffix(self) -> str:
        """What the names of files end in that are rendered; where it is empty, all are."""
        suffix = self.settings.get("templates_suffix", ".jinja")
        return suffix if isinstance(suffix, str) else ".jinja"

    @property
    def tasks(self) -> list[Any]:
        """Commands that are to run after the files are written, as they stand there."""
        return _list(self.settings, "tasks")

    @property
    def extensions(self) -> list[str]:
        """Python code that is to be loaded for the rendering."""
        named = [str(name) for name in _list(self.settings, "jinja_extensions")]
        return [name for name in named if name not in HARMLESS]

    @property
    def envops(self) -> dict[str, Any]:
        """Jinja's settings."""
        given = self.settings.get("envops") or {}
        if not isinstance(given, dict) or set(given) - ENVOPS:
            raise TemplateError("`_envops` has a setting of Jinja's that is not known here.")
        return {"keep_trailing_newline": True, **given}

    @property
    def secrets(self) -> set[str]:
        """The questions whose answers are not written down."""
        marked = {name for name, asked in self.questions.items() if asked.get("secret")}
        return marked | {str(name) for name in _list(self.settings, "secret_questions")}


def read(folder: Path) -> Config:
    """A template's configuration; raises TemplateError where the folder is no template."""
    files = [folder / name for name in NAMES if (folder / name).is_file()]
    if len(files) > 1:
        raise TemplateError("There are both copier.yml and copier.yaml: keep one of them.")
    if not files:
        raise _no_template(folder)
    merged: dict[str, Any] = {}
    for section in _sections(folder, files[0]):
        for key, value in section.items():
            both = key in MERGED and isinstance(merged.get(key), list) and isinstance(value, list)
            merged[str(key)] = [*merged[key], *value] if both else value
    return _config(merged)


def _no_template(folder: Path) -> TemplateError:
    if (folder / "cookiecutter.json").is_file():
        return TemplateError(
            "This is a template for cookiecutter (it has a cookiecutter.json), and NeoAI reads "
            "copier's (copier.yml). Ask its author for one, or use cookiecutter in a terminal and "
            "open the folder that it makes.",
            "cookiecutter",
        )
    return TemplateError(
        "There is no copier.yml, so this is no template. To have the files as they are, clone the "
        "repository or copy the folder.",
        "no-copier-yml",
    )


def _sections(folder: Path, file: Path) -> Iterator[dict[str, Any]]:
    """The documents of the file, what they include first flattened into place."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    def include(loader: Any, node: Any) -> Any:
        pattern = str(loader.construct_scalar(node))
        if pattern.startswith(("/", "~")) or ".." in pattern.split("/"):
            raise TemplateError("copier.yml includes a file that lies outside of the template.")
        return [list(documents(found)) for found in sorted(folder.glob(pattern))]

    def documents(path: Path) -> Iterator[Any]:
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise TemplateError(f"{path.name} lies outside of the template.")
        if path.stat().st_size > MAX_CONFIG:
            raise TemplateError(f"{path.name} is too large.")
        try:
            yield from yaml.load_all(path.read_text("utf-8"), Loader=Loader)
        except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
            raise TemplateError(f"{path.name} cannot be read: {_line(error)}") from None

    Loader.add_constructor("!include", include)
    for document in _flat(list(documents(file))):
        if not isinstance(document, dict):
            raise TemplateError(f"{file.name} is no table of questions and settings.")
        yield document


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif value is not None:
        yield value


def _config(merged: dict[str, Any]) -> Config:
    questions: dict[str, dict[str, Any]] = {}
    for name, asked in merged.items():
        if name.startswith("_"):
            continue
        if not re.fullmatch(r"[A-Za-z]\w*", name):
            raise TemplateError(f"`{name[:100]}` is no name of a question.")
        questions[name] = asked if isinstance(asked, dict) else {"default": asked}
    if len(questions) > MAX_QUESTIONS:
        raise TemplateError(f"It has more than {MAX_QUESTIONS} questions.")
    about = merged.pop("_neoai", None)
    settings = {name[1:]: value for name, value in merged.items() if name.startswith("_")}
    found = re.match(r"\d+", str(settings.get("min_copier_version", MAJOR)))
    if found is None or int(found[0]) > MAJOR:
        raise TemplateError(
            f"It wants copier {settings['min_copier_version']}; NeoAI reads the format of "
            f"copier {MAJOR}.",
            "template-too-new",
        )
    return Config(questions, settings, about if isinstance(about, dict) else {})


def _list(settings: dict[str, Any], name: str) -> list[Any]:
    value = settings.get(name) or []
    if not isinstance(value, list):
        raise TemplateError(f"`_{name}` is no list.")
    return value


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
