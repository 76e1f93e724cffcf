from __future__ import annotations

from itertools import pairwise

import made_traces as made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statesim.analysis.fold import tracks
from statesim.analysis.intervals import Interval, Track, total_us
from statesim.analysis.members import system_tracks
from statesim.analysis.states import state_at
from statesim.kernel.trace import TraceEvent

S = 1_000_000
PODS = [
    "Created",
    "Scheduled",
    "VolumesAttached",
    "Started",
    "Ready",
    "NotReady",
    "Restarted",
    "Terminating",
    "Deleted",
]
HAPPENINGS = [("Pod/a", event) for event in PODS]
HAPPENINGS += [("Process/a", event) for event in ("Running", "Listening", "Exited", "Frozen", "Thawed")]
HAPPENINGS += [
    ("Node/n", event)
    for event in ("Created", "Crashed", "Recovered", "CutOff", "Reconnected", "NotReady", "Ready")
]
HAPPENINGS += [
    ("VolumeAttachment/v@n", event)
    for event in ("AttachRequested", "Attached", "MultiAttach", "DetachRequested", "Detached")
]
HAPPENINGS += [("Member/a", "Role"), ("PersistentVolume/v", "Lost")]


@st.composite
def traces(draw: st.DrawFn) -> list[TraceEvent]:
    """Any order of events that the vocabulary allows, however senseless."""
    times = sorted(draw(st.lists(st.integers(0, 100), max_size=30)))
    events = []
    for number, t in enumerate(times):
        obj, event = draw(st.sampled_from(HAPPENINGS))
        fields = {"uid": draw(st.sampled_from(["u0", "u1"])), "node": "n", "role": "primary", "system": "pg"}
        events.append(TraceEvent(number, t, obj, event, None, fields))
    return events


def tile(intervals: tuple[Interval, ...], duration: int) -> bool:
    joined = all(a.end_us == b.start_us and a[2:] != b[2:] for a, b in pairwise(intervals))
    return (
        joined and sum(i.length_us for i in intervals) == duration and all(i.length_us > 0 for i in intervals)
    )


@settings(deadline=None)  # a busy machine is no failure
@given(traces())
def test_intervals_tile_the_run_whatever_happens(events: list[TraceEvent]) -> None:
    found = tracks(events, 101)
    rows = [t for pod in found.pods.values() for t in (pod.api, pod.truth, pod.nodes)]
    rows += [t for node in found.nodes.values() for t in (node.api, node.truth)]
    rows += [t for volume in found.volumes.values() for t in (volume.attached, volume.waits)]
    for system in system_tracks(events, 101).values():
        rows += [system.accepting, system.running]
    assert all(tile(row, 101) for row in rows)


@settings(deadline=None)
@given(traces(), st.integers(0, 100))
def test_the_state_at_an_instant_is_the_one_of_the_interval_around_it(
    events: list[TraceEvent], at: int
) -> None:
    found, state = tracks(events, 101), state_at(events, at)
    for name, track in found.pods.items():
        inside = made.during(track.truth, at)
        there = [pod.truth for pod in state.pods.values() if pod.name == name]
        if len(there) == 1:
            assert inside.state == there[0]
        elif there:  # a program of an earlier pod runs on beside the pod, and both have the name
            assert inside.state in (*there, "twice")


def test_a_track_joins_what_is_the_same_and_forgets_what_took_no_time() -> None:
    track = Track()
    track.to(5, "a")
    track.to(9, "b")
    track.to(9, "a")
    track.to(12, "a")
    assert track.until(20) == (Interval(0, 5, "absent"), Interval(5, 20, "a"))


def test_what_kubernetes_says_and_what_is_so_part_when_a_node_dies() -> None:
    run = made.statefulset()
    pod = tracks(run.events, run.duration_us).pods["pg-0"]
    assert [(i.state, i.start_us / S) for i in pod.truth][-2:] == [("primary", 7.1), ("dead", 60.0)]
    assert [(i.state, i.start_us / S) for i in pod.api][-3:] == [
        ("ready", 7.1),
        ("not-ready", 102.1),
        ("terminating", 402.0),
    ]
    assert pod.workload == "StatefulSet/pg"


def test_a_pod_belongs_to_the_deployment_and_not_to_its_replica_set() -> None:
    run = made.deployment_emptydir()
    assert {pod.workload for pod in tracks(run.events, run.duration_us).pods.values()} == {"Deployment/pg"}


def test_a_pod_waits_for_a_volume_that_another_node_holds() -> None:
    run = made.deployment_rwo()
    found = tracks(run.events, run.duration_us)
    waiting = found.pods["pg-54d7-m8c5t"].api
    assert total_us(waiting, "waiting-volume") == pytest.approx(797.6 * S)
    assert found.volumes["pvc-31f0"].waits[-1].label == "n-a-2"
    assert found.volumes["pvc-31f0"].attached[-1] == Interval(1_700_000, 1200 * S, "attached", "n-a-1")


