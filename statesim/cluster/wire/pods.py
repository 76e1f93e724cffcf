"""Pods in the API's form: conditions, container states, addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.cluster.identity import node_ip
from statesim.cluster.wire.metadata import condition, metadata, timestamp, uuid
from statesim.cluster.wire.pod_specs import pod_spec, quality_of_service
from statesim.kernel.streams import digest

if TYPE_CHECKING:
    from statesim.cluster.objects import Pod
    from statesim.cluster.status import ContainerStatus, Ended
    from statesim.cluster.wire.metadata import Document, Frame


# the attributes that a pod's spec is made of
SPEC = frozenset({"spec", "node", "ordinal", "hostname", "subdomain", "uid"})


def pod(obj: Pod, frame: Frame, before: Document | None = None) -> Document:
    """Return a Pod; with the spec that it had `before` if that is given."""
    if before is None:
        spec = pod_spec(obj, frame)
        quality = quality_of_service(spec)
    else:
        spec, quality = before["spec"], before["status"]["qosClass"]
    status = _status(obj, spec, frame)
    status["qosClass"] = quality
    return {"metadata": _metadata(obj), "spec": spec, "status": status}


def _metadata(obj: Pod) -> Document:
    meta = metadata(obj)
    if obj.owner is not None:
        parent = obj.owner.name
        meta["generateName"] = f"{parent}-"
    return meta


def _status(obj: Pod, spec: Document, frame: Frame) -> Document:
    status: Document = {"phase": str(obj.phase)}
    conditions = _conditions(obj, frame)
    if conditions:
        status["conditions"] = conditions
    if obj.reason:
        status["reason"] = obj.reason
    if obj.message:
        status["message"] = obj.message
    if obj.nominated_node:
        status["nominatedNodeName"] = obj.nominated_node
    if obj.acknowledged_us is not None and obj.node is not None:
        status["startTime"] = timestamp(obj.acknowledged_us)
        host = node_ip(obj.node)
        status["hostIP"] = host
        if frame.features.has("FieldHostIPs"):
            status["hostIPs"] = [{"ip": host}]
        if obj.containers:
            regular = {container.name for container in obj.spec.containers}
            rows = sorted(row for row in obj.containers if row.name in regular)
            status["containerStatuses"] = [_container(obj, row, spec) for row in rows]
        if obj.spec.init_containers:
            known = {row.name: row for row in obj.containers}
            status["initContainerStatuses"] = [
                _container(obj, known[c.name], spec) if c.name in known else _init_container(obj, c)
                for c in obj.spec.init_containers
            ]
    if obj.ip:
        status |= {"podIP": obj.ip, "podIPs": [{"ip": obj.ip}]}
    return status


# -- conditions ------------------------------------------------------------------------------------------


def _conditions(obj: Pod, frame: Frame) -> list[Document]:
    """Return the conditions (pkg/kubelet/status/generate.go; scheduler's PodScheduled; KEP-3329)."""
    rows: list[Document] = []
    if obj.disruption:
        rows.append(_disruption(obj))
    if obj.acknowledged_us is not None:
        rows += _of_kubelet(obj, obj.acknowledged_us, frame)
    if obj.node is not None:
        since = obj.created_us if obj.scheduled_us is None else obj.scheduled_us
        rows.append(condition("PodScheduled", True, since))
    elif obj.refused is not None:
        message, since = obj.refused
        rows.append(condition("PodScheduled", False, since, reason="Unschedulable", message=message))
    rows += [{"type": name, "status": status} for name, status in sorted(obj.conditions.items())]
    return rows


def _disruption(obj: Pod) -> Document:
    reason = obj.disruption
    since = obj.deleted_us if obj.deleted_us is not None else obj.created_us
    messages = {
        "EvictionByEvictionAPI": "Eviction API: evicting",
        "DeletionByTaintManager": "Taint manager: deleting due to NoExecute taint",
        "DeletionByPodGC": "PodGC: node no longer exists",
        "PreemptionByKubeScheduler": "Kube-scheduler: preempting to accommodate a higher priority pod",
        "PreemptionByScheduler": "default-scheduler: preempting to accommodate a higher priority pod",
        "TerminationByKubelet": obj.message,
    }
    message = messages.get(reason)
    return condition("DisruptionTarget", True, since, reason=reason, message=message)


def _of_kubelet(obj: Pod, acknowledged_us: int, frame: Frame) -> list[Document]:
    why = _unready(obj)
    rows = []
    if frame.features.has("FieldReadyToStart"):
        up = obj.started_us is not None and not obj.finished
        since = obj.started_us if obj.started_us is not None else acknowledged_us
        rows.append(condition("PodReadyToStartContainers", up, since))
    if obj.initialized_us is not None:
        done = "PodCompleted" if str(obj.phase) == "Succeeded" else None
        rows.append(condition("Initialized", True, obj.initialized_us, reason=done))
    else:
        waiting = " ".join(container.name for container in obj.spec.init_containers)
        message = f"containers with incomplete status: [{waiting}]"
        reason = "ContainersNotInitialized"
        rows.append(condition("Initialized", False, acknowledged_us, reason=reason, message=message))
    if obj.ready:
        rows.append(condition("Ready", True, obj.ready_since_us or 0))
    else:
        since = obj.unready_since_us if obj.unready_since_us is not None else acknowledged_us
        lacks = why or _gates(obj)
        rows.append(condition("Ready", False, since, **lacks))
    all_ready = bool(obj.containers) and all(row.ready for row in obj.containers)
    since = obj.containers_ready_us if obj.containers_ready_us is not None else acknowledged_us
    rows.append(condition("ContainersReady", all_ready, since, **({} if all_ready else why)))
    return rows


def _unready(obj: Pod) -> dict[str, str]:
    if obj.finished:
        return {"reason": "PodCompleted"} if str(obj.phase) == "Succeeded" else {"reason": "PodFailed"}
    names = " ".join(row.name for row in sorted(obj.containers) if not row.ready)
    if not names:
        return {}
    return {"reason": "ContainersNotReady", "message": f"containers with unready status: [{names}]"}


def _gates(obj: Pod) -> dict[str, str]:
    unmet = obj.gates_unmet
    return {"reason": "ReadinessGatesNotReady", "message": ", ".join(unmet)} if unmet else {}


# -- containers ------------------------------------------------------------------------------------------


def _container(obj: Pod, row: ContainerStatus, spec: Document) -> Document:
    last = {} if row.last is None else {"terminated": _terminated(obj, row.name, row.last)}
    ran = row.started_us is not None or row.ended is not None or row.last is not None
    made: Document = {
        "image": resolved(row.image) if ran else row.image,
        "imageID": image_id(row.image) if ran else "",
        "lastState": last,
        "name": row.name,
        "ready": row.ready,
        "restartCount": row.restarts,
        "started": row.started_us is not None and (row.ready or not _has_startup_probe(row.name, spec)),
        "state": _state(obj, row),
    }
    if ran:
        made["containerID"] = container_id(obj.uid, row.name, row.run)
    return made


def _has_startup_probe(name: str, spec: Document) -> bool:
    return any(
        c["name"] == name and "startupProbe" in c
        for key in ("containers", "initContainers")
        for c in spec.get(key, ())
    )


def _state(obj: Pod, row: ContainerStatus) -> Document:
    if row.started_us is not None:
        return {"running": {"startedAt": timestamp(row.started_us)}}
    if row.ended is not None:
        return {"terminated": _terminated(obj, row.name, row.ended)}
    waiting: Document = {"reason": row.waiting or "ContainerCreating"}
    if row.waiting == "CrashLoopBackOff":
        where = f"container={row.name} pod={obj.name}_default({uuid(obj.uid)})"
        waiting["message"] = f"back-off {go_duration(row.backoff_us)} restarting failed {where}"
    elif row.waiting == "ImagePullBackOff":
        waiting["message"] = f'Back-off pulling image "{row.image}"'
    elif row.waiting == "ErrImagePull":
        waiting["message"] = missing_image(row.image)
    return {"waiting": waiting}


def _terminated(obj: Pod, name: str, ended: Ended) -> Document:
    return {
        "containerID": container_id(obj.uid, name, ended.run),
        "exitCode": ended.exit_code,
        "finishedAt": timestamp(ended.ended_us),
        "reason": ended.reason,
        "startedAt": timestamp(ended.started_us),
    }


def _init_container(obj: Pod, container: Any) -> Document:
    made: Document = {
        "image": container.image,
        "imageID": "",
        "lastState": {},
        "name": container.name,
        "ready": False,
        "restartCount": 0,
        "started": False,
        "state": {"waiting": {"reason": "PodInitializing"}},
    }
    if obj.initialized_us is not None:
        at = timestamp(obj.initialized_us)
        own = container_id(obj.uid, container.name, 0)
        ended = {"containerID": own, "exitCode": 0, "finishedAt": at, "reason": "Completed", "startedAt": at}
        made |= {
            "containerID": own,
            "image": resolved(container.image),
            "imageID": image_id(container.image),
            "ready": True,
            "state": {"terminated": ended},
        }
    return made


def container_id(uid: str, name: str, run: int) -> str:
    """Return the runtime's id of one run of a container."""
    return f"containerd://{digest('container', uid, name, run, size=32).hex()}"


def resolved(image: str) -> str:
    """Return an image with the registry and tag that the runtime adds (distribution/reference)."""
    first, slash, _ = image.partition("/")
    if not slash:
        image = f"docker.io/library/{image}"
    elif "." not in first and ":" not in first and first != "localhost":
        image = f"docker.io/{image}"
    return image if ":" in image.rpartition("/")[2] or "@" in image else f"{image}:latest"


def missing_image(image: str) -> str:
    """Return what containerd says of an image that the registry does not have."""
    where = resolved(image)
    unpacked = f'failed to pull and unpack image "{where}": failed to resolve reference "{where}"'
    return f"rpc error: code = NotFound desc = {unpacked}: {where}: not found"


def image_id(image: str) -> str:
    """Return an image by its digest."""
    name = resolved(image).partition("@")[0]
    repository = name.rpartition(":")[0] or name
    return f"{repository}@sha256:{digest('image', resolved(image), size=32).hex()}"


def go_duration(us: int) -> str:
    """Return a duration as Go prints it: ``10s``, ``2m40s``, ``5m0s``."""
    minutes, seconds = divmod(us // 1_000_000, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
