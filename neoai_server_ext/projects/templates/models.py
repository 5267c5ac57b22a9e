"""The models of templates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Answer = bool | int | float | Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Question(BaseModel):
    """What a template asks."""

    name: str
    type: Literal["str", "bool", "int", "float"]
    help: str
    default: bool | int | float | str | None = Field(
        description="null where it follows from the project's name."
    )
    choices: list[str] | None = None
    required: bool = Field(description="Whether there is no default of any kind.")


class Template(BaseModel):
    """What a new project can start from."""

    id: str
    name: str
    description: str
    questions: list[Question]
    source: Literal["shipped"]


class Templates(BaseModel):
    """Every template."""

    items: list[Template]


class TemplateChoice(BaseModel):
    """A template, and the answers to its questions; what is not answered has its default."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=100)
    answers: dict[str, Answer] = Field(default_factory=dict, max_length=100)
