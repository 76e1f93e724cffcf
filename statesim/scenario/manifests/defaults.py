"""What the API server fills in: documents as written, completed and put in one canonical form.

Two documents that mean the same to Kubernetes come out equal: defaults are explicit, quantities canonical,
nulls gone and keys in order. Revisions are compared and hashed in this form, fields that nothing in the
simulator acts on (`env`, `args`, `ports`) included, since a change of any of them is a rollout.

Source: kubernetes pkg/apis/core/v1/defaults.go and zz_generated.defaults.go, pkg/apis/apps/v1/defaults.go,
pkg/apis/storage/v1/defaults.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.quantity import canonical_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]

_SOURCES_WITH_MODE = ("secret", "configMap", "downwardAPI", "projected")
_FILE_MODE = 0o644


def canonical(value: Any) -> Any:
    """Return plain data with sorted keys, without nulls, as new mappings and lists."""
    if isinstance(value, dict):
        return {key: canonical(value[key]) for key in sorted(value, key=str) if value[key] is not None}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    return value


def pod_spec_document(raw: Any) -> Document:
    """Return the ``spec`` of a pod template as the API server stores it."""
    spec = canonical(raw) if isinstance(raw, dict) else {}
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    spec.setdefault("terminationGracePeriodSeconds", 30)
    if "serviceAccountName" in spec:
        spec.setdefault("serviceAccount", spec["serviceAccountName"])
    for key in ("containers", "initContainers"):
        for container in _mappings(spec.get(key)):
            _container(container)
    for volume in _mappings(spec.get("volumes")):
        _volume(volume)
    for key in ("containers", "initContainers", "tolerations", "volumes"):
        if spec.get(key) == []:
            del spec[key]
    if isinstance(spec.get("overhead"), dict):
        _quantities(spec["overhead"])
    return _finished(spec)


def default_pull_policy(image: str) -> str:
    """Return how an image is pulled if nothing is said (v1/defaults.go: SetDefaults_Container)."""
    latest = ":" not in image.rpartition("/")[2] or image.endswith(":latest")
    return "Always" if latest else "IfNotPresent"


def _container(container: Document) -> None:
    container.setdefault("imagePullPolicy", default_pull_policy(str(container.get("image", ""))))
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    resources = container.setdefault("resources", {})
    for key in ("requests", "limits"):
        if isinstance(resources.get(key), dict):
            _quantities(resources[key])
    for port in _mappings(container.get("ports")):
        port.setdefault("protocol", "TCP")
    for row in _mappings(container.get("env")):
        source = row.get("valueFrom")
        if isinstance(source, dict) and isinstance(source.get("fieldRef"), dict):
            source["fieldRef"].setdefault("apiVersion", "v1")
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        if isinstance(container.get(key), dict):
            _probe(container[key])
    hooks = container.get("lifecycle")
    for hook in _mappings(hooks.values()) if isinstance(hooks, dict) else ():
        _handler(hook)


def _probe(probe: Document) -> None:
    for key, value in (
        ("failureThreshold", 3),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("timeoutSeconds", 1),
    ):
        probe.setdefault(key, value)
    _handler(probe)


def _handler(handler: Document) -> None:
    get = handler.get("httpGet")
    if isinstance(get, dict):
        get.setdefault("path", "/")
        get.setdefault("scheme", "HTTP")
    if isinstance(handler.get("grpc"), dict):
        handler["grpc"].setdefault("service", "")


def _volume(volume: Document) -> None:
    if not set(volume) - {"name"}:
        volume["emptyDir"] = {}
    for source in _SOURCES_WITH_MODE:
        if isinstance(volume.get(source), dict):
            volume[source].setdefault("defaultMode", _FILE_MODE)
    if isinstance(volume.get("hostPath"), dict):
        volume["hostPath"].setdefault("type", "")
    scratch = volume.get("emptyDir")
    if isinstance(scratch, dict) and "sizeLimit" in scratch:
        scratch["sizeLimit"] = canonical_quantity(scratch["sizeLimit"])


def claim_spec_document(raw: Any) -> Document:
    """Return the ``spec`` of a claim as the API server stores it, apart from the default class."""
    spec = canonical(raw) if isinstance(raw, dict) else {}
    spec.setdefault("volumeMode", "Filesystem")
    resources = spec.get("resources")
    for key in ("requests", "limits"):
        if isinstance(resources, dict) and isinstance(resources.get(key), dict):
            _quantities(resources[key])
    return _finished(spec)


def service_spec_document(raw: Mapping[str, Any]) -> Document:
    """Return the ``spec`` of a Service as the API server stores it, apart from its addresses."""
    spec = canonical(raw)
    kind = spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    if spec["sessionAffinity"] == "ClientIP":
        spec.setdefault("sessionAffinityConfig", {"clientIP": {"timeoutSeconds": 10_800}})
    if kind != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")
        spec.setdefault("ipFamilies", ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "SingleStack")
    if kind in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    for port in _mappings(spec.get("ports")):
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    return _finished(spec)


def _quantities(amounts: Document) -> None:
    for name, amount in amounts.items():
        amounts[name] = canonical_quantity(amount)


def _mappings(rows: Any) -> list[Document]:
    return [row for row in rows or () if isinstance(row, dict)]


def _finished(spec: Document) -> Document:
    return {key: canonical(spec[key]) for key in sorted(spec)}
