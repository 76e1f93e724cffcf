"""The fold: events in, the state of every pod, node and volume out, now and through the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.folded import NodeFold, PodFold, VolumeFold
from statesim.analysis.intervals import ABSENT, Birth, NodeTrack, PodTrack, Tracks, VolumeTrack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.kernel.trace import TraceEvent


_API = {
    "Scheduled": "starting",
    "Started": "not-ready",
    "Ready": "ready",
    "NotReady": "not-ready",
    "Restarted": "not-ready",
    "BackOff": "back-off",
    "ErrImagePull": "no-image",
    "ImagePullBackOff": "no-image",
    "Terminating": "terminating",
    "Failed": "failed",
    "Succeeded": "succeeded",
}
# what holds a pod up before it starts, and the event that ends it
_HELD_UP = {"VolumesAttached": "waiting-volume", "Pulled": "no-image"}


class Fold:
    """Takes events in order and keeps, for every pod, node and volume, what it is and what it was."""

    def __init__(self, events: Iterable[TraceEvent] = ()) -> None:
        self.pods: dict[str, PodFold] = {}
        self.nodes: dict[str, NodeFold] = {}
        self.volumes: dict[str, VolumeFold] = {}
        self._owners: dict[str, str] = {}
        self._handlers = {
            "Pod": self._pod,
            "Container": self._container,
            "Process": self._process,
            "Member": self._member,
            "Node": self._node,
            "PersistentVolume": self._volume,
            "VolumeAttachment": self._attachment,
            "DataDirectory": self._directory,
            "ReplicaSet": self._replicaset,
            "PersistentVolumeClaim": self._claim,
        }
        for event in events:
            self.take(event)

    def take(self, event: TraceEvent) -> None:
        """Take one more event into account."""
        kind, _, name = event.object.partition("/")
        handler = self._handlers.get(kind)
        if handler is not None:
            handler(name, event)

    # -- pods ------------------------------------------------------------------------------------------

    def workload_of(self, pod: str, owner: str | None) -> str:
        """Return ``Kind/name`` of the workload behind a pod: the Deployment, not its ReplicaSet."""
        if owner is None:
            return f"Pod/{pod}"
        kind, _, name = owner.partition("/")
        if kind != "ReplicaSet":
            return owner
        return self._owners.get(name) or f"Deployment/{name.rpartition('-')[0] or name}"

    def _replicaset(self, name: str, event: TraceEvent) -> None:
        if event.event in ("Created", "OwnerChanged"):
            self._owners[name] = str(event.fields.get("owner") or f"ReplicaSet/{name}")

    def _pod(self, name: str, event: TraceEvent) -> None:
        t, what, fields = event.t_us, event.event, event.fields
        pod = self.pods.get(name)
        if pod is None or not pod.births or what == "Created":
            pod = self._born(name, event)
        if what == "Deleted":
            pod.exists = False
            pod.api.to(t, ABSENT)
            pod.nodes.to(t, ABSENT)
            pod.settle(t)
            return
        if what == "Restarted":
            pod.restarts += 1
        if what == "VolumesAttached":
            pod.attached = True
        if what == "Scheduled":
            pod.nodes.to(t, "on", str(fields.get("node", "")))
        if what == "Ready" and pod.births[-1].ready_us is None:
            pod.births[-1].ready_us = t
        state = _API.get(what)
        if state is not None and (pod.api.state != "terminating" or state in ("failed", "succeeded")):
            pod.api.to(t, state)
        elif what in _HELD_UP and pod.api.state == _HELD_UP[what]:
            pod.api.to(t, "starting")

    def _born(self, name: str, event: TraceEvent) -> PodFold:
        workload = self.workload_of(name, event.fields.get("owner"))
        pod = self.pods.setdefault(name, PodFold(name, workload))
        pod.workload = workload
        pod.births.append(Birth(str(event.fields.get("uid", f"#{len(pod.births)}")), event.t_us))
        pod.exists, pod.attached, pod.how = True, False, ""
        pod.former = pod.places.keys() - {str(event.fields.get("uid", ""))}
        pod.api.to(event.t_us, "pending")
        pod.settle(event.t_us)
        return pod

    def _container(self, name: str, event: TraceEvent) -> None:
        """Take note of a container that was started by hand: no API says anything of it."""
        t, fields = event.t_us, event.fields
        if event.event == "Created":
            pod = self.pods.setdefault(name, PodFold(name, str(fields["owner"])))
            pod.births.append(Birth(str(fields["uid"]), t))
            pod.exists, pod.how = True, "created"
            pod.nodes.to(t, "on", str(fields["node"]))
        elif event.event == "Restarted":
            self.pods[name].restarts += 1

    def _process(self, name: str, event: TraceEvent) -> None:
        pod = self.pods.setdefault(name, PodFold(name, f"Pod/{name}"))
        uid = str(event.fields.get("uid", ""))
        pod.places[uid] = str(event.fields.get("node", pod.places.get(uid, "")))
        match event.event:
            case "Running":
                self._found(str(event.fields.get("data", "")), event.t_us, "a new disk")
                pod.running[uid] = False
                pod.listening.discard(uid)
                pod.roles.pop(uid, None)
            case "Listening":
                pod.running.setdefault(uid, False)
                pod.listening.add(uid)
            case "Exited":
                pod.running.pop(uid, None)
                pod.listening.discard(uid)
                if uid not in pod.former:
                    pod.how = str(event.fields.get("how", "stopped"))
            case "Frozen":
                pod.running[uid] = True
            case "Thawed":
                pod.running[uid] = False
        pod.settle(event.t_us)

    def _member(self, name: str, event: TraceEvent) -> None:
        if event.event != "Role":
            return
        pod = self.pods.setdefault(name, PodFold(name, f"Pod/{name}"))
        role = str(event.fields.get("role", ""))
        if role == "primary" and event.fields.get("accepts_writes") is False:
            role = "read-only"
        uid = str(event.fields.get("uid") or next(reversed(pod.running), ""))
        pod.roles[uid] = role
        pod.settle(event.t_us)

    # -- nodes -----------------------------------------------------------------------------------------

    def _node(self, name: str, event: TraceEvent) -> None:
        node = self.nodes.setdefault(name, NodeFold(name))
        t = event.t_us
        match event.event:
            case "Created":
                node.zone = str(event.fields.get("zone", ""))
                node.cordoned = bool(event.fields.get("unschedulable"))
                node.say(t, "ready")
            case "Ready" | "NotReady":
                node.say(t, "ready" if event.event == "Ready" else "not-ready")
            case "Cordoned" | "Uncordoned":
                node.cordoned = event.event == "Cordoned"
                node.say(t, node.api.state)
            case "Deleted":
                node.say(t, ABSENT)
            case "Crashed":
                node.crashed = True
            case "Paused":
                node.paused = True
            case "Recovered":
                node.crashed = node.paused = False
            case "CutOff" | "Reconnected":
                node.cut = event.event == "CutOff"
        node.settle(t)

    # -- volumes ---------------------------------------------------------------------------------------

    def _claim(self, name: str, event: TraceEvent) -> None:
        if event.event == "Bound" and "volume" in event.fields:
            volume = self.volumes.setdefault(
                str(event.fields["volume"]), VolumeFold(str(event.fields["volume"]))
            )
            volume.claim = name

    def _volume(self, name: str, event: TraceEvent) -> None:
        volume = self.volumes.setdefault(name, VolumeFold(name))
        if event.event in ("Provisioned", "Created"):
            volume.zone = str(event.fields.get("zone", ""))
            volume.claim = str(event.fields.get("claim", volume.claim))
        if event.fields.get("size_bytes") is not None:
            volume.sizes.to(event.t_us, str(event.fields["size_bytes"]))
        if event.event == "Lost":
            volume.lose()
        if event.event == "Deleted":
            volume.attached.to(event.t_us, ABSENT)
        else:
            volume.settle(event.t_us)

    def _directory(self, name: str, event: TraceEvent) -> None:
        if event.event == "Restored":
            self._found(name, event.t_us, "restored")

    def _found(self, directory: str, t_us: int, since: str) -> None:
        """Note that a data directory is in use, or has been restored: its disk is there."""
        place, _, name = directory.partition("/")
        volume = self.volumes.get(name.partition("@")[0]) if place == "pv" else None
        if volume is not None:
            volume.found(t_us, since)

    def _attachment(self, name: str, event: TraceEvent) -> None:
        volume_name, _, node = name.rpartition("@")
        volume = self.volumes.setdefault(volume_name, VolumeFold(volume_name))
        match event.event:
            case "AttachRequested":
                volume.held[node] = "attaching"
            case "Attached":
                volume.held[node] = "attached"
            case "DetachRequested":
                volume.held[node] = "detaching"
            case "Detached":
                volume.held.pop(node, None)
                volume.forced += 1 if event.fields.get("forced") else 0
            case "MultiAttach":
                volume.waiting[node] = None
                self._waits(node, event)
        if event.event in ("AttachRequested", "Attached"):
            volume.waiting.pop(node, None)
        volume.settle(event.t_us)

    def _waits(self, node: str, event: TraceEvent) -> None:
        named = event.fields.get("pod")
        for pod in self.pods.values():
            here = pod.nodes.label == node and pod.api.state == "starting" and not pod.attached
            if here and named in (None, pod.name):
                pod.api.to(event.t_us, "waiting-volume")


def tracks(events: Sequence[TraceEvent], duration_us: int) -> Tracks:
    """Fold a trace into the intervals of its pods, nodes and volumes.

    Parameters
    ----------
    events
        The trace, in order.
    duration_us
        Where the last intervals end.
    """
    fold, end = Fold(events), duration_us
    return Tracks(
        {
            p.name: PodTrack(
                p.name,
                p.workload,
                p.api.until(end),
                p.truth.until(end),
                p.nodes.until(end),
                tuple(p.births),
                p.restarts,
            )
            for p in fold.pods.values()
        },
        {
            n.name: NodeTrack(n.name, n.zone, n.api.until(end), n.truth.until(end))
            for n in fold.nodes.values()
        },
        {
            v.name: VolumeTrack(
                v.name,
                v.claim,
                v.zone,
                v.attached.until(end),
                v.waits.until(end),
                v.forced,
                v.sizes.until(end),
            )
            for v in fold.volumes.values()
        },
    )
