"""Every check can fail: recordings into which something was planted do not agree with the replay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from statesim.analysis.conformance.checks import CHECKS
from statesim.analysis.conformance.pair import Pair, Verdict
from statesim.analysis.conformance.recording import POD_EVENTS, Recording, Seen
from statesim.experiment.conformance.judge import judge
from statesim.views.conformance import details
from tests.conformance.test_recordings import recording, simulated

Plant = Callable[[Seen], Seen | None]


def planted(name: str, plant: Plant) -> Verdict:
    """Judge a recording in which every event went through `plant`, against the true one's replay."""
    real = recording(name)
    events = tuple(changed for e in real.events if (changed := plant(e)) is not None)
    return judge(replace(real, events=events))


def later(seconds: float, **where: str) -> Plant:
    return lambda e: e._replace(t=e.t + seconds) if matches(e, where) else e


def without(**where: str) -> Plant:
    return lambda e: None if matches(e, where) else e


def but(field: str, value: Any, **where: str) -> Plant:
    return lambda e: e._replace(fields={**e.fields, field: value}) if matches(e, where) else e


def matches(e: Seen, where: dict[str, str]) -> bool:
    return all(getattr(e, key) == value for key, value in where.items())


@pytest.mark.parametrize(
    ("name", "plant", "column"),
    [
        ("sts_pod_kill", later(5, object="Pod/db-1", event="Ready"), "pods"),
        ("sts_rolling_update", without(object="Pod/db-2", event="Terminating"), "pods"),
        ("sts_rolling_update", but("image", "v1", event="Created"), "pods"),
        ("sts_orphan_adopt", without(object="Pod/db-0", event="OwnerChanged"), "pods"),
        ("node_back_after_eviction", later(-4, object="Pod/db-1", event="Deleted"), "pods"),
        ("deploy_rolling", but("image", "v1", event="Created"), "revisions"),
        ("deploy_rolling", later(4, event="Ready", kind="Pod"), "revisions"),
        ("deploy_recreate", without(object="Pod/x", event="Deleted", kind="Pod"), "none"),
        ("deploy_pod_kill", without(event="Deleted", kind="Pod"), "revisions"),
        ("node_crash_mixed", without(event="Tainted"), "nodes"),
        ("node_crash_mixed", without(kind="Node", event="NotReady"), "nodes"),
        ("node_crash_recover_60s", without(kind="Node", event="Ready"), "nodes"),
        ("node_delete", without(kind="Node", event="Deleted"), "nodes"),
        ("node_crash_mixed", later(30, event="Tainted"), "nodes"),
        ("node_crash_recover_60s", later(20, event="Ready", kind="Node"), "nodes"),
        ("sts_ordered_create_scale", without(event="Detached"), "volumes"),
        ("sts_ordered_create_scale", without(event="Bound"), "volumes"),
        ("node_crash_deploy_rwo", without(event="Event", kind="Pod"), "volumes"),
        ("node_crash_deploy_rwo", later(40, event="Event", kind="Pod"), "volumes"),
        ("sts_pod_kill", but("ready", [], event="EndpointsChanged"), "endpoints"),
        ("sts_pod_kill", later(6, event="EndpointsChanged"), "endpoints"),
        ("sts_on_delete", but("not_ready", ["x", "y"], event="EndpointsChanged"), "endpoints"),
        ("sts_on_delete", but("readyReplicas", 9, kind="StatefulSet"), "status"),
        ("deploy_broken_rollback", but("progressing", "NewReplicaSetAvailabel", kind="Deployment"), "status"),
        ("deploy_rollover", but("replicas", 40, kind="ReplicaSet"), "status"),
        ("deploy_rolling", but("spec_replicas", 10, kind="ReplicaSet"), "status"),
        ("sts_rolling_update", but("currentRevision", "first", kind="StatefulSet"), "status"),
        ("sts_delete_foreground", without(kind="StatefulSet", event="Deleted"), "status"),
        ("sts_delete_keeps_claims", later(3, kind="StatefulSet", event="Deleted"), "status"),
    ],
)
def test_what_was_planted_is_found(name: str, plant: Plant, column: str) -> None:
    found = planted(name, plant).found
    differing = {check for check, mismatches in found.items() if mismatches}
    assert column in differing or (column == "none" and not differing), found


def test_an_eviction_that_was_answered_otherwise_is_found() -> None:
    real = recording("sts_pod_kill")
    asked = {"t": 13.0, "action": "evict", "kind": "Pod", "name": "db-1", "status": 429}
    verdict = judge(replace(real, actions=sorted([*real.actions, asked], key=lambda a: a["t"])))
    assert [mismatch.told for mismatch in verdict.found["evictions"]] == [
        "eviction of db-1 at 13.0 s: 429, here granted"
    ]


def test_a_difference_is_told_with_both_timelines_side_by_side() -> None:
    text = details(planted("sts_pod_kill", without(object="Pod/db-1", event="NotReady", kind="Pod")))
    assert "where recording and replay differ" in text
    text = details(planted("sts_rolling_update", without(object="Pod/db-2", event="Terminating")))
    rows = [line.split() for line in text.splitlines()]
    assert ["Pod/db-2", "recorded", "simulated"] in rows
    assert any(row[:1] == ["Terminating"] and row[-3:] == ["<-", "only", "here"] for row in rows)


