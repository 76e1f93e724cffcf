"""The same manifests and actions lead to the same lives as on a real control plane."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from statesim.analysis.conformance.recording import Recording, Seen, find, read
from statesim.experiment.conformance.chance import precedent_of
from statesim.experiment.conformance.judge import judge
from statesim.experiment.conformance.replay import scenario_of, simulate
from statesim.views.conformance import details

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
