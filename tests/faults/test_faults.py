"""Every fault and operator action does what its name says, seen through whole runs."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import Node
from statesim.errors import ScenarioError
from statesim.faults.catalogue import CATALOGUE
from statesim.kernel.spans import SECOND
from statesim.scenario.export import json_schema
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import Run, World
from tests.faults.small import budget, events, prepared, run, workload

SIZE = {"resources": {"requests": {"storage": "1Gi"}}}


def test_every_word_of_the_schema_has_a_class_that_does_it() -> None:
    known = {
        part["properties"]["do"]["const"]
        for part in json_schema()["$defs"].values()
        if "do" in part.get("properties", {})
    }
    assert set(CATALOGUE) == known


def test_a_zone_outage_takes_every_machine_of_the_zone_and_gives_it_back() -> None:
    made = run({"at": "30s", "do": "zone-outage", "on": {"zone": "b"}, "for": "20s"}, objects=[workload()])
    assert [(e.object, e.t) for e in events(made, "Crashed")] == [("Node/node-b-1", 30.0)]
    assert [(e.object, e.t) for e in events(made, "Recovered")] == [("Node/node-b-1", 50.0)]


def test_a_partition_for_a_while_leaves_programs_running() -> None:
    made = run(
        {"at": "30s", "do": "network-partition", "on": {"zone": "a"}, "for": "90s"}, objects=[workload()]
    )
    assert [e.t for e in events(made, "CutOff")] == [30.0]
    assert [e.t for e in events(made, "Reconnected")] == [120.0]
    assert [e.object for e in events(made, "NotReady", "Node/")] == ["Node/node-a-1"]
    assert events(made, "Exited") == []


def test_a_drain_cordons_and_evicts_as_the_budget_allows() -> None:
    made = run(
        {"at": "30s", "do": "drain", "on": "Node/node-a-1"},
        {"at": "30s", "do": "drain", "on": "Node/node-b-1"},
        objects=[workload(), budget(minAvailable=2)],
    )
    assert len(events(made, "Cordoned")) == 2
    assert len(events(made, "Refused")) >= 1
    assert len(events(made, "Evicted")) == 2
    allowed = [
        e.fields["current_healthy"] for e in events(made, "Status", "PodDisruptionBudget/") if e.t > 10
    ]
    assert min(allowed) >= 2


def test_a_budget_that_allows_nothing_blocks_a_drain_for_ever() -> None:
    made = run(
        {"at": "30s", "do": "drain", "on": "Node/node-a-1"}, objects=[workload(), budget(maxUnavailable=0)]
    )
    assert events(made, "Evicted") == []
    assert len(events(made, "Refused")) >= 30


def test_a_cordon_that_ends_lets_pods_in_again() -> None:
    made = run({"at": "30s", "do": "cordon", "on": "Node/node-a-1", "for": "10s"}, objects=[workload()])
    assert [e.t for e in events(made, "Uncordoned")] == [40.0]


def test_a_taint_evicts_at_once_and_its_removal_invites_back() -> None:
    taint = {"key": "maintenance", "value": "", "effect": "NoExecute"}
    made = run(
        {"at": "30s", "do": "taint", "on": "Node/node-a-1", "taint": taint},
        {"at": "60s", "do": "untaint", "on": "Node/node-a-1", "taint": taint},
        objects=[workload()],
    )
    gone = [e for e in events(made, "Terminating", "Pod/") if e.fields["node"] == "node-a-1"]
    assert [round(e.t, 1) for e in gone] == [30.0]
    assert events(made, "Tainted", "Node/node-a-1")[-1].fields["taints"] == []


def test_a_forced_deletion_frees_the_name_while_the_program_still_runs() -> None:
    made = run(
        {"at": "30s", "do": "network-partition", "on": {"nodeOf": "Pod/a-0"}, "from": "control-plane"},
        {"at": "40s", "do": "delete", "on": "Pod/a-0", "force": True},
        objects=[workload("StatefulSet", 1)],
    )
    findings = [e.fields["invariant"] for e in events(made, "Violated")]
    assert findings == ["one-pod-per-identity"]


def test_deleting_a_workload_takes_its_pods_along_unless_they_are_orphaned() -> None:
    gone = run({"at": "30s", "do": "delete", "on": "Deployment/a"}, objects=[workload()])
    assert len(events(gone, "Deleted", "Pod/")) == 3
    kept = run(
        {"at": "30s", "do": "delete", "on": "StatefulSet/a", "cascade": "orphan"},
        objects=[workload("StatefulSet")],
    )
    assert events(kept, "Deleted", "Pod/") == []


def test_set_image_scale_and_patch_change_the_workload() -> None:
    made = run(
        {"at": "30s", "do": "set-image", "on": "Deployment/a", "image": "app:2"},
        {"at": "60s", "do": "scale", "on": "Deployment/a", "replicas": 5},
        {"at": "90s", "do": "patch", "on": "Deployment/a", "patch": {"spec": {"replicas": 1}}},
        objects=[workload()],
    )
    assert [e.fields["image"] for e in events(made, "Created", "Pod/")] == ["app:1"] * 3 + ["app:2"] * 5
    assert events(made, "Status", "Deployment/")[-1].fields["replicas"] == 1


def test_applying_a_manifest_later_creates_its_objects() -> None:
    other = {**workload("Deployment", 1), "metadata": {"name": "b"}}
    made = run({"at": "30s", "do": "apply", "manifests": [other]}, objects=[workload()])
    assert [e.t for e in events(made, "Created", "Deployment/b")] == [30.0]


def test_an_action_whose_target_is_gone_is_skipped_and_says_so() -> None:
    made = run(
        {"at": "30s", "do": "delete", "on": "Deployment/a"},
        {"at": "60s", "do": "scale", "on": "Deployment/a", "replicas": 5},
        objects=[workload()],
    )
    assert "there is no Deployment/a" in events(made, "Skipped")[0].fields["why"]


def test_random_failures_are_the_same_for_the_same_seed_and_not_moved_by_another_row() -> None:
    row = {"random": {"mtbf": "1h", "mttr": "5m"}, "do": "node-crash", "on": {"anyNode": {}}}
    other = {"at": "10m", "do": "cordon", "on": "Node/node-a-1"}

    def crashes(*rows: dict[str, Any]) -> list[tuple[str, float]]:
        made = run(*rows, objects=[workload()], duration="12h")
        return [(e.object, e.t) for e in events(made, "Crashed")]

    assert crashes(row) == crashes(row)
    assert crashes(row) == crashes(row, other)
    assert 20 <= len(crashes(row)) <= 55


@pytest.mark.parametrize("do", ["pod-kill", "container-kill"])
def test_random_kills_strike_one_pod_each_time_as_often_as_their_mean_says(do: str) -> None:
    row = {"random": {"mtbf": "10m"}, "do": do, "on": {"anyPod": {"app": "a"}}}
    other = {"random": {"mtbf": "7m"}, "do": do, "on": {"anyPod": {"app": "a"}}}

    def struck(*rows: dict[str, Any]) -> list[tuple[str, float]]:
        made = run(*rows, objects=[workload("StatefulSet")], duration="20h")
        return [
            (e.fields["targets"][0], e.t)
            for e in events(made, "Started", "Fault/1")
            if len(e.fields.get("targets", [])) == 1
        ]

    found = struck(row)
    assert 85 <= len(found) <= 155, "120 are expected in 20 h"
    assert {pod for pod, _ in found} == {"Pod/a-0", "Pod/a-1", "Pod/a-2"}
    assert [t for _, t in struck(row, other)][:40] == [t for _, t in found][:40], "not moved by another row"


def test_random_kills_of_a_workload_take_all_its_pods_and_it_is_whole_again_each_time() -> None:
    row = {"random": {"mtbf": {"fixed": "5m"}}, "do": "pod-kill", "on": "Deployment/a"}
    made = run(row, objects=[workload()], duration="62m")
    kills = events(made, "Started", "Fault/")
    assert [(e.t, len(e.fields["targets"])) for e in kills] == [(300.0 * n, 3) for n in range(1, 13)]
    assert len(events(made, "Created", "Pod/")) == 39
    assert events(made, "Status", "Deployment/")[-1].fields["readyReplicas"] == 3


@pytest.mark.parametrize("do", ["pod-kill", "container-kill"])
def test_any_pod_means_one_of_those_that_match(do: str) -> None:
    made = run({"at": "30s", "do": do, "on": {"anyPod": {"app": "a"}}}, objects=[workload()])
    assert len(events(made, "Exited")) == 1
    assert len(events(made, "Started", "Fault/")[0].fields["targets"]) == 1


def test_a_timed_fault_on_any_node_hits_one() -> None:
    made = run({"at": "30s", "do": "node-crash", "on": {"anyNode": {}}}, objects=[workload()])
    assert len(events(made, "Crashed")) == 1


@pytest.mark.parametrize(
    ("do", "on"), [("node-crash", {"anyPod": {"app": "a"}}), ("cordon", {"anyNode": {}})]
)
def test_the_nodes_of_any_pod_and_any_node_of_a_person_are_all_of_them(do: str, on: dict) -> None:
    made = run({"at": "30s", "do": do, "on": on}, objects=[workload()])
    assert len(events(made, "Started", "Fault/")[0].fields["targets"]) == 3


def test_a_machine_recovers_when_the_last_fault_that_holds_it_ends() -> None:
    made = run(
        {"at": "30s", "do": "zone-outage", "on": {"zone": "a"}, "for": "30s"},
        {"at": "40s", "do": "node-crash", "on": "Node/node-a-1", "for": "60s"},
        objects=[workload()],
    )
    assert [e.t for e in events(made, "Recovered")] == [100.0]


def test_a_cordon_that_ends_leaves_an_earlier_one_in_force() -> None:
    made = run(
        {"at": "20s", "do": "cordon", "on": "Node/node-a-1"},
        {"at": "30s", "do": "cordon", "on": "Node/node-a-1", "for": "10s"},
        objects=[workload()],
    )
    assert events(made, "Uncordoned") == []


def test_a_program_stays_what_it_is_when_its_workload_is_deleted_and_its_pods_are_left() -> None:
    made = run(
        {"at": "30s", "do": "delete", "on": "StatefulSet/a", "cascade": "orphan"},
        {"at": "60s", "do": "container-kill", "on": "Pod/a-0"},
        objects=[workload("StatefulSet", 1)],
        systems=[{"name": "pg", "kind": "postgres", "workload": "StatefulSet/a"}],
    )
    roles = [(e.t > 60, e.fields["system"]) for e in events(made, "Role", "Member/a-0")]
    assert (True, "pg") in roles, "the restarted container is still the database"


def causes(made: Run, event: str) -> list[tuple[str, str]]:
    """Return what each event of a kind is about, and the event that caused it."""
    return [
        (e.object, f"{made.events[e.cause].object} {made.events[e.cause].event}") for e in events(made, event)
    ]


def test_each_machine_of_a_zone_fails_and_boots_because_of_the_fault_and_not_of_another_machine() -> None:
    zone = {"at": "10s", "do": "zone-outage", "on": {"zone": "a"}, "for": "30s"}
    made = run(zone, objects=[], cluster={"zones": 1, "nodesPerZone": 3})
    assert {cause for _, cause in causes(made, "Crashed")} == {"Fault/1-zone-outage Started"}
    assert {cause for _, cause in causes(made, "Recovered")} == {"Fault/1-zone-outage Ended"}
    assert len(causes(made, "Crashed")) == len(causes(made, "Recovered")) == 3
    (ended,) = events(made, "Ended", "Fault/")
    assert made.events[ended.cause].event == "Started"


def test_each_machine_is_switched_on_because_somebody_did_it() -> None:
    off = {"at": "10s", "do": "zone-outage", "on": {"zone": "a"}}
    on = {"at": "30s", "do": "node-recover", "on": {"zone": "a"}}
    made = run(off, on, objects=[], cluster={"zones": 1, "nodesPerZone": 3})
    assert {cause for _, cause in causes(made, "Recovered")} == {"Fault/2-node-recover Started"}


def test_each_disk_is_lost_because_of_the_fault_and_not_of_another_disk() -> None:
    template = {"metadata": {"name": "d"}, "spec": {"accessModes": ["ReadWriteOnce"], **SIZE}}
    made = run(
        {"at": "60s", "do": "disk-loss", "on": "StatefulSet/a"},
        objects=[workload("StatefulSet", volumeClaimTemplates=[template])],
    )
    hit = [cause for what, cause in causes(made, "Lost") if what.startswith("PersistentVolume/")]
    assert hit == ["Fault/1-disk-loss Started"] * 3


def test_a_taint_that_is_taken_away_was_not_added_then() -> None:
    taint = {"key": "k", "value": "v", "effect": "NoSchedule"}
    rows = [
        {"at": f"{10 + 10 * n}s", "do": do, "on": "Node/node-a-1", "taint": taint}
        for n, do in enumerate(("taint", "untaint"))
    ]
    scenario = Scenario.model_validate(
        {
            "metadata": {"name": "small"},
            "duration": "60s",
            "timeline": rows,
            "cluster": {"zones": 1, "nodesPerZone": 1},
        }
    )
    world = World(load(scenario).variants[0])
    world.run()
    node = world.store.get(Node, "node-a-1")
    assert node is not None
    assert node.taints == ()
    assert node.taint_times == {"k:NoSchedule": 10 * SECOND}


# -- clocks ------------------------------------------------------------------------------------------------


def clocks(*timeline: dict[str, Any], at: int) -> dict[str, float]:
    """Return how far each machine's clock is ahead at an instant."""
    world = prepared(*timeline, objects=[workload()])
    world.run(at * SECOND)
    kubelets = world.fleet.kubelets.values()
    return {each.machine.name: (each.machine.clock_us() - at * SECOND) / SECOND for each in kubelets}


