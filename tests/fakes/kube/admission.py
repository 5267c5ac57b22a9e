"""What a body must be before it is kept: Kubernetes' schemas, its rules beyond them, the quota of
the namespace, and the `restricted` Pod Security Standard where the namespace enforces it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import jsonschema
import kubernetes_validate

from .refusals import Refused
from .store import RESOURCES, Object, Store

VERSION = "1.34"
LABEL = re.compile(r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")
SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
QUANTITY = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)(m|[kMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$")
FACTORS = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18} | {
    f"{each}i": 1024.0**power for power, each in enumerate("KMGTPE", 1)
}


def amount(quantity: Any) -> float:
    """A quantity (`500m`, `1Gi`, `2`) as a number."""
    text = str(quantity)
    matched = QUANTITY.match(text)
    if matched is None:
        raise ValueError(f"quantities must match the regular expression, and `{text}` does not")
    suffix = matched[2] or ""
    if suffix[:1] in ("e", "E") and len(suffix) > 1:
        return float(text)
    return float(matched[1]) * FACTORS.get(suffix, 1.0)


def check_schema(body: Object) -> None:
    """400 for an unknown field, 422 for one that makes no sense."""
    try:
        kubernetes_validate.validate(body, VERSION, strict=True)
    except jsonschema.ValidationError as error:
        where = ".".join(str(part) for part in error.absolute_path)
        if error.validator == "additionalProperties":
            message = f'strict decoding error: unknown field at "{where}": {error.message}'
            raise Refused(400, message) from error
        raise Refused(422, f"{body['kind']} is invalid: {where}: {error.message}") from error


def completed(resource: str, body: Any) -> Object:
    """A body with what clients leave out, once it is of this address's kind. 400 where not."""
    known = RESOURCES[resource]
    if not isinstance(body, dict):
        raise Refused(400, "the body of the request is no object")
    body = {"apiVersion": known.api_version, "kind": known.kind, **body}
    if (body["apiVersion"], body["kind"]) != (known.api_version, known.kind):
        raise Refused(400, f"the object provided is no {known.kind} of {known.api_version}")
    return body


def check_delete_options(options: Object) -> None:
    """400 for an unknown field (the schemas have no entry that such a body can be looked up by)."""
    known = {"apiVersion", "kind", "gracePeriodSeconds", "propagationPolicy", "preconditions"}
    if unknown := set(options) - known:
        raise Refused(400, f"strict decoding error: unknown field {sorted(unknown)}")


def check(resource: str, body: Object) -> None:
    """The schema, then what every API server looks at besides."""
    check_schema(body)
    meta = body.get("metadata") or {}
    name = meta.get("name") or f"{meta.get('generateName', '')}x"
    if not SUBDOMAIN.match(name) or len(name) > 253:
        raise _invalid(body, "metadata.name", name, "must be a lowercase RFC 1123 subdomain")
    for key, value in (meta.get("labels") or {}).items():
        if len(value) > 63 or not LABEL.match(value):
            raise _invalid(body, f"metadata.labels[{key}]", value, "must be a valid label value")
    if resource == "pods":
        _check_pod(body)


def _check_pod(pod: Object) -> None:
    spec = pod["spec"]
    if not spec["containers"]:
        raise _invalid(pod, "spec.containers", "", "Required value")
    volumes = {each["name"] for each in spec.get("volumes") or []}
    for container in _containers(spec):
        for mount in container.get("volumeMounts") or []:
            if mount["name"] not in volumes:
                raise _invalid(pod, "volumeMounts.name", mount["name"], "Not found")
        named = [each["name"] for each in container.get("env") or []]
        if len(named) != len(set(named)):
            raise _invalid(pod, "env", str(sorted(named)), "named twice")
        _check_resources(pod, container.get("resources") or {})


def _check_resources(pod: Object, resources: Object) -> None:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name, value in [*limits.items(), *requests.items()]:
        try:
            count = amount(value)
        except ValueError as error:
            raise _invalid(pod, f"resources[{name}]", value, str(error)) from error
        if "/" in name and count != int(count):
            raise _invalid(pod, f"resources[{name}]", value, "must be an integer")
    for name, value in requests.items():
        if name in limits and amount(value) > amount(limits[name]):
            raise _invalid(pod, f"requests[{name}]", value, "must be less than or equal to limit")
    for name, value in limits.items():
        if "/" in name and amount(requests.get(name, value)) != amount(value):
            raise _invalid(pod, f"limits[{name}]", value, "must be equal to its request")


