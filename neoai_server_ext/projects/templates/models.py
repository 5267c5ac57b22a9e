"""The models of templates."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

MAX_ANSWER = 65_536
KEPT_CONTROLS = "\t\n\r"


def _answer(value: JsonValue) -> JsonValue:
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > MAX_ANSWER:
        raise ValueError(f"must not be longer than {MAX_ANSWER} characters")
    _printable(value)
    return value


def _printable(value: Any) -> None:
    if isinstance(value, str):
        if any((ord(c) < 32 and c not in KEPT_CONTROLS) or ord(c) == 127 for c in value):
            raise ValueError("must not contain control characters")
    elif isinstance(value, list):
        for item in value:
            _printable(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _printable(key)
            _printable(item)


Answer = Annotated[JsonValue, AfterValidator(_answer)]
Where = Annotated[str, Field(min_length=1, max_length=2048)]
Ref = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        pattern=r"^[^\x00-\x20\x7f~^:?*\[\\-][^\x00-\x20\x7f~^:?*\[\\]*$",
    ),
]
Kind = Literal["str", "bool", "int", "float", "yaml", "json", "path"]


class Option(BaseModel):
    """One of the choices of a question."""

    label: str
    value: JsonValue
    disabled: str = Field(default="", description="Why it cannot be chosen; empty where it can.")


class Question(BaseModel):
    """What a template asks."""

    name: str
    type: Kind
    help: str
    default: JsonValue = Field(
        default=None, description="null where it follows from the project's name."
    )
    choices: list[JsonValue] | None = None
    required: bool = Field(description="Whether there is no default of any kind.")


class AskedQuestion(Question):
    """A question as it stands with the answers so far; `default` is the answer, or the default."""

    options: list[Option] | None = Field(
        default=None, description="The choices, with their labels."
    )
    placeholder: str = ""
    secret: bool = Field(default=False, description="Whether the answer is written down nowhere.")
    multiline: bool = False
    multiselect: bool = False
    active: bool = Field(default=True, description="Whether it is asked, with these answers.")
    error: str = Field(default="", description="What is wrong with the answer.")


class Template(BaseModel):
    """What a new project can start from."""

    id: str
    name: str
    description: str
    questions: list[Question] = Field(
        description="Of those that come with NeoAI; `POST /templates/inspect` tells the others'."
    )
    source: Literal["shipped", "admin", "folder", "git"]
    path: str | None = Field(default=None, description="The folder, relative to the server's root.")
    git_url: str | None = None
    ref: str | None = Field(
        default=None, description="The tag, branch or commit; null for the latest."
    )


class Templates(BaseModel):
    """Every template."""

    items: list[Template]


class Location(BaseModel):
    """Where a template is: one that is listed, a folder, or a git repository."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(default=None, min_length=1, max_length=100)
    path: Where | None = Field(default=None, description="A folder, relative to the server's root.")
    git_url: Where | None = Field(default=None, description="As in `POST /projects`.")
    ref: Ref | None = Field(
        default=None,
        description="A tag, branch or commit; by default the latest version among the tags, and "
        "where there is none, the default branch.",
    )

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if sum(where is not None for where in (self.id, self.path, self.git_url)) != 1:
            raise ValueError("give one of id, path and git_url")
        if self.ref is not None and self.git_url is None:
            raise ValueError("a ref goes with a git_url")
        return self


class TemplateChoice(Location):
    """A template, and the answers to its questions; what is not answered has its default."""

    answers: dict[str, Answer] = Field(default_factory=dict, max_length=500)
    trusted: bool = Field(
        default=False,
        description="Whether its commands and its code may run: without, a template that has any "
        "is refused with 409 `untrusted`, whose `runs` names them.",
    )
    revision: str | None = Field(
        default=None,
        max_length=100,
        description="As told by `POST /templates/inspect`: what has changed since is refused with "
        "409 `template-changed`.",
    )


class TemplateInspect(BaseModel):
    """Which template to look at, with the answers so far."""

    model_config = ConfigDict(extra="forbid")

    template: TemplateChoice
    name: str = Field(default="", max_length=200, description="The project's name.")


class Run(BaseModel):
    """What of a template would run in the account of whoever uses it."""

    kind: Literal["task", "extension"] = Field(
        description="A command after the files are written, or Python code during that."
    )
    command: str


class Inspected(BaseModel):
    """A template, as it stands with the answers so far."""

    name: str
    description: str
    questions: list[AskedQuestion]
    runs: list[Run] = Field(description="Empty where nothing of it runs.")
    ready: bool = Field(
        description="Whether the questions are known; false where its code must be trusted first."
    )
    revision: str = Field(description="What was looked at, to be sent along when it is used.")
    ref: str | None = Field(default=None, description="The version of a repository.")
    message: str = Field(default="", description="What the template says before it is used.")


class TemplateAdd(Location):
    """A template to keep in the list."""

    name: str | None = Field(default=None, min_length=1, max_length=200)


class Made(BaseModel):
    """What a template has to say about the project that was made from it."""

    message: str = ""
    open: str = Field(default="", description="The file to begin with; empty where there is none.")
