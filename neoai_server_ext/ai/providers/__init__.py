"""Model providers behind one small interface of our own. Imports nothing else of ours."""

from .base import (
    Delta,
    End,
    Event,
    Filling,
    Form,
    Image,
    Message,
    Outcome,
    Provider,
    ProviderError,
    Role,
    Timeouts,
    Tool,
    ToolCall,
    Unusable,
    Usage,
)
from .connect import KINDS, connect
from .forms import form_of
from .keys import KeyProblem, Secret, checked_key, private_text, read_key, scrubbed
from .profiles import Capability, capabilities

__all__ = [
    "KINDS",
    "Capability",
    "Delta",
    "End",
    "Event",
    "Filling",
    "Form",
    "Image",
    "KeyProblem",
    "Message",
    "Outcome",
    "Provider",
    "ProviderError",
    "Role",
    "Secret",
    "Timeouts",
    "Tool",
    "ToolCall",
    "Unusable",
    "Usage",
    "capabilities",
    "checked_key",
    "connect",
    "form_of",
    "private_text",
    "read_key",
    "scrubbed",
]
