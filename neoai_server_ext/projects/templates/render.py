"""Renders one template, in a process of its own: what takes too long is ended with it.

Templates have copier's format: `copier.yml` with the questions, files that end in `.jinja`, Jinja
in names too. copier itself needs `jinja2-ansible-filters`, which is under the GPL, so the part of
its format that our templates use is read here, in Jinja's sandbox; nothing of a template is run.

Reads `{source, target, answers}` as JSON from its input; says why not on its output.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

SUFFIX = ".jinja"
TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


def main() -> int:
    """The exit status: 0 when it is done, 2 for an answer that the template refuses."""
    wanted = json.load(sys.stdin)
    try:
        render(Path(wanted["source"]), Path(wanted["target"]), wanted["answers"])
    except ValueError as error:
        print(error)
        return 2
    return 0


def render(source: Path, target: Path, answers: dict[str, Any]) -> None:
    """Write a template's files into `target`; raises ValueError for an answer that its validator
    refuses."""
    import yaml

    config = yaml.safe_load((source / "copier.yml").read_text("utf-8"))
    environment = _environment()
    complete = _answered(environment, config, answers)
    folder = source / config.get("_subdirectory", "")
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise OSError(f"{path.name} is a link: templates have none")
        if path.is_file():
            _write(environment, folder, path, target, complete)


def _environment() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(keep_trailing_newline=True, undefined=StrictUndefined)
    environment.filters["regex_replace"] = lambda text, old, new: re.sub(old, new, text)
    environment.filters["regex_search"] = lambda text, sought: bool(re.search(sought, text))
    return environment


def _answered(environment: Any, config: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    """Every question's answer: the one that was given, or the default, which may follow from
    earlier ones."""
    complete: dict[str, Any] = {}
    for name, question in config.items():
        if name.startswith("_"):
            continue
        answer = answers.get(name, question.get("default"))
        if name not in answers and isinstance(answer, str):
            answer = environment.from_string(answer).render(complete)
        complete[name] = TYPES[question["type"]](answer)
        said = environment.from_string(question.get("validator", "")).render(complete).strip()
        if said:
            raise ValueError(f"`{name}`: {said}")
    return complete


def _write(
    environment: Any, folder: Path, path: Path, target: Path, answers: dict[str, Any]
) -> None:
    names = [
        environment.from_string(name).render(answers) for name in path.relative_to(folder).parts
    ]
    is_template = names[-1].endswith(SUFFIX)
    names[-1] = names[-1].removesuffix(SUFFIX)
    if "" in names:
        return  # as in copier: a name that comes out empty leaves the file out
    if any(name in (".", "..") or "/" in name or "\0" in name for name in names):
        raise OSError(f"{path.name} would not lie in the project")
    place = target.joinpath(*names)
    place.parent.mkdir(parents=True, exist_ok=True)
    if is_template:
        text = environment.from_string(path.read_text("utf-8")).render(answers)
        place.write_text(text, "utf-8", newline="")
        shutil.copymode(path, place)
    else:
        shutil.copy(path, place)


if __name__ == "__main__":
    sys.exit(main())