def test_two_incarnations_of_a_name_are_told_apart() -> None:
    story = made.Story("again", 100)
    story.pod(0, "pg-0", "u0", "StatefulSet/pg", "n-a-1")
    story.say(30, "Pod/pg-0", "Terminating", uid="u0", grace_s=0.0)
    story.say(30, "Pod/pg-0", "Deleted", uid="u0")
    story.pod(31, "pg-0", "u1", "StatefulSet/pg", "n-b-1")
    run = story.record()
    pod = tracks(run.events, run.duration_us).pods["pg-0"]
    assert [birth.uid for birth in pod.births] == ["u0", "u1"]
    assert [i.label for i in pod.nodes if i.state == "on"] == ["n-a-1", "n-b-1"]
    assert [i.state for i in pod.api].count("absent") == 1 + 0


def test_the_state_at_an_instant_knows_places_endpoints_and_sessions() -> None:
    run = made.patroni()
    before, after = state_at(run.events, 70 * S), state_at(run.events, 90 * S)
    assert (before.pods["pg-0"].api, before.pods["pg-0"].truth) == ("ready", "dead")
    assert (before.nodes["n-a-1"].api, before.nodes["n-a-1"].truth) == ("ready", "crashed")
    assert (before.endpoints["pg"], after.endpoints["pg"]) == (("pg-0",), ("pg-1",))
    assert after.sessions == {("shop", "pg-1"): 10}
    assert after.volumes["pv-0"].nodes == ("n-a-1",)


def test_an_old_pod_that_runs_on_beside_the_new_one_of_its_name_is_seen_and_takes_nothing_from_it() -> None:
    def told(t: int, obj: str, event: str, uid: str, **fields: object) -> TraceEvent:
        return TraceEvent(t, t, obj, event, None, {"uid": uid, "node": "n", "system": "pg", **fields})

    events = [
        told(0, "Process/a", "Running", "old"),
        told(1, "Member/a", "Role", "old", role="primary", accepts_writes=True),
        told(10, "Process/a", "Running", "new"),
        told(11, "Member/a", "Role", "new", role="primary", accepts_writes=True),
        told(20, "Member/a", "Role", "old", role="stopped", accepts_writes=False),
        told(21, "Process/a", "Exited", "old", how="stopped"),
    ]
    truth = [(i.start_us, i.state) for i in tracks(events, 30).pods["a"].truth]
    assert truth == [(0, "starting"), (1, "primary"), (10, "twice"), (21, "primary")]
    accepting = [(i.start_us, i.state) for i in system_tracks(events, 30)["pg"].accepting]
    assert accepting == [(0, "0"), (1, "1"), (11, "2"), (20, "1")]


def test_a_server_that_has_ended_in_a_pod_that_runs_is_stopped() -> None:
    story = made.Story("paused", 100)
    story.pod(0, "pg-0", "u0", "StatefulSet/pg", "n-a-1")
    story.say(10, "Process/pg-0", "Running", uid="u0", node="n-a-1")
    story.say(11, "Member/pg-0", "Role", uid="u0", system="pg", role="primary", accepts_writes=True)
    story.say(40, "Member/pg-0", "Role", uid="u0", system="pg", role="stopped", accepts_writes=False)
    story.say(70, "Member/pg-0", "Role", uid="u0", system="pg", role="starting", accepts_writes=False)
    run = story.record()
    truth = [(i.state, i.start_us / S) for i in tracks(run.events, run.duration_us).pods["pg-0"].truth]
    assert truth[-3:] == [("primary", 11.0), ("stopped", 40.0), ("starting", 70.0)]


def test_a_lost_disk_is_there_again_when_a_program_finds_one_and_says_when_it_is_restored() -> None:
    story = made.Story("lost", 100)
    story.say(0, "VolumeAttachment/pv-0@n-a-1", "Attached", volume="pv-0", node="n-a-1")
    story.say(40, "PersistentVolume/pv-0", "Lost")
    story.say(50, "Process/pg-0", "Running", uid="u0", node="n-a-1", data="pv/pv-0")
    story.say(70, "DataDirectory/pv/pv-0", "Restored", pod="pg-0", as_of_s=30.0, backup_of_s=1.0, took_s=9.0)
    story.say(80, "Process/pg-0", "Running", uid="u0", node="n-a-1", data="pv/pv-0")
    run = story.record()
    track = tracks(run.events, run.duration_us).volumes["pv-0"]
    assert [(i.state, i.label, i.start_us / S) for i in track.attached] == [
        ("attached", "n-a-1", 0.0),
        ("lost", "", 40.0),
        ("attached", "n-a-1, a new disk", 50.0),
        ("attached", "n-a-1, restored", 70.0),
    ]
