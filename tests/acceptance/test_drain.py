"""kubectl drain, as staging/src/k8s.io/kubectl/pkg/drain does it (row P10)."""

from __future__ import annotations

import pytest

from statesim.cluster.objects import OwnerRef, Phase, Pod
from statesim.faults.drain import LOCAL_STORAGE, UNMANAGED, Options, refusals, refused
from statesim.scenario.specs import Container, PodSpec, Volume
from tests.acceptance.small import Small, budget, pod, workload

OWNER = OwnerRef("ReplicaSet", "web", "u1")
SCRATCH = {"volumes": [{"name": "tmp", "emptyDir": {}}]}


def made(*, owned: bool = True, scratch: bool = False, phase: Phase = Phase.RUNNING, name: str = "p") -> Pod:
    volumes = (Volume("tmp", "emptyDir"),) if scratch else ()
    spec = PodSpec((Container("c", "v1"),), volumes=volumes)
    return Pod(name=name, spec=spec, owner=OWNER if owned else None, phase=phase)


@pytest.mark.parametrize(
    ("one", "options", "reason"),
    [
        pytest.param(made(), Options(), None, id="owned"),
        pytest.param(made(owned=False), Options(), UNMANAGED, id="unmanaged"),
        pytest.param(made(owned=False), Options(force=True), None, id="unmanaged, force"),
        pytest.param(made(scratch=True), Options(), LOCAL_STORAGE, id="emptyDir"),
        pytest.param(made(scratch=True), Options(force=True), LOCAL_STORAGE, id="emptyDir, only force"),
        pytest.param(made(scratch=True), Options(delete_empty_dir_data=True), None, id="emptyDir, allowed"),
        pytest.param(
            made(owned=False, scratch=True), Options(delete_empty_dir_data=True), UNMANAGED, id="both"
        ),
        pytest.param(made(owned=False, scratch=True, phase=Phase.FAILED), Options(), None, id="failed"),
        pytest.param(made(owned=False, scratch=True, phase=Phase.SUCCEEDED), Options(), None, id="succeeded"),
    ],
)
def test_p10_which_pods_a_drain_refuses(one: Pod, options: Options, reason: str | None) -> None:
    assert refused(one, options) == reason


def test_p10_all_pods_that_stand_in_the_way_are_named() -> None:
    pods = [
        made(name="x", owned=False),
        made(name="ok"),
        made(name="y", owned=False),
        made(name="z", scratch=True),
    ]
    assert refusals(pods, Options()) == {UNMANAGED: ["x", "y"], LOCAL_STORAGE: ["z"]}


ONE_NODE = {"kubernetes": "1.31", "nodes": [{"name": "n1"}, {"name": "n2", "taints": []}]}


def test_p10_one_pod_that_is_refused_stops_the_whole_drain_but_the_node_stays_cordoned() -> None:
    run = Small(
        {"at": "30s", "do": "drain", "on": "Node/n1"},
        objects=[workload(), pod("bare", nodeName="n1")],
        cluster=ONE_NODE,
    ).run()
    assert run.find("Node/n1").unschedulable
    (failed,) = run.events("DrainFailed", "Node/n1")
    assert "bare" in failed.fields["why"]
    assert "force: true" in failed.fields["why"]
    assert run.events("Evicted") == []
    assert run.events("Drained") == []


def test_p10_with_force_the_bare_pod_goes_for_good_and_owned_ones_come_back_elsewhere() -> None:
    run = Small(
        {"at": "30s", "do": "drain", "on": "Node/n1", "force": True},
        objects=[workload(), pod("bare", nodeName="n1")],
        cluster=ONE_NODE,
    ).run()
    assert run.find("Pod/bare") is None
    assert len(run.events("Drained", "Node/n1")) == 1
    ready = [p for p in run.world.store.all(Pod) if p.ready]
    assert [p.node for p in ready] == ["n2"] * 3


def test_p10_an_empty_dir_stops_a_drain_unless_its_data_may_be_deleted() -> None:
    objects = [workload("StatefulSet", replicas=1, nodeSelector={"kubernetes.io/hostname": "n1"}, **SCRATCH)]
    kept = Small({"at": "30s", "do": "drain", "on": "Node/n1"}, objects=objects, cluster=ONE_NODE).run()
    assert "deleteEmptyDirData" in kept.events("DrainFailed")[0].fields["why"]
    assert kept.events("Terminating", "Pod/") == []
    row = {"at": "30s", "do": "drain", "on": "Node/n1", "deleteEmptyDirData": True}
    gone = Small(row, objects=objects, cluster=ONE_NODE).run()
    assert gone.times("Deleted", "Pod/a-0") == [31.0]
    # the new pod of that name waits: the drain is done all the same, for its uid is another one
    assert gone.pod("a-0").phase is Phase.PENDING
    assert [round(t) for t in gone.times("Drained")] == [31]


