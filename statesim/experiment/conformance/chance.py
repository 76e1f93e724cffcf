"""What chance decided in a recording: names, nodes, phases, and how long the scripted kubelets took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.conformance.recording import has_ordinal
from statesim.cluster.precedent import Precedent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.analysis.conformance.recording import Recording

SECOND = 1_000_000
_QUARANTINE_S = 40
_LATE_S = (-0.1, 0.4)
# event that ends a step of a pod's life -> the step, as images call it, and the event that began it
_STEP_ENDING = {
    "Started": ("start", "Scheduled"),
    "Ready": ("ready", "Started"),
    "Deleted": ("stop", "Terminating"),
}


def precedent_of(recording: Recording) -> Precedent:
    """Return the names, nodes and phases that a recording shows."""
    nodes: dict[str, list[str]] = {}
    for seen in recording.events:
        if seen.kind == "Pod" and seen.event == "Scheduled":
            nodes.setdefault(seen.name, []).append(str(seen.fields["node"]))
    rounds, heartbeats = _phases(recording)
    return Precedent(
        _names(recording), nodes, heartbeats, {**rounds, **_collected(recording)}, _draws(recording)
    )


def _draws(recording: Recording) -> dict[tuple[str, ...], list[float]]:
    """Return what the kubelets took for the steps of each pod's life, as numbers that give just that.

    A start begins when the pod is bound, or when its volume has been attached.
    """
    templates = {m["metadata"]["name"]: m for m in recording.manifests if "template" in m.get("spec", {})}
    owners: dict[str, Mapping[str, Any]] = {}
    found: dict[tuple[str, ...], list[float]] = {}
    since: dict[tuple[str, str], float] = {}
    for seen in recording.events:
        if seen.kind != "Pod":
            continue
        if seen.event == "Created":
            owner = str(seen.fields.get("owner", ""))
            owners[seen.name] = templates.get(owner) or templates.get(owner.rpartition("-")[0], {})
        since[seen.name, seen.event] = seen.t
        if seen.fields.get("reason") == "SuccessfulAttachVolume":
            since[seen.name, "Scheduled"] = seen.t
        step, begins = _STEP_ENDING.get(seen.event, ("", ""))
        began = since.pop((seen.name, begins), None)
        manifest = owners.get(seen.name)
        if began is None or not manifest:
            continue
        container = manifest["spec"]["template"]["spec"]["containers"][0]["name"]
        low, high = late_s(recording.settings, step)
        number = min(1.0, max(0.0, (seen.t - began - low) / (high - low)))
        found.setdefault(("Pod", seen.name, container, step), []).append(number)
    return found


def late_s(settings: Mapping[str, Any], step: str) -> tuple[float, float]:
    """Return between which times a step of a pod's life takes a scripted kubelet: it takes pods in turn."""
    usual = float(settings.get(f"{step}_s", 1.0))
    return max(0.0, usual + _LATE_S[0]), usual + _LATE_S[1]


def _names(recording: Recording) -> dict[str, list[list[str]]]:
    """Return the pods of each owner's ReplicaSets, in the order in which both appear."""
    owners = {m["metadata"]["name"]: m["kind"] for m in recording.manifests if m["kind"] != "StatefulSet"}
    sets = recording.stateful_sets()
    found: dict[str, dict[str, list[str]]] = {}
    for seen in recording.events:
        replica_set = ""
        if seen.kind == "ReplicaSet":
            replica_set = seen.name
        elif seen.kind == "Pod" and seen.event == "Created" and not has_ordinal(seen.name, sets):
            replica_set = str(seen.fields.get("owner", ""))
        owner = _owner_of(replica_set, owners)
        if owner is None:
            continue
        pods = found.setdefault(owner, {}).setdefault(replica_set, [])
        if seen.kind == "Pod":
            pods.append(seen.name)
    return {owner: list(of_sets.values()) for owner, of_sets in found.items()}


def _owner_of(replica_set: str, owners: Mapping[str, str]) -> str | None:
    """Return ``Kind/name`` of who made a ReplicaSet; a Deployment's has its template's hash at the end."""
    if owners.get(replica_set) == "ReplicaSet":
        return f"ReplicaSet/{replica_set}"
    parent = replica_set.rpartition("-")[0]
    return f"Deployment/{parent}" if owners.get(parent) == "Deployment" else None


def _phases(recording: Recording) -> tuple[dict[str, int], dict[str, int]]:
    """Return instants of the monitor's rounds and of the nodes' heartbeats that a recording implies.

    A node was found silent in a round; it had been heard in the round that lies the grace period before, so
    that its last heartbeat fell between that round and the one before, and before the node fell silent.
    """
    grace = float(recording.settings.get("node_monitor_grace_s", 40))
    beat = float(recording.settings.get("heartbeat_s", 10))
    period = 5.0
    found = [
        (seen.name, seen.t) for seen in recording.events if seen.kind == "Node" and seen.event == "NotReady"
    ]
    if not found:
        return {}, {}
    heartbeats: dict[str, int] = {}
    for node, noticed in found:
        silent = _silent_before(recording.actions, node, noticed)
        low = max(noticed - grace - period, silent - beat)
        high = min(noticed - grace, silent)
        if node not in heartbeats and low < high:
            heartbeats[node] = round((low + high) / 2 * SECOND)
    return {"node-monitor": round(found[0][1] * SECOND)}, heartbeats


def _collected(recording: Recording) -> dict[str, int]:
    """Return an instant of pod gc's rounds: it took the pods of a Node object that was deleted."""
    for action in recording.actions:
        if action["action"] != "delete-node":
            continue
        for seen in recording.events:
            here = (
                seen.kind == "Pod" and seen.event == "Deleted" and seen.fields.get("node") == action["node"]
            )
            if here and seen.t - action["t"] >= _QUARANTINE_S - 1:
                return {"pod-gc": round(seen.t * SECOND)}
    return {}


def _silent_before(actions: Sequence[Mapping[str, Any]], node: str, t: float) -> float:
    """Return when a node last fell silent before `t`."""
    times = [
        a["t"] for a in actions if a["action"] == "node-unreachable" and a["node"] == node and a["t"] <= t
    ]
    return float(max(times, default=t))
