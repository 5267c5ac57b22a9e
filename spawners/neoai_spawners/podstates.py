"""What a pod's status says: why it ended, and why it does not start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SERVER = "notebook"
GONE = "Gone"
NO_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
FOR_GOOD = ("not found", "denied", "unauthorized", "invalid", "does not exist", "never")
"""Of what a registry or node says of an image: trying again changes nothing."""
NO_CONTAINER = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}


class PodFailed(Exception):
    """A pod that will not run, whatever time it is given."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(f"{reason}: {message}" if message else reason)
        self.reason = reason
        self.message = message


def end_reason(pod: Mapping[str, Any] | None) -> str:
    """Why a pod has ended, in the cluster's word (`OOMKilled`, `Evicted`), `Gone` where there is
    none; empty where it runs."""
    if pod is None:
        return GONE
    status = pod.get("status", {})
    if status.get("reason"):  # the node's word goes before the container's
        return str(status["reason"])
    ended = _state(pod).get("terminated")
    return str(ended.get("reason") or "") if ended else ""


def failure(pod: Mapping[str, Any] | None) -> PodFailed | None:
    """Why a pod that was made cannot come to run any more; None while it can."""
    if pod is None:
        return None
    status = pod.get("status", {})
    state = _state(pod)
    if state.get("terminated") or status.get("phase") in ("Failed", "Succeeded"):
        return PodFailed(end_reason(pod) or "Error", str(status.get("message", "")))
    waits = waiting(pod)
    if waits is None:
        return None
    words = str(waits).lower()
    definite = waits.reason in NO_CONTAINER or any(word in words for word in FOR_GOOD)
    return waits if definite else None


def waiting(pod: Mapping[str, Any] | None) -> PodFailed | None:
    """What a pod's server waits for: an image that does not come, a setting that is missing."""
    found = _state(pod or {}).get("waiting") or {}
    if found.get("reason") in NO_IMAGE | NO_CONTAINER:
        return PodFailed(found["reason"], str(found.get("message", "")))
    return None


def exit_status(pod: Mapping[str, Any] | None) -> int:
    """The exit status of the pod's server; 1 where nobody knows it."""
    ended = _state(pod).get("terminated") if pod else None
    return int(ended["exitCode"]) if ended else 1


def no_place(pod: Mapping[str, Any] | None) -> str:
    """Why the scheduler finds no node, in its words; empty where it has not said so."""
    for condition in (pod or {}).get("status", {}).get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return str(condition.get("message", ""))
    return ""


def _state(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    for container in pod.get("status", {}).get("containerStatuses") or []:
        if container.get("name") == SERVER:
            state: Mapping[str, Any] = container.get("state") or {}
            return state
    return {}
