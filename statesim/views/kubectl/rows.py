"""The rows of the other kinds. Source: kubernetes pkg/printers/internalversion/printers.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.views.kubectl.pod_rows import condition
from statesim.views.kubectl.resources import full_name
from statesim.views.kubectl.words import (
    NONE,
    UNSET,
    access_modes,
    age,
    flag,
    pairs,
    roles,
    selector,
    since,
    some,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    Document = Mapping[str, Any]

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def node_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a node."""
    status = doc["status"]
    ready = condition(status, "Ready")
    word = "Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"
    if doc["spec"].get("unschedulable"):
        word += ",SchedulingDisabled"
    addresses = {row["type"]: row["address"] for row in status.get("addresses", ())}
    info = status["nodeInfo"]
    return [
        doc["metadata"]["name"],
        word,
        roles(doc["metadata"].get("labels", {})),
        age(doc, now_us),
        info["kubeletVersion"],
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        info["osImage"],
        info["kernelVersion"],
        info["containerRuntimeVersion"],
    ]


def _made_of(doc: Document) -> tuple[str, str]:
    containers = doc["spec"]["template"]["spec"]["containers"]
    return ",".join(c["name"] for c in containers), ",".join(c["image"] for c in containers)


def deployment_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a Deployment."""
    spec, status = doc["spec"], doc["status"]
    return [
        doc["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{spec['replicas']}",
        str(status.get("updatedReplicas", 0)),
        str(status.get("availableReplicas", 0)),
        age(doc, now_us),
        *_made_of(doc),
        selector(spec["selector"]),
    ]


def replica_set_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a ReplicaSet."""
    spec, status = doc["spec"], doc["status"]
    counts = (spec["replicas"], status.get("replicas", 0), status.get("readyReplicas", 0))
    return [
        doc["metadata"]["name"],
        *map(str, counts),
        age(doc, now_us),
        *_made_of(doc),
        selector(spec["selector"]),
    ]


def stateful_set_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a StatefulSet."""
    ready = f"{doc['status'].get('readyReplicas', 0)}/{doc['spec']['replicas']}"
    return [doc["metadata"]["name"], ready, age(doc, now_us), *_made_of(doc)]


def revision_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a ControllerRevision."""
    owners = doc["metadata"].get("ownerReferences", ())
    owner = next((f"{full_name(row['kind'])}/{row['name']}" for row in owners), NONE)
    return [doc["metadata"]["name"], owner, str(doc["revision"]), age(doc, now_us)]


def service_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a Service."""
    spec = doc["spec"]
    kind = spec["type"]
    external = {"LoadBalancer": "<pending>", "ExternalName": spec.get("externalName", NONE)}
    return [
        doc["metadata"]["name"],
        kind,
        spec.get("clusterIP", NONE),
        external.get(kind, ",".join(spec.get("externalIPs", ())) or NONE),
        ",".join(_port(row) for row in spec.get("ports", ())) or NONE,
        age(doc, now_us),
        pairs(spec.get("selector")),
    ]


def _port(row: Document) -> str:
    outside = f":{row['nodePort']}" if "nodePort" in row else ""
    return f"{row['port']}{outside}/{row['protocol']}"


def slice_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of an EndpointSlice."""
    addresses = [address for row in doc["endpoints"] for address in row["addresses"]]
    ports = [str(row["port"]) for row in doc.get("ports", ()) if "port" in row]
    return [doc["metadata"]["name"], doc["addressType"], some(ports), some(addresses), age(doc, now_us)]


def claim_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a PersistentVolumeClaim."""
    spec, status = doc["spec"], doc["status"]
    bound = "volumeName" in spec
    going = doc["metadata"].get("deletionTimestamp") is not None
    return [
        doc["metadata"]["name"],
        "Terminating" if going else status["phase"],
        spec.get("volumeName", ""),
        status.get("capacity", {}).get("storage", "") if bound else "",
        access_modes(status.get("accessModes", ())) if bound else "",
        spec.get("storageClassName", ""),
        spec.get("volumeAttributesClassName", UNSET),
        age(doc, now_us),
        spec.get("volumeMode", UNSET),
    ]


def volume_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a PersistentVolume."""
    spec, status = doc["spec"], doc["status"]
    claim = spec.get("claimRef")
    going = doc["metadata"].get("deletionTimestamp") is not None
    return [
        doc["metadata"]["name"],
        spec["capacity"]["storage"],
        access_modes(spec["accessModes"]),
        spec["persistentVolumeReclaimPolicy"],
        "Terminating" if going else status["phase"],
        f"{claim['namespace']}/{claim['name']}" if claim else "",
        spec.get("storageClassName", ""),
        spec.get("volumeAttributesClassName", UNSET),
        status.get("reason", ""),
        age(doc, now_us),
        spec.get("volumeMode", UNSET),
    ]


def class_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a StorageClass."""
    meta = doc["metadata"]
    default = " (default)" if meta.get("annotations", {}).get(DEFAULT_CLASS) == "true" else ""
    return [
        meta["name"] + default,
        doc["provisioner"],
        doc.get("reclaimPolicy", "Delete"),
        doc.get("volumeBindingMode", "Immediate"),
        flag(doc.get("allowVolumeExpansion")),
        age(doc, now_us),
    ]


def attachment_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a VolumeAttachment."""
    spec = doc["spec"]
    attached = flag(doc["status"]["attached"])
    volume = spec["source"]["persistentVolumeName"]
    return [doc["metadata"]["name"], spec["attacher"], volume, spec["nodeName"], attached, age(doc, now_us)]


def budget_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a PodDisruptionBudget."""
    spec = doc["spec"]
    bounds = (str(spec.get("minAvailable", "N/A")), str(spec.get("maxUnavailable", "N/A")))
    allowed = str(doc["status"]["disruptionsAllowed"])
    return [doc["metadata"]["name"], *bounds, allowed, age(doc, now_us)]


def priority_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a PriorityClass."""
    default = flag(doc.get("globalDefault"))
    policy = doc.get("preemptionPolicy", "PreemptLowerPriority")
    return [doc["metadata"]["name"], str(doc["value"]), default, age(doc, now_us), policy]


def event_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of an Event; LAST SEEN and COUNT are what the correlator made of repeats."""
    about = doc["involvedObject"]
    source = doc.get("source", {})
    parts = (source.get("component", ""), source.get("host", ""))
    return [
        since(doc.get("lastTimestamp"), now_us),
        doc["type"],
        doc["reason"],
        f"{about['kind'].lower()}/{about['name']}",
        about.get("fieldPath", ""),
        ", ".join(part for part in parts if part),
        doc["message"],
        since(doc.get("firstTimestamp"), now_us),
        str(doc.get("count", 1)),
        doc["metadata"]["name"],
    ]


def plain_row(doc: Document, now_us: int) -> list[str]:
    """Return the cells of a kind that has no columns of its own."""
    return [doc["metadata"]["name"], age(doc, now_us)]
