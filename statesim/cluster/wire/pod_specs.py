"""The spec of a pod as the API server stores it: the template's, with identity and admission added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.streams import digest
from statesim.scenario.manifests.defaults import pod_spec_document
from statesim.scenario.quantity import binary, milli

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.objects import Pod
    from statesim.cluster.wire.metadata import Document, Frame
    from statesim.scenario.specs import Container, PodSpec, PodTemplate, Resources, Toleration, Volume

_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"


def template_spec(spec: PodSpec) -> Document:
    """Return a pod template's spec as written and defaulted; one made in Python from what is simulated."""
    if spec.raw:
        return dict(spec.raw)
    raw: Document = {"containers": [_container(c) for c in spec.containers]}
    if spec.init_containers:
        raw["initContainers"] = [_container(c) for c in spec.init_containers]
    if spec.tolerations:
        raw["tolerations"] = [_toleration(t) for t in spec.tolerations]
    if spec.volumes:
        raw["volumes"] = [_volume(v) for v in spec.volumes]
    raw["terminationGracePeriodSeconds"] = spec.grace_us // 1_000_000
    raw["restartPolicy"] = spec.restart_policy
    return pod_spec_document(raw)


def template(made_from: PodTemplate) -> Document:
    """Return a pod template."""
    meta: Document = {}
    if made_from.annotations:
        meta["annotations"] = dict(made_from.annotations)
    if made_from.labels:
        meta["labels"] = dict(made_from.labels)
    return {"metadata": meta, "spec": template_spec(made_from.spec)}


def pod_spec(pod: Pod, frame: Frame) -> Document:
    """Return a pod's spec.

    Sources: pkg/apis/core/v1/defaults.go (SetDefaults_Pod), plugin/pkg/admission/serviceaccount, priority and
    defaulttolerationseconds; stateful_set_utils.go (initIdentity, updateStorage) for a StatefulSet's pods.
    """
    spec = template_spec(pod.spec)
    token = _token_volume(pod, frame) if spec.get("automountServiceAccountToken") is not False else None
    for key in ("containers", "initContainers"):
        if key in spec:
            spec[key] = [_admitted(container, token) for container in spec[key]]
    spec["volumes"] = _volumes(spec.get("volumes", ()), pod.spec.volumes, token)
    if not spec["volumes"]:
        del spec["volumes"]
    tolerations = spec.get("tolerations", [])
    added = pod.spec.tolerations[len(tolerations) :]
    if tolerations or added:
        spec["tolerations"] = [*tolerations, *(_toleration(t) for t in added)]
    if pod.ordinal is not None:
        spec["hostname"] = pod.hostname
        if pod.subdomain:
            spec["subdomain"] = pod.subdomain
    if pod.node is not None:
        spec["nodeName"] = pod.node
    spec.setdefault("enableServiceLinks", True)
    spec["preemptionPolicy"] = pod.spec.preemption_policy or "PreemptLowerPriority"
    spec["priority"] = pod.spec.priority
    if pod.spec.priority_class:
        spec["priorityClassName"] = pod.spec.priority_class
    account = spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", account)
    return spec


def _admitted(container: Document, token: Document | None) -> Document:
    """Return a container with its token mounted, and with requests where it only has limits."""
    done = dict(container)
    if token is not None and _TOKEN_PATH not in [m.get("mountPath") for m in done.get("volumeMounts", ())]:
        mount = {"mountPath": _TOKEN_PATH, "name": token["name"], "readOnly": True}
        done["volumeMounts"] = [*done.get("volumeMounts", ()), mount]
    limits = done.get("resources", {}).get("limits")
    if limits:
        requests = {**limits, **done["resources"].get("requests", {})}
        done["resources"] = {**done["resources"], "requests": {n: requests[n] for n in sorted(requests)}}
    return done


def _volumes(written: Iterable[Document], wanted: Iterable[Volume], token: Document | None) -> list[Document]:
    by_name = {volume["name"]: volume for volume in written}
    made = []
    for volume in wanted:
        said = by_name.get(volume.name)
        claimed = (said or {}).get("persistentVolumeClaim", {}).get("claimName")
        made.append(said if said is not None and claimed == volume.claim_name else _volume(volume))
    return [*made, *([token] if token is not None else ())]


def _volume(volume: Volume) -> Document:
    if volume.claim_name is not None:
        return {"name": volume.name, "persistentVolumeClaim": {"claimName": volume.claim_name}}
    return {"emptyDir": {}, "name": volume.name}


def _toleration(toleration: Toleration) -> Document:
    made: Document = {}
    if toleration.effect is not None:
        made["effect"] = toleration.effect
    if toleration.key:
        made["key"] = toleration.key
    made["operator"] = toleration.operator
    if toleration.value:
        made["value"] = toleration.value
    if toleration.seconds_us is not None:
        made["tolerationSeconds"] = toleration.seconds_us // 1_000_000
    return made


def _token_volume(pod: Pod, frame: Frame) -> Document:
    """Return the volume with the service account's token (BoundServiceAccountTokenVolume, beta in 1.21)."""
    suffix = digest("token", pod.uid, size=3).hex()[:5]
    if not frame.features.has("FieldBoundToken"):
        return {
            "name": "default-token-x7k2p",
            "secret": {"defaultMode": 420, "secretName": "default-token-x7k2p"},
        }
    namespace = {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}
    sources: list[Document] = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
        {"downwardAPI": {"items": [namespace]}},
    ]
    return {"name": f"kube-api-access-{suffix}", "projected": {"defaultMode": 420, "sources": sources}}


def _container(container: Container) -> Document:
    made: Document = {"image": container.image, "name": container.name}
    amounts = {"requests": _amounts(container.requests), "limits": _amounts(container.limits)}
    made["resources"] = {key: amount for key, amount in amounts.items() if amount}
    return made


def _amounts(resources: Resources) -> dict[str, Any]:
    amounts = {}
    if resources.cpu_milli:
        amounts["cpu"] = milli(resources.cpu_milli)
    if resources.memory_bytes:
        amounts["memory"] = binary(resources.memory_bytes)
    return amounts


def quality_of_service(spec: Document) -> str:
    """Return a pod's QoS class (pkg/apis/core/helper/qos: ComputePodQOS)."""
    containers = [*spec.get("containers", ()), *spec.get("initContainers", ())]
    compute = [
        (_compute(resources.get("requests", {})), _compute(resources.get("limits", {})))
        for resources in (container.get("resources", {}) for container in containers)
    ]
    if not any(requests or limits for requests, limits in compute):
        return "BestEffort"
    fixed = all(limits.keys() == {"cpu", "memory"} and requests == limits for requests, limits in compute)
    return "Guaranteed" if fixed else "Burstable"


def _compute(amounts: Document) -> Document:
    return {name: amount for name, amount in amounts.items() if name in ("cpu", "memory")}
