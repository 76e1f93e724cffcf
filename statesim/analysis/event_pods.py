"""What is said of pods: by the scheduler, the kubelet, and the controllers that own or evict them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.event_scene import NORMAL, WARNING, as_told, sentence_of, why
from statesim.cluster.wire.pods import missing_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statesim.analysis.event_recorder import Occurrence
    from statesim.analysis.event_scene import Scene, Teller
    from statesim.cluster.wire import Document
    from statesim.kernel.trace import TraceEvent

SCHEDULER = "default-scheduler"
REPLICA_SETS, STATEFUL_SETS = "replicaset-controller", "statefulset-controller"
NODES, VOLUMES = "node-controller", "attachdetach-controller"


def _scheduled(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell that it is bound (pkg/scheduler/schedule_one.go: bindingCycle)."""
    message = f"Successfully assigned default/{pod['metadata']['name']} to {event.fields['node']}"
    yield scene.say(pod, NORMAL, "Scheduled", message, SCHEDULER)


def _preempted(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell whom it had to make room for (framework/preemption: prepareCandidate)."""
    by = str(event.fields.get("by", "")).partition("/")[2]
    other = scene.find("Pod", by)
    if not scene.features.has("EventHidesPreemptor"):
        named = f"default/{by}"
    elif other is not None and scene.features.has("EventPreemptorUid"):
        named = f"pod {other['metadata']['uid']}"
    else:
        named = "a pod"
    message = f"Preempted by {named} on node {event.fields['node']}"
    yield scene.say(pod, NORMAL, "Preempted", message, SCHEDULER)


def _evicted(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell that the kubelet evicts it (pkg/kubelet/eviction); an eviction through the API is no Event."""
    if "status" not in event.fields:
        yield scene.kubelet(pod, WARNING, "Evicted", f"{sentence_of(event)}.")
        yield from stopping(scene, pod)


def _failed(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell that the kubelet did not take it (kubelet.go: rejectPod)."""
    if event.fields.get("reason") and "startTime" not in pod["status"]:
        message = str(pod["status"].get("message", ""))
        yield scene.kubelet(pod, WARNING, str(event.fields["reason"]), message)


def _created(scene: Scene, _event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell the workload's own event (controller_utils.go: createPods; stateful_pod_control.go)."""
    owner = scene.owner(pod)
    if owner is None:
        return
    name = pod["metadata"]["name"]
    if scene.by == "replicaset":
        yield scene.say(owner, NORMAL, "SuccessfulCreate", f"Created pod: {name}", REPLICA_SETS)
    elif scene.by == "statefulset":
        message = f"create Pod {name} in StatefulSet {owner['metadata']['name']} successful"
        yield scene.say(owner, NORMAL, "SuccessfulCreate", message, STATEFUL_SETS)


def _terminating(scene: Scene, _event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Say who deletes it, and that its kubelet, if it hears of that, stops the containers.

    Sources: controller_utils.go: DeletePod; stateful_set_control.go: processReplica, recordPodEvent;
    pkg/controller/tainteviction: emitPodDeletionEvent; pkg/kubelet/kuberuntime: killContainer.
    """
    owner, name = scene.owner(pod), pod["metadata"]["name"]
    if scene.by == "replicaset" and owner is not None:
        yield scene.say(owner, NORMAL, "SuccessfulDelete", f"Deleted pod: {name}", REPLICA_SETS)
    elif scene.by == "statefulset" and owner is not None:
        of = owner["metadata"]["name"]
        message = f"delete Pod {name} in StatefulSet {of} successful"
        yield scene.say(owner, NORMAL, "SuccessfulDelete", message, STATEFUL_SETS)
    elif scene.by == "taint-eviction":
        own = scene.features.has("EventEvictionController")
        source = "taint-eviction-controller" if own else "taint-controller"
        message = f"Marking for deletion Pod default/{name}"
        yield scene.say(pod, NORMAL, "TaintManagerEviction", message, source)
    yield from stopping(scene, pod)


def stopping(scene: Scene, pod: Document) -> Iterator[Occurrence]:
    """Tell that the kubelet stops what runs, once, if it hears that it shall."""
    uid = pod["metadata"]["uid"]
    if uid in scene.killed or pod["spec"].get("nodeName") in scene.deaf:
        return
    scene.killed.add(uid)
    for row in pod["status"].get("containerStatuses", ()):
        if "running" in row["state"]:
            yield scene.kubelet(pod, NORMAL, "Killing", f"Stopping container {row['name']}", row["name"])


def _not_ready(scene: Scene, _event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell that its node is silent (MarkPodsNotReady); what its kubelet finds out is no Event."""
    if scene.by == "node-lifecycle":
        yield scene.say(pod, WARNING, "NodeNotReady", "Node is not ready", NODES)


def _pulled(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell of every container's image: pulled, in how long, or there already (pkg/kubelet/images)."""
    took: Mapping[str, float] = event.fields.get("took_s") or {}
    spec = pod["spec"]
    start = event.t_us - sum(round(seconds * 1_000_000) for seconds in took.values())
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        name, image = container["name"], container["image"]
        if name not in took:
            yield scene.kubelet(pod, NORMAL, "Pulled", present(image), name)
            continue
        seconds = f"{took[name]:.3f}".rstrip("0").rstrip(".") + "s"
        pulling = scene.kubelet(pod, NORMAL, "Pulling", f'Pulling image "{image}"', name)
        yield pulling._replace(t_us=start)
        start += round(took[name] * 1_000_000)
        message = f'Successfully pulled image "{image}" in {seconds} ({seconds} including waiting)'
        yield scene.kubelet(pod, NORMAL, "Pulled", message, name)._replace(t_us=start)


def present(image: str) -> str:
    """Return what the kubelet says of an image that it has."""
    return f'Container image "{image}" already present on machine'


def containers_started(scene: Scene, before: Document, after: Document) -> Iterator[Occurrence]:
    """Tell of containers that run now and did not before (kuberuntime_container.go: startContainer)."""
    earlier = {row["name"]: row for row in _rows(before)}
    images = {c["name"]: c["image"] for c in (*after["spec"]["containers"], *_sidecars(scene, after))}
    for row in _rows(after):
        name, was = row["name"], earlier.get(row["name"])
        if name not in images or "running" not in row["state"]:
            continue
        if was and was.get("containerID") == row.get("containerID"):
            continue
        if row["restartCount"]:
            image = images[name]
            yield scene.kubelet(after, NORMAL, "Pulled", present(image), name)
        yield from _started(scene, after, name)


def _rows(pod: Document) -> Iterator[Document]:
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses", ())
    yield from status.get("containerStatuses", ())


def _sidecars(scene: Scene, pod: Document) -> Iterator[Document]:
    """Yield the init containers that stay; the others are told where they are seen to have ended."""
    rows = pod["spec"].get("initContainers", ()) if scene.features.on("SidecarContainers") else ()
    return (row for row in rows if row.get("restartPolicy") == "Always")


def _started(scene: Scene, pod: Document, name: str) -> Iterator[Occurrence]:
    colon = ":" if scene.features.has("EventContainerColon") else ""
    yield scene.kubelet(pod, NORMAL, "Created", f"Created container{colon} {name}", name)
    yield scene.kubelet(pod, NORMAL, "Started", f"Started container {name}", name)


def _back_off(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    container, meta = event.fields.get("container", ""), pod["metadata"]
    message = "Back-off restarting failed container"
    if scene.features.has("EventBackOffPod"):
        message += f" {container} in pod {meta['name']}_default({meta['uid']})"
    yield scene.kubelet(pod, WARNING, "BackOff", message, container)


def _attached(scene: Scene, event: TraceEvent, _attachment: Document) -> Iterator[Occurrence]:
    """Tell every pod on the node that waits for the volume (operation_generator.go)."""
    volume, node = event.fields["volume"], event.fields["node"]
    for pod in _users(scene, volume, node):
        message = f'AttachVolume.Attach succeeded for volume "{volume}"'
        yield scene.say(pod, NORMAL, "SuccessfulAttachVolume", message, VOLUMES)


def _users(scene: Scene, volume: str, node: str) -> Iterator[Document]:
    for pod in scene.pods_on(node):
        for row in pod["spec"].get("volumes", ()):
            name = row.get("persistentVolumeClaim", {}).get("claimName", "")
            claim = scene.find("PersistentVolumeClaim", name)
            if claim is not None and claim["spec"].get("volumeName") == volume:
                yield pod


def _multi_attach(scene: Scene, event: TraceEvent, _attachment: Document) -> Iterator[Occurrence]:
    pod = scene.find("Pod", str(event.fields.get("pod", "")))
    if pod is not None:
        yield scene.say(pod, WARNING, "FailedAttachVolume", why(event), VOLUMES)


def _no_image(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell of an image that cannot be pulled (pkg/kubelet/images/image_manager.go: pullImage)."""
    image, container = str(event.fields["image"]), str(event.fields["container"])
    if event.event == "ErrImagePull":
        yield scene.kubelet(pod, NORMAL, "Pulling", f'Pulling image "{image}"', container)
        message = f'Failed to pull image "{image}": {missing_image(image)}'
        yield scene.kubelet(pod, WARNING, "Failed", message, container)
    else:
        yield scene.kubelet(pod, NORMAL, "BackOff", f'Back-off pulling image "{image}"', container)
    yield scene.kubelet(pod, WARNING, "Failed", f"Error: {event.event}", container)


def _failed_mount(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    """Tell what keeps volumes from being mounted (kubelet.go: SyncPod; operation_generator.go)."""
    if not scene.features.has("EventNoMountTimeout") or not why(event).endswith("deadline exceeded"):
        yield scene.kubelet(pod, WARNING, "FailedMount", why(event))


def _init_started(scene: Scene, event: TraceEvent, pod: Document) -> Iterator[Occurrence]:
    yield from _started(scene, pod, str(event.fields["container"]))


WORDS: dict[tuple[str, str], Teller] = {
    ("Pod", "Scheduled"): _scheduled,
    ("Pod", "FailedScheduling"): as_told(WARNING, SCHEDULER),
    ("Pod", "Preempted"): _preempted,
    ("Pod", "Evicted"): _evicted,
    ("Pod", "Failed"): _failed,
    ("Pod", "Created"): _created,
    ("Pod", "Terminating"): _terminating,
    ("Pod", "NotReady"): _not_ready,
    ("Pod", "Pulled"): _pulled,
    ("Pod", "InitStarted"): _init_started,
    ("Pod", "BackOff"): _back_off,
    ("Pod", "ErrImagePull"): _no_image,
    ("Pod", "ImagePullBackOff"): _no_image,
    ("Pod", "FailedAttachVolume"): as_told(WARNING, VOLUMES),
    ("Pod", "FailedMount"): _failed_mount,
    ("VolumeAttachment", "Attached"): _attached,
    ("VolumeAttachment", "MultiAttach"): _multi_attach,
}
