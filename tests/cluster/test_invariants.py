"""Each invariant: what it lets pass, and the event with which it breaks."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.invariants import Watchdog, default_invariants
from statesim.kernel.clock import Clock
from statesim.kernel.trace import Trace

ATTACH, DETACH = "AttachRequested", "Detached"


def found(*rows: tuple[str, str, dict[str, Any]]) -> list[tuple[str, int]]:
    """Fold events; return the invariants that broke, each with the number of the event that broke it."""
    trace = Trace(Clock())
    Watchdog(trace, default_invariants())
    numbers: dict[int, int] = {}
    for number, (obj, event, fields) in enumerate(rows):
        numbers[len(trace.events)] = number
        trace.emit(obj, event, **fields)
    broken = [e for e in trace.events if e.object.startswith("Finding/")]
    return [(e.fields["invariant"], numbers[e.fields["seen_at"]]) for e in broken]


def attachment(event: str, node: str, **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return (f"VolumeAttachment/v@{node}", event, {"volume": "v", "node": node, **fields})


def bound(claim: str, volume: str) -> tuple[str, str, dict[str, Any]]:
    return (f"PersistentVolumeClaim/{claim}", "Bound", {"volume": volume})


def program(
    event: str, pod: str, uid: str, node: str = "n1", data: str = ""
) -> tuple[str, str, dict[str, Any]]:
    return (f"Process/{pod}", event, {"uid": uid, "node": node, "data": data})


def budget(event: str, **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return ("PodDisruptionBudget/b", event, fields)


KEPT = {
    "a volume that moves": [attachment(ATTACH, "n1"), attachment(DETACH, "n1"), attachment(ATTACH, "n2")],
    "a volume for many nodes": [attachment(ATTACH, "n1", shared=True), attachment(ATTACH, "n2", shared=True)],
    "a pod of a name that was bound elsewhere": [
        ("Pod/a", "Scheduled", {"uid": "1", "node": "n1"}),
        ("Pod/a", "Deleted", {"uid": "1", "node": "n1"}),
        ("Pod/a", "Scheduled", {"uid": "2", "node": "n2"}),
    ],
    "a claim that is made again": [
        bound("c", "v1"),
        ("PersistentVolumeClaim/c", "Deleted", {}),
        bound("c", "v2"),
    ],
    "a kept volume that serves another claim": [
        bound("c", "v1"),
        ("PersistentVolumeClaim/c", "Deleted", {}),
        bound("d", "v1"),
    ],
    "as many evictions as allowed": [
        budget("Status", disruptions_allowed=2),
        budget("Granted", pod="a"),
        budget("Granted", pod="b"),
        budget("Status", disruptions_allowed=1),
        budget("Granted", pod="c"),
    ],
    "a restart in place": [
        program("Running", "a", "1", data="pv/v"),
        program("Exited", "a", "1"),
        program("Running", "a", "1", data="pv/v"),
    ],
}
BROKEN = {
    "one-node-per-volume": [attachment(ATTACH, "n1"), attachment(ATTACH, "n2")],
    "one-node-per-pod": [
        ("Pod/a", "Scheduled", {"uid": "1", "node": "n1"}),
        ("Pod/a", "Scheduled", {"uid": "1", "node": "n2"}),
    ],
    "one-volume-per-claim": [bound("c", "v1"), bound("c", "v2")],
    "one-volume-per-claim ": [bound("c", "v1"), bound("d", "v1")],
    "budget-kept": [
        budget("Status", disruptions_allowed=1),
        budget("Granted", pod="a"),
        budget("Granted", pod="b"),
    ],
    "one-pod-per-identity": [program("Running", "a", "1"), program("Running", "a", "2", "n2")],
    "one-writer-per-volume": [
        program("Running", "a", "1", data="pv/v"),
        program("Running", "b", "2", "n2", data="pv/v"),
    ],
    "one-primary-per-term": [
        ("System/s", "Elected", {"term": 1, "pod": "a"}),
        ("System/s", "Elected", {"term": 1, "pod": "b"}),
    ],
    "one-accepting-primary": [
        ("Member/a", "Role", {"system": "s", "accepts_writes": True}),
        ("Member/b", "Role", {"system": "s", "accepts_writes": True}),
    ],
    "one-accepting-primary ": [
        ("Member/a", "Role", {"system": "s", "accepts_writes": True, "uid": "old"}),
        ("Member/a", "Role", {"system": "s", "accepts_writes": True, "uid": "new"}),
    ],
}


@pytest.mark.parametrize("rows", KEPT.values(), ids=KEPT.keys())
def test_what_is_right_breaks_nothing(rows: list[tuple[str, str, dict[str, Any]]]) -> None:
    assert found(*rows) == []


@pytest.mark.parametrize(("name", "rows"), BROKEN.items(), ids=BROKEN.keys())
def test_each_invariant_breaks_with_the_event_that_breaks_it(
    name: str, rows: list[tuple[str, str, dict[str, Any]]]
) -> None:
    assert found(*rows) == [(name.strip(), len(rows) - 1)]


def test_every_invariant_has_a_case_here() -> None:
    assert {each.name for each in default_invariants()} == {name.strip() for name in BROKEN}
