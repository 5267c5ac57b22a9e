"""The models of requests and replies of the AI features."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import BaseModel, ConfigDict, Field

from .config import Policy
from .prompts import Listed
from .providers import Capability
from .service import ModelInfo


class AISpeed(BaseModel):
    """A model's usual reply, the medians of the last ones of this server."""

    first_s: float = Field(description="Seconds until its first piece.")
    tokens_per_s: float | None
    replies: int = Field(description="How many were measured.")


class AIModel(BaseModel):
    """A model that can be asked. Prices are in USD per million tokens, as configured, else by the
    table of pydantic-ai; so are the context and what the model can."""

    id: str = Field(description="`provider/model`; `neoai/search` needs no key.")
    provider: str
    kind: str
    tasks: list[str]
    context_tokens: int | None
    price_in_usd: float | None
    price_out_usd: float | None
    capabilities: list[Capability]
    speed: AISpeed | None = Field(description="Null where no reply was measured yet.")
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
            capabilities=list(info.capabilities),
            speed=AISpeed(**asdict(info.speed)) if info.speed is not None else None,
            available=info.available,
            reason=info.reason,
        )


class AIRoute(BaseModel):
    """Which models are asked for a task, and in which order now."""

    task: str
    policy: Policy = Field(description="`order`: as configured.")
    models: list[str]


class AIModels(BaseModel):
    """The models, and what is wrong with the configuration of others."""

    items: list[AIModel]
    routes: list[AIRoute] = Field(description="Of the tasks that have a route.")
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
