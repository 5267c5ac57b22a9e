"""A Kubernetes cluster of the tests' own, on loopback: an API server, a scheduler and a kubelet."""

from .cluster import Cluster
from .faults import Fault

__all__ = ["Cluster", "Fault"]
