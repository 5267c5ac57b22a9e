"""Which node a pod runs on: by its node selector and by what it asks for."""

from __future__ import annotations

from typing import Any

from .admission import amount
from .store import Object, Store


def node(name: str, labels: dict[str, str], **resources: str) -> Object:
    """A node's object; `resources` are what it has for pods, `nvidia_com_gpu` for one."""
    has = {key.replace("_com_", ".com/"): value for key, value in resources.items()}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}},
        "status": {"allocatable": {"cpu": "64", "memory": "256Gi", "pods": "110", **has}},
    }


def place(store: Store, pod: Object) -> tuple[str, str]:
    """The node, or why there is none, as the scheduler's event says it."""
    nodes = store.list("nodes", None)[0]
    reasons: dict[str, int] = {}
    for each in nodes:
        why = _why_not(store, each, pod)
        if not why:
            return each["metadata"]["name"], ""
        reasons[why] = reasons.get(why, 0) + 1
    said = ", ".join(f"{count} {why}" for why, count in sorted(reasons.items()))
    return "", f"0/{len(nodes)} nodes are available: {said}."


def _why_not(store: Store, node: Object, pod: Object) -> str:
    labels = node["metadata"].get("labels") or {}
    selector = pod["spec"].get("nodeSelector") or {}
    if not selector.items() <= labels.items():
        return "node(s) didn't match Pod's node affinity/selector"
    has = node["status"]["allocatable"]
    taken: dict[str, float] = {}
    for other in store.list("pods", None)[0]:
        if other["spec"].get("nodeName") == node["metadata"]["name"]:
            for name, count in _asked(other).items():
                taken[name] = taken.get(name, 0.0) + count
    for name, count in _asked(pod).items():
        if taken.get(name, 0.0) + count > amount(has.get(name, 0)):
            return f"Insufficient {name}"
    return ""


def _asked(pod: Object) -> dict[str, float]:
    asked: dict[str, float] = {}
    over: Any = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    for container in [] if over else pod["spec"]["containers"]:
        for name, value in (container.get("resources") or {}).get("requests", {}).items():
            asked[name] = asked.get(name, 0.0) + amount(value)
    return asked
