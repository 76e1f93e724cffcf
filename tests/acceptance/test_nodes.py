"""Nodes that fall silent and come back, seen end to end (rows N01 to N05, N18, N19)."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import OUT_OF_SERVICE, UNREACHABLE, Phase, Pod, StatefulSet
from tests.acceptance.small import TWO, Small, cut, no_execute, pod, with_claim, workload

# -- N01 to N05: end to end ------------------------------------------------------------------------------


def test_n01_pods_of_an_unreachable_node_are_not_ready_and_ready_again_when_it_heals_in_time() -> None:
    run = Small(
        cut(**{"for": "120s"}), objects=[workload("StatefulSet", replicas=2)], cluster=TWO, duration="400s"
    ).run()
    (node_lost,) = run.times("NotReady", "Node/")
    assert 90 <= node_lost <= 110
    uid = run.pod("a-0").uid
    assert run.times("NotReady", "Pod/a-0") == [node_lost]
    back = run.times("Ready", "Pod/a-0")[1]
    assert 180 <= back <= 183
    assert run.events("Terminating") == []
    assert run.events("Exited") == []
    assert {e.fields["uid"] for e in run.events("Ready", "Pod/a-0")} == {uid}
    assert run.find("Node/node-a-1").taints == run.find("Node/node-a-2").taints == ()


def test_n02_a_replicaset_replaces_the_pod_elsewhere_while_the_old_object_stays() -> None:
    run = Small(objects=[workload(replicas=2)], cluster=TWO, duration="600s").run(50)
    old = next(p for p in run.world.store.all(Pod) if p.node == "node-a-1")
    run.world.topology.cut("test", ["node-a-1"])
    run.run(590)
    assert old.terminating
    assert run.find(old.key) is old  # nobody may take it away
    pods = list(run.world.store.all(Pod))
    assert len(pods) == 3  # replicas + 1
    assert sorted(p.node for p in pods if p.ready) == ["node-a-2", "node-a-2"]
    assert run.events("Exited") == []  # and its program still runs


def test_n03_a_statefulset_comes_back_with_its_identity_and_data_when_its_node_boots() -> None:
    crash = {"at": "60s", "do": "node-crash", "on": {"nodeOf": "Pod/a-1"}, "for": "100s"}
    run = Small(crash, objects=[with_claim(workload("StatefulSet"))], cluster=TWO, duration="400s").run()
    runs = run.events("Running", "Process/a-1")
    assert len(runs) == 2
    first, again = runs
    assert first.fields["data"] == again.fields["data"]
    assert first.fields["data"].startswith("pv/")
    assert first.fields["uid"] == again.fields["uid"]
    db: StatefulSet = run.find("StatefulSet/a")
    assert db.status["readyReplicas"] == 3
    assert [run.pod(f"a-{i}").ready for i in range(3)] == [True] * 3


def test_n04_a_statefulset_does_not_run_a_pod_twice_in_ten_minutes_of_partition() -> None:
    run = Small(
        cut("a-1", **{"for": "600s"}), objects=[workload("StatefulSet")], cluster=TWO, duration="900s"
    ).run(655)
    old = run.pod("a-1")
    assert old.terminating
    assert len(run.events("Created", "Pod/a-1")) == 1
    assert len(run.events("Running", "Process/a-1")) == 1
    run.run()
    # when it is over the kubelet ends that pod, and only then the name is used again
    (gone,) = run.times("Deleted", "Pod/a-1")
    assert 660 < gone < 664
    assert run.times("Created", "Pod/a-1")[1] >= gone
    assert run.events("Violated") == []
    assert run.pod("a-1").ready


def test_n04_a_partition_shorter_than_the_toleration_keeps_the_very_pod() -> None:
    run = Small(
        cut("a-1", **{"for": "250s"}), objects=[workload("StatefulSet")], cluster=TWO, duration="600s"
    ).run()
    assert len(run.events("Created", "Pod/a-1")) == 1
    assert run.pod("a-1").ready


@pytest.mark.parametrize("seed", range(3))
def test_n05_pods_of_an_unreachable_node_are_deleted_after_their_toleration_and_not_before(seed: int) -> None:
    tolerations = [{"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 77}]
    here = {"nodeSelector": {"kubernetes.io/hostname": "node-a-1"}}
    run = Small(
        cut(),
        objects=[
            workload("StatefulSet", replicas=1, **here),
            pod("b", tolerations=tolerations, **here),
        ],
        cluster={"kubernetes": "1.31", "zones": 2, "nodesPerZone": 1},
        seed=seed,
        duration="600s",
    ).run()
    tainted = no_execute(run)
    assert run.events("Terminating", "Pod/a-0")[0].t == pytest.approx(tainted + 300, abs=0.1)
    assert run.events("Terminating", "Pod/b")[0].t == pytest.approx(tainted + 77, abs=0.1)


# -- N18, N19: non-graceful shutdown ---------------------------------------------------------------------------

OUT = {"key": OUT_OF_SERVICE, "value": "nodeshutdown", "effect": "NoExecute"}


def shut_down(*rows: dict[str, Any], version: str = "1.28", duration: str = "900s") -> Small:
    return Small(
        {"at": "60s", "do": "node-crash", "on": {"nodeOf": "Pod/a-0"}},
        *rows,
        objects=[with_claim(workload("StatefulSet", replicas=1))],
        cluster={"kubernetes": version, "zones": 1, "nodesPerZone": 2},
        duration=duration,
    ).run()


DECLARED = {"at": "150s", "do": "taint", "on": {"nodeOf": "Pod/a-0"}, "taint": OUT}


def test_n18_a_pod_with_a_disk_runs_elsewhere_soon_after_the_out_of_service_taint() -> None:
    run = shut_down(DECLARED)
    nodes = [e.fields["node"] for e in run.events("Scheduled", "Pod/a-0")]
    assert len(set(nodes)) == 2
    again = run.times("Ready", "Pod/a-0")[1]
    assert 150 < again < 200  # well before six minutes
    data = {e.fields["data"] for e in run.events("Running", "Process/a-0")}
    assert len(data) == 1


def test_n18_without_the_taint_nothing_moves() -> None:
    run = shut_down()
    assert run.events("Deleted", "Pod/a-0") == []
    assert len(run.events("Ready", "Pod/a-0")) == 1
    assert run.events("Detached") == []


def test_n18_a_node_that_is_ready_loses_its_pods_gracefully_and_nothing_by_force() -> None:
    """The taint evicts like any NoExecute taint; pod gc and forced detach need a node that is not Ready."""
    run = Small(
        {"at": "60s", "do": "taint", "on": {"nodeOf": "Pod/a-0"}, "taint": OUT},
        objects=[with_claim(workload("StatefulSet", replicas=1))],
        cluster={"kubernetes": "1.28", "zones": 1, "nodesPerZone": 2},
    ).run()
    assert [e.fields["how"] for e in run.events("Exited", "Process/a-0")] == ["stopped"]
    assert run.events("Failed") == []
    assert [e.fields["forced"] for e in run.events("Detached")] == [False]
    assert run.pod("a-0").ready


def test_n19_the_volume_is_detached_from_the_tainted_node_once_the_pod_is_terminal() -> None:
    run = shut_down(DECLARED)
    (failed,) = run.events("Failed", "Pod/a-0")
    detached = run.events("Detached")[0]
    assert detached.fields["forced"] is True
    assert failed.t <= detached.t <= failed.t + 5
    crashed = run.events("Crashed")[0].object.removeprefix("Node/")
    assert detached.fields["node"] == crashed
    attached = [e for e in run.events("Attached") if e.t > detached.t]
    assert len(attached) == 1
    assert run.pod("a-0").phase is Phase.RUNNING
