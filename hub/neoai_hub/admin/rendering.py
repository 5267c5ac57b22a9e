"""Pages from templates."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape
from pydantic import ValidationError

from ..quotas.standing import amount
from .access import Person, hub_of

HERE = Path(__file__).parent
POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
TEMPLATES = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape())
TEMPLATES.filters["amount"] = amount


def page(request: Request, who: Person, template: str, **values: Any) -> HTMLResponse:
    """A whole page for somebody."""
    text = TEMPLATES.get_template(template).render(
        who=who,
        base=hub_of(request).prefix.rstrip("/"),
        hub_home=hub_of(request).home,
        path=request.url.path,
        running_in=request.app.state.running_in,
        groups_from=request.app.state.groups_from,
        **values,
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(text, headers=headers)


def done(words: str) -> HTMLResponse:
    """What comes in the place of a button that was pressed, with its focus."""
    text = f'<span class="note" role="status" tabindex="-1" autofocus>{escape(words)}</span>'
    return HTMLResponse(text)


def said(error: Exception) -> str:
    """What is wrong, for people."""
    if isinstance(error, ValidationError):
        return "; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors())
    return str(error)
