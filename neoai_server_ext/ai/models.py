"""The models of requests and replies of the AI features."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from .prompts import Listed
from .service import ModelInfo


class AIModel(BaseModel):
    """A model that can be asked. Prices are in USD per million tokens, as configured."""

    id: str = Field(description="`provider/model`; `neoai/search` needs no key.")
    provider: str
    kind: str
    tasks: list[str]
    context_tokens: int | None
    price_in_usd: float | None
    price_out_usd: float | None
    available: bool
    reason: str | None = Field(default=None, description="Why it is not available.")

    @classmethod
    def of(cls, info: ModelInfo) -> AIModel:
        """The item that shows a model."""
        return cls(
            id=info.id,
            provider=info.provider,
            kind=info.kind,
            tasks=list(info.tasks),
            context_tokens=info.context_tokens,
            price_in_usd=info.price_in_usd,
            price_out_usd=info.price_out_usd,
            available=info.available,
            reason=info.reason,
        )


class AIModels(BaseModel):
    """The models, and what is wrong with the configuration of others."""

    items: list[AIModel]
    problems: list[str]


class PromptsQuery(BaseModel):
    """Whose prompts."""

    model_config = ConfigDict(extra="forbid")

    project_id: str | None = None


class AIPromptVariable(BaseModel):
    """What a prompt takes."""

    name: str
    type: str
    description: str
    required: bool


class AIPrompt(BaseModel):
    """A prompt: its text is a Jinja2 template."""

    name: str
    title: str
    task: str
    description: str
    variables: list[AIPromptVariable]
    text: str
    source: str = Field(description="The project's file; empty where the prompt is NeoAI's.")
    problem: str = Field(description="Why the project's file cannot be used, with its line.")

    @classmethod
    def of(cls, prompt: Listed) -> AIPrompt:
        """The item that shows a prompt."""
        about = prompt.about
        return cls(
            name=about.name,
            title=about.title,
            task=about.task,
            description=about.description,
            variables=[
                AIPromptVariable(
                    name=name,
                    type=variable.type,
                    description=variable.description,
                    required=variable.required,
                )
                for name, variable in about.variables.items()
            ],
            text=prompt.text,
            source=prompt.source,
            problem=prompt.problem,
        )


class AIPrompts(BaseModel):
    """The prompts, by name."""

    items: list[AIPrompt]
