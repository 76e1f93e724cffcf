"""Rows V10, V12 and V13: where volumes are, and so where their pods can be."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import Node, PersistentVolume, PersistentVolumeClaim, Pod
from statesim.errors import ScenarioError
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from tests.acceptance.small import apply
from tests.acceptance.storage_worlds import (
    Lab,
    claim,
    on_node,
    pod,
    storage_class,
    volume,
    workload,
)

CONFLICT = "node(s) had volume node affinity conflict"
NO_VOLUME = "node(s) didn't find available persistent volumes to bind"
UNBOUND = "pod has unbound immediate PersistentVolumeClaims"
STATIC = storage_class("manual", provisioner="kubernetes.io/no-provisioner")
NOW = storage_class("now", "Immediate", provisioner="kubernetes.io/no-provisioner")


def local(name: str, node: str, class_name: str = "manual", **spec: Any) -> dict[str, Any]:
    where = on_node(f"node-{node}-1")
    return volume(
        name, storageClassName=class_name, local={"path": "/mnt/ssd"}, nodeAffinity=where, **spec
    )  # fmt: skip


def failures(lab: Lab, name: str) -> list[str]:
    return lab.why(f"Pod/{name}", "FailedScheduling")


# -- V10 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "zones"),
    [({"replication-type": "regional-pd"}, 2), ({"skuName": "Premium_ZRS"}, 3)],
)
def test_v10_pod_on_a_regional_disk_runs_again_in_the_other_zone(
    parameters: dict[str, str], zones: int
) -> None:
    regional = storage_class("regional", parameters=parameters)
    made = workload("StatefulSet", "db", "data")
    made["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] = "regional"
    lab = Lab(regional, made).run(30)
    disk = lab.the(PersistentVolume, lab.the(PersistentVolumeClaim, "data-db-0").volume or "")
    assert len({disk.zone, *disk.other_zones}) == zones
    first = lab.the(Pod, "db-0").node
    home = lab.the(Node, first or "").spec.zone
    assert home == disk.zone
    out = {"taint": {"key": "node.kubernetes.io/out-of-service", "value": "x", "effect": "NoExecute"}}
    lab = Lab(
        regional, made,
        timeline=[{"at": 60, "do": "zone-outage", "on": {"zone": home}},
                  {"at": 180, "do": "taint", "on": f"Node/{first}", **out}],
    ).run(400)  # fmt: skip
    again = lab.the(Pod, "db-0")
    assert again.ready
    assert lab.the(Node, again.node or "").spec.zone in disk.other_zones
    assert lab.data_of("db-0") == f"pv/{disk.name}"


def test_v10_zonal_disk_keeps_its_pod_pending_when_the_zone_is_lost() -> None:
    made = workload("StatefulSet", "db", "data")
    quiet = Lab(made).run(30)
    first = quiet.the(Pod, "db-0").node or ""
    home = quiet.the(Node, first).spec.zone
    gone = [
        {"at": 60, "do": "zone-outage", "on": {"zone": home}},
        {"at": 61, "do": "delete", "on": f"Node/{first}"},
    ]
    lab = Lab(made, timeline=gone).run(600)
    assert lab.the(Pod, "db-0").node is None
    assert failures(lab, "db-0")[-1].startswith(f"0/2 nodes are available: 2 {CONFLICT}")


def test_v10_regional_class_takes_its_zones_from_allowed_topologies() -> None:
    rule = {"key": "topology.kubernetes.io/zone", "values": ["a", "c"]}
    regional = storage_class(
        "regional", "Immediate", parameters={"replication-type": "regional-pd"},
        allowedTopologies=[{"matchLabelExpressions": [rule]}],
    )  # fmt: skip
    lab = Lab(regional, claim(storageClassName="regional")).run(10)
    (disk,) = lab.world.store.all(PersistentVolume)
    assert {disk.zone, *disk.other_zones} == {"a", "c"}


# -- V12 -------------------------------------------------------------------------------------------------


def test_v12_local_volume_pins_its_pod_to_its_node() -> None:
    lab = Lab(STATIC, local("pv", "b"), claim(storageClassName="manual"), pod("p", "data")).run(20)
    assert lab.the(Pod, "p").node == "node-b-1"
    assert lab.the(Pod, "p").ready
    assert lab.said("VolumeAttachment/pv") == [], "nobody attaches a local disk"
    assert lab.the(Node, "node-b-1").volumes_in_use == ()


@pytest.mark.parametrize(
    "rule",
    [
        {"nodeSelector": {"kubernetes.io/hostname": "node-a-1"}},
        {"affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": on_node("node-a-1")["required"]}}},
    ],
)  # fmt: skip
def test_v12_pod_that_must_run_elsewhere_is_unschedulable(rule: dict[str, Any]) -> None:
    bound = claim(storageClassName="now")
    lab = Lab(NOW, local("pv", "b", "now"), bound, pod("p", "data", **rule)).run(60)
    assert lab.the(PersistentVolumeClaim, "data").phase == "Bound"
    assert lab.the(Pod, "p").node is None
    assert CONFLICT in failures(lab, "p")[-1]


def test_v12_pod_put_on_the_wrong_node_by_hand_cannot_mount_the_local_volume() -> None:
    wrong = pod("p", "data", nodeName="node-a-1")
    lab = Lab(NOW, local("pv", "b", "now"), claim(storageClassName="now"), wrong).run(300)
    assert not lab.the(Pod, "p").running
    words = 'MountVolume.NodeAffinity check failed for volume "pv" : no matching NodeSelectorTerms'
    mount, sync = lab.said("Pod/p", "FailedMount")
    assert mount.fields["why"] == words
    assert "unattached volumes=[], failed to process volumes=[]" in sync.fields["why"]
    assert sync.fields["waits_for"] == words


def test_v12_lost_node_keeps_the_pod_of_its_local_volume_pending_until_it_is_back() -> None:
    lost = [{"at": 30, "do": "node-crash", "on": "Node/node-b-1", "for": "20m"},
             {"at": 200, "do": "delete", "on": "Pod/db-0", "force": True}]  # fmt: skip
    made = workload("StatefulSet", "db", "data")
    made["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] = "manual"
    lab = Lab(STATIC, local("pv", "b"), made, timeline=lost)
    lab.run(1200)
    waiting = lab.the(Pod, "db-0")
    assert waiting.node is None
    assert CONFLICT in failures(lab, "db-0")[-1]
    lab.run(1400)
    assert lab.the(Pod, "db-0").ready
    assert lab.the(Pod, "db-0").node == "node-b-1"


def _set_of_locals(management: str, spread: str, nodes: str) -> Lab:
    made = workload("StatefulSet", "db", "data", replicas=3, podManagementPolicy=management)
    made["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] = "manual"
    terms = [{"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "kubernetes.io/hostname"}]
    rule = {spread: {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    made["spec"]["template"]["spec"]["affinity"] = rule
    disks = [local(f"pv-{node}-{i}", node) for node in nodes for i in range(3 if len(nodes) == 1 else 1)]
    return Lab(STATIC, *disks, made).run(120)


@pytest.mark.parametrize("management", ["OrderedReady", "Parallel"])
def test_v12_set_spreads_over_local_volumes_with_anti_affinity(management: str) -> None:
    lab = _set_of_locals(management, "podAntiAffinity", "abc")
    pods = [lab.the(Pod, f"db-{i}") for i in range(3)]
    assert all(p.ready for p in pods)
    assert {p.node for p in pods} == {"node-a-1", "node-b-1", "node-c-1"}
    for p in pods:
        disk = lab.the(PersistentVolumeClaim, f"data-{p.name}").volume or ""
        assert disk.startswith(f"pv-{(p.node or '')[5]}")


@pytest.mark.parametrize("management", ["OrderedReady", "Parallel"])
def test_v12_set_stays_on_one_node_of_local_volumes_with_affinity(management: str) -> None:
    lab = _set_of_locals(management, "podAffinity", "b")
    pods = [lab.the(Pod, f"db-{i}") for i in range(3)]
    assert all(p.ready for p in pods)
    assert {p.node for p in pods} == {"node-b-1"}
    assert len({lab.the(PersistentVolumeClaim, f"data-{p.name}").volume for p in pods}) == 3


# -- V13: wait or immediate, made before or on demand ------------------------------------------------------


@pytest.mark.parametrize("binding", ["Immediate", "WaitForFirstConsumer"])
@pytest.mark.parametrize("dynamic", [False, True])
def test_v13_immediate_claims_are_bound_alone_and_delayed_ones_with_their_pod(
    binding: str, dynamic: bool
) -> None:
    provisioner = "disks.example.com" if dynamic else "kubernetes.io/no-provisioner"
    made = storage_class("c", binding, provisioner=provisioner)
    ready_made = [] if dynamic else [volume(storageClassName="c")]
    late = {"at": 60, "do": "apply", "manifests": [pod("p", "data")]}
    lab = Lab(made, *ready_made, claim(storageClassName="c"), timeline=[late])
    lab.run(59)
    early = lab.the(PersistentVolumeClaim, "data").phase
    assert early == ("Bound" if binding == "Immediate" else "Pending")
    lab.run(80)
    assert lab.the(PersistentVolumeClaim, "data").phase == "Bound"
    assert lab.the(Pod, "p").ready


def test_v13_two_claims_of_a_pod_find_one_node_that_can_serve_both() -> None:
    lab = Lab(
        STATIC, local("a1", "a"), local("b1", "b"), local("b2", "b"),
        claim("one", storageClassName="manual"), claim("two", storageClassName="manual"),
        pod("p", "one", "two"),
    ).run(60)  # fmt: skip
    assert lab.the(Pod, "p").node == "node-b-1"
    assert {lab.the(PersistentVolumeClaim, c).volume for c in ("one", "two")} == {"b1", "b2"}


@pytest.mark.parametrize(("made", "before"), [(STATIC, NO_VOLUME), (NOW, UNBOUND)])
def test_v13_pod_is_tried_again_when_a_volume_appears(made: dict[str, Any], before: str) -> None:
    name = made["metadata"]["name"]
    later = {"at": 60, "do": "apply", "manifests": [local("pv", "c", name)]}
    lab = Lab(made, claim(storageClassName=name), pod("p", "data"), timeline=[later])
    lab.run(59)
    assert before in failures(lab, "p")[-1]
    lab.run(90)
    assert lab.the(Pod, "p").ready
    assert lab.the(Pod, "p").node == "node-c-1"


def test_v13_pod_is_tried_again_when_its_node_has_room() -> None:
    big = {"containers": [{"name": "c", "image": "app:1", "resources": {"requests": {"cpu": "6"}}}]}
    lab = Lab(
        NOW, local("pv", "b", "now"), claim(storageClassName="now"), pod("hog", nodeName="node-b-1", **big),
        {**pod("p", "data"), "spec": {**pod("p", "data")["spec"], "containers": big["containers"]}},
        timeline=[{"at": 60, "do": "delete", "on": "Pod/hog"}],
    )  # fmt: skip
    lab.run(59)
    assert lab.the(Pod, "p").node is None
    assert "1 Insufficient cpu" in failures(lab, "p")[-1]
    assert f"2 {CONFLICT}" in failures(lab, "p")[-1]
    lab.run(90)
    assert lab.the(Pod, "p").node == "node-b-1"


def test_v13_provisioning_starts_over_when_the_chosen_node_is_gone() -> None:
    slow = {"provision": "60s"}
    found = Lab(storage_class("c"), claim(storageClassName="c"), pod("p", "data"), timings=slow).run(10)
    chosen = found.the(PersistentVolumeClaim, "data").selected_node or ""
    lab = Lab(
        storage_class("c"), claim(storageClassName="c"), pod("p", "data"), timings=slow,
        timeline=[{"at": 20, "do": "delete", "on": f"Node/{chosen}"}],
    ).run(200)  # fmt: skip
    assert len(lab.said("PersistentVolumeClaim/data", "Rescheduled")) == 1
    assert lab.the(Pod, "p").ready
    assert lab.the(Pod, "p").node != chosen
    (disk,) = lab.world.store.all(PersistentVolume)
    assert disk.zone == lab.the(Node, lab.the(Pod, "p").node or "").spec.zone


def test_v13_immediate_claim_that_was_made_in_another_zone_keeps_its_pod_pending() -> None:
    zone = {"key": "topology.kubernetes.io/zone", "values": ["c"]}
    made = storage_class("c", "Immediate", allowedTopologies=[{"matchLabelExpressions": [zone]}])
    wants_a = pod("p", "data", nodeSelector={"topology.kubernetes.io/zone": "a"})
    lab = Lab(made, claim(storageClassName="c"), wants_a).run(60)
    assert lab.the(PersistentVolumeClaim, "data").phase == "Bound"
    assert lab.the(Pod, "p").node is None
    assert CONFLICT in failures(lab, "p")[-1]
    later = storage_class("c", allowedTopologies=[{"matchLabelExpressions": [zone]}])
    lab = Lab(later, claim(storageClassName="c"), wants_a).run(60)
    assert lab.the(PersistentVolumeClaim, "data").phase == "Pending"
    assert NO_VOLUME in failures(lab, "p")[-1]


def test_v13_pod_with_a_node_name_bypasses_the_scheduler_and_its_delayed_claim_waits_for_ever() -> None:
    lab = Lab(storage_class("c"), claim(storageClassName="c"), pod("p", "data", nodeName="node-a-1")).run(600)
    assert lab.the(Pod, "p").node == "node-a-1"
    assert lab.the(PersistentVolumeClaim, "data").phase == "Pending"
    assert lab.said("Pod/p", "FailedMount")[0].fields["waits_for"] == "PVC is not bound"


# -- how many volumes a node can have ----------------------------------------------------------------------


def test_node_takes_no_more_volumes_than_can_be_attached_to_it() -> None:
    pool = {"nodes": [{"name": "n", "count": 1, "attachLimit": 2}]}
    objects = [o for i in range(3) for o in (claim(f"c{i}"), pod(f"p{i}", f"c{i}"))]
    shares = pod("sharer", "c0")
    lab = Lab(*objects, cluster=pool, timeline=[apply(30, shares), {"at": 60, "do": "delete", "on": "Pod/p0"},
                                                {"at": 70, "do": "delete", "on": "Pod/sharer"}])  # fmt: skip
    lab.run(59)
    assert [lab.the(Pod, f"p{i}").node for i in range(3)] == ["n-1", "n-1", None]
    assert lab.the(Pod, "sharer").node == "n-1"
    assert "1 node(s) exceed max volume count" in failures(lab, "p2")[0]
    lab.run(69)
    assert lab.the(Pod, "p2").node is None
    lab.run(90)
    assert lab.the(Pod, "p2").ready


def test_limit_of_a_node_stands_in_its_allocatable_and_local_volumes_do_not_count() -> None:
    status = {"allocatable": {"attachable-volumes-csi-disks.example.com": "0"}}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-a-1"}, "status": status}
    lab = Lab(
        node, STATIC, local("pv", "a"), claim("near", storageClassName="manual"), pod("ok", "near"),
        claim("far"), pod("no", "far"), cluster={"nodes": [{"name": "node-a-1"}]},
    ).run(30)  # fmt: skip
    assert lab.the(Pod, "ok").ready
    assert "1 node(s) exceed max volume count" in failures(lab, "no")[0]


# -- what only some versions know, and what a kubelet reports late -------------------------------------------


@pytest.mark.parametrize(
    ("version", "gates", "known"),
    [
        ("1.21", {}, False),
        ("1.26", {}, False),
        ("1.26", {"ReadWriteOncePod": True}, True),
        ("1.27", {}, True),
    ],
)
def test_read_write_once_pod_is_known_to_some_versions(
    version: str, gates: dict[str, bool], known: bool
) -> None:
    scenario = {
        "metadata": {"name": "modes"},
        "duration": "10s",
        "cluster": {"kubernetes": version, "featureGates": gates},
        "manifests": [claim("data", "ReadWriteOncePod")],
    }
    if known:
        assert load(Scenario.model_validate(scenario)).variants
    else:
        with pytest.raises(ScenarioError, match="does not know ReadWriteOncePod"):
            load(Scenario.model_validate(scenario))


def test_kubelet_that_reports_its_volumes_every_ten_seconds_costs_up_to_that_each_way() -> None:
    objects = (
        volume(storageClassName=""), claim(storageClassName=""), pod("p", "data", nodeName="node-a-1"),
    )  # fmt: skip
    end = [{"at": 100, "do": "delete", "on": "Pod/p"}]
    prompt = Lab(*objects, timeline=end).run(150)
    late = Lab(*objects, timeline=end, timings={"nodeStatusPeriod": "10s"})
    late.run(90)
    quiet = late.world.clock.events
    late.run(99)
    assert late.world.clock.events - quiet <= 1, "a status that does not change is no event"
    late.run(150)
    (first, last) = late.times("Node/node-a-1", "VolumesInUse")
    assert (last - first) % 10 == pytest.approx(0, abs=0.01)
    mounted = late.times("Pod/p", "VolumesAttached")[0]
    assert mounted == pytest.approx(max(first, 1.0), abs=0.2)
    gone = late.times("Pod/p", "Deleted")[0]
    asked = late.times("VolumeAttachment/pv", "DetachRequested")[0]
    assert gone < last <= gone + 10
    assert asked == pytest.approx(last, abs=0.25)
    assert prompt.times("VolumeAttachment/pv", "DetachRequested")[0] < gone + 0.25
