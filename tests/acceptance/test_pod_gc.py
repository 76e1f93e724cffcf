"""The pod garbage collector (rows N16 and N17), and Node objects that are deleted."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import OUT_OF_SERVICE, Node, Phase, Pod, StatefulSet
from statesim.control.actions import Delete, Write
from statesim.control.pod_gc import FinishedView, decide
from statesim.control.ticks import Ticks
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import Container, PodSpec
from tests.acceptance.small import IMAGES, TWO, Small, pod, with_claim, workload

SPEC = PodSpec((Container("c", "v1"),))
ROUNDS = Ticks(20 * SECOND)


def deleted_node(
    *rows: dict[str, Any], objects: list[dict[str, Any]], cluster: dict[str, Any] | None = None, **kw: Any
) -> Small:
    return Small(
        {"at": "60s", "do": "delete", "on": "Node/node-a-1"},
        *rows,
        objects=objects,
        cluster=cluster or TWO,
        **kw,
    )


def at_node(name: str, **spec: Any) -> dict[str, Any]:
    return pod(name, nodeName="node-a-1", **spec)


# -- N16: pods whose node does not exist ---------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_n16_orphans_go_after_the_quarantine_and_the_next_round(seed: int) -> None:
    run = deleted_node(objects=[at_node("p")], seed=seed).run()
    (gone,) = run.times("Deleted", "Pod/p")
    # noticed within 20 s, kept for 40 s, removed in the round that follows
    assert 100 <= gone <= 120
    assert "does not exist" in run.events("Failed", "Pod/p")[0].fields["why"]


def test_n16_a_pod_of_another_node_is_left_alone() -> None:
    run = deleted_node(objects=[at_node("p"), pod("q", nodeName="node-a-2")]).run()
    assert run.find("Pod/p") is None
    assert run.pod("q").ready


def test_n16_a_pod_without_a_node_is_no_orphan() -> None:
    run = deleted_node(objects=[pod("waits", nodeSelector={"no": "where"})]).run()
    assert run.pod("waits").phase is Phase.PENDING


def test_n16_a_node_that_appears_again_in_time_saves_its_pods() -> None:
    run = deleted_node(
        {"at": "70s", "do": "node-reboot", "on": "Node/node-a-1", "away": "20s"}, objects=[at_node("p")]
    ).run()
    assert run.times("Created", "Node/node-a-1") == [0.0, 90.0]
    assert run.events("Deleted", "Pod/p") == []
    assert run.pod("p").ready
    assert run.pod("p").restarts == 1


def test_n16_the_node_is_looked_up_live_before_anything_is_deleted() -> None:
    """The node is back after the quarantine, in the very second before the round that would have deleted."""
    run = deleted_node(objects=[at_node("p")])
    run.run(99)
    run.world.store.create(Node(name="node-a-1", spec=run.find("Node/node-a-2").spec))
    run.run()
    assert run.events("Deleted", "Pod/p") == []


def test_n16_a_node_that_goes_again_begins_a_new_quarantine() -> None:
    again = {"at": "95s", "do": "delete", "on": "Node/node-a-1"}
    run = deleted_node(
        {"at": "61s", "do": "node-reboot", "on": "Node/node-a-1", "away": "30s"},
        again,
        objects=[at_node("p")],
    ).run()
    (gone,) = run.times("Deleted", "Pod/p")
    assert gone >= 95 + 40


def test_n16_finished_and_terminating_orphans_go_as_well() -> None:
    images = {"*": {**IMAGES["*"], "crashAfter": "1s"}}
    run = deleted_node(objects=[at_node("done", restartPolicy="Never")], images=images).run()
    assert len(run.times("Deleted", "Pod/done")) == 1
    assert len(run.events("Failed", "Pod/done")) == 1  # its phase was final already
    cut = {"at": "30s", "do": "network-partition", "on": "Node/node-a-1", "from": "control-plane"}
    ask = {"at": "40s", "do": "delete", "on": "Pod/p"}
    stuck = deleted_node(cut, ask, objects=[at_node("p")]).run()
    (gone,) = stuck.times("Deleted", "Pod/p")
    assert 100 <= gone <= 120


def test_n16_a_pod_that_is_bound_to_a_node_that_never_was_goes_after_its_own_quarantine() -> None:
    late = {"at": "50s", "do": "apply", "manifests": [pod("lost", nodeName="nowhere")]}
    run = Small(late, objects=[]).run()
    (gone,) = run.times("Deleted", "Pod/lost")
    assert 90 <= gone <= 110


@pytest.mark.parametrize(("version", "failed", "reason"), [("1.25", 0, ""), ("1.26", 1, "DeletionByPodGC")])
def test_n16_from_1_26_on_an_orphan_is_marked_failed_before_it_goes(
    version: str, failed: int, reason: str
) -> None:
    run = deleted_node(objects=[at_node("p")], cluster={**TWO, "kubernetes": version}).run(90)
    orphan = run.pod("p")
    run.run()
    assert run.find("Pod/p") is None
    assert len(run.events("Failed", "Pod/p")) == failed
    assert orphan.disruption == reason


# -- a Node object that somebody deletes ----------------------------------------------------------------


def test_a_kubelet_whose_node_object_is_gone_does_not_register_by_itself() -> None:
    run = deleted_node(objects=[at_node("p")]).run(100)
    assert run.find("Node/node-a-1") is None
    assert run.events("Exited", "Process/p") == []  # its program runs until the pod is collected
    run.run()
    assert run.find("Node/node-a-1") is None
    (killed,) = run.times("Exited", "Process/p")
    assert 100 <= killed <= 121


def test_a_partition_that_heals_does_not_register_it_but_a_reboot_does() -> None:
    cut = {
        "at": "70s",
        "do": "network-partition",
        "on": "Node/node-a-1",
        "from": "control-plane",
        "for": "20s",
    }
    run = deleted_node(cut, objects=[workload()]).run()
    assert run.find("Node/node-a-1") is None
    boot = {"at": "150s", "do": "node-reboot", "on": "Node/node-a-1", "away": "10s"}
    back = deleted_node(boot, objects=[workload()]).run()
    node: Node = back.find("Node/node-a-1")
    assert back.times("Created", "Node/node-a-1") == [0.0, 160.0]
    assert (node.ready, node.unschedulable) == (True, False)


def test_a_crashed_machine_registers_when_somebody_switches_it_on() -> None:
    rows = (
        {"at": "50s", "do": "node-crash", "on": "Node/node-a-1"},
        {"at": "150s", "do": "node-recover", "on": "Node/node-a-1"},
    )
    run = deleted_node(*rows, objects=[workload()]).run()
    assert run.times("Created", "Node/node-a-1") == [0.0, 150.0]


def test_the_replacement_of_a_deployment_comes_when_the_orphan_goes() -> None:
    run = deleted_node(objects=[workload(replicas=4)]).run()
    orphans = {e.object for e in run.events("Deleted", "Pod/")}
    assert orphans
    first = min(run.times("Deleted", "Pod/"))
    created = [t for t in run.times("Created", "Pod/") if t > 1]
    assert min(created) == pytest.approx(first, abs=0.2)
    ready = [p for p in run.world.store.all(Pod) if p.ready]
    assert [p.node for p in ready] == ["node-a-2"] * 4


def test_the_volume_of_a_deleted_dead_node_still_waits_its_six_minutes() -> None:
    """kubectl delete node frees the pod after pod gc, but not the disk (semantics 5.4, 5.5)."""
    run = Small(
        {"at": "0s", "do": "cordon", "on": "Node/node-a-2", "for": "30s"},
        {"at": "60s", "do": "node-crash", "on": "Node/node-a-1"},
        {"at": "120s", "do": "delete", "on": "Node/node-a-1"},
        objects=[with_claim(workload("StatefulSet", replicas=1))],
        cluster={"kubernetes": "1.20", "zones": 1, "nodesPerZone": 2},
        duration="900s",
    ).run()
    (gone,) = run.times("Deleted", "Pod/a-0")
    assert 160 <= gone <= 180
    detached = run.events("Detached")[0]
    assert detached.fields["forced"] is True
    assert detached.t == pytest.approx(gone + 362, abs=1)  # and the detaching takes 2 s
    assert run.pod("a-0").ready
    assert run.times("Ready", "Pod/a-0")[1] == pytest.approx(gone + 366, abs=4)


# -- N17: unscheduled pods that are terminating; too many finished ones --------------------------------


def test_n17_a_terminating_pod_that_was_never_scheduled_goes_in_the_next_round() -> None:
    run = Small(objects=[pod("waits", nodeSelector={"no": "where"})]).run(30)
    stuck = run.pod("waits")
    # an API server removes such a pod at once: here a finalizer's like has kept it
    run.world.store.write(stuck, "Terminating", {"deleted_us": run.world.clock.now})
    run.run()
    (gone,) = run.times("Deleted", "Pod/waits")
    assert 30 <= gone <= 50


def test_n17_terminating_pods_on_nodes_that_live_are_the_kubelets_business() -> None:
    images = {"*": {**IMAGES["*"], "stop": "never"}}
    slow = pod(terminationGracePeriodSeconds=120)
    run = Small({"at": "30s", "do": "delete", "on": "Pod/p"}, objects=[slow], images=images).run()
    assert run.times("Deleted", "Pod/p") == [150.0]


def finished(names: str, reasons: dict[str, str] | None = None) -> tuple[Pod, ...]:
    why = reasons or {}
    return tuple(
        Pod(name=name, uid=name, spec=SPEC, phase=Phase.FAILED, created_us=created, reason=why.get(name, ""))
        for created, name in enumerate(names)
    )


@pytest.mark.parametrize(
    ("pods", "threshold", "evicted_first", "gone"),
    [
        pytest.param(finished("abc"), 3, True, "", id="at the threshold"),
        pytest.param(finished("abcd"), 3, True, "a", id="one too many: the oldest"),
        pytest.param(finished("abcd"), 1, True, "abc", id="three too many"),
        pytest.param(finished("abcd"), 0, True, "", id="0 = all are kept"),
        pytest.param(finished("abcd", {"d": "Evicted"}), 3, True, "d", id="evicted ones first"),
        pytest.param(finished("abcd", {"d": "Evicted"}), 3, False, "a", id="before 1.27 they were not"),
    ],
)
def test_n17_the_oldest_finished_pods_beyond_the_threshold_go(
    pods: tuple[Pod, ...], threshold: int, evicted_first: bool, gone: str
) -> None:
    view = FinishedView(20 * SECOND, pods, threshold, 7 * SECOND, ROUNDS, evicted_first)
    deleted = [action.object.name for action in decide(view).actions if isinstance(action, Delete)]
    assert "".join(deleted) == gone
    early = decide(FinishedView(8 * SECOND, pods, threshold, 7 * SECOND, ROUNDS, evicted_first))
    assert early.actions == ()
    assert early.wake_at == (20 * SECOND if gone else None)


def test_n17_finished_pods_are_kept_up_to_the_threshold_in_a_run() -> None:
    images = {"*": {**IMAGES["*"], "ready": "0s", "crashAfter": "2s"}}
    done = [pod(f"p{i}", restartPolicy="Never") for i in range(6)]
    cluster = {"kubernetes": "1.31", "nodes": [{"name": "n1"}], "terminatedPodGCThreshold": 4}
    run = Small(objects=done, images=images, cluster=cluster).run()
    assert [p.name for p in run.world.store.all(Pod)] == ["p2", "p3", "p4", "p5"]
    assert max(run.times("Deleted", "Pod/")) <= 30
    kept = Small(objects=done, images=images).run()
    assert len(list(kept.world.store.all(Pod))) == 6  # 12500 by default


# -- out of service, by version --------------------------------------------------------------------------


def declared(version: str, gates: dict[str, bool] | None = None) -> Small:
    taint = {"key": OUT_OF_SERVICE, "value": "nodeshutdown", "effect": "NoExecute"}
    cluster = {"kubernetes": version, "zones": 1, "nodesPerZone": 2}
    return Small(
        {"at": "60s", "do": "node-crash", "on": {"nodeOf": "Pod/a-0"}},
        {"at": "200s", "do": "taint", "on": {"nodeOf": "Pod/a-0"}, "taint": taint},
        objects=[with_claim(workload("StatefulSet", replicas=1))],
        cluster={**cluster, "featureGates": gates} if gates else cluster,
        duration="400s",
    ).run()


@pytest.mark.parametrize(
    ("version", "gates", "freed"),
    [
        ("1.20", None, False),
        ("1.24", None, False),
        ("1.24", {"NodeOutOfServiceVolumeDetach": True}, True),
        ("1.26", None, True),
        ("1.26", {"NodeOutOfServiceVolumeDetach": False}, False),
        ("1.28", None, True),
    ],
    ids=["unknown", "alpha: off", "alpha: on", "beta: on", "beta: off", "GA"],
)
def test_whether_the_out_of_service_taint_frees_a_pod_depends_on_the_version(
    version: str, gates: dict[str, bool] | None, freed: bool
) -> None:
    run = declared(version, gates)
    gone = run.times("Deleted", "Pod/a-0")
    if freed:
        assert 200 <= gone[0] <= 221
        assert run.pod("a-0").ready
        assert run.events("Failed", "Pod/a-0")[0].t == pytest.approx(gone[0], abs=0.2)
    else:
        assert gone == []
        assert run.pod("a-0").terminating
        sts: StatefulSet = run.find("StatefulSet/a")
        assert sts.status["readyReplicas"] == 0


def test_what_the_collector_does_to_an_orphan_is_two_writes_in_order() -> None:
    run = deleted_node(objects=[at_node("p")]).run()
    story = run.story("Pod/p")
    assert story[-3:] == ["Failed", "Terminating", "Deleted"]


def test_a_decision_about_one_pod_marks_it_only_if_the_version_does() -> None:
    from statesim.control.pod_gc import PodView

    orphan = Pod(name="p", spec=SPEC, node="n1", phase=Phase.RUNNING)
    new = decide(PodView(60 * SECOND, orphan, 0, False, 0, ROUNDS, 40 * SECOND))
    old = decide(PodView(60 * SECOND, orphan, 0, False, 0, ROUNDS, 40 * SECOND, marks_failed=False))
    assert [type(a) for a in new.actions] == [Write, Delete]
    assert [type(a) for a in old.actions] == [Delete]


def test_a_machine_that_boots_while_it_is_cut_off_registers_when_it_is_heard() -> None:
    rows = (
        {"at": "70s", "do": "network-partition", "on": "Node/node-a-1", "for": "60s"},
        {"at": "80s", "do": "node-reboot", "on": "Node/node-a-1", "away": "20s"},
    )
    run = deleted_node(*rows, objects=[workload()]).run()
    assert run.times("Recovered") == [100.0]
    assert run.times("Created", "Node/node-a-1") == [0.0, 130.0]
