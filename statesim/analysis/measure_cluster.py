"""What the orchestrator did: replacements, readiness, volumes, nodes, broken invariants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.analysis.availability import seconds
from statesim.analysis.intervals import Track, overlap_us, total_us

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.analysis.intervals import Birth, Interval, PodTrack, VolumeTrack
    from statesim.analysis.reading import Reading

_DOWN = ("crashed", "paused", "cut-off")
_WORKLOADS = ("Deployment/", "StatefulSet/", "ReplicaSet/")


@dataclass(slots=True)
class Workload:
    """A Deployment, a StatefulSet or a ReplicaSet of its own: its pods, and how many were wanted when.

    Attributes
    ----------
    wanted
        (t_us, replicas) of every change, in order.
    status
        What its controller reported last.
    """

    key: str
    created_us: int
    wanted: list[tuple[int, int]] = field(default_factory=list)
    pods: list[PodTrack] = field(default_factory=list)
    status: Mapping[str, Any] = field(default_factory=dict)

    @property
    def promoted(self) -> bool | None:
        """Tell whether a StatefulSet's newest revision has become its current one."""
        if not self.key.startswith("StatefulSet/") or not self.status:
            return None
        return bool(self.status.get("currentRevision") == self.status.get("updateRevision"))

    @property
    def most_wanted(self) -> int:
        """Return the largest number of replicas that was ever asked for."""
        return max((replicas for _, replicas in self.wanted), default=0)

    def births(self) -> list[tuple[Birth, PodTrack]]:
        """Return all its pods' incarnations in order of time."""
        found = [(birth, pod) for pod in self.pods for birth in pod.births]
        return sorted(found, key=lambda pair: pair[0].t_us)

    def replacements(self) -> list[Birth]:
        """Return the pods that took the place of another one.

        A StatefulSet's pod does if its name was there before. A Deployment's pods have no places: those
        that go beyond the number ever asked for replace.
        """
        births = self.births()
        if self.key.startswith("StatefulSet/"):
            return [birth for birth, pod in births if birth is not pod.births[0]]
        return [birth for birth, _ in births[self.most_wanted or len(births) :]]


def workloads(reading: Reading) -> dict[str, Workload]:
    """Return the workloads of a run by ``Kind/name``, in order of appearance; no Deployment's ReplicaSets."""
    found: dict[str, Workload] = {}
    for event in reading.record.events:
        if not event.object.startswith(_WORKLOADS):
            continue
        own = event.event == "Created" and "owner" not in event.fields
        if event.object.startswith("ReplicaSet/") and event.object not in found and not own:
            continue
        workload = found.setdefault(event.object, Workload(event.object, event.t_us))
        replicas = event.fields.get("replicas" if event.event != "Status" else "spec_replicas")
        if event.event == "Status":
            workload.status = event.fields
        if event.event == "Deleted":
            replicas = 0
        if replicas is not None and (not workload.wanted or workload.wanted[-1][1] != replicas):
            workload.wanted.append((event.t_us, int(replicas)))
    for pod in reading.tracks.pods.values():
        if pod.workload.startswith(_WORKLOADS):
            first = pod.births[0].t_us if pod.births else 0
            found.setdefault(pod.workload, Workload(pod.workload, first)).pods.append(pod)
    return found


