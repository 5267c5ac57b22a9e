"""The pages by which users are imported: a table, what would happen, then all of it or nothing."""

from __future__ import annotations

import base64
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from neoai_server_ext import errors

from . import roster_csv
from .access import Admin, Person, hub_of
from .forms import fields_of
from .lines import line, roster_table
from .rendering import page
from .roster_csv import Unreadable

SHOWN = 100
GUESSED = (
    "The file is not in UTF-8 and was read as Windows writes Western languages: look at the names, "
    "or save it as CSV (UTF-8)."
)


def routes(base: str) -> APIRouter:
    """All of them, under `base`."""
    router = APIRouter(prefix=base, include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/admin/import")
    async def form(request: Request, who: Admin) -> Response:
        """Choose a table."""
        return page(request, who, "import.html", mistake="", group="")

    @router.post("/admin/import")
    async def preview(request: Request, who: Admin) -> Response:
        """What an import of the table would do; it changes nothing."""
        given = await request.form()
        group = str(given.get("group") or "").strip()
        table = given.get("table")
        try:
            if not isinstance(table, UploadFile) or not table.filename:
                raise Unreadable("Choose a file.")
            data = await table.read()
            text = roster_csv.decode(data)
            guessed = roster_csv.encoding_of(data) == roster_csv.GUESSED
            return await _preview(request, who, text, group, GUESSED if guessed else "")
        except (Unreadable, errors.Conflict) as error:
            return page(request, who, "import.html", mistake=str(error), group=group)

    @router.post("/admin/import/confirm")
    async def confirm(request: Request, who: Admin) -> Response:
        """Import it, if the hub is still as the preview saw it."""
        given = await fields_of(request)
        text, group = given.get("text", ""), given.get("group", "")
        try:
            sheet = roster_csv.read(text, group)
            if sheet.mistakes:
                return await _preview(request, who, text, group, "")
            seen = given.get("digest") or "none"
            done = await hub_of(request).roster(_change(who, sheet, dry=False, seen=seen))
        except errors.Conflict as error:
            return await _preview(request, who, text, group, str(error))
        except Unreadable as error:
            return page(request, who, "import.html", mistake=str(error), group=group)
        return page(
            request, who, "imported.html", counts=_counts(done), codes=_codes(request, done)
        )

    @router.get("/admin/users.csv")
    async def export(request: Request, who: Admin) -> Response:
        """Everybody, with groups, as a table that can be imported."""
        everybody = sorted(await hub_of(request).users(), key=lambda user: str(user["name"]))
        return roster_table(
            "users.csv", [(user["name"], sorted(user.get("groups") or ())) for user in everybody]
        )

    return router


def _change(who: Person, sheet: roster_csv.Sheet, **how: Any) -> dict[str, Any]:
    change = {"actor": who.name, "action": "user.imported", "make": True, **how}
    return {**change, "add": sheet.entries}


async def _preview(request: Request, who: Person, text: str, group: str, said: str) -> Response:
    sheet = roster_csv.read(text, group)
    outcome = await hub_of(request).roster(_change(who, sheet, dry=True))
    steps = list(zip(sheet.lines, outcome["steps"], strict=True))
    sheet.mistakes += [(number, step["mistake"]) for number, step in steps if step["mistake"]]
    sheet.mistakes.sort()
    return page(
        request, who, "import_preview.html",
        said=said, text=text, group=group, digest=outcome["digest"], counts=_counts(outcome),
        steps=steps, new_groups=outcome["new_groups"], mistakes=sheet.mistakes,
        shown=SHOWN,
    )  # fmt: skip


def _counts(outcome: dict[str, Any]) -> dict[str, int]:
    steps = outcome["steps"]
    return {
        "new": sum(step["new"] for step in steps),
        "invited": sum(step["invited"] for step in steps),
        "joins": sum(len(step["joins"]) for step in steps),
        "there": sum(not (step["new"] or step["joins"] or step["invited"]) for step in steps),
        "groups": len(outcome["new_groups"]),
    }


def _codes(request: Request, outcome: dict[str, Any]) -> str:
    """The list of invitations as a `data:` address, which this page alone has: nobody keeps it."""
    codes = outcome["codes"]
    if not codes:
        return ""
    where = hub_of(request).home.removesuffix("home") + "signup"
    lines = [line(["name", "invitation", "sign up at"])]
    lines += [line([name, code, where]) for name, code in codes.items()]
    return (
        f"data:text/csv;charset=utf-8;base64,{base64.b64encode(''.join(lines).encode()).decode()}"
    )