def test_a_clock_is_ahead_drifts_and_is_stepped_back() -> None:
    ahead = {"at": "30s", "do": "clock-skew", "on": "Node/node-a-1", "offset": "5s", "for": "60s"}
    behind = {"at": "50s", "do": "clock-skew", "on": "Node/node-a-1", "offset": "-1s", "driftPpm": -500}
    assert clocks(ahead, behind, at=29) == {"node-a-1": 0, "node-b-1": 0, "node-c-1": 0}
    assert clocks(ahead, behind, at=40) == {"node-a-1": 5, "node-b-1": 0, "node-c-1": 0}
    assert clocks(ahead, behind, at=60)["node-a-1"] == pytest.approx(5 - 1 - 0.0005 * 10)
    assert clocks(ahead, behind, at=150)["node-a-1"] == pytest.approx(-1 - 0.0005 * 100)
    made = run(ahead, behind, objects=[workload()])
    assert [(e.t, e.fields["offset_s"]) for e in events(made, "ClockSet")] == [
        (30, 5.0),
        (50, 4.0),
        (90, pytest.approx(-1.02)),
    ]


def test_a_wrong_clock_moves_nothing_that_measures_time_by_itself() -> None:
    """Kubernetes' node leases, and Patroni's (patroni/dcs/kubernetes.py, `_leader_observed_time`)."""
    skew = {"at": "0s", "do": "clock-skew", "on": {"zone": "a"}, "offset": "1h", "driftPpm": 300}
    crash = {"at": "60s", "do": "node-crash", "on": {"primaryOf": "pg"}}
    pg = {
        "objects": [workload("StatefulSet")],
        "systems": [{"name": "pg", "kind": "patroni", "workload": "StatefulSet/a"}],
    }

    def told(*timeline: dict[str, Any]) -> list[tuple[int, str, str]]:
        made = run(*timeline, **pg)
        return [(e.t_us, e.object, e.event) for e in made.events if e.object.startswith(("Member", "Pod"))]

    right = told(crash)
    assert right == told(skew, crash)
    assert [event for _, _, event in right].count("Role") > 6


def test_a_skew_that_skews_nothing_is_refused() -> None:
    with pytest.raises(ScenarioError, match="how far the clock is ahead"):
        run({"at": "1s", "do": "clock-skew", "on": "Node/node-a-1"}, objects=[workload()])