def measure_workloads(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return the metrics of every workload, by name; by ``Kind/name`` where two share a name."""
    found = workloads(reading)
    measured: dict[str, dict[str, Any]] = {}
    for key in sorted(found, key=lambda k: (k.partition("/")[2], k)):
        name = key.partition("/")[2]
        measured[key if name in measured else name] = _workload(reading, found[key])
    return measured


def _workload(reading: Reading, workload: Workload) -> dict[str, Any]:
    end = reading.record.duration_us
    replacements = workload.replacements()
    fault = reading.faults[0].start_us if reading.faults else None
    first = next((birth for birth in replacements if fault is not None and birth.t_us >= fault), None)
    ready = ready_track(workload, end)
    converged = next((i.start_us for i in ready if i.label == "enough"), None)
    after = [i for i in ready if converged is not None and i.start_us >= converged]
    return {
        "kind": workload.key.partition("/")[0],
        "created": sum(len(pod.births) for pod in workload.pods),
        "replaced": len(replacements),
        "restarts": sum(pod.restarts for pod in workload.pods),
        "identity_changes": max(0, len(workload.pods) - (workload.most_wanted or len(workload.pods))),
        "ready_s": None if converged is None else seconds(converged - workload.created_us),
        "below_desired_s": seconds(sum(i.length_us for i in after if i.label == "short")),
        "ready_at_end": int(ready[-1].state) if ready else 0,
        "unscheduled_at_end": sum(_is_unscheduled(pod, end) for pod in workload.pods),
        "updated_at_end": workload.status.get("updatedReplicas"),
        "promoted": workload.promoted,
        "falsely_ready_s": seconds(sum(falsely_ready_us(pod) for pod in workload.pods)),
        "multi_attach_wait_s": seconds(sum(total_us(pod.api, "waiting-volume") for pod in workload.pods)),
        "first_replacement_s": _since(fault, first.t_us if first is not None else None),
        "replacement_ready_s": _since(fault, first.ready_us if first is not None else None),
    }


def _is_unscheduled(pod: PodTrack, end_us: int) -> bool:
    """Tell whether a pod has no node when the run ends."""
    return bool(pod.api) and pod.api[-1].state == "pending" and pod.api[-1].end_us >= end_us


def _since(start: int | None, then: int | None) -> float | None:
    return None if start is None or then is None else seconds(then - start)


def ready_track(workload: Workload, end_us: int) -> tuple[Interval, ...]:
    """Return how many pods Kubernetes calls Ready (digits); labels: ``enough`` or ``short`` of the wanted."""
    steps: list[tuple[int, int, int]] = [(t, 0, replicas) for t, replicas in workload.wanted]
    for pod in workload.pods:
        for interval in pod.api:
            if interval.state == "ready":
                steps += [(interval.start_us, 1, 1), (interval.end_us, 1, -1)]
    track, ready, wanted = Track("0"), 0, 0
    for t, kind, value in sorted(steps):
        if t >= end_us:
            break
        if kind:
            ready += value
        else:
            wanted = value
        track.to(t, str(ready), "" if not wanted else "enough" if ready >= wanted else "short")
    return track.until(end_us)


def falsely_ready_us(pod: PodTrack) -> int:
    """Return for how long Kubernetes called a pod Ready whose program was dead or frozen."""
    return overlap_us(pod.api, ("ready",), pod.truth, ("dead", "frozen"))


def measure_volumes(reading: Reading) -> dict[str, Any]:
    """Return totals over all volumes and the metrics of each, by the name of its claim."""
    found = reading.tracks.volumes
    each: dict[str, dict[str, Any]] = {}
    for name in sorted(found, key=lambda v: (found[v].claim or v, v)):
        claim = found[name].claim or name
        each[claim if claim not in each else f"{claim}@{name}"] = _volume(found[name])
    return {
        "count": sum(
            1 for track in found.values() if track.attached and track.attached[-1].state != "absent"
        ),
        "multi_attach_wait_s": round(sum(v["multi_attach_wait_s"] for v in each.values()), 6),
        "forced_detaches": sum(v["forced_detaches"] for v in each.values()),
        "lost": sum(v["lost"] for v in each.values()),
        **each,
    }


def _volume(volume: VolumeTrack) -> dict[str, Any]:
    return {
        "attached_s": seconds(total_us(volume.attached, "attached")),
        "multi_attach_wait_s": seconds(total_us(volume.waits, "waiting")),
        "forced_detaches": volume.forced_detaches,
        "lost": int(any(interval.state == "lost" for interval in volume.attached)),
        "size_bytes": volume.size_bytes,
    }


def measure_nodes(reading: Reading) -> dict[str, Any]:
    """Return totals over all nodes: which machine was hit differs between variants."""
    found = reading.tracks.nodes.values()
    unnoticed = sum(overlap_us(node.api, ("ready",), node.truth, _DOWN) for node in found)
    return {
        "count": len(found),
        "down_s": seconds(sum(total_us(node.truth, *_DOWN) for node in found)),
        "not_ready_s": seconds(sum(total_us(node.api, "not-ready") for node in found)),
        "unnoticed_s": seconds(unnoticed),
        "drains_failed": sum(drain.outcome == "DrainFailed" for drain in reading.drains),
        "drains_unfinished": sum(not drain.outcome for drain in reading.drains),
    }


def measure_findings(reading: Reading) -> dict[str, int]:
    """Return how often each invariant was broken, and ``total``."""
    counts: dict[str, int] = {}
    for event in reading.record.events:
        if event.object.startswith("Finding/") and event.event == "Violated":
            name = str(event.fields.get("invariant", event.object[8:].partition("-")[2]))
            counts[name] = counts.get(name, 0) + 1
    return {"total": sum(counts.values()), **dict(sorted(counts.items()))}
