"""Reads or renders one template, in a process of its own with limits of its own: what takes too
long, too much memory or too much disk is ended with it. Templates have copier's format.

Takes what is wanted as JSON from its input; gives `{"done": …}` or `{"failed": …}`. Nothing of a
template is run, unless `trusted` says that its code may be loaded; its commands are only told.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from .copierformat import Config, TemplateError, read
from .questions import Answers, Form

ANSWERS_FILE = ".copier-answers.yml"
READMES = ("README.md", "README.rst", "README.txt", "README")
STACK = 600
"""Python's own limit on recursion, which Jinja's macros meet: far below what its stack holds."""


def main() -> int:
    """Always 0: how it went is told in the answer."""
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a template's code prints is not the answer
    wanted = json.load(sys.stdin)
    limit(wanted)
    try:
        answer = {"done": work(wanted)}
    except TemplateError as error:
        answer = {"failed": {"detail": str(error), "code": error.code, **error.extra}}
    except MemoryError:
        answer = {"failed": _failure("It needs more memory than a template may have.")}
    except RecursionError:
        answer = {"failed": _failure("It goes round in circles.")}
    except Exception as error:
        said = " ".join(str(error).split())[:500]
        answer = {"failed": _failure(f"{type(error).__name__}: {said}")}
    json.dump(answer, told)
    told.close()
    return 0


def _failure(detail: str) -> dict[str, str]:
    return {"detail": detail, "code": "template-failed"}


def limit(wanted: dict[str, Any]) -> None:
    """Set what this process may use."""
    memory = int(wanted["max_memory"])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    size = int(wanted["max_bytes"]) + 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(STACK)


def work(wanted: dict[str, Any]) -> dict[str, Any]:
    """What is asked for: with a `target` its files are written, else its questions are told."""
    source = Path(wanted["source"])
    config = read(source)
    code = [{"kind": "extension", "command": name} for name in config.extensions]
    if code and not wanted["trusted"]:
        told = [*code, *(_as_written(task) for task in config.tasks)]
        if wanted.get("target"):
            raise _untrusted(told)
        return {**_about(config), "questions": None, "runs": told, "ready": False}
    rendering = Rendering(config, source, wanted)
    runs = [*code, *({"kind": "task", **task} for task in rendering.tasks())]
    if not wanted.get("target"):
        asked = [dataclasses.asdict(question) for question in rendering.answers.asked]
        before = rendering.message("message_before_copy")
        return {**_about(config), "questions": asked, "runs": runs, "ready": True, "before": before}
    rendering.refuse_wrong()
    if runs and not wanted["trusted"]:
        raise _untrusted(runs)
    rendering.write(Path(wanted["target"]))
    return {
        "tasks": [run for run in runs if run["kind"] == "task"],
        "message": rendering.message("message_after_copy"),
        "open": str(config.about.get("open") or _readme(Path(wanted["target"]))),
    }


def _readme(target: Path) -> str:
    return next((name for name in READMES if (target / name).is_file()), "")


def _about(config: Config) -> dict[str, Any]:
    return {
        "name": str(config.about.get("name") or "")[:200],
        "description": str(config.about.get("description") or "")[:1000],
    }


def _as_written(task: Any) -> dict[str, Any]:
    command = task.get("command") if isinstance(task, dict) else task
    shown = " ".join(map(str, command)) if isinstance(command, list) else str(command)
    return {"kind": "task", "command": shown}


def _untrusted(runs: list[dict[str, Any]]) -> TemplateError:
    return TemplateError(
        "This template runs commands or code of its own. Look at what it would run, and say that "
        "you trust it.",
        "untrusted",
        runs=[{"kind": run["kind"], "command": run["command"]} for run in runs],
    )


class Rendering:
    """One template with one person's answers."""

    def __init__(self, config: Config, source: Path, wanted: dict[str, Any]) -> None:
        from .environment import sandbox

        self._config = config
        self._source = source
        self._wanted = wanted
        self._environment = sandbox(config, source)
        if config.extensions:
            from . import trustedcode

            trustedcode.load(self._environment, config.extensions, source)
        self._form = Form(self._environment, config, self._context())
        self.answers: Answers = self._form.fill(wanted["answers"], wanted["name"])

    def _context(self) -> dict[str, Any]:
        wanted = self._wanted
        conf = {
            "src_path": wanted["source"],
            "dst_path": wanted["place"],
            "answers_file": self._config.settings.get("answers_file") or ANSWERS_FILE,
            "vcs_ref": wanted.get("ref"),
            "vcs_ref_hash": wanted.get("commit"),
            "data": wanted["answers"],
            "sep": "/",
            "os": "macos" if sys.platform == "darwin" else "linux",
        }
        return {
            "_copier_conf": conf,
            "_copier_python": sys.executable,
            "_copier_operation": "copy",
            "_folder_name": Path(wanted["place"]).name,
            "_external_data": {
                str(name): {} for name in self._config.settings.get("external_data") or {}
            },
        }

    def _values(self) -> dict[str, Any]:
        values = self.answers.values
        hidden = {asked.name for asked in self.answers.asked if not asked.active}
        kept = {
            name: value
            for name, value in values.items()
            if name not in hidden and name not in self._config.secrets
        }
        source = {"_commit": self._wanted.get("described"), "_src_path": self._wanted["origin"]}
        remembered = {**{key: value for key, value in source.items() if value}, **kept}
        context = {**self._context(), **values, "_copier_answers": remembered}
        if self._config.extensions:
            from . import trustedcode

            context = trustedcode.hooked(self._environment, context)
        return context

    def refuse_wrong(self) -> None:
        """Raise TemplateError for answers that the template refuses."""
        wrong = self.answers.wrong
        if wrong:
            raise TemplateError(
                f"`{wrong[0].name}`: {wrong[0].error}",
                "template-answers",
                errors=[{"loc": ["answers", one.name], "msg": one.error} for one in wrong],
            )

    def message(self, name: str) -> str:
        """A message of the template's to the person."""
        text = self._config.settings.get(name)
        return str(self._form.render(str(text), self._values()))[:10_000] if text else ""

    def tasks(self) -> list[dict[str, Any]]:
        """The commands to run, as they come out with the answers."""
        values = self._values()
        found = []
        for number, task in enumerate(self._config.tasks, 1):
            table = task if isinstance(task, dict) else {"command": task}
            extra = {f"_{key}": value for key, value in (table.get("extra_vars") or {}).items()}
            if not self._form.truth(table.get("when", True), values, **extra):
                continue
            command = self._form.render(table.get("command") or table.get("cmd"), values, **extra)
            if not isinstance(command, str | list) or not command:
                raise TemplateError(f"The task {number} has no command.")
            argv = [str(word) for word in command] if isinstance(command, list) else None
            folder = str(self._form.render(str(table.get("working_directory", ".")), values))
            shown = " ".join(argv) if argv is not None else str(command)
            found.append({"command": shown, "argv": argv, "folder": folder})
        return found

    def write(self, target: Path) -> None:
        """Write the files."""
        from .writing import Writer

        values = self._values()
        writer = Writer(
            self._config,
            self._source,
            lambda text: str(self._form.render(text, values)),
            max_files=int(self._wanted["max_files"]),
            max_bytes=int(self._wanted["max_bytes"]),
        )
        writer.write(target)


if __name__ == "__main__":
    sys.exit(main())
