from __future__ import annotations

from typing import Any

from statesim.analysis.standing import standing
from statesim.analysis.unplaced import unplaced
from statesim.kernel.trace import TraceEvent

SECOND = 1_000_000


def trace(*rows: tuple[float, str, str, dict[str, Any]]) -> list[TraceEvent]:
    return [
        TraceEvent(number, round(t * SECOND), obj, event, None, fields)
        for number, (t, obj, event, fields) in enumerate(rows)
    ]


NODES = [(0.0, f"Node/{name}", "Created", {}) for name in ("n-a", "n-b")]
WORDS = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable."
REFUSED = {"Insufficient cpu": ["n-b"], "node(s) were unschedulable": ["n-a"]}


def test_each_node_is_told_with_its_reason_under_the_schedulers_own_message() -> None:
    events = trace(
        *NODES,
        (1, "Pod/x", "Created", {}),
        (1, "Pod/x", "FailedScheduling", {"reasons": {"Too many pods": ["n-a", "n-b"]}, "why": "earlier"}),
        (5, "Pod/x", "FailedScheduling", {"reasons": REFUSED, "why": WORDS}),
        (9, "Pod/x", "Scheduled", {"node": "n-a"}),
    )
    assert unplaced(events, "Pod/x", 6 * SECOND).splitlines() == [
        f"Since 1 s the scheduler finds no node for it: {WORDS}",
        "  n-a  node(s) were unschedulable",
        "  n-b  Insufficient cpu",
    ]
    assert "earlier" in unplaced(events, "Pod/x", 4 * SECOND)
    assert unplaced(events, "Pod/x", 10 * SECOND) == ""
    assert (
        standing(events, "Pod/x", 6 * SECOND)
        .splitlines()[0]
        .endswith("shows x as pending; really no program of it has run yet.")
    )


def test_a_list_that_was_given_for_another_pod_is_looked_up_there() -> None:
    events = trace(
        *NODES,
        (1, "Pod/x", "Created", {}),
        (1, "Pod/x", "FailedScheduling", {"reasons": REFUSED, "why": WORDS}),
        (2, "Pod/y", "Created", {}),
        (2, "Pod/y", "FailedScheduling", {"reasons_of": "Pod/x", "why": WORDS}),
        (3, "Pod/x", "FailedScheduling", {"reasons": {"Too many pods": ["n-a", "n-b"]}, "why": "later"}),
    )
    assert "  n-b  Insufficient cpu" in unplaced(events, "Pod/y", 9 * SECOND)
    assert "  n-b  Too many pods" in unplaced(events, "Pod/x", 9 * SECOND)


def test_what_holds_for_whichever_node_is_told_of_each() -> None:
    problem = 'persistentvolumeclaim "data" not found'
    events = trace(
        *NODES,
        (1, "Pod/x", "Created", {}),
        (1, "Pod/x", "FailedScheduling", {"reasons": {problem: []}, "why": problem}),
    )
    assert unplaced(events, "Pod/x", SECOND).splitlines()[1:] == [f"  n-a  {problem}", f"  n-b  {problem}"]


def test_many_nodes_are_told_by_reason() -> None:
    names = [f"n-{i}" for i in range(60)]
    events = trace(
        *((0.0, f"Node/{name}", "Created", {}) for name in names),
        (1, "Pod/x", "Created", {}),
        (1, "Pod/x", "FailedScheduling", {"reasons": {"Insufficient cpu": names}, "why": "none"}),
    )
    (_, line) = unplaced(events, "Pod/x", SECOND).splitlines()
    assert line == f"  Insufficient cpu: {', '.join(names)}"


def test_pods_that_must_end_first_and_gates_are_told() -> None:
    fields = {"reasons": REFUSED, "why": WORDS, "nominated": "n-b"}
    events = trace(
        *NODES,
        (1, "Pod/x", "Created", {}),
        (1, "Pod/low", "Preempted", {"by": "Pod/x", "node": "n-b"}),
        (1, "Pod/x", "FailedScheduling", fields),
        (2, "Pod/low", "Deleted", {}),
        (3, "Pod/g", "Created", {"gates": ["example.com/quota"]}),
    )
    assert unplaced(events, "Pod/x", SECOND).endswith("Room is being made for it on n-b: low must end first.")
    assert unplaced(events, "Pod/x", 2 * SECOND).endswith("Room is being made for it on n-b.")
    assert unplaced(events, "Pod/g", 3 * SECOND).endswith("gates are removed: example.com/quota.")
