"""Structured logs: one JSON object a line, or a line for people where a person reads along."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

ROOT = "neoai"
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

current_request_id: ContextVar[str] = ContextVar("neoai_request_id", default="")


def logger(name: str) -> logging.Logger:
    """The logger of one of our rooms, `neoai.<name>`."""
    return logging.getLogger(f"{ROOT}.{name}")


def extra_of(record: logging.LogRecord) -> dict[str, object]:
    """What the caller added to a record through `extra=`."""
    return {key: value for key, value in vars(record).items() if key not in STANDARD}


class RequestIdFilter(logging.Filter):
    """Marks each record with the request in whose course it was made."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add `request_id` where there is one; never drop a record."""
        request_id = current_request_id.get()
        if request_id and not hasattr(record, "request_id"):
            record.request_id = request_id
        return True


class JSONFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and whatever the record carries."""

    def format(self, record: logging.LogRecord) -> str:
        """Encode a record."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry.update(extra_of(record))
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


class HumanFormatter(logging.Formatter):
    """`[I 12:00:00.000 neoai.http] GET /… 200 (3 ms, request 1f…)`."""

    def format(self, record: logging.LogRecord) -> str:
        """Lay a record out for a terminal, in the look of Jupyter's own lines."""
        stamp = datetime.fromtimestamp(record.created).strftime("%H:%M:%S.%f")[:-3]
        line = f"[{record.levelname[0]} {stamp} {record.name}] {record.getMessage()}"
        extra = extra_of(record)
        notes = []
        if isinstance(duration := extra.get("duration_s"), float):
            notes.append(f"{duration * 1000:.0f} ms")
        if request_id := extra.get("request_id"):
            notes.append(f"request {str(request_id)[:12]}")
        if notes:
            line += f" ({', '.join(notes)})"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def configure(log_format: str, level: int) -> None:
    """Send our loggers to standard error; `log_format`: json, human, or auto (by terminal)."""
    root = logging.getLogger(ROOT)
    human = log_format == "human" or (log_format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(HumanFormatter() if human else JSONFormatter())
    handler.addFilter(RequestIdFilter())
    for old in list(root.handlers):
        if isinstance(old.formatter, JSONFormatter | HumanFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    root.propagate = False
