"""What is said of nodes, workloads, claims and volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.event_pods import NODES, STATEFUL_SETS, stopping
from statesim.analysis.event_recorder import Occurrence
from statesim.analysis.event_scene import NORMAL, WARNING, as_told, sentence_of, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.analysis.event_scene import Scene, Teller
    from statesim.cluster.wire import Document
    from statesim.kernel.trace import TraceEvent

DEPLOYMENTS, CLAIMS = "deployment-controller", "persistentvolume-controller"


# -- nodes -------------------------------------------------------------------------------------------------


def _kubelet_of(scene: Scene, node: Document, kind: str, reason: str, message: str) -> Occurrence:
    return Occurrence(scene.t_us, node, kind, reason, message, "kubelet", node["metadata"]["name"])


def _node_status(reason: str, source: str) -> Teller:
    """Return a teller of a new status (controllerutil.RecordNodeStatusChange, recordNodeStatusEvent)."""

    def tell(scene: Scene, _event: TraceEvent, node: Document) -> Iterator[Occurrence]:
        message = f"Node {node['metadata']['name']} status is now: {reason}"
        if source == "kubelet":
            yield _kubelet_of(scene, node, NORMAL, reason, message)
        else:
            yield scene.say(node, NORMAL, reason, message, source)

    return tell


def _registered(scene: Scene, _event: TraceEvent, node: Document) -> Iterator[Occurrence]:
    name = node["metadata"]["name"]
    message = f"Node {name} event: Registered Node {name} in Controller"
    yield scene.say(node, NORMAL, "RegisteredNode", message, NODES)


def _removed(scene: Scene, _event: TraceEvent, node: Document) -> Iterator[Occurrence]:
    name = node["metadata"]["name"]
    message = f"Node {name} event: Removing Node {name} from Controller"
    yield scene.say(node, NORMAL, "RemovingNode", message, NODES)


def _pressure(scene: Scene, event: TraceEvent, node: Document) -> Iterator[Occurrence]:
    """Tell a condition of the node (kubelet_node_status.go: recordNodeStatusEvent)."""
    words = {
        "MemoryPressure": ("NodeHasSufficientMemory", "NodeHasInsufficientMemory"),
        "DiskPressure": ("NodeHasNoDiskPressure", "NodeHasDiskPressure"),
    }
    reason = words[event.event][event.fields.get("status") == "True"]
    message = f"Node {node['metadata']['name']} status is now: {reason}"
    yield _kubelet_of(scene, node, NORMAL, reason, message)


def _threshold(scene: Scene, event: TraceEvent, node: Document) -> Iterator[Occurrence]:
    yield _kubelet_of(scene, node, WARNING, "EvictionThresholdMet", sentence_of(event))


def _deaf(scene: Scene, _event: TraceEvent, node: Document) -> Iterator[Occurrence]:
    scene.deaf.setdefault(node["metadata"]["name"], scene.t_us)
    yield from ()


def _hearing(scene: Scene, event: TraceEvent, node: Document) -> Iterator[Occurrence]:
    """Tell what a kubelet that is back says: that its machine booted, and of what it must stop now."""
    name = node["metadata"]["name"]
    since_us = scene.deaf.pop(name, None)
    if since_us is not None:
        scene.silences.setdefault(name, []).append((since_us, scene.t_us))
    if event.fields.get("how") == "boot":
        boot = node["status"]["nodeInfo"]["bootID"]
        message = f"Node {name} has been rebooted, boot id: {boot}"
        yield _kubelet_of(scene, node, WARNING, "Rebooted", message)
        return
    for pod in list(scene.pods_on(name)):
        if "deletionTimestamp" in pod["metadata"]:
            yield from stopping(scene, pod)


# -- workloads -----------------------------------------------------------------------------------------------


def _set_created(scene: Scene, _event: TraceEvent, rs: Document) -> Iterator[Occurrence]:
    yield from _scaling(scene, rs, None, rs["spec"]["replicas"])


def _set_scaled(scene: Scene, event: TraceEvent, rs: Document) -> Iterator[Occurrence]:
    name = rs["metadata"]["name"]
    now = int(event.fields["replicas"])
    yield from _scaling(scene, rs, scene.sizes.get(name, 0), now)


def _scaling(scene: Scene, rs: Document, known: int | None, now: int) -> Iterator[Occurrence]:
    """Tell of a ReplicaSet's new size (deployment/sync.go: scaleReplicaSet, getNewReplicaSet)."""
    name = rs["metadata"]["name"]
    scene.sizes[name] = now
    owner = scene.owner(rs)
    before = known or 0
    if owner is None or scene.by != "deployment" or now == before:
        return
    way = "up" if now > before else "down"
    if scene.features.has("EventFromTo"):
        said = f"from {before} to {now}"
    elif known is not None and scene.features.has("EventOldReplicas"):
        said = f"to {now} from {before}"
    else:
        said = f"to {now}"
    message = f"Scaled {way} replica set {name} {said}"
    yield scene.say(owner, NORMAL, "ScalingReplicaSet", message, DEPLOYMENTS)


# -- claims and volumes --------------------------------------------------------------------------------------


