"""The models of requests and replies in which a model writes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from . import images
from .providers import Message, Outcome

MAX_TEXT = 2_000_000
Text = Field(max_length=MAX_TEXT)
OwnPrompts = Field(
    default=None,
    description="Whose own prompts are taken and whose privacy holds. No passages or rules of it "
    "go along: what is to be known of other files has to be in the text.",
)


class Strict(BaseModel):
    """A request's part: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class TextPart(Strict):
    """A piece of text."""

    type: Literal["text"]
    text: str = Text


class ImageURL(Strict):
    """A png, jpeg, webp or gif of at most 5 MB."""

    url: str = Field(
        description="`data:image/…;base64,…`",
        # looked at by `decoded`, which says it in bytes of the picture
        json_schema_extra={"maxLength": images.MAX_URL},
    )

    @field_validator("url")
    @classmethod
    def _is_a_picture(cls, url: str) -> str:
        images.decoded(url)
        return url


class ImagePart(Strict):
    """A picture."""

    type: Literal["image_url"]
    image_url: ImageURL


ContentPart = Annotated[TextPart | ImagePart, Field(discriminator="type")]


def _form(content: object) -> str:
    """Which of the two a content is meant to be: what is wrong is said of that one alone."""
    return "parts" if isinstance(content, list) else "string"


Content = Annotated[
    Annotated[str, Text, Tag("string")]
    | Annotated[list[ContentPart], Field(max_length=100), Tag("parts")],
    Discriminator(_form),
]


class ChatMessage(Strict):
    """A turn of the conversation: text, or a list of texts and, of the user, pictures."""

    role: Literal["system", "user", "assistant"]
    content: Content

    @model_validator(mode="after")
    def _pictures_are_the_users(self) -> ChatMessage:
        if self.urls and self.role != "user":
            raise ValueError("only the user's messages may have pictures")
        return self

    @property
    def text(self) -> str:
        """What is said, without the pictures."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content if isinstance(part, TextPart))

    @property
    def urls(self) -> list[str]:
        """The pictures."""
        if isinstance(self.content, str):
            return []
        return [part.image_url.url for part in self.content if isinstance(part, ImagePart)]

    def message(self) -> Message:
        """The turn as models are told it; decodes the pictures."""
        return Message(self.role, self.text, tuple(images.decoded(url) for url in self.urls))


class Selection(Strict):
    """What the user has selected; in a string, its text alone. Lines count from 1."""

    text: str = Text
    path: str | None = None
    start_line: int | None = Field(default=None, ge=1)
    end_line: int | None = Field(default=None, ge=1)
    language: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"text": given} if isinstance(given, str) else given


class Cell(Strict):
    """A notebook's cell; in a string, its source alone."""

    source: str = Text
    path: str | None = None
    id: str | None = None
    language: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_source(cls, given: Any) -> Any:
        return {"source": given} if isinstance(given, str) else given


class OpenFile(Strict):
    """The file in front. text: what the editor has; else what is saved. line: the cursor's."""

    path: str = Field(min_length=1, max_length=4096)
    line: int = Field(default=1, ge=1)
    text: str | None = Field(default=None, max_length=MAX_TEXT)


class Diagnostic(Strict):
    """What a tool of the editor, a language server or a linter, says of a line (from 1)."""

    path: str = Field(max_length=4096)
    line: int = Field(ge=1)
    severity: Literal["error", "warning", "info", "hint"] = "error"
    message: str = Field(min_length=1, max_length=2000)
    source: str = Field(default="", max_length=100)


class ChatContext(Strict):
    """What goes along with the question. Files are relative to the project."""

    files: list[str] = Field(default=[], max_length=50)
    open_file: OpenFile | None = None
    diagnostics: list[Diagnostic] = Field(default=[], max_length=500)
    selection: Selection | None = None
    cell: Cell | None = None
    kernel_id: str | None = Field(
        default=None,
        max_length=200,
        description="A running Python kernel whose variables go along; the server's owner's alone.",
    )


class ChatRequest(Strict):
    """A conversation whose last turn is to be answered."""

    messages: list[ChatMessage] = Field(min_length=1, max_length=1000)
    project_id: str | None = Field(default=None, description="Whose passages and rules go along.")
    conversation_id: str = Field(
        default="",
        max_length=200,
        description="Any name: the model that answered under it last is asked again.",
    )
    context: ChatContext = ChatContext()
    model: str = Field(default="auto", description="`provider/model`; `auto`: the route's choice.")
    task: Literal["chat", "completion", "edit", "plan", "summarise"] = "chat"
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    temperature: float | None = Field(default=None, ge=0, le=2)
    stream: bool = Field(default=False, description="Answer as server-sent events.")
    cache: bool = Field(default=True, description="Whether an earlier reply may answer.")

    @field_validator("messages")
    @classmethod
    def _ends_with_the_user(cls, messages: list[ChatMessage]) -> list[ChatMessage]:
        last = messages[-1]
        if last.role != "user" or not (last.text.strip() or last.urls):
            raise ValueError("the last message must be the user's, and say something")
        if sum(len(message.urls) for message in messages) > images.AT_MOST:
            raise ValueError(f"there may be at most {images.AT_MOST} pictures")
        return messages


class Citation(BaseModel):
    """A place that the reply cites, relative to the project. Lines count from 1."""

    path: str
    start_line: int
    end_line: int


class UsageCounts(BaseModel):
    """What a reply took. cost_usd: null where the model's price is not known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None


class AttemptMade(BaseModel):
    """One request to a model, and what became of it."""

    provider: str
    model: str
    outcome: Outcome
    latency_s: float


class CheckFound(BaseModel):
    """A finding in code of the reply; the line counts from 1."""

    kind: Literal["syntax", "secret", "risk"]
    severity: Literal["error", "warning", "info"]
    message: str
    line: int | None = None


class ContextUsed(BaseModel):
    """A part that was to go along: how many tokens of it did, and how many were cut."""

    kind: str
    name: str
    tokens: int
    cut: int
    note: str = Field(default="", description="Why it did not go along, or what was made of it.")


class ChatReply(BaseModel):
    """A complete reply."""

    id: str
    model: str
    provider: str
    content: str
    finish_reason: str
    citations: list[Citation]
    usage: UsageCounts
    cached: bool = False
    attempts: list[AttemptMade]
    checks: list[CheckFound]
    context: list[ContextUsed]
    notice: str = Field(default="", description="That this month's costs are over a limit.")


class VariablesQuery(Strict):
    """Of what is wanted of a kernel's variables."""

    asked: str = Field(default="", max_length=4000, description="Names in it come first.")
    project_id: str | None = Field(default=None, description="Whose privacy holds.")


class VariablesTold(BaseModel):
    """The variables, a line each; without text the note says why."""

    text: str
    note: str


class EmbeddingsRequest(Strict):
    """Texts to be embedded."""

    input: list[str] = Field(min_length=1, max_length=2048)
    model: str = "auto"


class Embeddings(BaseModel):
    """A vector for each text, in their order."""

    model: str
    dimensions: int
    data: list[list[float]]
