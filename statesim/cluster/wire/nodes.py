"""Nodes in the API's form, as a kubelet registers and reports them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.identity import MACHINE_LABELS, node_ip
from statesim.cluster.objects import HOSTNAME_LABEL, ZONE_LABEL
from statesim.cluster.wire.metadata import condition, metadata, timestamp
from statesim.cluster.wire.storage import attached_name
from statesim.kernel.streams import digest
from statesim.scenario.quantity import milli

if TYPE_CHECKING:
    from statesim.cluster.objects import Node
    from statesim.cluster.wire.metadata import Document, Frame

# reason and message while there is none of it, and while there is (pkg/kubelet/nodestatus/setters.go)
_PRESSURES = {
    "MemoryPressure": (
        ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
    ),
    "DiskPressure": (
        ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("KubeletHasDiskPressure", "kubelet has disk pressure"),
    ),
    "PIDPressure": (
        ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("KubeletHasInsufficientPID", "kubelet has insufficient PID available"),
    ),
}
_UNKNOWN = {"reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
_DISK_KI = 100 * 1024 * 1024


def node(obj: Node, frame: Frame) -> Document:
    """Return a Node."""
    standard = {**MACHINE_LABELS, HOSTNAME_LABEL: obj.name}
    zone = {ZONE_LABEL: obj.spec.zone} if obj.spec.zone else {}
    notes = {"volumes.kubernetes.io/controller-managed-attach-detach": "true"}
    meta = metadata(obj, labels={**standard, **zone, **obj.spec.labels, **obj.labels}, annotations=notes)
    return {"metadata": meta, "spec": _spec(obj), "status": _status(obj, frame)}


def _spec(obj: Node) -> Document:
    """Return a node's spec; it has no podCIDR, since the addresses of pods are the network plugin's."""
    spec: Document = {"providerID": f"statesim://{obj.name}"}
    taints = []
    for taint in obj.taints:
        row: Document = {"effect": taint.effect, "key": taint.key}
        added = obj.taint_times.get(f"{taint.key}:{taint.effect}")
        if added is not None and taint.effect == "NoExecute":
            row["timeAdded"] = timestamp(added)
        if taint.value:
            row["value"] = taint.value
        taints.append(row)
    if taints:
        spec["taints"] = taints
    if obj.unschedulable:
        spec["unschedulable"] = True
    return spec


def _status(obj: Node, frame: Frame) -> Document:
    spec = obj.spec
    amounts = {
        "cpu": milli(spec.cpu_milli),
        "ephemeral-storage": f"{_DISK_KI}Ki",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": f"{spec.memory_bytes // 1024}Ki",
        "pods": str(spec.pods),
    }
    status: Document = {
        "addresses": [
            {"address": node_ip(obj.name), "type": "InternalIP"},
            {"address": obj.name, "type": "Hostname"},
        ],
        "allocatable": amounts,
        "capacity": amounts,
        "conditions": _conditions(obj),
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": _info(obj, frame),
    }
    if obj.volumes_in_use:
        status["volumesInUse"] = [attached_name(name) for name in obj.volumes_in_use]
    if obj.volumes_attached:
        status["volumesAttached"] = [
            {"devicePath": "", "name": attached_name(name)} for name in obj.volumes_attached
        ]
    return status


def _conditions(obj: Node) -> list[Document]:
    """Return the conditions; all are Unknown while the node is (node_lifecycle_controller.go)."""
    since = obj.ready_changed_us or obj.created_us
    heard = timestamp(max(obj.reported_us, obj.created_us))
    rows = []
    for kind, words in _PRESSURES.items():
        if obj.ready is None:
            rows.append(condition(kind, "Unknown", since, **_UNKNOWN))
        else:
            under = kind in obj.pressure
            reason, message = words[under]
            rows.append(condition(kind, under, since, reason=reason, message=message))
    if obj.ready is None:
        rows.append(condition("Ready", "Unknown", since, **_UNKNOWN))
    elif obj.ready:
        message = "kubelet is posting ready status"
        rows.append(condition("Ready", True, since, reason="KubeletReady", message=message))
    else:
        rows.append(condition("Ready", False, since, reason="KubeletNotReady", message="node is not ready"))
    return [{**row, "lastHeartbeatTime": heard} for row in rows]


def _info(obj: Node, frame: Frame) -> Document:
    version = f"v{frame.kubernetes}.0"
    marks = {key: digest(key, obj.uid, size=16).hex() for key in ("machine", "boot", "system")}
    return {
        "architecture": "amd64",
        "bootID": marks["boot"],
        "containerRuntimeVersion": "containerd://1.7.24",
        "kernelVersion": "6.1.0-28-amd64",
        "kubeProxyVersion": version,
        "kubeletVersion": version,
        "machineID": marks["machine"],
        "operatingSystem": "linux",
        "osImage": "Debian GNU/Linux 12 (bookworm)",
        "systemUUID": marks["system"],
    }