# -- one change, in a copy of each kind of recording -------------------------------------------------------

EACH_KIND = (
    "cordon_and_kill",
    "deploy_deadline",
    "deploy_recreate",
    "deploy_rwo_rolling",
    "node_back_after_eviction",
    "node_crash_recover_60s",
    "node_delete",
    "pdb_evict",
    "pv_node_force",
    "sts_delete_foreground",
    "sts_on_delete",
    "sts_ordered_create_scale",
    "sts_orphan_adopt",
    "sts_parallel_update",
    "svc_publish_not_ready",
    "zone_crash",
)
# what an object is from one event to the next; of the others each happens once
STATES = ("Status", "EndpointsChanged", "Tainted")
COMPARED = {
    "Pod": (*POD_EVENTS, "OwnerChanged"),
    "Node": ("NotReady", "Ready", "Tainted", "Deleted"),
    "VolumeAttachment": ("AttachRequested", "Attached", "Detached"),
    "PersistentVolumeClaim": ("Created", "Bound", "Deleted"),
    "EndpointSlice": ("EndpointsChanged",),
    "StatefulSet": ("Status", "Deleted"),
    "Deployment": ("Status", "Deleted"),
    "ReplicaSet": ("Status",),
}
# chance's, or the recorder's alone
NOT_COMPARED = ("uid", "node", "revision", "message", "status")


def changes(real: Recording) -> Iterator[tuple[str, tuple[Seen, ...]]]:
    """Yield, for each kind of event, copies of a recording in which one thing is another."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, seen in enumerate(real.events):
        if seen.event in COMPARED[seen.kind] and (seen.event not in STATES or _quiet(real, index)):
            groups[seen.kind, seen.event].append(index)
    for (kind, event), found in groups.items():
        index = found[len(found) // 2]
        seen = real.events[index]
        known = NOT_COMPARED if _named(real, index) else (*NOT_COMPARED, "owner")
        for what, rows in _changed(seen, 2 * real.tolerance_s(seen.t) + 1, known):
            events = (*real.events[:index], *rows, *real.events[index + 1 :])
            yield f"{kind} {event}: {what} ({seen})", tuple(sorted(events, key=lambda e: e.t))
        other = next((i for i in found if _named(real, i) and _far(real, index, i)), None)
        if _named(real, index) and other is not None:
            swapped = list(real.events)
            swapped[index] = seen._replace(t=real.events[other].t)
            swapped[other] = real.events[other]._replace(t=seen.t)
            yield f"{kind} {event}: another order ({seen})", tuple(sorted(swapped, key=lambda e: e.t))


def _changed(seen: Seen, far: float, left_out: Sequence[str]) -> Iterator[tuple[str, list[Seen]]]:
    yield "later", [seen._replace(t=seen.t + far)]
    yield "missing", []
    if seen.event not in STATES:
        yield "twice", [seen, seen._replace(t=seen.t + 0.5)]
    for field, value in seen.fields.items():
        if field in left_out:
            continue
        if isinstance(value, list):
            other: Any = value[:-1] or ["n:NoExecute"]
        else:
            other = value + 1 + value // 5 if isinstance(value, int) else f"{value}x"
        yield f"other {field}", [seen._replace(fields={**seen.fields, field: other})]


def _quiet(real: Recording, index: int) -> bool:
    """Tell whether a state and the one before it last, so that nobody can have missed them."""
    seen = real.events[index]
    times = [e.t for e in real.events if e.object == seen.object and e.event == seen.event]
    least = 1.0 if seen.event == "Tainted" else 3 * real.tolerance_s(seen.t) + 1
    near = [t for t in times if t != seen.t and abs(t - seen.t) < least]
    return not near and min(times) < seen.t < real.until_s - least and times.count(seen.t) == 1


def _named(real: Recording, index: int) -> bool:
    """Tell whether an object has the same name in both worlds."""
    seen = real.events[index]
    return seen.kind == "PersistentVolumeClaim" or seen.object in real.stateful_pods()


def _far(real: Recording, index: int, other: int) -> bool:
    one, two = real.events[index], real.events[other]
    return one.object != two.object and abs(one.t - two.t) > 2 * max(map(real.tolerance_s, (one.t, two.t)))


@pytest.mark.parametrize("name", EACH_KIND)
def test_one_change_anywhere_is_a_mismatch(name: str) -> None:
    real = recording(name)
    missed, tried = [], 0
    for what, events in changes(real):
        tried += 1
        pair = Pair(replace(real, events=events), simulated(name))
        if Verdict(pair, {column: check(pair) for column, check in CHECKS.items()}).passed:
            missed.append(what)
    assert not missed, "\n".join(missed)
    assert tried > 15


def test_every_kind_of_event_that_is_compared_is_changed_somewhere() -> None:
    tried = {what.partition(":")[0] for name in EACH_KIND for what, _ in changes(recording(name))}
    recorded = {f"{e.kind} {e.event}" for name in EACH_KIND for e in recording(name).events}
    assert tried == {f"{kind} {event}" for kind, events in COMPARED.items() for event in events} & recorded
    orders = {
        what.split(":")[0] for name in EACH_KIND for what, _ in changes(recording(name)) if "order" in what
    }
    assert {"Pod Created", "Pod Terminating", "PersistentVolumeClaim Bound"} <= orders
