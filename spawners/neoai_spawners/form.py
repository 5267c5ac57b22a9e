"""The page on which a user picks a profile."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .profiles import Profile, format_bytes


def clean_up_form(cleaning: Profile, why: str, ended: str = "") -> str:
    """HTML for JupyterHub's spawn form where storage is above its quota: one thing to start."""
    return (
        f"{_news(ended)}"
        f'<div class="alert alert-warning" role="alert">{escape(why)}</div>'
        f'<fieldset class="list-group"><legend class="fs-6">What you can start now</legend>'
        f"{_choice(cleaning, True)}</fieldset>"
    )


def options_form(offered: Sequence[Profile], chosen: str = "", ended: str = "") -> str:
    """HTML for JupyterHub's spawn form: the profiles offered, and how the last server ended.

    Empty, so that a server starts without a question, where there is neither a choice nor news,
    nor a profile chosen before that is not to be had any more.
    """
    names = [profile.name for profile in offered]
    if len(offered) <= 1 and not ended and (not chosen or chosen in names):
        return ""
    checked = chosen if chosen in names else next(iter(names), "")
    news = _news(ended)
    if not offered:
        return f'{news}<div class="alert alert-danger">No profile is open to you.</div>'
    choices = "".join(_choice(profile, profile.name == checked) for profile in offered)
    return (
        f'{news}<fieldset class="list-group">'
        f'<legend class="fs-6">What your server is made of</legend>{choices}</fieldset>'
    )


def _news(ended: str) -> str:
    if not ended:
        return ""
    return f'<div class="alert alert-warning" role="status">{escape(ended)}</div>'


def _choice(profile: Profile, checked: bool) -> str:
    identity = f"profile-{profile.name}"
    description = (
        f'<span class="d-block">{escape(profile.description)}</span>' if profile.description else ""
    )
    return (
        f'<label class="list-group-item d-flex gap-3" for="{identity}">'
        f'<input class="form-check-input flex-shrink-0" type="radio" name="profile" '
        f'id="{identity}" value="{escape(profile.name)}"{" checked" if checked else ""} required>'
        f'<span><strong class="d-block">{escape(profile.title or profile.name)}</strong>'
        f'{description}<small class="text-body-secondary">{escape(contents(profile))}</small>'
        "</span></label>"
    )


def contents(profile: Profile) -> str:
    """What a profile holds, on one line: `2 CPUs · 4 GB memory · 1 H100 GPU`."""
    cpus = f"{profile.cpus:g} CPU{'' if profile.cpus == 1 else 's'}"
    parts = [cpus, f"{format_bytes(profile.memory)} memory"]
    if profile.gpus:
        kind = f"{profile.gpu_kind} " if profile.gpu_kind else ""
        parts.append(f"{profile.gpus} {kind}GPU{'' if profile.gpus == 1 else 's'}")
    if profile.storage:
        parts.append(f"{format_bytes(profile.storage)} storage")
    return " · ".join(parts)