def test_p10_a_drain_is_done_when_every_pod_is_gone_and_not_when_it_is_asked_to_go() -> None:
    images = {"*": {"pull": "0s", "start": "1s", "ready": "1s", "stop": "20s"}}
    run = Small(
        {"at": "30s", "do": "drain", "on": "Node/n1"}, objects=[workload()], cluster=ONE_NODE, images=images
    ).run()
    assert run.times("Evicted") != []
    assert set(run.times("Evicted")) == {30.0}
    assert run.times("Drained", "Node/n1") == [50.0]


def test_p10_a_pod_that_is_not_ready_is_evicted_and_waited_for_too() -> None:
    images = {"*": {"pull": "0s", "start": "1s", "ready": "never", "stop": "20s"}}
    run = Small(
        {"at": "30s", "do": "drain", "on": "Node/n1"}, objects=[workload()], cluster=ONE_NODE, images=images
    ).run()
    assert len(run.events("Evicted")) > 0
    assert set(run.times("Evicted")) == {30.0}
    assert run.times("Drained", "Node/n1") == [50.0]


def test_p10_a_429_is_asked_again_every_five_seconds_until_the_budget_allows_it() -> None:
    run = Small(
        {"at": "30s", "do": "drain", "on": "Node/n1"},
        {"at": "47s", "do": "patch", "on": "PodDisruptionBudget/a", "patch": {"spec": {"maxUnavailable": 1}}},
        objects=[
            workload("StatefulSet", replicas=1, nodeSelector={"kubernetes.io/hostname": "n1"}),
            budget(maxUnavailable=0),
        ],
        cluster=ONE_NODE,
    ).run()
    refused_at = [(e.t, e.fields["status"]) for e in run.events("Refused")]
    assert refused_at == [(30.0, 429), (35.0, 429), (40.0, 429), (45.0, 429)]
    assert [(e.t, e.fields["status"]) for e in run.events("Evicted")] == [(50.0, 201)]


def test_p10_a_drain_gives_up_on_a_500_and_evicts_the_others() -> None:
    run = Small(
        {"at": "30s", "do": "drain", "on": "Node/n1"},
        objects=[
            workload(name="a", replicas=1, nodeSelector={"kubernetes.io/hostname": "n1"}),
            workload(name="b", replicas=1, nodeSelector={"kubernetes.io/hostname": "n1"}),
            budget("one", app="a", maxUnavailable=1),
            budget("two", app="a", maxUnavailable=1),
        ],
        cluster=ONE_NODE,
    ).run()
    assert [(e.t, e.fields["status"]) for e in run.events("Refused")] == [(30.0, 500)]
    assert [e.object[:6] for e in run.events("Evicted")] == ["Pod/b-"]
    (failed,) = run.events("DrainFailed")
    assert "more than one budget" in failed.fields["why"]
    assert failed.t == 31.0


def test_p10_nodes_are_all_cordoned_and_then_drained_one_after_the_other() -> None:
    cluster = {"kubernetes": "1.31", "zones": 2, "nodesPerZone": 2}
    run = Small(
        {"at": "30s", "do": "drain", "on": {"zone": "a"}}, objects=[workload(replicas=8)], cluster=cluster
    ).run()
    assert run.times("Cordoned") == [30.0, 30.0]
    first, second = run.events("Drained")
    evicted = [(e.t, e.fields["node"]) for e in run.events("Evicted")]
    assert {node for _, node in evicted} == {"node-a-1", "node-a-2"}
    assert all(t >= first.t for t, node in evicted if f"Node/{node}" == second.object)


def test_a_drain_without_evictions_asks_no_budget() -> None:
    run = Small(
        {"at": "30s", "do": "drain", "on": "Node/n1", "disableEviction": True},
        objects=[workload(), budget(maxUnavailable=0)],
        cluster=ONE_NODE,
    ).run()
    assert run.events("Refused") == []
    assert len(run.events("Drained")) == 1


def test_a_drain_that_is_blocked_for_ever_ends_when_the_person_gives_up() -> None:
    run = Small(
        {"at": "30s", "do": "drain", "on": "Node/n1", "timeout": "60s"},
        objects=[workload(), budget(maxUnavailable=0)],
        cluster=ONE_NODE,
    ).run()
    assert run.times("DrainFailed") == [90.0]
    assert max(run.times("Refused")) <= 90.0
    assert run.events("Evicted") == []


def test_p10_a_drain_of_a_dead_node_waits_for_ever_because_nothing_disappears() -> None:
    run = Small(
        {"at": "30s", "do": "node-crash", "on": "Node/n1"},
        {"at": "40s", "do": "drain", "on": "Node/n1"},
        objects=[workload("StatefulSet", replicas=2)],
        cluster=ONE_NODE,
        duration="1h",
    ).run()
    stuck = [p for p in run.world.store.all(Pod) if p.node == "n1"]
    assert stuck
    assert all(p.terminating for p in stuck)
    assert run.events("Drained") == []