def _invalid(body: Object, field: str, value: Any, why: str) -> Refused:
    name = (body.get("metadata") or {}).get("name", "")
    return Refused(
        422, f'{body["kind"]} "{name}" is invalid: {field}: Invalid value: {value}: {why}'
    )


def _containers(spec: Object) -> Iterable[Object]:
    return [*(spec.get("initContainers") or []), *spec["containers"]]


def check_quota(store: Store, resource: str, namespace: str, body: Object) -> None:
    """403 where a ResourceQuota of the namespace has no room for it."""
    asked = _taken(resource, body)
    for quota in store.list("resourcequotas", namespace)[0]:
        hard = quota["spec"]["hard"]
        used: dict[str, float] = {}
        for kind in ("pods", "persistentvolumeclaims"):
            for each in store.list(kind, namespace)[0]:
                for name, value in _taken(kind, each).items():
                    used[name] = used.get(name, 0.0) + value
        over = [
            name
            for name, most in hard.items()
            if name in asked and used.get(name, 0.0) + asked[name] > amount(most)
        ]
        if over:
            raise Refused(403, _exceeded(resource, body, quota, over, asked, used))


def _exceeded(
    resource: str,
    body: Object,
    quota: Object,
    over: list[str],
    asked: dict[str, float],
    used: dict[str, float],
) -> str:
    hard = quota["spec"]["hard"]
    parts = {
        "requested": ",".join(f"{name}={asked[name]:g}" for name in over),
        "used": ",".join(f"{name}={used.get(name, 0):g}" for name in over),
        "limited": ",".join(f"{name}={hard[name]}" for name in over),
    }
    said = ", ".join(f"{word}: {part}" for word, part in parts.items())
    return (
        f'{resource} "{body["metadata"]["name"]}" is forbidden: exceeded quota: '
        f"{quota['metadata']['name']}, {said}"
    )


def _taken(resource: str, body: Object) -> dict[str, float]:
    """What an object counts for in a ResourceQuota."""
    if resource == "persistentvolumeclaims":
        size = body["spec"]["resources"]["requests"]["storage"]
        return {"persistentvolumeclaims": 1.0, "requests.storage": amount(size)}
    if resource != "pods" or body.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return {}
    taken = {"pods": 1.0}
    for container in body["spec"]["containers"]:
        for part in ("requests", "limits"):
            for name, value in (container.get("resources") or {}).get(part, {}).items():
                key = f"{part}.{name}"
                taken[key] = taken.get(key, 0.0) + amount(value)
    return taken


def check_restricted(pod: Object) -> None:
    """403 for a pod that the `restricted` standard does not let in."""
    spec = pod["spec"]
    general = spec.get("securityContext") or {}
    wrong = [
        word
        for word, found in {
            "host namespaces": any(spec.get(f"host{each}") for each in ("Network", "PID", "IPC")),
            "hostPath volumes": any("hostPath" in each for each in spec.get("volumes") or []),
        }.items()
        if found
    ]
    for container in _containers(spec):
        own = {**general, **(container.get("securityContext") or {})}
        capabilities = own.get("capabilities") or {}
        rules = {
            "allowPrivilegeEscalation != false": own.get("allowPrivilegeEscalation") is not False,
            "unrestricted capabilities": capabilities.get("drop") != ["ALL"]
            or capabilities.get("add", []) not in ([], ["NET_BIND_SERVICE"]),
            "privileged": bool(own.get("privileged")),
            "runAsNonRoot != true": own.get("runAsNonRoot") is not True,
            "runAsUser=0": own.get("runAsUser") == 0,
            "seccompProfile": (own.get("seccompProfile") or {}).get("type")
            not in ("RuntimeDefault", "Localhost"),
        }
        wrong += [word for word, broken in rules.items() if broken]
    if wrong:
        raise Refused(
            403,
            f'pods "{pod["metadata"]["name"]}" is forbidden: violates PodSecurity '
            f'"restricted:latest": {", ".join(sorted(set(wrong)))}',
        )
