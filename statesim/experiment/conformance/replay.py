"""From a recording to the scenario that does what was done, and its run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from statesim.analysis.conformance.recording import Seen
from statesim.errors import Finding, ScenarioError
from statesim.experiment.conformance.chance import late_s, precedent_of
from statesim.scenario.load import load
from statesim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statesim.analysis.conformance.recording import Recording

_EARLY_S = 1.0
# keys of `settings` that are timings of the control plane
_TIMINGS = {
    "heartbeat_s": "nodeHeartbeat",
    "node_monitor_grace_s": "nodeMonitorGracePeriod",
    "toleration_s": "tolerationSeconds",
    "force_detach_s": "forceDetach",
}
# The recorded provisioner and attacher are scripts that poll. Volumes are made where the scheduler has chosen
# a node (it looks a second later whether they are bound), and can be used in every zone.
SCRIPTS = {
    "provision": {"uniform": ["0s", "300ms"]},
    "attach": "50ms",
    "detach": "50ms",
    "mount": "0s",
    "kubeletRelist": "500ms",
    # recorded: from a ReplicaSet's status to its Deployment's 10 ms, from its scale to its first pod 20 ms
    "controllerLag": "15ms",
}
_CLASS = {
    "name": "standard",
    "volumeBindingMode": "WaitForFirstConsumer",
    "default": True,
    "parameters": {"skuName": "Standard_ZRS"},
}


def simulate(recording: Recording, *, phases: bool = True) -> list[Seen]:
    """Let the simulator do what was done to the real control plane; return what came of it.

    `phases`: rounds and heartbeats fall where they fell there, and not by chance.

    Raises
    ------
    ScenarioError
        If the recording holds something that is not simulated.
    """
    known = {seen.object for seen in recording.events if seen.kind == "Pod"}
    loaded = load(scenario_of(recording), known=known)
    precedent = precedent_of(recording)
    if not phases:
        precedent = replace(precedent, heartbeats_us={}, rounds_us={})
    run = World(loaded.variants[0], precedent=precedent).run()
    return [Seen(event.t, event.object, event.event, event.fields) for event in run.events]


# -- the scenario --------------------------------------------------------------------------------------


def scenario_of(recording: Recording) -> dict[str, Any]:
    """Return the scenario that does what was done to the real control plane."""
    settings = recording.settings
    timings = {key: f"{settings[name]}s" for name, key in _TIMINGS.items() if name in settings}
    ranges = {step: late_s(settings, step) for step in ("start", "ready", "stop")}
    steps = {step: {"uniform": [f"{low:.3f}s", f"{high:.3f}s"]} for step, (low, high) in ranges.items()}
    image = {"pull": "0s", **steps}
    applied = list(_applied(recording))
    return {
        "apiVersion": "statesim/v1",
        "kind": "Scenario",
        "metadata": {"name": recording.name.replace("_", "-").lower()},
        "seed": 1,
        "duration": f"{recording.until_s}s",
        "cluster": {
            "kubernetes": recording.version,
            "nodes": [_node(node, settings) for node in recording.nodes],
            "storageClasses": [] if _has_class(recording) else [_CLASS],
            "timings": {**SCRIPTS, **timings},
        },
        "images": {"broken": {**image, "ready": "never"}, "*": image},
        "manifests": [manifest for t, manifest in applied if t < _EARLY_S],
        "timeline": [
            *({"at": f"{t}s", "do": "apply", "manifests": [m]} for t, m in applied if t >= _EARLY_S),
            *(row for action in recording.actions if (row := _row(action, recording)) is not None),
        ],
    }


def _has_class(recording: Recording) -> bool:
    return any(manifest["kind"] == "StorageClass" for manifest in recording.manifests)


def _applied(recording: Recording) -> Iterator[tuple[float, Mapping[str, Any]]]:
    """Return the manifests with the times at which they were applied; a second one of a name comes later."""
    taken: Counter[tuple[str, str]] = Counter()
    for action in recording.actions:
        if action["action"] != "apply":
            continue
        name = (action["kind"], action["name"])
        known = [m for m in recording.manifests if (m["kind"], m["metadata"]["name"]) == name]
        if not known:
            raise ScenarioError([Finding(f"{name[0]}/{name[1]} is applied, and no manifest describes it")])
        yield float(action["t"]), known[min(taken[name], len(known) - 1)]
        taken[name] += 1


def _node(node: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    usual = {"cpu": "16", "memory": "64Gi", "pods": "110"}
    capacity = {**usual, **settings.get("default_node_capacity", {}), **node.get("capacity", {})}
    made = {
        "name": node["name"],
        "capacity": {
            "cpu": str(capacity["cpu"]),
            "memory": str(capacity["memory"]),
            "pods": int(capacity["pods"]),
        },
    }
    return made | {key: node[key] for key in ("zone", "labels", "taints") if node.get(key)}


def _row(action: Mapping[str, Any], recording: Recording) -> dict[str, Any] | None:
    """Return the timeline's row for one action.

    A pod is aimed at by its recorded name, which the replay gives to it; a node by its own.
    """
    row: dict[str, Any] = {"at": f"{action['t']}s"}
    on = f"{action.get('kind')}/{action.get('name')}"
    match action["action"]:
        case "patch":
            return {**row, "do": "patch", "on": on, "patch": action["patch"]}
        case "delete-pod":
            return {**row, "do": "delete", "on": f"Pod/{action['name']}", "force": action.get("force", False)}
        case "delete":
            cascade = str(action.get("propagationPolicy", "Background")).lower()
            return {**row, "do": "delete", "on": on, "cascade": cascade}
        case "evict":
            return {**row, "do": "evict", "on": f"Pod/{action['name']}", "retry": False}
        case "node-unreachable":
            cut = {"do": "network-partition", "on": f"Node/{action['node']}", "from": "control-plane"}
            back = _back(action, recording)
            return {**row, **cut} if back is None else {**row, **cut, "for": f"{back:.3f}s"}
        case "delete-node":
            return {**row, "do": "delete", "on": f"Node/{action['node']}"}
        case "cordon" | "uncordon" | "drain" as word:
            return {**row, "do": word, "on": f"Node/{action['node']}"}
        case "scale":
            return {**row, "do": "scale", "on": on, "replicas": action["replicas"]}
        case _:
            return None


def _back(action: Mapping[str, Any], recording: Recording) -> float | None:
    """Return after how many seconds a silent node was heard again."""
    later = (
        other["t"] - action["t"]
        for other in recording.actions
        if other["action"] == "node-reachable"
        and other["node"] == action["node"]
        and other["t"] > action["t"]
    )
    return next(later, None)
