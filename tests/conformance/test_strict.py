"""What is compared is compared exactly; what may differ is little, and only where chance or a race has its part."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from statesim.analysis.conformance import delays
from statesim.analysis.conformance.check_nodes import found_silent
from statesim.analysis.conformance.checks import CHECKS, status
from statesim.analysis.conformance.pair import Pair
from statesim.analysis.conformance.wear import wear
from statesim.experiment.conformance.judge import judge
from statesim.experiment.conformance.replay import simulate
from tests.conformance.test_recordings import NAMES, recording, simulated

if TYPE_CHECKING:
    from statesim.analysis.conformance.recording import Recording, Seen

# recordings in which a controller's client had little left of its burst at some time: of all others each value counts
WORN = {
    "deploy_deadline",
    "deploy_proportional",
    "deploy_rolling",
    "deploy_rollover",
    "deploy_scale_down_kill",
    "deploy_sixty",
    "sts_parallel_sixty",
}


def differing(real: Recording, name: str) -> set[str]:
    """Return the checks by which a changed recording differs from the true one's replay."""
    pair = Pair(real, simulated(name))
    return {column for column, check in CHECKS.items() if check(pair)}


@pytest.mark.parametrize(
    ("name", "setting", "seconds", "column"),
    [
        *(("node_crash_sts_force_delete", "force_detach_s", s, "volumes") for s in (345, 357, 363, 378)),
        *(("node_delete", "force_detach_s", s, "volumes") for s in (345, 378)),
        *(("node_crash_mixed", "toleration_s", s, "nodes") for s in (285, 297, 303, 315)),
        *(("node_crash_deploy_rwo", "toleration_s", s, "nodes") for s in (285, 315)),
        *(("two_zones_crash", "toleration_s", s, "nodes") for s in (285, 315)),
    ],
)
def test_minutes_are_measured_from_the_taint_and_from_the_end_of_the_pod(
    name: str, setting: str, seconds: float, column: str
) -> None:
    real = recording(name)
    verdict = judge(replace(real, settings={**real.settings, setting: seconds}))
    assert verdict.found[column], "the time since the latest action alone would excuse it"


def test_an_eviction_that_only_one_world_has_is_told_with_its_pods() -> None:
    real = recording("node_crash_mixed")
    events = tuple(e for e in real.events if (e.object, e.event) != ("Pod/db-1", "Terminating"))
    (told,) = [mismatch.told for mismatch in judge(replace(real, events=events)).found["nodes"]]
    assert told == "what is told to go: a pod recorded, Pod/db-1, a pod simulated"


def flicker(real: Recording, kind: str, lasting_s: float) -> Recording:
    """Let the first workload of a kind say again for a while what it said before its last word but one."""
    said = [e for e in real.events if e.kind == kind and e.event == "Status" and e.fields.get("replicas")]
    sizes = [(e.fields["replicas"], e.fields.get("readyReplicas", 0)) for e in said]
    place = next(
        i
        for i in range(1, len(said))
        if sizes[i] != sizes[i - 1]
        and (i + 1 == len(said) or said[i + 1].t - said[i].t > 2 * lasting_s + 0.5)
    )
    back, forth = (
        e._replace(t=said[place].t + lasting_s * n)
        for n, e in enumerate(said[place - 1 : place + 1], start=1)
    )
    return replace(real, events=tuple(sorted([*real.events, back, forth], key=lambda e: e.t)))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("deploy_pod_kill", "Deployment"),
        ("deploy_surge_zero", "Deployment"),
        ("deploy_recreate", "Deployment"),
        ("sts_parallel_update", "StatefulSet"),
        ("sts_parallel_create_scale", "StatefulSet"),
        ("sts_pod_kill", "StatefulSet"),
    ],
)
def test_each_lasting_pair_of_numbers_counts_whatever_the_workload(name: str, kind: str) -> None:
    assert name not in WORN
    assert "status" in differing(flicker(recording(name), kind, 0.3), name)
    assert "status" not in differing(flicker(recording(name), kind, 0.1), name), "values this close are one"


def test_in_few_recordings_a_client_had_little_left() -> None:
    worn = {name for name in NAMES if wear(recording(name).events, recording(name).stateful_sets())}
    assert worn == WORN


def test_a_number_is_exact_where_no_client_had_little_left() -> None:
    name = "deploy_sixty"
    real = recording(name)
    quiet = replace(real, events=tuple(e for e in real.events if e.kind not in ("Pod", "ReplicaSet")))
    events = tuple(e for e in simulated(name) if e.kind != "ReplicaSet")
    assert not status(Pair(real, simulated(name)))
    assert status(Pair(quiet, events)), "nothing shows that its client was busy"


def test_a_taint_counts_however_short_it_lasted() -> None:
    name = "node_crash_mixed"
    real = recording(name)
    taint = next(e for e in real.events if e.event == "Tainted")
    blink = [taint._replace(t=taint.t - 0.2), taint._replace(t=taint.t - 0.1, fields={"taints": []})]
    events = tuple(sorted([*real.events, *blink], key=lambda e: e.t))
    assert "nodes" in differing(replace(real, events=events), name)


@pytest.mark.parametrize("event", ["Created", "Terminating"])
def test_the_order_of_pods_counts_however_near_they_are(event: str) -> None:
    name = "sts_parallel_sixty"
    real = recording(name)
    found = [i for i, e in enumerate(real.events) if e.event == event and e.kind == "Pod"]
    first, second = next((i, j) for i, j in pairwise(found) if 0 < real.events[j].t - real.events[i].t < 0.2)
    events: list[Seen] = list(real.events)
    t = events[first].t
    events[first], events[second] = events[first]._replace(t=events[second].t), events[second]._replace(t=t)
    assert "pods" in differing(replace(real, events=tuple(sorted(events, key=lambda e: e.t))), name)


def test_only_what_the_garbage_collector_takes_has_no_order() -> None:
    """The real one has two orders of its own: its workers run side by side."""
    orders: list[list[Any]] = []
    for name in ("sts_delete_foreground", "sts_delete_keeps_claims"):
        orders.append(
            [e.name for e in recording(name).events if e.event == "Terminating" and e.kind == "Pod"]
        )
        assert not judge(recording(name)).found["pods"]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


SILENT = [name for name in NAMES if any(a["action"] == "node-unreachable" for a in recording(name).actions)]


@pytest.mark.parametrize("name", SILENT)
def test_the_rules_of_time_hold_without_the_recorded_phases_too(name: str) -> None:
    """Only the phases of the clocks are taken from a recording, not how long anything lasts."""
    pair = Pair(recording(name), simulate(recording(name), phases=False))
    assert not found_silent(pair)
    assert not delays.after_taints(pair)
    assert not delays.detached(pair)
