"""What a lease of GPUs is in a pod: resource limits, and the nodes that have such GPUs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kubernetes_asyncio.client import (
    V1Affinity,
    V1NodeAffinity,
    V1NodeSelector,
    V1NodeSelectorRequirement,
    V1NodeSelectorTerm,
)

from .protocols import Device

MIG = re.compile(r"^(?P<product>.+)-(?P<slice>\d+g\.\d+gb(?:\+\S+)?)$", re.IGNORECASE)
HOSTNAME = "kubernetes.io/hostname"


def resources(devices: Sequence[Device], kind: str, whole: str) -> dict[str, str]:
    """The limits that ask for them: `whole` is the resource of a GPU that is not cut."""
    if not devices:
        return {}
    slice_of_it = MIG.match(kind or devices[0].kind)
    name = f"nvidia.com/mig-{slice_of_it['slice'].lower()}" if slice_of_it else whole
    return {name: str(len(devices))}


def bind(
    spec: Any, devices: Sequence[Device], kind: str, label: str, values: Mapping[str, Sequence[str]]
) -> None:
    """Send a pod to the node of its devices, or to those whose `label` says that they have such.

    `values` are what the label says of a kind, where that is not the kind's own name.
    """
    nodes = {device.node for device in devices if device.node}
    if len(nodes) == 1:
        spec.node_selector = {**(spec.node_selector or {}), HOSTNAME: nodes.pop()}
        return
    chosen = kind or (devices[0].kind if devices else "")
    slice_of_it = MIG.match(chosen)
    product = slice_of_it["product"] if slice_of_it else chosen
    if not product or not label:
        return
    fitting = list(values.get(product, [product]))
    if len(fitting) == 1:
        spec.node_selector = {**(spec.node_selector or {}), label: fitting[0]}
    else:
        _require(spec, V1NodeSelectorRequirement(key=label, operator="In", values=fitting))


def _require(spec: Any, requirement: V1NodeSelectorRequirement) -> None:
    """Put it into each of the pod's terms: of several terms a node need meet but one."""
    spec.affinity = spec.affinity or V1Affinity()
    own = spec.affinity.node_affinity = spec.affinity.node_affinity or V1NodeAffinity()
    required = own.required_during_scheduling_ignored_during_execution
    terms = (required.node_selector_terms if required else None) or [V1NodeSelectorTerm()]
    for term in terms:
        term.match_expressions = [*(term.match_expressions or []), requirement]
    own.required_during_scheduling_ignored_during_execution = V1NodeSelector(
        node_selector_terms=terms
    )
