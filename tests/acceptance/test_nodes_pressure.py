"""Nodes that run out of memory or disk: whom a kubelet evicts, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import DISK_PRESSURE, MEMORY_PRESSURE, Node, Phase, Pod
from statesim.node.pressure import Candidate, rank
from tests.acceptance.small import BASE, ONE, Small, budget, pod, requests, with_claim, workload

GI = 2**30

# -- who goes first -----------------------------------------------------------------------------------


def test_those_above_their_request_go_first_then_low_priority_then_the_greediest() -> None:
    within = Candidate("within", priority=0, requested=4 * GI, used=3 * GI)
    above_vip = Candidate("above, important", priority=1000, requested=1 * GI, used=9 * GI)
    above_a_bit = Candidate("above by 1", priority=0, requested=1 * GI, used=2 * GI)
    above_much = Candidate("above by 3", priority=0, requested=5 * GI, used=8 * GI)
    ranked = [c.uid for c in rank([within, above_vip, above_a_bit, above_much])]
    assert ranked == ["above by 3", "above by 1", "above, important", "within"]


def test_exactly_at_the_request_is_not_above_it() -> None:
    at = Candidate("at", priority=-5, requested=GI, used=GI)
    above = Candidate("above", priority=5, requested=GI, used=GI + 1)
    assert [c.uid for c in rank([at, above])] == ["above", "at"]


# -- memory -------------------------------------------------------------------------------------------


def greedy(**row: Any) -> Small:
    images = {
        "greedy": {**BASE, "memory": "4Gi"},
        "modest": {**BASE, "memory": "1Gi"},
    }
    on_n1 = {"nodeSelector": {"kubernetes.io/hostname": "n1"}}
    return Small(
        {"at": "60s", "do": "memory-pressure", "on": "Node/n1", "for": "60s", **row},
        objects=[
            pod("modest", container={"image": "modest", **requests("2Gi")}, **on_n1),
            workload(name="greedy", replicas=1, container={"image": "greedy", **requests("1Gi")}),
            budget("keep", app="greedy", maxUnavailable=0),
        ],
        cluster=ONE,
        images=images,
        duration="800s",
    )


def test_memory_pressure_evicts_the_greediest_pod_at_once_and_no_budget_is_asked() -> None:
    run = greedy().run(100)
    (evicted,) = run.events("Evicted", "Pod/")
    assert evicted.object.startswith("Pod/greedy-")
    assert 60 < evicted.t <= 70  # within a monitoring interval
    assert run.events("Refused") == []
    old: Pod = run.find(evicted.object)
    assert (old.phase, old.reason, old.disruption) == (Phase.FAILED, "Evicted", "TerminationByKubelet")
    assert [e.fields["how"] for e in run.events("Exited", "Process/greedy")] == ["killed"]
    assert run.pod("modest").ready


def test_the_evicted_pod_stays_as_failed_and_its_owner_has_made_another() -> None:
    run = greedy().run()
    pods = {p.name: p for p in run.world.store.all(Pod) if p.labels["app"] == "greedy"}
    assert sorted(p.phase for p in pods.values()) == [Phase.FAILED, Phase.RUNNING]
    replacement = next(p for p in pods.values() if p.phase is Phase.RUNNING)
    # the only node refuses pods while it is under pressure, and five minutes longer
    assert replacement.scheduled_us is not None
    assert replacement.scheduled_us / 1e6 > 60 + 300


def test_the_condition_and_its_taint_hold_five_minutes_longer_than_the_pressure() -> None:
    run = greedy().run(75)
    node: Node = run.find("Node/n1")
    assert node.pressure == ("MemoryPressure",)
    assert [(t.key, t.effect) for t in node.taints] == [(MEMORY_PRESSURE, "NoSchedule")]
    run.run()
    began, ended = run.events("MemoryPressure", "Node/")
    assert (began.fields["status"], ended.fields["status"]) == ("True", "False")
    # the eviction gave back enough, so that the next round saw no pressure any more
    assert 300 <= ended.t - began.t <= 320
    assert node.taints == ()
    assert node.ready is True


def test_one_pod_after_the_other_goes_until_there_is_enough() -> None:
    images = {"*": {**BASE, "memory": "2Gi"}}
    run = Small(
        {"at": "60s", "do": "memory-pressure", "on": "Node/n1"},
        objects=[workload("StatefulSet", replicas=3, container=requests("1Gi"))],
        cluster=ONE,
        images=images,
    ).run(75)
    assert len(run.events("Evicted")) == 1  # 2Gi are more than the threshold of 100Mi
    tight = {"*": {**BASE, "memory": "60Mi"}}
    more = Small(
        {"at": "60s", "do": "memory-pressure", "on": "Node/n1"},
        objects=[workload(replicas=3, container=requests("50Mi"))],
        cluster=ONE,
        images=tight,
    ).run(75)
    first, second = more.times("Evicted", "Pod/")
    assert second - first == pytest.approx(1, abs=0.1)  # as soon as the first has been cleaned up


def test_critical_pods_are_not_evicted() -> None:
    images = {"*": {**BASE, "memory": "1Gi"}}
    run = Small(
        {"at": "60s", "do": "memory-pressure", "on": "Node/n1"},
        objects=[pod("vital", priorityClassName="system-node-critical"), pod("other")],
        cluster=ONE,
        images=images,
    ).run()
    assert [e.object for e in run.events("Evicted")] == ["Pod/other"]


def test_a_disruption_condition_only_where_the_version_knows_it() -> None:
    run = Small(
        {"at": "60s", "do": "memory-pressure", "on": "Node/n1"},
        objects=[pod()],
        cluster={**ONE, "kubernetes": "1.25"},
        images={"*": {**BASE, "memory": "1Gi"}},
    ).run(100)
    assert run.pod("p").reason == "Evicted"
    assert run.pod("p").disruption == ""


# -- disk ---------------------------------------------------------------------------------------------


def test_a_full_disk_takes_the_empty_dirs_and_leaves_the_claims() -> None:
    made = with_claim(
        workload(
            "StatefulSet",
            replicas=1,
            nodeSelector={"kubernetes.io/hostname": "n1"},
            volumes=[{"name": "scratch", "emptyDir": {}}],
        )
    )
    container = made["spec"]["template"]["spec"]["containers"][0]
    container["volumeMounts"].append({"name": "scratch", "mountPath": "/tmp"})
    run = Small(
        {"at": "60s", "do": "disk-full", "on": "Node/n1", "for": "30s"},
        objects=[made],
        cluster={"kubernetes": "1.31", "nodes": [{"name": "n1"}, {"name": "n2"}]},
        images={"*": {**BASE, "disk": "20Gi"}},
        duration="900s",
    ).run(75)
    node: Node = run.find("Node/n1")
    assert node.pressure == ("DiskPressure",)
    assert (DISK_PRESSURE, "NoSchedule") in [(t.key, t.effect) for t in node.taints]
    assert len(run.events("Evicted", "Pod/a-0")) == 1
    before = run.find("PersistentVolumeClaim/data-a-0").volume
    # a StatefulSet deletes its failed pod to take the name again; only n1 may have it, which is tainted
    assert run.pod("a-0").phase is Phase.PENDING
    run.run()
    assert run.pod("a-0").ready
    assert run.find("PersistentVolumeClaim/data-a-0").volume == before
    ready_again = run.times("Ready", "Pod/a-0")[1]
    assert ready_again > 60 + 300  # for so long the condition holds, and its taint


def test_under_disk_pressure_images_that_nobody_uses_are_deleted() -> None:
    run = Small(
        {"at": "40s", "do": "delete", "on": "Pod/old"},
        {"at": "60s", "do": "disk-full", "on": "Node/n1"},
        objects=[
            pod("old", container={"image": "old:1"}),
            pod("new", container={"image": "new:1"}, priorityClassName="system-cluster-critical"),
        ],
        cluster=ONE,
    ).run(55)
    machine = run.world.fleet.kubelets["n1"].machine
    assert machine.images == {"old:1", "new:1"}
    run.run(75)
    assert machine.images == {"new:1"}


def test_a_pod_that_slips_through_to_a_node_under_pressure_is_rejected() -> None:
    run = Small(
        {"at": "60s", "do": "disk-full", "on": "Node/n1"},
        {"at": "80s", "do": "apply", "manifests": [pod("late", nodeName="n1")]},
        objects=[pod("early")],
        cluster=ONE,
    ).run(100)
    late = run.pod("late")
    assert (late.phase, late.reason) == (Phase.FAILED, "Evicted")
    assert "DiskPressure" in run.events("Failed", "Pod/late")[0].fields["why"]


def test_a_node_that_is_cut_off_evicts_all_the_same_and_tells_it_later() -> None:
    run = Small(
        {"at": "40s", "do": "network-partition", "on": "Node/n1", "from": "control-plane", "for": "60s"},
        {"at": "50s", "do": "memory-pressure", "on": "Node/n1"},
        objects=[pod()],
        cluster=ONE,
        images={"*": {**BASE, "memory": "1Gi"}},
    ).run(99)
    assert run.events("Exited", "Process/p")[0].t < 61
    assert run.pod("p").phase is Phase.RUNNING
    run.run(110)
    assert (run.pod("p").phase, run.pod("p").reason) == (Phase.FAILED, "Evicted")
    assert run.find("Node/n1").pressure == ("MemoryPressure",)


def test_a_node_whose_pods_ask_for_all_of_its_memory_is_not_under_pressure() -> None:
    run = Small(objects=[workload(replicas=4, container=requests("8Gi"))], cluster=ONE).run(100)
    assert len(run.events("Ready", "Pod/")) == 4
    assert run.events("MemoryPressure") == []


def test_a_full_disk_is_still_full_after_a_reboot_and_memory_is_free_again() -> None:
    rows = [
        {"at": "40s", "do": "disk-full", "on": "Node/n1"},
        {"at": "40s", "do": "memory-pressure", "on": "Node/n1"},
        {"at": "60s", "do": "node-reboot", "on": "Node/n1", "away": "20s"},
    ]
    run = Small(*rows, objects=[pod()], cluster=ONE, images={"*": {**BASE, "memory": "1Gi"}}).run(55)
    assert run.find("Node/n1").pressure == ("MemoryPressure", "DiskPressure")
    run.run(100)
    assert run.find("Node/n1").pressure == ("DiskPressure",)


def test_pressure_that_nothing_can_relieve_costs_nothing_while_it_lasts() -> None:
    def cost(duration: str) -> int:
        run = Small(
            {"at": "40s", "do": "disk-full", "on": "Node/n1"},
            objects=[pod(priorityClassName="system-cluster-critical")],
            cluster=ONE,
            duration=duration,
        ).run()
        assert run.find("Node/n1").pressure == ("DiskPressure",)
        return run.world.clock.events

    assert cost("2h") == cost("10m")
