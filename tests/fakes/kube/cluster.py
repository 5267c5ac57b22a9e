"""All of it together, and what a test does to it."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from . import scheduler
from .faults import Fault, Faults
from .kubelet import Kubelet
from .refusals import Refused, not_found
from .server import ApiServer
from .store import Object, Store

NAMESPACE = "hub"
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


class Cluster:
    """One node, `node-a`, and the namespace `hub`, which enforces the restricted standard."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = secrets.token_hex(16)
        self.store = Store()
        self.faults = Faults()
        self.kubelet = Kubelet(self.store, folder)
        self.without_stats: set[str] = set()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(folder))
        self.server = ApiServer(
            self.store, self.faults, self.token, context, self.kubelet.changed, self._node_proxy
        )
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        self.store.create("namespaces", "", _object("v1", "Namespace", NAMESPACE, RESTRICTED))
        self.add_node("node-a")
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def kubeconfig(self) -> Path:
        """A client's configuration file."""
        path = self.folder / "kubeconfig"
        settings = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "tests",
            "clusters": [
                {
                    "name": "tests",
                    "cluster": {
                        "server": self.url,
                        "certificate-authority": str(self.folder / "api.pem"),
                    },
                }
            ],
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "hub"}}],
            "users": [{"name": "hub", "user": {"token": self.token}}],
        }
        path.write_text(json.dumps(settings))
        return path

    def close(self) -> None:
        """End every process, watch and connection."""
        self.kubelet.close()
        self.store.close()
        self.server.shutdown()
        self.server.server_close()
        assert not self.server.errors, self.server.errors[0]

    # --- what a test does

    def fault(self, **what: Any) -> Fault:
        """Let something go wrong: see `Fault`."""
        fault = Fault(**what)
        self.faults.add(fault)
        return fault

    def add_node(self, name: str, labels: dict[str, str] | None = None, **has: str) -> None:
        """Another node; `nvidia_com_gpu="2"` gives it GPUs."""
        self.store.create("nodes", "", scheduler.node(name, labels or {}, **has))

    def limit(self, **hard: str) -> None:
        """A ResourceQuota of the namespace: `limit(pods="1")`."""
        body = _object("v1", "ResourceQuota", "cluster-quota", {})
        body["spec"] = {"hard": {name.replace("_", "."): value for name, value in hard.items()}}
        self.store.create("resourcequotas", NAMESPACE, body)

    def lose_image(self, image: str, why: str = "not found") -> None:
        """No registry has the image any more; `kubelet.missing_images` are those."""
        self.kubelet.missing_images[image] = why

    def evict(self, pod: str, why: str = "The node was low on resource: memory.") -> None:
        """Let the node get rid of a running pod."""
        self.kubelet.pod(pod).evicted = why

    def delete(self, resource: str, name: str) -> None:
        """Delete from outside the hub, at once."""
        if resource != "pods":
            self.store.remove(resource, "" if resource == "nodes" else NAMESPACE, name)
            return

        def begin(pod: Object) -> None:
            pod["metadata"] |= {"deletionTimestamp": _stamp(), "deletionGracePeriodSeconds": 0}

        self.store.change(resource, NAMESPACE, name, begin)

    def names(self, resource: str) -> list[str]:
        """The names of the namespace's objects."""
        return [each["metadata"]["name"] for each in self.store.list(resource, NAMESPACE)[0]]

    def get(self, resource: str, name: str) -> Object:
        """One of the namespace's objects."""
        return self.store.get(resource, NAMESPACE, name)

    def home(self, claim: str) -> Path:
        """The folder behind a claim."""
        return self.kubelet.volume(NAMESPACE, claim)

    def calls(self, verb: str, resource: str) -> int:
        """How many calls there were."""
        return sum((each.verb, each.resource) == (verb, resource) for each in self.server.calls)

    def until(self, met: Callable[[], Any], what: str, longest: float = 20) -> Any:
        """Wait for what a pod or a client does."""
        deadline = time.monotonic() + longest
        while True:
            if value := met():
                return value
            assert time.monotonic() < deadline, f"not within {longest} s: {what}"
            time.sleep(0.02)

    # --- the kubelet's own address, behind the API server

    def _node_proxy(self, node: str, path: str) -> Any:
        self.store.get("nodes", "", node)
        if path != "stats/summary":
            raise not_found("nodes", path)
        if node in self.without_stats:
            raise Refused(503, "error trying to reach service: dial tcp: connection refused")
        pods = [
            self._pod_stats(pod)
            for pod in self.store.list("pods", None)[0]
            if pod["spec"].get("nodeName") == node and pod["status"]["phase"] == "Running"
        ]
        return {"node": {"nodeName": node}, "pods": pods}

    def _pod_stats(self, pod: Object) -> Object:
        """As a kubelet's `stats/summary` has it: `time`, `usedBytes` and the claim's name."""
        meta = pod["metadata"]
        volumes = []
        for volume in pod["spec"].get("volumes") or []:
            claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if claim:
                reference = {"name": claim, "namespace": meta["namespace"]}
                used = _used(self.kubelet.volume(meta["namespace"], claim))
                volumes.append(
                    {"name": volume["name"], "usedBytes": used, "capacityBytes": 10 << 30,
                     "pvcRef": reference}
                )  # fmt: skip
            else:
                volumes.append({"name": volume["name"], "usedBytes": 4096})
        running = self.kubelet.pods[meta["uid"]]
        return {
            "podRef": {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]},
            "cpu": {"usageCoreNanoSeconds": 1_500_000_000, "usageNanoCores": 1000},
            "memory": {"workingSetBytes": running._resident(), "rssBytes": running._resident()},
            "volume": volumes,
        }


def _used(folder: Path) -> int:
    """Bytes that the files of a folder take."""
    total = 0
    for root, _, files in os.walk(folder):
        total += sum(os.lstat(Path(root) / name).st_size for name in files)
    return total


def _object(api_version: str, kind: str, name: str, labels: dict[str, str]) -> Object:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "labels": dict(labels)},
    }


def _stamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _certificate(folder: Path) -> Path:
    """A certificate for loopback with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes of the tests")])
    now = datetime.datetime.now(datetime.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "api.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path
