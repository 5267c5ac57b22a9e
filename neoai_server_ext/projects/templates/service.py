"""Which templates there are, and how a folder is made from one. Knows no HTTP."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from ... import errors
from .models import Question, Template, TemplateChoice

SHIPPED = Path(__file__).parent / "shipped"
NAME = "project_name"
KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
}


@cache
def shipped() -> list[Template]:
    """The templates that come with NeoAI, by name. Blocks: run it in a thread."""
    found = [_read(file.parent) for file in SHIPPED.glob("*/copier.yml")]
    return sorted(found, key=lambda template: template.name)


def _read(folder: Path) -> Template:
    import yaml

    config = yaml.safe_load((folder / "copier.yml").read_text("utf-8"))
    about = config["_neoai"]
    asked = {
        name: question
        for name, question in config.items()
        if not name.startswith("_") and name != NAME
    }
    return Template(
        id=folder.name,
        name=about["name"],
        description=about["description"],
        questions=[_question(name, question) for name, question in asked.items()],
        source="shipped",
    )


def _question(name: str, question: dict[str, Any]) -> Question:
    default = question.get("default")
    follows = isinstance(default, str) and "{{" in default
    return Question(
        name=name,
        type=question["type"],
        help=question["help"],
        default=None if follows else default,
        choices=question.get("choices"),
        required=default is None,
    )


def _chosen(choice: TemplateChoice) -> Template:
    for template in shipped():
        if template.id == choice.id:
            break
    else:
        raise errors.Invalid(f"There is no template `{choice.id}`.", code="no-template")
    questions = {question.name: question for question in template.questions}
    for name, answer in choice.answers.items():
        question = questions.get(name)
        if question is None:
            raise _refused(f"The template does not ask for `{name}`.")
        if not _fits(question, answer):
            raise _refused(f"`{answer}` is no answer to `{name}`.")
    for question in template.questions:
        if question.required and question.name not in choice.answers:
            raise _refused(f"`{question.name}` must be answered.")
    return template


def _fits(question: Question, answer: Any) -> bool:
    if isinstance(answer, bool) and question.type != "bool":
        return False
    if question.choices is not None and answer not in question.choices:
        return False
    return isinstance(answer, KINDS[question.type])


def _refused(why: str) -> errors.Invalid:
    return errors.Invalid(why, code="template-answers")


async def check(choice: TemplateChoice) -> None:
    """Raise Invalid (`no-template`, `template-answers`) for what cannot be rendered."""
    await asyncio.to_thread(_chosen, choice)


async def scaffold(choice: TemplateChoice, name: str, folder: Path, *, timeout_s: float) -> None:
    """Fill an empty folder from a template: complete, or it stays empty.

    Raises Invalid for an answer that does not fit, GatewayTimeout after `timeout_s` seconds,
    and Conflict where the folder has got content meanwhile.
    """
    template = await asyncio.to_thread(_chosen, choice)
    beside = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=".neoai-", dir=folder.parent))
    try:
        wanted = {
            "source": str(SHIPPED / template.id),
            "target": str(beside / "new"),
            "answers": {**choice.answers, NAME: name},
        }
        await _render(wanted, beside, timeout_s)
        try:
            await asyncio.to_thread((beside / "new").replace, folder)
        except OSError:
            raise errors.Conflict(
                f"There is something in `{folder.name}` already.", code="exists"
            ) from None
    finally:
        await asyncio.to_thread(shutil.rmtree, beside, ignore_errors=True)


async def _render(wanted: dict[str, Any], beside: Path, timeout_s: float) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"{__package__}.render",
        cwd=beside,  # Python looks for modules there: nothing of anyone's may lie in it
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        talk = process.communicate(json.dumps(wanted).encode())
        said, failed = await asyncio.wait_for(talk, timeout_s)
    except TimeoutError:
        raise errors.GatewayTimeout(
            f"The template took more than {timeout_s:g} s.", code="template-timeout"
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 2:
        raise _refused(said.decode("utf-8", "replace").strip()[:500])
    if process.returncode:
        reason = failed.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        raise errors.Invalid(f"The template failed: {reason[:500]}", code="template-failed")
