"""CSV as this service writes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from fastapi.responses import Response

from .roster_csv import FORMULA, joined

UNSAFE = (*FORMULA, "\t", "\r")


def line(values: list[Any]) -> str:
    """A line of CSV in which no spreadsheet finds a formula."""
    safe = [f"'{value}" if str(value).startswith(UNSAFE) else value for value in values]
    buffer = io.StringIO()
    csv.writer(buffer).writerow(safe)
    return buffer.getvalue()


def roster_table(name: str, users: Iterable[tuple[str, Iterable[str]]]) -> Response:
    """Users and their groups as a file to save, which can be imported."""
    lines = [line(["name", "groups"]), *(line([user, joined(groups)]) for user, groups in users)]
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"}
    return Response("".join(lines), media_type="text/csv; charset=utf-8", headers=headers)
