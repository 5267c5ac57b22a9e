"""How models fill in the middle: given what stands before and after a place, and no more.

Sources: platform.openai.com (legacy completions), docs.mistral.ai (FIM), api-docs.deepseek.com
(FIM completion), and the cards of the models for their tokens.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from .base import Filling, Form

TOKENS: dict[str, tuple[str, str, str]] = {
    "qwen": ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    "starcoder": ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    "deepseek": ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),  # noqa: RUF001
    "codellama": ("<PRE> ", " <SUF>", " <MID>"),
}
"""What stands before the prefix, the suffix, and where the model goes on."""
ENDS: dict[str, tuple[str, ...]] = {
    "qwen": ("<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|repo_name|>", "<|im_end|>"),
    "starcoder": ("<|endoftext|>", "<file_sep>", "<|end_of_text|>"),
    "deepseek": ("<｜end▁of▁sentence｜>", "<|EOT|>"),  # noqa: RUF001
    "codellama": ("<EOT>", " <EOT>"),
    "codestral": ("[PREFIX]", "[SUFFIX]", "</s>"),
}
"""What models write at their end where the server does not take it for one; four at most."""
KNOWN: tuple[tuple[str, Form], ...] = (
    (r"codeqwen|qwen[\d.]*-?coder|codegemma", "qwen"),
    (r"starcoder|stable-?code|granite[\d.-]*-?code|codegen|santacoder|refact", "starcoder"),
    (r"deepseek-coder", "deepseek"),
    (r"code-?llama", "codellama"),
    (r"codestral", "codestral"),
)
"""By the model's name, on servers that pass the text on as it is."""


def form_of(kind: str, base_url: str | None, model: str) -> Form | None:
    """How a model is known to fill in the middle; None where nobody knows that it can."""
    name = model.rpartition("/")[2].lower()
    if kind == "openai":
        return "suffix" if name.startswith("gpt-3.5-turbo-instruct") else None
    if kind not in ("openai-compatible", "gateway"):
        return None
    parts = urlsplit(base_url or "")
    host = parts.hostname or ""
    if host == "mistral.ai" or host.endswith(".mistral.ai"):
        return "mistral" if "codestral" in name else None
    if host == "api.deepseek.com":
        return "suffix" if parts.path.rstrip("/").endswith("/beta") else None
    form = next((form for pattern, form in KNOWN if re.search(pattern, name)), None)
    # Ollama, whose names have a tag, puts the text into the model's own template.
    return "suffix" if form is not None and ":" in name else form


def body_of(filling: Filling, model: str, form: Form) -> dict[str, Any]:
    """The request, without what limits it."""
    body: dict[str, Any] = {"model": model, "stream": True}
    stop = [*filling.stop, *ENDS.get(form, ())][:4]
    if stop:
        body["stop"] = stop
    if form in ("suffix", "mistral"):
        body |= {"prompt": filling.prefix, "suffix": filling.suffix}
    elif form == "codestral":
        body["prompt"] = f"[SUFFIX]{filling.suffix}[PREFIX]{filling.prefix}"
    else:
        before, hole, middle = TOKENS[form]
        body["prompt"] = f"{before}{filling.prefix}{hole}{filling.suffix}{middle}"
    if form != "mistral":
        body["stream_options"] = {"include_usage": True}
    return body
