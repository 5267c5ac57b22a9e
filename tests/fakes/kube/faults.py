"""What goes wrong on command."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass
class Fault:
    """For the next `times` calls of `verb` on `resource` (as roles name them; empty: any).

    `code` is refused with that status; `cut` closes the connection without a reply, in the middle
    of a watch too; `gone` ends a watch with its 410; `slow_s` is waited before the call.
    """

    verb: str = ""
    resource: str = ""
    code: int = 0
    cut: bool = False
    gone: bool = False
    slow_s: float = 0.0
    times: int = 1
    message: str = "the tests want it so"

    def meets(self, verb: str, resource: str) -> bool:
        """Whether it is for this call."""
        return self.times > 0 and self.verb in ("", verb) and self.resource in ("", resource)


class Faults:
    """Those that are set, each used up by the calls that it meets."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: list[Fault] = []
        self.met: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """From now on."""
        with self._lock:
            self._set.append(fault)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._set.clear()

    def take(self, verb: str, resource: str, in_watch: bool = False) -> Fault | None:
        """What happens to this call. `in_watch`: one that has begun, which only breaks."""
        with self._lock:
            for fault in self._set:
                breaks = verb == "watch" and (fault.cut or fault.gone)
                if fault.meets(verb, resource) and breaks == in_watch:
                    fault.times -= 1
                    self.met.append(fault)
                    return fault
        return None
