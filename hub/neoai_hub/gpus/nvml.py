"""NVIDIA's management library: asked live, recorded to JSON, or replayed from it.

A question is a function of NVML, the device it is about (`0`; `0/1` is the second MIG slice of the
first GPU; empty for the whole machine) and further numbers. `pynvml` is imported when first asked.
"""

from __future__ import annotations

import ctypes
import importlib
import re
from collections.abc import Iterator
from typing import Any, Protocol

from neoai_spawners.protocols import Device

ABSENT = (12, 9, 1)  # library not found, driver not loaded, not initialised
NOT_SUPPORTED = 3
NOT_FOUND = 6


class NvmlError(Exception):
    """NVML refused; `code` is its own (3: not supported, 6: not found, 12: no library)."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message or f"NVML error {code}")
        self.code = code


class Nvml(Protocol):
    """Something that answers as NVML does. Raises NvmlError."""

    def ask(self, function: str, target: str = "", *numbers: int) -> Any:
        """A number, a text, a list, or a structure as a dict."""


class LiveNvml:
    """The library itself; each question blocks for a millisecond or so."""

    def __init__(self) -> None:
        self._module: Any = None
        self._handles: dict[str, Any] = {}

    def ask(self, function: str, target: str = "", *numbers: int) -> Any:
        """Ask the driver."""
        if self._module is None:
            module = importlib.import_module("pynvml")
            self._call(module, "nvmlInit")
            self._module = module
        about = (self._handle(target),) if target else ()
        return _plain(self._call(self._module, function, *about, *numbers))

    def _handle(self, target: str) -> Any:
        if target not in self._handles:
            gpu, _, slice_ = target.partition("/")
            if slice_:
                name = "nvmlDeviceGetMigDeviceHandleByIndex"
                found = self._call(self._module, name, self._handle(gpu), int(slice_))
            else:
                found = self._call(self._module, "nvmlDeviceGetHandleByIndex", int(gpu))
            self._handles[target] = found
        return self._handles[target]

    def _call(self, module: Any, function: str, *arguments: Any) -> Any:
        try:
            return getattr(module, function)(*arguments)
        except module.NVMLError as error:
            raise NvmlError(error.value, str(error)) from None


class RecordingNvml:
    """Passes questions on and keeps the replies, refusals too: `replies` goes into JSON."""

    def __init__(self, nvml: Nvml) -> None:
        self._nvml = nvml
        self.replies: list[dict[str, Any]] = []

    def ask(self, function: str, target: str = "", *numbers: int) -> Any:
        """Ask, and remember."""
        entry = {"function": function, "target": target, "numbers": list(numbers)}
        try:
            reply = self._nvml.ask(function, target, *numbers)
        except NvmlError as error:
            self.replies.append({**entry, "error": error.code, "message": str(error)})
            raise
        self.replies.append({**entry, "reply": reply})
        return reply


class ReplayedNvml:
    """Gives recorded replies: of several to the same question one after the other, then the last
    again. What was never asked is not supported."""

    def __init__(self, replies: list[dict[str, Any]]) -> None:
        self._replies: dict[tuple[str, str, tuple[int, ...]], list[dict[str, Any]]] = {}
        for entry in replies:
            question = (entry["function"], entry["target"], tuple(entry["numbers"]))
            self._replies.setdefault(question, []).append(entry)

    def ask(self, function: str, target: str = "", *numbers: int) -> Any:
        """What was answered then."""
        found = self._replies.get((function, target, numbers))
        if not found:
            raise NvmlError(NOT_SUPPORTED, "Not Supported")
        entry = found.pop(0) if len(found) > 1 else found[0]
        if "error" in entry:
            raise NvmlError(entry["error"], entry.get("message", ""))
        return entry["reply"]


def discover(nvml: Nvml, node: str = "") -> list[Device]:
    """The GPUs of this machine; of one that is cut into MIG slices, the slices. Raises NvmlError,
    with a code of `ABSENT` where there is no driver."""
    return [
        Device(
            id=str(nvml.ask("nvmlDeviceGetUUID", target)),
            kind=kind_of(str(nvml.ask("nvmlDeviceGetName", target))),
            node=node,
            memory_bytes=int(nvml.ask("nvmlDeviceGetMemoryInfo", target)["total"]),
        )
        for target in _targets(nvml)
    ]


def utilisation(nvml: Nvml) -> dict[str, float]:
    """How busy each device is now, 0 to 1, by its UUID; without those that do not say (MIG slices
    do not). Raises NvmlError where there is no driver."""
    found = {}
    for target in _targets(nvml):
        rates = _or_none(nvml, "nvmlDeviceGetUtilizationRates", target)
        if rates is not None:
            found[str(nvml.ask("nvmlDeviceGetUUID", target))] = rates["gpu"] / 100
    return found


def memory(nvml: Nvml) -> dict[str, int]:
    """Bytes of its memory that are in use on each device, by its UUID. Raises what `utilisation`
    raises."""
    return {
        str(nvml.ask("nvmlDeviceGetUUID", target)): int(found["used"])
        for target in _targets(nvml)
        if (found := _or_none(nvml, "nvmlDeviceGetMemoryInfo", target)) is not None
    }


def kind_of(name: str) -> str:
    """A short name: `NVIDIA H100 80GB HBM3` is an `H100`, a slice of it an `H100-1g.10gb`."""
    model, _, slice_ = name.partition(" MIG ")
    words = [word for word in re.split(r"[ -]", model) if not _PACKAGING.fullmatch(word)]
    return "-".join([*words, slice_] if slice_ else words) or name


_PACKAGING = re.compile(r"|NVIDIA|Tesla|GeForce|\d+GB|HBM\w*|PCIe?|PCIE|SXM\d?\w*|NVL", re.ASCII)


def _targets(nvml: Nvml) -> Iterator[str]:
    for index in range(nvml.ask("nvmlDeviceGetCount")):
        gpu = str(index)
        mode = _or_none(nvml, "nvmlDeviceGetMigMode", gpu)
        if not mode or not mode[0]:
            yield gpu
            continue
        for number in range(nvml.ask("nvmlDeviceGetMaxMigDeviceCount", gpu)):
            if _or_none(nvml, "nvmlDeviceGetUUID", f"{gpu}/{number}") is not None:
                yield f"{gpu}/{number}"


def _or_none(nvml: Nvml, function: str, target: str) -> Any:
    try:
        return nvml.ask(function, target)
    except NvmlError as error:
        if error.code not in (NOT_SUPPORTED, NOT_FOUND):
            raise
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, ctypes.Structure):
        return {name: _plain(getattr(value, name)) for name, *_ in value._fields_}
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value
