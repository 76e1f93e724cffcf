"""A recording of a real control plane: what was applied and done to it, and every change that followed.

The format is JSON, one recording a file: ``experiment``, ``kubernetes``, ``settings``, ``recorded_until_s``,
``nodes``, ``manifests``, ``actions`` and ``events``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.errors import Finding, ScenarioError
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_NEEDED: dict[str, type | tuple[type, ...]] = {
    "kubernetes": str,
    "recorded_until_s": (int, float),
    "nodes": list,
    "manifests": list,
    "actions": list,
    "events": list,
}
# the worlds may be so far apart, and more the longer ago the latest action was
LEAST_TOLERANCE_S = 1.5
POD_EVENTS = ("Created", "Scheduled", "Started", "Ready", "NotReady", "Terminating", "Deleted")


class Seen(NamedTuple):
    """One event, from either world; `t` in seconds from the first action."""

    t: float
    object: str
    event: str
    fields: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Return the object's kind."""
        return self.object.partition("/")[0]

    @property
    def name(self) -> str:
        """Return the object's name."""
        return self.object.partition("/")[2]


@dataclass(frozen=True)
class Recording:
    """One recording.

    Attributes
    ----------
    name
        The experiment.
    settings
        How the scripted kubelets behaved, in seconds: ``start_s``, ``ready_s``, ``stop_s``, …
    until_s
        The recording went on until then: what is not in it did not happen.
    """

    name: str
    kubernetes: str
    settings: Mapping[str, Any]
    until_s: float
    nodes: Sequence[Mapping[str, Any]]
    manifests: Sequence[Mapping[str, Any]]
    actions: Sequence[Mapping[str, Any]]
    events: Sequence[Seen]

    @property
    def version(self) -> str:
        """Return the version of Kubernetes, as a scenario writes it."""
        return ".".join(self.kubernetes.removeprefix("v").split(".")[:2])

    def tolerance_s(self, t: float) -> float:
        """Return how far apart the worlds may be: 1.5 s, and 5 % of the time since the latest action."""
        latest = max((action["t"] for action in self.actions if action["t"] <= t + 0.05), default=0.0)
        return LEAST_TOLERANCE_S + 0.05 * max(0.0, t - latest)

    def collects(self, pod: str, t: float) -> bool:
        """Tell whether the latest action before `t` deleted a pod's StatefulSet, and its pods with it."""
        latest = max((a for a in self.actions if a["t"] <= t), key=lambda a: a["t"], default=None)
        return (
            latest is not None
            and (latest["action"], latest.get("kind")) == ("delete", "StatefulSet")
            and latest.get("propagationPolicy") != "Orphan"
            and has_ordinal(pod.removeprefix("Pod/"), [latest["name"]])
        )

    def stateful_pods(self) -> frozenset[str]:
        """Return the pods with a stable identity: those made under the name of a recorded StatefulSet."""
        sets = self.stateful_sets()
        return frozenset(
            seen.object for seen in self.events if seen.kind == "Pod" and has_ordinal(seen.name, sets)
        )

    def stateful_sets(self) -> frozenset[str]:
        """Return the names of the recorded StatefulSets."""
        return frozenset(m["metadata"]["name"] for m in self.manifests if m.get("kind") == "StatefulSet")


def has_ordinal(pod: str, sets: Iterable[str]) -> bool:
    """Tell whether a pod's name is that of a slot of one of the `sets`."""
    parent, _, ordinal = pod.rpartition("-")
    return ordinal.isdigit() and parent in sets


def read(path: Path) -> Recording:
    """Read a recording.

    Raises
    ------
    ScenarioError
        If the file is not a recording; it names all that is missing.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ScenarioError([Finding(error.msg, str(path), error.lineno, error.colno)]) from None
    if not isinstance(raw, dict):
        raise ScenarioError([Finding("expected a recording, one JSON object", str(path))])
    wrong = [
        Finding(f"{key} is missing" if key not in raw else f"{key} is of the wrong type", str(path))
        for key, kind in _NEEDED.items()
        if not isinstance(raw.get(key), kind)
    ]
    if not wrong:
        wrong = [Finding(told, str(path)) for told in _wrong_rows(raw)]
    if wrong:
        raise ScenarioError(wrong)
    return Recording(
        name=str(raw.get("experiment", path.stem)),
        kubernetes=raw["kubernetes"],
        settings=raw.get("settings", {}),
        until_s=float(raw["recorded_until_s"]),
        nodes=raw["nodes"],
        manifests=raw["manifests"],
        actions=sorted(raw["actions"], key=lambda action: action["t"]),
        events=tuple(_seen(row) for row in sorted(raw["events"], key=lambda row: row["t"])),
    )


# what each row must hold, and of which type
_ROWS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "nodes": {"name": str},
    "manifests": {"kind": str, "metadata": dict},
    "actions": {"t": (int, float), "action": str},
    "events": {"t": (int, float), "object": str, "event": str},
}
# what each action needs besides
ACTIONS: dict[str, tuple[str, ...]] = {
    "apply": ("kind", "name"),
    "patch": ("kind", "name", "patch"),
    "scale": ("kind", "name", "replicas"),
    "delete": ("kind", "name"),
    "delete-pod": ("name",),
    "evict": ("name",),
    "node-unreachable": ("node",),
    "node-reachable": ("node",),
    "delete-node": ("node",),
    "cordon": ("node",),
    "uncordon": ("node",),
    "drain": ("node",),
}


def _wrong_rows(raw: Mapping[str, Any]) -> Iterator[str]:
    """Tell what is wrong with single rows, as ``actions[3]: name is missing``."""
    for part, needed in _ROWS.items():
        for index, row in enumerate(raw[part]):
            if not isinstance(row, dict):
                yield f"{part}[{index}]: expected a mapping"
                continue
            for key, kind in needed.items():
                if not isinstance(row.get(key), kind):
                    yield f"{part}[{index}]: {key} is {'of the wrong type' if key in row else 'missing'}"
            if (
                part == "manifests"
                and isinstance(row.get("metadata"), dict)
                and not row["metadata"].get("name")
            ):
                yield f"{part}[{index}]: metadata.name is missing"
            if part == "actions" and isinstance(row.get("action"), str):
                yield from _wrong_action(index, row)


def _wrong_action(index: int, row: Mapping[str, Any]) -> Iterator[str]:
    if row["action"] not in ACTIONS:
        hint = did_you_mean(row["action"], ACTIONS)
        yield f"actions[{index}]: {row['action']} is not an action that can be replayed" + (
            f"; {hint}" if hint else ""
        )
        return
    yield from (f"actions[{index}]: {key} is missing" for key in ACTIONS[row["action"]] if key not in row)


def _seen(row: Mapping[str, Any]) -> Seen:
    known = ("t", "object", "event")
    fields = {key: value for key, value in row.items() if key not in known}
    return Seen(float(row["t"]), str(row["object"]), str(row["event"]), fields)


def find(directory: Path) -> list[Path]:
    """Return the recordings of a directory (or the one file), in order of their names.

    Raises
    ------
    ScenarioError
        If there are none.
    """
    found = [directory] if directory.is_file() else sorted(directory.glob("*.json"))
    if not found:
        what = "no recordings (*.json) are there" if directory.is_dir() else "there is no such directory"
        raise ScenarioError([Finding(what, str(directory))])
    return found
