"""What every handler shares: errors, request ids, streams, idempotency, the API document."""

from .base import NeoAIHandler, Reply
from .operation import operation
from .routes import Route

__all__ = ["NeoAIHandler", "Reply", "Route", "operation"]
