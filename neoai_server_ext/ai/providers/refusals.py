"""What providers say when they refuse a request. Import this module lazily."""

from __future__ import annotations

import json
import re

import httpx2
from pydantic_ai import exceptions

from .base import Outcome, ProviderError
from .keys import Secret, scrubbed
from .text import whole

MAX_DETAIL = 300
TOO_LONG = re.compile(
    r"(?:exceed|long|larg|great|maximum|overflow).{0,80}\bcontext (?:length|size|window)"
    r"|context (?:length|size|window).{0,80}(?:exceed|overflow)"
    r"|prompt is too long|token count.{0,80}exceeds",
    re.IGNORECASE | re.DOTALL,
)
"""Of servers that have no code for it: llama.cpp, vLLM, LM Studio and others say it in words."""

OUTCOMES: tuple[tuple[type[Exception], Outcome, str], ...] = (
    (exceptions.ModelRateLimitError, "rate", "The provider's rate limit is reached."),
    (exceptions.ModelQuotaExceededError, "quota", "The provider account's quota is used up."),
    (exceptions.ModelUnavailableError, "overloaded", "The provider is overloaded."),
    (exceptions.ModelServerError, "overloaded", "The provider has an error of its own."),
    (exceptions.ModelTimeoutError, "timeout", "The provider did not answer in time."),
    (exceptions.ModelRequestTimeout, "timeout", "The provider did not answer in time."),
    (exceptions.ModelAuthenticationError, "auth", "The provider refused the key."),
    (exceptions.ModelContextWindowExceededError, "context", "It is too much for the model."),
    (exceptions.ModelNotFoundError, "refused", "The provider knows no such model or address."),
    (exceptions.ModelRequestRejectedError, "refused", "The provider refused the request."),
    (exceptions.ContentFilterError, "refused", "The provider's content filter stopped the reply."),
    (exceptions.UnexpectedModelBehavior, "malformed", "The reply cannot be understood."),
)


def refused(response: httpx2.Response, key: Secret | None) -> ProviderError:
    """What a status other than 200 means."""
    status, said = response.status_code, _said(response)
    outcome: Outcome = "refused"
    if status in (401, 403):
        outcome, meaning = "auth", "The provider refused the key."
    elif status == 402 or (status == 429 and "quota" in said):
        outcome, meaning = "quota", "The provider account's quota is used up."
    elif status == 429:
        outcome, meaning = "rate", "The provider's rate limit is reached."
    elif status in (408, 504):
        outcome, meaning = "timeout", "The provider did not answer in time."
    elif status >= 500 and status != 501:
        outcome, meaning = "overloaded", "The provider has an error of its own."
    elif status == 413 or (status == 400 and TOO_LONG.search(said)):
        outcome, meaning = "context", "It is too much for the model."
    else:
        meaning = "The provider refused the request."
    if said:
        meaning = f"{meaning} It says: {scrubbed(whole(said), key)[:MAX_DETAIL]}"
    wait = response.headers.get("Retry-After", "")
    return ProviderError(outcome, meaning, float(wait) if wait.isdecimal() else None)


def _said(response: httpx2.Response) -> str:
    """The provider's own words, where there are any."""
    try:
        error = json.loads(response.content).get("error")
        said = error.get("message") if isinstance(error, dict) else error
    except (ValueError, AttributeError):
        return ""
    return said if isinstance(said, str) else ""
