"""The API server: HTTPS with a token, JSON, watches as streams of lines."""

from __future__ import annotations

import contextlib
import json
import re
import select
import ssl
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from . import admission
from .faults import Faults
from .refusals import Refused
from .store import RESOURCES, Change, Filter, Object, Store

PATH = re.compile(
    r"^/(?:api/v1|apis/(?P<group>[^/]+)/v1)"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/.))?"
    r"/(?P<resource>[a-z]+)(?:/(?P<name>[^/]+))?(?:/(?P<part>.+))?$"
)
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
LONGEST_WATCH_S = 1800.0


@dataclass(frozen=True)
class Call:
    """One request: what on which objects."""

    verb: str
    resource: str
    namespace: str | None
    name: str
    part: str
    query: dict[str, str]


class ApiServer(ThreadingHTTPServer):
    """Serves a store at a port of loopback that the system picks."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        store: Store,
        faults: Faults,
        token: str,
        tls: ssl.SSLContext,
        on_change: Callable[[str, str, Object], None],
        proxy: Callable[[str, str], Any],
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.store = store
        self.faults = faults
        self.token = token
        self.calls: list[Call] = []
        self.errors: list[str] = []
        self.on_change = on_change
        self.proxy = proxy
        self._tls = tls

    def get_request(self) -> Any:
        """The handshake is the handler's thread's."""
        connection, address = super().get_request()
        wrapped = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that clients cut are no errors; others are kept for the test to fail by."""
        if not isinstance(sys.exception(), OSError):
            self.errors.append(traceback.format_exc())


