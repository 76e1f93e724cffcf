"""The same manifests and actions lead to the same lives as on a real control plane."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.conformance.replay import (
    Seen,
    by_image,
    observed,
    order_of,
    ordinal_pods,
    recording,
    side_by_side,
    simulate,
    tolerance,
    within,
    workload_counts,
)

STATEFUL = ["sts_ordered_create_scale", "sts_rolling_update", "sts_pod_kill", "node_crash_recover_60s"]
ALL = [*STATEFUL, "deploy_rolling"]


@cache
def both(name: str) -> tuple[dict[str, Any], list[Seen], list[Seen]]:
    recorded = recording(name)
    return recorded, observed(recorded), simulate(recorded)


@pytest.mark.parametrize("name", STATEFUL)
def test_each_stateful_pod_passes_the_same_states_at_the_same_times(name: str) -> None:
    recorded, real, simulated = both(name)
    theirs, ours = ordinal_pods(real), ordinal_pods(simulated)
    shown = side_by_side(theirs, ours)
    assert theirs.keys() == ours.keys(), shown
    for pod, events in theirs.items():
        assert [event for event, _ in ours[pod]] == [event for event, _ in events], shown
        for (event, t), (_, simulated_t) in zip(events, ours[pod], strict=True):
            assert abs(t - simulated_t) <= tolerance(recorded, t), f"{pod} {event}\n{shown}"


@pytest.mark.parametrize("name", STATEFUL)
@pytest.mark.parametrize("event", ["Created", "Terminating"])
def test_stateful_pods_come_and_go_in_the_same_order(name: str, event: str) -> None:
    _, real, simulated = both(name)
    assert order_of(simulated, event) == order_of(real, event)


@pytest.mark.parametrize("name", ["deploy_rolling", "node_crash_recover_60s"])
def test_each_revision_of_a_deployment_goes_through_the_same_counts(name: str) -> None:
    recorded, real, simulated = both(name)
    theirs, ours = by_image(real), by_image(simulated)
    shown = side_by_side(theirs, ours)
    assert theirs.keys() == ours.keys(), shown
    for key, times in theirs.items():
        assert len(ours[key]) == len(times), shown
        for t, simulated_t in zip(times, ours[key], strict=True):
            assert abs(t - simulated_t) <= tolerance(recorded, t), f"{key}\n{shown}"


@pytest.mark.parametrize("name", STATEFUL)
def test_a_stateful_set_reports_the_same_counts(name: str) -> None:
    _, real, simulated = both(name)
    counts = {
        (world, settled): workload_counts(events, "StatefulSet", settled=settled)["StatefulSet/db"]
        for world, events in (("real", real), ("simulated", simulated))
        for settled in (True, False)
    }
    shown = side_by_side({"settled": counts["real", True]}, {"settled": counts["simulated", True]})
    assert within(counts["real", True], counts["simulated", False]), shown
    assert within(counts["simulated", True], counts["real", False]), shown
    assert counts["real", False][-1] == counts["simulated", False][-1], shown


def test_a_silent_node_is_noticed_tainted_and_welcomed_back_as_recorded() -> None:
    recorded, real, simulated = both("node_crash_recover_60s")

    def story(events: list[Seen]) -> list[tuple[str, float, tuple[str, ...]]]:
        return [
            (e.event, e.t, tuple(sorted(e.fields.get("taints", ()))))
            for e in events
            if e.object.startswith("Node/") and e.event in ("NotReady", "Ready", "Tainted")
        ]

    theirs, ours = story(real), story(simulated)
    assert [(e, taints) for e, _, taints in ours] == [(e, taints) for e, _, taints in theirs]
    silent, back = (a["t"] for a in recorded["actions"] if a["action"].startswith("node-"))
    for event, t, _ in ours:
        if event == "NotReady":
            assert 30 <= t - silent <= 50
        if event == "Ready":
            assert abs(t - back) <= 1.5
    noticed = next(t for e, t, _ in ours if e == "NotReady")
    tainted = next(t for _, t, taints in ours if any(x.endswith("NoExecute") for x in taints))
    assert 0 <= tainted - noticed <= 6.5


@pytest.mark.parametrize("name", STATEFUL)
def test_a_volume_is_attached_before_its_pod_starts_and_let_go_after_it_has_gone(name: str) -> None:
    _, _, simulated = both(name)
    attached: dict[str, str] = {}
    claims = {
        e.fields["volume"]: e.object
        for e in simulated
        if e.object.startswith("PersistentVolumeClaim/") and e.event == "Bound"
    }
    alive: dict[str, str] = {}
    for e in simulated:
        if e.event == "Attached":
            attached[claims[e.fields["volume"]].rsplit("-", 1)[-1]] = e.fields["node"]
        if e.event == "Detached":
            ordinal = claims[e.fields["volume"]].rsplit("-", 1)[-1]
            assert alive.get(ordinal) != e.fields["node"], "never from under a running pod"
            del attached[ordinal]
        if e.object.startswith("Process/db-"):
            ordinal = e.object.rsplit("-", 1)[-1]
            if e.event == "Running":
                assert attached[ordinal] == e.fields["node"]
                alive[ordinal] = e.fields["node"]
            elif e.event == "Exited":
                alive.pop(ordinal, None)


@pytest.mark.parametrize("name", STATEFUL)
def test_the_endpoints_end_as_they_did(name: str) -> None:
    _, real, simulated = both(name)

    def last(events: list[Seen]) -> tuple[list[str], list[str]]:
        found = [e.fields for e in events if e.event == "EndpointsChanged" and e.object == "EndpointSlice/db"]
        return found[-1]["ready"], found[-1]["not_ready"]

    assert last(simulated) == last(real)
