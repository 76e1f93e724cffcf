"""The same manifests and actions lead to the same lives as on a real control plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from statesim.analysis.conformance.recording import Recording, Seen, find, read
from statesim.experiment.conformance.chance import precedent_of
from statesim.experiment.conformance.judge import judge
from statesim.experiment.conformance.replay import scenario_of, simulate
from statesim.views.conformance import details

if TYPE_CHECKING:
    from statesim.analysis.conformance.pair import Verdict

RECORDINGS = Path(__file__).parent / "recordings"
NAMES = [path.stem for path in find(RECORDINGS)]


@cache
def recording(name: str) -> Recording:
    return read(RECORDINGS / f"{name}.json")


@cache
def simulated(name: str) -> list[Seen]:
    return simulate(recording(name))


def test_the_recordings_are_here() -> None:
    assert len(NAMES) >= 16


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_and_its_replay_agree(name: str) -> None:
    verdict = judge(recording(name))
    assert verdict.passed, details(verdict)


@pytest.mark.parametrize("name", NAMES)
def test_a_volume_is_attached_before_its_pod_starts_and_let_go_after_it_has_gone(name: str) -> None:
    attached: set[tuple[str, str]] = set()
    alive: dict[str, tuple[str, str]] = {}
    for e in simulated(name):
        if e.event in ("Attached", "Detached"):
            place = (e.fields["volume"], e.fields["node"])
            attached.add(place) if e.event == "Attached" else attached.discard(place)
            forced = bool(e.fields.get("forced"))
            assert e.event == "Attached" or forced or place not in alive.values(), "not under a running pod"
        elif e.kind == "Process" and e.event == "Running":
            data = str(e.fields.get("data", ""))
            if data.startswith("pv/"):
                alive[e.fields["uid"]] = (data.removeprefix("pv/"), e.fields["node"])
                assert alive[e.fields["uid"]] in attached
        elif e.kind == "Process" and e.event == "Exited":
            alive.pop(e.fields["uid"], None)


def test_the_replay_gives_pods_their_recorded_names_and_nodes() -> None:
    theirs = {
        e.object: e.fields["node"] for e in recording("deploy_pod_kill").events if e.event == "Scheduled"
    }
    ours = {e.object: e.fields["node"] for e in simulated("deploy_pod_kill") if e.event == "Scheduled"}
    assert ours == theirs


def test_a_manifest_applied_twice_is_applied_twice() -> None:
    rows = scenario_of(recording("sts_delete_keeps_claims"))["timeline"]
    assert [row["do"] for row in rows] == ["apply", "delete"] or [row["do"] for row in rows] == [
        "delete",
        "apply",
    ]


def test_the_phases_of_a_recording_lie_where_its_node_was_noticed() -> None:
    precedent = precedent_of(recording("node_crash_sts_force_delete"))
    assert precedent.rounds_us == {"node-monitor": 50_000_000}
    assert 3_004_000 < precedent.heartbeats_us["n2"] < 10_000_000


# -- every check can fail ----------------------------------------------------------------------------------

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
        ("deploy_rolling", later(4, event="Ready", kind="Pod"), "revisions"),
        ("deploy_recreate", without(object="Pod/x", event="Deleted", kind="Pod"), "none"),
        ("deploy_pod_kill", without(event="Deleted", kind="Pod"), "revisions"),
        ("node_crash_mixed", without(event="Tainted"), "nodes"),
        ("node_crash_mixed", later(30, event="Tainted"), "nodes"),
        ("node_crash_recover_60s", later(20, event="Ready", kind="Node"), "nodes"),
        ("sts_ordered_create_scale", without(event="Detached"), "volumes"),
        ("sts_ordered_create_scale", without(event="Bound"), "volumes"),
        ("node_crash_deploy_rwo", without(event="Event", kind="Pod"), "volumes"),
        ("sts_pod_kill", but("ready", [], event="EndpointsChanged"), "endpoints"),
        ("sts_pod_kill", later(6, event="EndpointsChanged"), "endpoints"),
        ("sts_on_delete", but("not_ready", ["x", "y"], event="EndpointsChanged"), "endpoints"),
        ("sts_on_delete", but("readyReplicas", 9, kind="StatefulSet"), "status"),
        ("deploy_broken_rollback", but("progressing", "NewReplicaSetAvailabel", kind="Deployment"), "status"),
        ("deploy_rollover", but("replicas", 40, kind="ReplicaSet"), "status"),
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
