"""Runs each pod as a process of this machine, and tells its status and events as a kubelet does.

A pod has an address of loopback of its own (127.x.y.z), where its server listens at its port; the
folder of its claim is its home. Memory above its limit is the end of it, as the kernel would have
it: its resident memory is looked at, as no cgroup is made.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from .admission import amount
from .refusals import Refused
from .scheduler import place
from .store import Object, Store

LOOK_S = 0.05
RESTART_S = 0.3


class Pod:
    """One pod's life, in a thread of its own."""

    def __init__(self, kubelet: Kubelet, made: Object) -> None:
        self.kubelet = kubelet
        self.store = kubelet.store
        self.namespace: str = made["metadata"]["namespace"]
        self.name: str = made["metadata"]["name"]
        self.uid: str = made["metadata"]["uid"]
        self.ip = "127." + ".".join(str(secrets.randbelow(200) + 20) for _ in range(3))
        self.process: subprocess.Popen[bytes] | None = None
        self.evicted = ""
        self.killed_for_memory = False
        self.restarts = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._live, daemon=True)

    @property
    def now(self) -> Object:
        """As the API server has it."""
        return self.store.get("pods", self.namespace, self.name)

    def _live(self) -> None:
        with contextlib.suppress(Refused):  # it is gone
            if self._scheduled() and self._image_is_here():
                self._run()
            self._until_deleted()
            self.store.remove("pods", self.namespace, self.name)

    # --- before it runs

    def _scheduled(self) -> bool:
        last = ""
        while not self._leaving():
            with self.store.changed:
                where, why = place(self.store, self.now)
                if where:
                    self._bind(where)
            if where:
                said = f"Successfully assigned {self.namespace}/{self.name} to {where}"
                self._event("Normal", "Scheduled", said)
                self._condition("PodScheduled", "True")
                return True
            if why != last:
                self._condition("PodScheduled", "False", "Unschedulable", why)
                self._event("Warning", "FailedScheduling", why)
                last = why
            time.sleep(LOOK_S)
        return False

    def _bind(self, node: str) -> None:
        self._change(lambda pod: pod["spec"].update(nodeName=node))

    def _image_is_here(self) -> bool:
        image = self._container()["image"]
        self._event("Normal", "Pulling", f'Pulling image "{image}"')
        said = ""
        while cause := self.kubelet.missing_images.get(image):
            why = f'failed to pull and unpack image "{image}": {cause}'
            if not said:
                said = f'Failed to pull image "{image}": {why}'
                self._event("Warning", "Failed", said)
                self._state({"waiting": {"reason": "ErrImagePull", "message": why}})
            elif not said.startswith("Back-off"):
                said = f'Back-off pulling image "{image}": ErrImagePull: {why}'
                self._state({"waiting": {"reason": "ImagePullBackOff", "message": said}})
            if self.stop.wait(LOOK_S) or self._leaving():
                return False
        if self._leaving():
            return False
        self._event("Normal", "Pulled", f'Container image "{image}" is on the machine')
        return True

    # --- while it runs

    def _run(self) -> None:
        while not self._leaving():
            self._launch()
            ended = self._until_ended()
            if self._leaving() or not self._restarted(ended):
                return

    def _launch(self) -> None:
        container = self._container()
        self.killed_for_memory = False
        home = self._home(container)
        log = (home / ".pod.log").open("ab")
        self.process = subprocess.Popen(
            [*(container.get("command") or []), *(container.get("args") or [])],
            env=self._environment(container, home),
            cwd=home,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self._event("Normal", "Created", f"Created container: {container['name']}")
        self._event("Normal", "Started", f"Started container {container['name']}")
        self._state({"running": {"startedAt": _now()}}, phase="Running", ready=True)

    def _environment(self, container: Object, home: Path) -> dict[str, str]:
        named = {each["name"]: each.get("value", "") for each in container.get("env") or []}
        url = named.get("JUPYTERHUB_SERVICE_URL", "")
        own = {"JUPYTERHUB_SERVICE_URL": url.replace("0.0.0.0", self.ip)}
        return {"PATH": os.environ["PATH"], "HOME": str(home), **named, **(own if url else {})}

    def _home(self, container: Object) -> Path:
        """The folder of the claim that is mounted first; of its own where there is none."""
        volumes = {each["name"]: each for each in self.now["spec"].get("volumes") or []}
        for mount in container.get("volumeMounts") or []:
            claim = volumes[mount["name"]].get("persistentVolumeClaim")
            if claim:
                return self.kubelet.volume(self.namespace, claim["claimName"])
        folder = self.kubelet.folder / "pods" / self.uid
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _until_ended(self) -> int:
        process = self.process
        assert process is not None
        limit = (self._container().get("resources") or {}).get("limits", {}).get("memory")
        most = amount(limit) if limit else float("inf")
        leaving_at: float | None = None
        while process.poll() is None:
            if self.evicted or self._resident() > most:
                self.killed_for_memory = not self.evicted
                self._signal(signal.SIGKILL)
            grace = self._grace()
            if grace is not None and leaving_at is None:
                leaving_at = time.monotonic()
                self._signal(signal.SIGTERM)
            if grace is not None and time.monotonic() - (leaving_at or 0) >= grace:
                self._signal(signal.SIGKILL)
            self.stop.wait(LOOK_S)
        return _exit_code(process.returncode)

    def _restarted(self, code: int) -> bool:
        """Tell how it ended; whether it is to be run again, after a while."""
        policy = self.now["spec"].get("restartPolicy", "Always")
        again = not self.evicted and (policy == "Always" or (policy == "OnFailure" and code != 0))
        reason = "OOMKilled" if self.killed_for_memory else "Error" if code else "Completed"
        ended = {"terminated": {"exitCode": code, "reason": reason, "finishedAt": _now()}}
        if not again:
            phase = "Failed" if code or self.evicted else "Succeeded"
            self._state(ended, phase=phase)
            return False
        self.restarts += 1
        self._event("Warning", "BackOff", "Back-off restarting failed container")
        waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 300ms"}}
        self._state(waiting, phase="Running", last=ended)
        self.stop.wait(RESTART_S)
        return True

    def _until_deleted(self) -> None:
        while not self._leaving():
            self.stop.wait(LOOK_S)

    # --- what is told

    def _container(self) -> Object:
        found: Object = self.now["spec"]["containers"][0]
        return found

    def _grace(self) -> float | None:
        """The seconds that a deleted pod has left from its SIGTERM on; None for one that stays."""
        if self.stop.is_set():
            return 0.0
        meta = self.now["metadata"]
        return float(meta["deletionGracePeriodSeconds"]) if "deletionTimestamp" in meta else None

    def _leaving(self) -> bool:
        return self._grace() is not None

    def _change(self, work: Any) -> None:
        self.store.change("pods", self.namespace, self.name, work)

    def _state(
        self,
        state: Object,
        phase: str = "Pending",
        ready: bool = False,
        last: Object | None = None,
    ) -> None:
        container = self._container()

        def work(pod: Object) -> None:
            status = pod["status"]
            status["phase"] = phase
            if phase == "Running":
                status |= {"podIP": self.ip, "podIPs": [{"ip": self.ip}], "hostIP": "127.0.0.1"}
            if self.evicted:
                status |= {"reason": "Evicted", "message": self.evicted}
            status["containerStatuses"] = [
                {
                    "name": container["name"],
                    "image": container["image"],
                    "imageID": "",
                    "ready": ready,
                    "started": ready,
                    "restartCount": self.restarts,
                    "state": state,
                    **({"lastState": last} if last else {}),
                }
            ]

        self._change(work)

    def _condition(self, type: str, status: str, reason: str = "", message: str = "") -> None:
        told = {"type": type, "status": status}
        told |= {"reason": reason, "message": message} if reason else {}

        def work(pod: Object) -> None:
            others = [each for each in pod["status"].get("conditions", []) if each["type"] != type]
            pod["status"]["conditions"] = [*others, told]

        self._change(work)

    def _event(self, type: str, reason: str, message: str) -> None:
        component = "default-scheduler" if "chedul" in reason else "kubelet"
        self.kubelet.event(self.now, type, reason, message, component)

    def _signal(self, number: int) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def _resident(self) -> int:
        assert self.process is not None
        total = 0
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self.process.pid)
            for each in [root, *root.children(recursive=True)]:
                total += each.memory_info().rss
        return total