def _claim_created(scene: Scene, _event: TraceEvent, claim: Document) -> Iterator[Occurrence]:
    """Tell the StatefulSet's own event (stateful_pod_control.go: recordClaimEvent)."""
    name = claim["metadata"]["name"]
    if scene.by == "statefulset":
        for doc in scene.documents.values():
            if doc["kind"] != "StatefulSet":
                continue
            of = doc["metadata"]["name"]
            for row in doc["spec"].get("volumeClaimTemplates", ()):
                stem = f"{row['metadata']['name']}-"
                if name.startswith(f"{stem}{of}-"):
                    pod = name.removeprefix(stem)
                    message = f"create Claim {name} Pod {pod} in StatefulSet {of} success"
                    yield scene.say(doc, NORMAL, "SuccessfulCreate", message, STATEFUL_SETS)


def _class(scene: Scene, claim: Document) -> Document | None:
    name = claim["spec"].get("storageClassName")
    if name is not None:
        return scene.find("StorageClass", name)
    default = "storageclass.kubernetes.io/is-default-class"
    classes = (doc for doc in scene.documents.values() if doc["kind"] == "StorageClass")
    return next((c for c in classes if c["metadata"].get("annotations", {}).get(default) == "true"), None)


def _provisioning(scene: Scene, event: TraceEvent, claim: Document) -> Iterator[Occurrence]:
    """Tell that a volume is to be made, and who begins (sig-storage-lib-external-provisioner)."""
    yield scene.say(claim, NORMAL, event.event, why(event), CLAIMS)
    found = _class(scene, claim)
    if found is not None:
        message = (
            f'External provisioner is provisioning volume for claim "default/{claim["metadata"]["name"]}"'
        )
        yield scene.say(claim, NORMAL, "Provisioning", message, found["provisioner"])


def _provisioned(scene: Scene, event: TraceEvent, volume: Document) -> Iterator[Occurrence]:
    claim = scene.find("PersistentVolumeClaim", str(event.fields.get("claim", "")))
    found = None if claim is None else _class(scene, claim)
    if claim is not None and found is not None:
        message = f"Successfully provisioned volume {volume['metadata']['name']}"
        yield scene.say(claim, NORMAL, "ProvisioningSucceeded", message, found["provisioner"])


def _lost(scene: Scene, event: TraceEvent, claim: Document) -> Iterator[Occurrence]:
    reason = "ClaimMisbound" if event.fields.get("misbound") else "ClaimLost"
    yield scene.say(claim, WARNING, reason, why(event), CLAIMS)


WORDS: dict[tuple[str, str], Teller] = {
    ("Node", "Created"): _registered,
    ("Node", "Deleted"): _removed,
    ("Node", "NotReady"): _node_status("NodeNotReady", NODES),
    ("Node", "Ready"): _node_status("NodeReady", "kubelet"),
    ("Node", "Cordoned"): _node_status("NodeNotSchedulable", "kubelet"),
    ("Node", "Uncordoned"): _node_status("NodeSchedulable", "kubelet"),
    ("Node", "MemoryPressure"): _pressure,
    ("Node", "DiskPressure"): _pressure,
    ("Node", "EvictionThresholdMet"): _threshold,
    ("Node", "Crashed"): _deaf,
    ("Node", "Paused"): _deaf,
    ("Node", "CutOff"): _deaf,
    ("Node", "Recovered"): _hearing,
    ("Node", "Reconnected"): _hearing,
    ("ReplicaSet", "Created"): _set_created,
    ("ReplicaSet", "Scaled"): _set_scaled,
    ("Deployment", "ReplicaSetCreateError"): as_told(WARNING, DEPLOYMENTS),
    ("ReplicaSet", "FailedCreate"): as_told(WARNING, "replicaset-controller"),
    ("ReplicaSet", "FailedDelete"): as_told(WARNING, "replicaset-controller"),
    ("StatefulSet", "FailedCreate"): as_told(WARNING, STATEFUL_SETS),
    ("StatefulSet", "FailedDelete"): as_told(WARNING, STATEFUL_SETS),
    ("StatefulSet", "FailedUpdate"): as_told(WARNING, STATEFUL_SETS),
    ("StatefulSet", "RecreatingFailedPod"): as_told(WARNING, STATEFUL_SETS),
    ("StatefulSet", "RecreatingTerminatedPod"): as_told(NORMAL, STATEFUL_SETS),
    ("PersistentVolumeClaim", "Created"): _claim_created,
    ("PersistentVolumeClaim", "WaitForFirstConsumer"): as_told(NORMAL, CLAIMS),
    ("PersistentVolumeClaim", "WaitForPodScheduled"): as_told(NORMAL, CLAIMS),
    ("PersistentVolumeClaim", "FailedBinding"): as_told(NORMAL, CLAIMS),
    ("PersistentVolumeClaim", "ProvisioningFailed"): as_told(WARNING, CLAIMS),
    ("PersistentVolumeClaim", "VolumeMismatch"): as_told(WARNING, CLAIMS),
    ("PersistentVolumeClaim", "ExternalProvisioning"): _provisioning,
    ("PersistentVolumeClaim", "Resizing"): as_told(NORMAL, "external-resizer"),
    ("PersistentVolumeClaim", "FileSystemResizeRequired"): as_told(NORMAL, "external-resizer"),
    ("PersistentVolumeClaim", "FileSystemResizeSuccessful"): as_told(NORMAL, "kubelet"),
    ("PersistentVolumeClaim", "Lost"): _lost,
    ("PersistentVolume", "Provisioned"): _provisioned,
    ("PersistentVolume", "VolumeFailedDelete"): as_told(WARNING, CLAIMS),
}