class Cut(Exception):
    """The connection is closed without a further word."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ApiServer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            code, reply = self._carry_out(body)
        except Refused as refused:
            code, reply = refused.code, refused.status
        except Cut:
            self.close_connection = True
            return
        if reply is not None:
            self._send(code, reply)

    def _send(self, code: int, reply: Any) -> None:
        data = json.dumps(reply).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _carry_out(self, body: bytes) -> tuple[int, Any]:
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            raise Refused(401, "Unauthorized")
        if self.path == "/stats/summary":  # the kubelet of the first node answers here, too
            return 200, self.server.proxy("node-a", "stats/summary")
        call = self._call()
        self.server.calls.append(call)
        self._go_wrong(call)
        if call.resource == "nodes" and call.part.startswith("proxy/"):
            return 200, self.server.proxy(call.name, call.part.removeprefix("proxy/"))
        work: Callable[[Call, bytes], tuple[int, Any]] = getattr(self, f"_{call.verb}")
        return work(call, body)

    def _call(self) -> Call:
        parts = urlsplit(self.path)
        found = PATH.match(unquote(parts.path))
        known = RESOURCES.get(found["resource"]) if found else None
        if found is None or known is None or (found["group"] or "") != known.group:
            raise Refused(404, "the server could not find the requested resource")
        query = dict(parse_qsl(parts.query))
        verb = VERBS.get(self.command, "get" if found["name"] else "list")
        if verb == "list" and query.get("watch", "").lower() in ("true", "1"):
            verb = "watch"
        if self.command == "DELETE" and not found["name"]:
            raise Refused(405, "collections are not deleted here")
        namespace = found["namespace"] if known.namespaced else ""
        return Call(verb, known.plural, namespace, found["name"] or "", found["part"] or "", query)

    def _go_wrong(self, call: Call) -> None:
        fault = self.server.faults.take(call.verb, call.resource)
        if fault is None:
            return
        time.sleep(fault.slow_s)
        if fault.cut or (fault.slow_s and self._is_left()):
            raise Cut
        if fault.code:
            raise Refused(fault.code, fault.message)

    def _is_left(self) -> bool:
        """Whether the client has hung up: nothing is done then, as Kubernetes drops such calls."""
        poll = select.poll()  # select.select() refuses descriptors from 1024 up
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0))

    # --- verbs

    def _get(self, call: Call, _: bytes) -> tuple[int, Any]:
        return 200, self.server.store.get(call.resource, call.namespace or "", call.name)

    def _list(self, call: Call, _: bytes) -> tuple[int, Any]:
        wanted = _filter(call.query)
        items, version = self.server.store.list(call.resource, call.namespace, wanted)
        known = RESOURCES[call.resource]
        listed = {
            "kind": f"{known.kind}List",
            "apiVersion": known.api_version,
            "metadata": {"resourceVersion": str(version)},
            "items": items,
        }
        return 200, listed

    def _create(self, call: Call, body: bytes) -> tuple[int, Any]:
        given = admission.completed(call.resource, _json(body))
        admission.check(call.resource, given)
        namespace = call.namespace or ""
        store = self.server.store
        with store.changed:
            self._admit(call.resource, namespace, given)
            made = store.create(call.resource, namespace, _begun(call.resource, given))
        self.server.on_change("create", call.resource, made)
        return 201, made

    def _admit(self, resource: str, namespace: str, body: Object) -> None:
        store = self.server.store
        admission.check_quota(store, resource, namespace, body)
        if resource == "pods":
            labels = store.get("namespaces", "", namespace)["metadata"].get("labels") or {}
            if labels.get("pod-security.kubernetes.io/enforce") == "restricted":
                admission.check_restricted(body)

    def _update(self, call: Call, body: bytes) -> tuple[int, Any]:
        given = admission.completed(call.resource, _json(body))
        admission.check(call.resource, given)
        return 200, self._change(call, lambda kept: _replace(kept, given))

    def _patch(self, call: Call, body: bytes) -> tuple[int, Any]:
        kind = self.headers.get("Content-Type", "").split(";")[0]
        if kind not in ("application/merge-patch+json", "application/strategic-merge-patch+json"):
            raise Refused(415, f"{kind} is not done here")
        patch = _json(body)

        def work(kept: Object) -> None:
            _merge(kept, patch)
            admission.check(call.resource, _without_status(kept))

        return 200, self._change(call, work)

    def _change(self, call: Call, work: Callable[[Object], None]) -> Object:
        changed = self.server.store.change(call.resource, call.namespace or "", call.name, work)
        self.server.on_change("update", call.resource, changed)
        return changed

    def _delete(self, call: Call, body: bytes) -> tuple[int, Any]:
        options = (_json(body) if body else None) or {}
        admission.check_delete_options(options)
        namespace = call.namespace or ""
        if call.resource != "pods":
            gone = self.server.store.remove(call.resource, namespace, call.name)
            self.server.on_change("delete", call.resource, gone)
            return 200, gone
        asked = call.query.get("gracePeriodSeconds", options.get("gracePeriodSeconds"))

        def begin(pod: Object) -> None:
            grace = int(pod["spec"].get("terminationGracePeriodSeconds", 30))
            grace = grace if asked is None else int(asked)
            meta = pod["metadata"]
            meta.setdefault("deletionTimestamp", f"{_now()}")
            earlier = meta.get("deletionGracePeriodSeconds", grace)
            meta["deletionGracePeriodSeconds"] = min(earlier, grace)

        changed = self.server.store.change("pods", namespace, call.name, begin)
        self.server.on_change("delete", "pods", changed)
        return 200, changed

    # --- watches

    def _watch(self, call: Call, _: bytes) -> tuple[int, Any]:
        store = self.server.store
        asked = call.query.get("resourceVersion", "0")
        since = int(asked or 0)
        wanted = _filter(call.query)
        first: list[Object] = []
        if since == 0:
            first, since = store.list(call.resource, call.namespace, wanted)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with contextlib.suppress(OSError):
            for each in first:
                self._line("ADDED", each)
            try:
                self._follow(call, wanted, since)
            except Refused as refused:
                self._line("ERROR", refused.status)
            self.wfile.write(b"0\r\n\r\n")
        return 200, None

    def _follow(self, call: Call, wanted: Filter, since: int) -> None:
        longest = float(call.query.get("timeoutSeconds", LONGEST_WATCH_S))
        until = time.monotonic() + longest
        store = self.server.store
        for change in store.watch(call.resource, call.namespace, wanted, since, until):
            fault = self.server.faults.take("watch", call.resource, in_watch=True)
            if fault is not None and fault.gone:
                raise Refused(410, "too old resource version: it was compacted")
            if fault is not None:
                raise Cut
            self._tell(call, change)

    def _tell(self, call: Call, change: Change) -> None:
        if change.type != "BOOKMARK":
            self._line(change.type, change.object)
        elif call.query.get("allowWatchBookmarks", "").lower() in ("true", "1"):
            known = RESOURCES[call.resource]
            version = {"resourceVersion": str(change.version)}
            mark = {"kind": known.kind, "apiVersion": known.api_version, "metadata": version}
            self._line("BOOKMARK", mark)

    def _line(self, type: str, object: Object) -> None:
        data = json.dumps({"type": type, "object": object}).encode() + b"\n"
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise Refused(400, f"the body is no JSON: {error}") from error


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _begun(resource: str, body: Object) -> Object:
    """A new object, as the server completes it; what clients say of its status is dropped."""
    begun = {**_without_status(body), "metadata": dict(body.get("metadata") or {})}
    if resource == "pods":
        begun["status"] = {"phase": "Pending", "qosClass": "Burstable"}
        begun["spec"] = {"restartPolicy": "Always", **begun["spec"]}
    elif resource == "persistentvolumeclaims":
        begun["status"] = {"phase": "Pending"}
    return begun


def _without_status(body: Object) -> Object:
    return {key: value for key, value in body.items() if key != "status"}


def _replace(kept: Object, given: Object) -> None:
    meta = {**kept["metadata"], **given["metadata"]}
    status = kept.get("status")
    kept.clear()
    kept.update(_without_status(given), metadata=meta)
    if status is not None:
        kept["status"] = status


def _merge(kept: Object, patch: Any) -> None:
    """RFC 7386."""
    for key, value in patch.items():
        if value is None:
            kept.pop(key, None)
        elif isinstance(value, dict) and isinstance(kept.get(key), dict):
            _merge(kept[key], value)
        else:
            kept[key] = value


def _filter(query: dict[str, str]) -> Filter:
    """By `labelSelector` and `fieldSelector`, of equalities."""
    labels = _pairs(query.get("labelSelector", ""))
    fields = _pairs(query.get("fieldSelector", ""))

    def wanted(body: Object) -> bool:
        held = body["metadata"].get("labels") or {}
        return all(held.get(name) == value for name, value in labels) and all(
            _field(body, name) == value for name, value in fields
        )

    return wanted


def _pairs(selector: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=")[::2] for part in selector.split(",") if part]
    if any("!" in name or not value for name, value in pairs):
        raise Refused(400, f"unable to parse requirement: {selector}")
    return [(name, value.removeprefix("=")) for name, value in pairs]


def _field(body: Object, name: str) -> Any:
    found: Any = body
    for part in name.split("."):
        found = (found or {}).get(part)
    return found
