"""Replays a recording of a real control plane in the simulator, and compares what both did."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import World

RECORDINGS = Path(__file__).parent / "recordings"
POD_EVENTS = ("Created", "Scheduled", "Started", "Ready", "NotReady", "Terminating", "Deleted")


@dataclass(frozen=True)
class Seen:
    """One event, from either world."""

    t: float
    object: str
    event: str
    fields: dict[str, Any]


def recording(name: str) -> dict[str, Any]:
    return json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))


def scenario_of(recorded: dict[str, Any]) -> dict[str, Any]:
    """Return the scenario that does what was done to the real control plane."""
    settings = recorded["settings"]
    early = [a for a in recorded["actions"] if a["action"] == "apply" and a["t"] < 1]
    applied = {(a["kind"], a["name"]) for a in early}
    manifests = [m for m in recorded["manifests"] if (m["kind"], m["metadata"]["name"]) in applied]
    capacity = {**settings["default_node_capacity"], "pods": int(settings["default_node_capacity"]["pods"])}
    image = {
        "pull": "0s",
        "start": f"{settings['start_s']}s",
        "ready": f"{settings['ready_s']}s",
        "stop": f"{settings['stop_s']}s",
    }
    return {
        "apiVersion": "statesim/v1",
        "kind": "Scenario",
        "metadata": {"name": recorded["experiment"].replace("_", "-")},
        "seed": 1,
        "duration": f"{recorded['recorded_until_s']}s",
        "cluster": {
            "kubernetes": ".".join(recorded["kubernetes"].removeprefix("v").split(".")[:2]),
            "nodes": [
                {"name": n["name"], "zone": n["zone"], "capacity": capacity} for n in recorded["nodes"]
            ],
            "timings": {"provision": "1s", "attach": "50ms", "detach": "50ms", "mount": "0s"},
        },
        "images": {"broken": {**image, "ready": "never"}, "*": image},
        "manifests": manifests,
        "timeline": [row for action in recorded["actions"] if (row := _row(recorded, action)) is not None],
    }


def _row(recorded: dict[str, Any], action: dict[str, Any]) -> dict[str, Any] | None:
    at = f"{action['t']}s"
    match action["action"]:
        case "apply":
            if action["t"] < 1:
                return None
            names = [m for m in recorded["manifests"] if m["metadata"]["name"] == action["name"]]
            return {"at": at, "do": "apply", "manifests": [m for m in names if m["kind"] == action["kind"]]}
        case "patch":
            on = f"{action['kind']}/{action['name']}"
            return {"at": at, "do": "patch", "on": on, "patch": action["patch"]}
        case "delete-pod":
            return {"at": at, "do": "delete", "on": f"Pod/{action['name']}", "force": action["force"]}
        case "delete":
            return {"at": at, "do": "delete", "on": f"{action['kind']}/{action['name']}"}
        case "node-unreachable":
            pod = next((p for p in action["pods"] if _is_ordinal(p)), action["pods"][0])
            row = {"at": at, "do": "network-partition", "on": {"nodeOf": pod}, "from": "control-plane"}
            back = [
                a["t"]
                for a in recorded["actions"]
                if a["action"] == "node-reachable" and a["node"] == action["node"] and a["t"] > action["t"]
            ]
            return {**row, "for": f"{back[0] - action['t']:.3f}s"} if back else row
        case _:
            return None


def _is_ordinal(pod: str) -> bool:
    return pod.rsplit("-", 1)[-1].isdigit()


def simulate(recorded: dict[str, Any]) -> list[Seen]:
    """Run the recording's scenario; return its trace."""
    loaded = load(Scenario.model_validate(scenario_of(recorded)))
    run = World(loaded.variants[0]).run()
    return [Seen(e.t, e.object, e.event, e.fields) for e in run.events]


def observed(recorded: dict[str, Any]) -> list[Seen]:
    """Return what was recorded."""
    known = ("t", "object", "event")
    return [
        Seen(e["t"], e["object"], e["event"], {k: v for k, v in e.items() if k not in known})
        for e in recorded["events"]
    ]


def tolerance(recorded: dict[str, Any], t: float) -> float:
    """Return 1.5 s + 5 % of the time since the latest action."""
    latest = max((a["t"] for a in recorded["actions"] if a["t"] <= t), default=0.0)
    return 1.5 + 0.05 * (t - latest)


def ordinal_pods(events: list[Seen]) -> dict[str, list[tuple[str, float]]]:
    """Return each StatefulSet pod's (event, time), in order of time."""
    rows: dict[str, list[tuple[str, float]]] = {}
    for e in events:
        if e.object.startswith("Pod/") and _is_ordinal(e.object) and e.event in POD_EVENTS:
            rows.setdefault(e.object, []).append((e.event, e.t))
    return rows


def by_image(events: list[Seen]) -> dict[tuple[str, str], list[float]]:
    """Return, for the pods of Deployments, the times of each (image, event)."""
    image: dict[str, str] = {}
    rows: dict[tuple[str, str], list[float]] = {}
    for e in events:
        if not e.object.startswith("Pod/") or _is_ordinal(e.object):
            continue
        if e.event == "Created":
            image[e.object] = e.fields["image"]
        if e.event in POD_EVENTS:
            rows.setdefault((image[e.object], e.event), []).append(e.t)
    return {key: sorted(times) for key, times in rows.items()}


def order_of(events: list[Seen], event: str) -> list[str]:
    """Return the StatefulSet pods in the order of an event."""
    return [e.object for e in events if e.event == event and e.object in ordinal_pods(events)]


def workload_counts(events: list[Seen], kind: str, *, settled: bool) -> dict[str, list[tuple[int, int]]]:
    """Return each workload's distinct values of (replicas, readyReplicas); `settled`: those of 0.2 s or more."""
    rows: dict[str, list[tuple[float, tuple[int, int]]]] = {}
    for e in events:
        if e.event == "Status" and e.object.startswith(f"{kind}/"):
            rows.setdefault(e.object, []).append((e.t, (e.fields["replicas"], e.fields["readyReplicas"])))
    least = 0.2 if settled else 0.0
    return {name: _lasting(values, least) for name, values in rows.items()}


def _lasting(values: list[tuple[float, tuple[int, int]]], least: float) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for index, (t, value) in enumerate(values):
        lasts = index + 1 == len(values) or values[index + 1][0] - t >= least
        if lasts and (not kept or kept[-1] != value):
            kept.append(value)
    return kept


def within(short: list[tuple[int, int]], long: list[tuple[int, int]]) -> bool:
    """Tell whether `short` is `long` with some values left out."""
    rest = iter(long)
    return all(value in rest for value in short)


def side_by_side(real: dict[Any, Any], simulated: dict[Any, Any]) -> str:
    """Return both worlds' rows as text, for a failed comparison."""
    rows = []
    for key in sorted({*real, *simulated}, key=str):
        rows += [f"{key}", f"   real      {real.get(key)}", f"   simulated {simulated.get(key)}"]
    return "\n".join(rows)