class Kubelet:
    """Every pod of the cluster."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.missing_images: dict[str, str] = {}
        self.pods: dict[str, Pod] = {}
        self.closed = False

    def changed(self, verb: str, resource: str, body: Object) -> None:
        """Hear what clients have done."""
        if self.closed:
            return
        if verb == "create" and resource == "pods":
            pod = self.pods[body["metadata"]["uid"]] = Pod(self, body)
            pod.thread.start()
        elif verb == "create" and resource == "persistentvolumeclaims":
            meta = body["metadata"]
            self.volume(meta["namespace"], meta["name"])
            self.store.change(
                resource,
                meta["namespace"],
                meta["name"],
                lambda claim: claim["status"].update(phase="Bound"),
            )

    def pod(self, name: str) -> Pod:
        """The one of this name that runs, or ran last."""
        found = [each for each in self.pods.values() if each.name == name]
        return found[-1]

    def volume(self, namespace: str, claim: str) -> Path:
        """The folder that a claim is."""
        folder = self.folder / "volumes" / namespace / claim
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def event(self, about: Object, type: str, reason: str, message: str, component: str) -> None:
        """Tell what happened to an object."""
        meta = about["metadata"]
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{meta['name']}.{secrets.token_hex(8)}"},
            "involvedObject": {
                "kind": about["kind"],
                "namespace": meta["namespace"],
                "name": meta["name"],
                "uid": meta["uid"],
            },
            "type": type,
            "reason": reason,
            "message": message,
            "source": {"component": component},
            "firstTimestamp": _now(),
            "lastTimestamp": _now(),
            "count": 1,
        }
        self.store.create("events", meta["namespace"], body)

    def close(self) -> None:
        """End every pod's process, and begin none any more."""
        self.closed = True
        pods = list(self.pods.values())
        for pod in pods:
            pod.stop.set()
        for pod in pods:
            pod.thread.join(timeout=10)


def _exit_code(code: int) -> int:
    return 128 - code if code < 0 else code


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
