"""The API server's objects, their versions, and the history that watches read."""

from __future__ import annotations

import copy
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .refusals import Refused, expired, not_found

Object = dict[str, Any]
Filter = Callable[[Object], bool]


@dataclass(frozen=True)
class Resource:
    """A kind of objects, as its addresses and its bodies name it."""

    plural: str
    kind: str
    group: str = ""
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """As bodies have it."""
        return f"{self.group}/v1" if self.group else "v1"


RESOURCES = {
    each.plural: each
    for each in (
        Resource("pods", "Pod"),
        Resource("persistentvolumeclaims", "PersistentVolumeClaim"),
        Resource("services", "Service"),
        Resource("secrets", "Secret"),
        Resource("events", "Event"),
        Resource("resourcequotas", "ResourceQuota"),
        Resource("namespaces", "Namespace", namespaced=False),
        Resource("nodes", "Node", namespaced=False),
        Resource("networkpolicies", "NetworkPolicy", "networking.k8s.io"),
    )
}


@dataclass(frozen=True)
class Change:
    """One entry of the history: what a watch tells."""

    version: int
    type: str
    resource: str
    object: Object


class Store:
    """Objects are replaced whole and never changed in place, so readers need no copies."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.version = 1
        self.closed = False
        self._objects: dict[tuple[str, str, str], Object] = {}
        self._history: list[Change] = []
        self._oldest = 0

    def create(self, resource: str, namespace: str, body: Object) -> Object:
        """Keep a new object. 409 where its name is taken, 404 where its namespace is not."""
        body = copy.deepcopy(body)
        meta = body["metadata"]
        if RESOURCES[resource].namespaced:
            self.get("namespaces", "", namespace)
            meta["namespace"] = namespace
        name = meta.get("name") or f"{meta['generateName']}{uuid.uuid4().hex[:5]}"
        meta |= {
            "name": name,
            "uid": str(uuid.uuid4()),
            "creationTimestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        with self.changed:
            if (resource, namespace, name) in self._objects:
                raise Refused(409, f'{resource} "{name}" already exists', "AlreadyExists")
            return self._put("ADDED", resource, namespace, body)

    def get(self, resource: str, namespace: str, name: str) -> Object:
        """The object. 404 where there is none."""
        with self.changed:
            found = self._objects.get((resource, namespace, name))
        if found is None:
            raise not_found(resource, name)
        return found

    def list(
        self, resource: str, namespace: str | None, wanted: Filter = lambda _: True
    ) -> tuple[list[Object], int]:
        """The objects of a namespace (None: of all), and the version at which they were so."""
        with self.changed:
            found = [
                each
                for (kind, place, _), each in sorted(self._objects.items())
                if kind == resource and namespace in (None, place) and wanted(each)
            ]
            return found, self.version

    def change(
        self, resource: str, namespace: str, name: str, work: Callable[[Object], None]
    ) -> Object:
        """Let `work` change a copy of the object, and keep that. 404 where there is none."""
        with self.changed:
            body = copy.deepcopy(self.get(resource, namespace, name))
            before = body["metadata"]["resourceVersion"]
            uid = body["metadata"]["uid"]
            work(body)
            if body["metadata"].get("resourceVersion", before) != before:
                raise Refused(
                    409,
                    f'Operation cannot be fulfilled on {resource} "{name}": the object has been '
                    "modified; please apply your changes to the latest version and try again",
                )
            body["metadata"]["uid"] = uid
            return self._put("MODIFIED", resource, namespace, body)

    def remove(self, resource: str, namespace: str, name: str) -> Object:
        """Forget the object. 404 where there is none."""
        with self.changed:
            body = copy.deepcopy(self.get(resource, namespace, name))
            del self._objects[(resource, namespace, name)]
            return self._tell("DELETED", resource, body)

    def compact(self) -> None:
        """Forget the history, as etcd does every few minutes."""
        with self.changed:
            self._history.clear()
            self._oldest = self.version

    def close(self) -> None:
        """End every watch."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def watch(
        self,
        resource: str,
        namespace: str | None,
        wanted: Filter,
        since: int,
        until: float,
        step: float = 0.2,
    ) -> Iterator[Change]:
        """What changes after the version `since`, until the time `until` (monotonic); a bookmark
        every `step` seconds in which nothing does. 410 where it is forgotten."""
        seen = since
        while time.monotonic() < until and not self.closed:
            with self.changed:
                if seen < self._oldest:
                    raise expired(seen, self._oldest)
                news = [each for each in self._history if each.version > seen]
                seen = self.version
                if not news:
                    self.changed.wait(min(step, max(0.0, until - time.monotonic())))
            told = [
                each
                for each in news
                if each.resource == resource
                and namespace in (None, each.object["metadata"].get("namespace"))
                and wanted(each.object)
            ]
            yield from told or [Change(seen, "BOOKMARK", resource, {})]

    def _put(self, type: str, resource: str, namespace: str, body: Object) -> Object:
        self._objects[(resource, namespace, body["metadata"]["name"])] = body
        return self._tell(type, resource, body)

    def _tell(self, type: str, resource: str, body: Object) -> Object:
        self.version += 1
        body["metadata"]["resourceVersion"] = str(self.version)
        self._history.append(Change(self.version, type, resource, body))
        self.changed.notify_all()
        return body
