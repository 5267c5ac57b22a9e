"""What Jupyter Server itself knows of activity: kernels, terminals and requests."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .activity import Activity

READS = frozenset({"GET", "HEAD", "OPTIONS"})
UNASKED = ("/neoai/v1/session", "/lab/api/workspaces")
"""What pages write by themselves: JupyterLab its layout every ten seconds, changed or not. The
former tells of people itself."""


def watch_server(activity: Activity, settings: dict[str, Any], counts: Callable[[], bool]) -> None:
    """Count what a server's application is asked and runs. `settings`: the application's. Requests
    count that change something, while `counts` says so: pages ask for kernels, folders and much
    more every few seconds, whether anybody is there or not."""
    activity.keep("kernels", lambda: _busy_kernels(settings.get("kernel_manager")))
    activity.keep("terminals", lambda: _busy_terminals(settings.get("terminal_manager")))
    activity.watch(lambda: _ago(getattr(settings["kernel_manager"], "last_kernel_activity", None)))
    activity.watch(lambda: _ago(settings.get("terminal_last_activity")))
    log_request = settings["log_function"]

    def noticed(handler: Any) -> None:
        if counts() and _changes_something(handler):
            activity.touch()
        log_request(handler)

    settings["log_function"] = noticed


def _changes_something(handler: Any) -> bool:
    request = handler.request
    if request.method in READS or handler.get_status() >= 400:
        return False
    return not any(path in request.path for path in UNASKED)


def _ago(at: datetime | None) -> float | None:
    return None if at is None else max(0.0, (datetime.now(UTC) - at).total_seconds())


def _busy_kernels(manager: Any) -> int:
    if manager is None:
        return 0
    kernels = [manager.get_kernel(kernel_id) for kernel_id in manager.list_kernel_ids()]
    return sum(getattr(kernel, "execution_state", "") == "busy" for kernel in kernels)


def _busy_terminals(manager: Any) -> int:
    """Those in which a program runs in front, and not the shell alone."""
    if manager is None:
        return 0
    return sum(_runs_a_program(terminal.ptyproc) for terminal in manager.terminals.values())


def _runs_a_program(process: Any) -> bool:
    try:
        return os.tcgetpgrp(process.fd) != os.getpgid(process.pid)
    except (OSError, AttributeError, ValueError):
        return False  # it has ended, or there are no such groups here
