"""Rows V01 to V05, V07 to V09 and V11: attaching and detaching, seen through whole runs."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.cluster.objects import (
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    VolumeAttachment,
)
from statesim.scenario.schema import Scenario
from tests.acceptance.storage_worlds import IMAGE, QUICK, Lab, claim, pod, storage_class, volume, workload

STATIC = {"storageClassName": ""}
MINUTE = 60.0


def attachments(lab: Lab, name: str = "pv") -> dict[str, bool]:
    """Return the nodes that hold a volume, and whether it is attached there."""
    return {a.node: a.attached for a in lab.world.store.by(VolumeAttachment, "volume", name)}


def on(node: str, name: str, *claims: str, **spec: Any) -> dict[str, Any]:
    return pod(name, *claims, nodeName=f"node-{node}-1", **spec)


def delete(at: float, what: str, **how: Any) -> dict[str, Any]:
    return {"at": at, "do": "delete", "on": what, **how}


def crash(at: float, node: str = "a", **how: Any) -> dict[str, Any]:
    return {"at": at, "do": "node-crash", "on": f"Node/node-{node}-1", **how}


def apply(at: float, *objects: dict[str, Any]) -> dict[str, Any]:
    return {"at": at, "do": "apply", "manifests": list(objects)}


OUT = {"taint": {"key": "node.kubernetes.io/out-of-service", "value": "shutdown", "effect": "NoExecute"}}


def test_v01_volume_that_is_not_mounted_is_detached_at_once() -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"), timeline=[delete(20, "Pod/p")]
    ).run(60)  # fmt: skip
    gone = lab.times("Pod/p", "Deleted")[0]
    (asked,) = lab.said("VolumeAttachment/pv", "DetachRequested")
    assert asked.t - gone < 0.25, "the controller comes round every 100 ms"
    assert "not mounted" in asked.fields["why"]
    assert lab.times("VolumeAttachment/pv", "Detached") == pytest.approx([asked.t + 1], abs=0.1)


@pytest.mark.parametrize("version", ["1.20", "1.24", "1.25", "1.32"])
def test_v01_volume_that_a_dead_node_has_mounted_is_detached_only_after_six_minutes(version: str) -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"), kubernetes=version,
        timeline=[crash(20), delete(100, "Pod/p", force=True)],
    ).run(900)  # fmt: skip
    (detached,) = lab.said("VolumeAttachment/pv", "Detached")
    assert detached.t == pytest.approx(100 + 6 * MINUTE + 1, abs=0.5)
    assert detached.fields["forced"] is True


@pytest.mark.parametrize(("version", "forced"), [("1.24", True), ("1.25", False)])
def test_v01_healthy_node_that_keeps_a_volume_is_spared_from_1_25_on(version: str, forced: bool) -> None:
    stubborn = {"*": {**IMAGE["*"], "stop": "never"}}
    held = on("a", "p", "data", terminationGracePeriodSeconds=3000)
    lab = Lab(
        volume(), claim(**STATIC), held, kubernetes=version, images=stubborn,
        timeline=[delete(20, "Pod/p"), {"at": 30, "do": "patch", "on": "PersistentVolumeClaim/data",
                                        "patch": {"metadata": {"labels": {"seen": "yes"}}}}],
    )  # fmt: skip
    lab.run(40)
    assert lab.the(Pod, "p").terminating
    lab.world.store.write(lab.the(Pod, "p"), "Failed", {"phase": "Failed", "running": False})
    lab.run(900)
    detached = lab.said("VolumeAttachment/pv", "Detached")
    assert [e.fields["forced"] for e in detached] == ([True] if forced else [])


def test_v01_deleting_the_node_object_does_not_shorten_the_six_minutes() -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"),
        timeline=[crash(20), delete(100, "Pod/p", force=True), delete(160, "Node/node-a-1")],
    ).run(900)  # fmt: skip
    assert lab.times("VolumeAttachment/pv", "Detached") == pytest.approx([461], abs=0.5)


def test_v01_forced_detaching_can_be_switched_off_and_out_of_service_still_works() -> None:
    cluster = {"zones": 3, "nodesPerZone": 1, "disableForceDetachOnTimeout": True}
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"), cluster=cluster,
        timeline=[crash(20), delete(100, "Pod/p", force=True),
                  {"at": 3000, "do": "taint", "on": "Node/node-a-1", **OUT}],
    )  # fmt: skip
    lab.run(2990)
    assert attachments(lab) == {"node-a-1": True}
    lab.run(3100)
    assert lab.times("VolumeAttachment/pv", "Detached") == pytest.approx([3001], abs=0.5)


@pytest.mark.parametrize(("version", "detached"), [("1.25", 461.0), ("1.26", 131.0)])
def test_v01_out_of_service_counts_from_the_version_that_knows_it(version: str, detached: float) -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"), kubernetes=version,
        timeline=[crash(20), delete(100, "Pod/p", force=True),
                  {"at": 130, "do": "taint", "on": "Node/node-a-1", **OUT}],
    ).run(900)  # fmt: skip
    assert lab.times("VolumeAttachment/pv", "Detached") == pytest.approx([detached], abs=0.5)


@pytest.mark.parametrize("mode", ["ReadWriteMany", "ReadOnlyMany"])
def test_v02_shared_volume_is_attached_to_both_nodes_at_once(mode: str) -> None:
    lab = Lab(
        volume("pv", mode), claim("data", mode, **STATIC), on("a", "p", "data"), on("b", "q", "data")
    ).run(20)
    assert attachments(lab) == {"node-a-1": True, "node-b-1": True}
    assert lab.the(Pod, "p").ready
    assert lab.the(Pod, "q").ready
    assert lab.data_of("p") == lab.data_of("q") == "pv/disk-of-pv"


def test_v02_second_node_waits_for_a_read_write_once_volume_until_the_first_has_let_go() -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"),
        timeline=[apply(10, on("b", "q", "data")), delete(60, "Pod/p")],
    ).run(59)  # fmt: skip
    assert attachments(lab) == {"node-a-1": True}
    assert not lab.the(Pod, "q").running
    lab.run(80)
    assert attachments(lab) == {"node-b-1": True}
    detached = lab.times("VolumeAttachment/pv@node-a-1", "Detached")[0]
    attached = lab.times("VolumeAttachment/pv@node-b-1", "AttachRequested")[0]
    assert 0 <= attached - detached < 0.25
    assert lab.the(Pod, "q").ready


def test_v02_two_pods_on_one_node_share_a_read_write_once_volume() -> None:
    lab = Lab(volume(), claim(**STATIC), on("a", "p", "data"), on("a", "q", "data")).run(20)
    assert lab.the(Pod, "p").ready
    assert lab.the(Pod, "q").ready
    assert lab.data_of("p") == lab.data_of("q")
    assert [e.object for e in lab.world.trace.events if e.event == "Violated"] == [
        "Finding/1-one-writer-per-volume"
    ]


def test_v03_attachment_that_timed_out_counts_as_attached_until_it_is_detached() -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"), timings={"attach": "1h"},
        timeline=[apply(10, on("b", "q", "data")), delete(300, "Pod/p")],
    )  # fmt: skip
    lab.run(299)
    assert attachments(lab) == {"node-a-1": False}
    (failed,) = lab.said("Pod/p", "FailedAttachVolume")
    assert failed.t == pytest.approx(120, abs=0.5)
    assert failed.fields["why"].startswith(
        'AttachVolume.Attach failed for volume "pv" : timed out waiting for'
    )
    lab.run(400)
    assert lab.times("VolumeAttachment/pv@node-a-1", "Detached") == pytest.approx([301], abs=1.1)
    assert attachments(lab) == {"node-b-1": False}
    first = [e.event for e in lab.said("VolumeAttachment/pv@node-a-1")]
    assert first == ["AttachRequested", "DetachRequested", "Detached"]


def test_v03_detaching_that_does_not_end_keeps_the_volume_from_the_next_node() -> None:
    stuck = {"at": 15, "do": "volume-detach-stuck", "on": "PersistentVolumeClaim/data", "for": "10m"}
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"),
        timeline=[stuck, delete(20, "Pod/p"), apply(30, on("b", "q", "data"))],
    ).run(610)  # fmt: skip
    assert attachments(lab) == {"node-a-1": True}
    assert len(lab.said("VolumeAttachment/pv@node-a-1", "DetachFailed")) == 1
    lab.run(640)
    assert lab.times("VolumeAttachment/pv@node-a-1", "Detached") == pytest.approx([615], abs=0.1)
    assert lab.the(Pod, "q").ready


def test_v03_neither_force_nor_out_of_service_helps_against_a_storage_system_that_does_not_detach() -> None:
    stuck = {"at": 15, "do": "volume-detach-stuck", "on": "Node/node-a-1"}
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"),
        timeline=[stuck, crash(20), delete(100, "Pod/p", force=True),
                  {"at": 900, "do": "taint", "on": "Node/node-a-1", **OUT}],
    ).run(2000)  # fmt: skip
    assert attachments(lab) == {"node-a-1": True}
    (asked,) = lab.said("VolumeAttachment/pv", "DetachRequested")
    assert asked.fields["forced"] is True


def test_v04_multi_attach_error_names_the_pods_that_have_the_volume_once() -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"), on("a", "p2", "data"),
        timeline=[apply(10, on("b", "q", "data")), apply(200, on("c", "r", "data"))],
    ).run(1000)  # fmt: skip
    errors = lab.said("VolumeAttachment/pv", "MultiAttach")
    assert [(e.fields["pod"], e.fields["node"], e.fields["held_by"]) for e in errors] == [
        ("q", "node-b-1", ["p", "p2"]),
        ("r", "node-c-1", ["p", "p2"]),
    ]
    assert {e.fields["why"] for e in errors} == {
        'Multi-Attach error for volume "pv" Volume is already used by pod(s) p, p2'
    }


def test_v04_multi_attach_error_for_a_volume_of_a_dead_node_whose_pod_is_gone() -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"),
        timeline=[crash(20), delete(100, "Pod/p", force=True), apply(110, on("b", "q", "data"))],
    ).run(300)  # fmt: skip
    (error,) = lab.said("VolumeAttachment/pv", "MultiAttach")
    assert error.fields["held_by"] == ["node-a-1"]
    assert "already exclusively attached to one node" in error.fields["why"]


def test_v04_pod_that_waits_for_its_volume_complains_once_after_two_minutes() -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"), timeline=[apply(10, on("b", "q", "data"))]
    ).run(1000)  # fmt: skip
    (failed,) = lab.said("Pod/q", "FailedMount")
    assert failed.t == pytest.approx(10 + 123, abs=0.2)
    assert failed.fields["why"] == (
        "Unable to attach or mount volumes: unmounted volumes=[v0], unattached volumes=[v0]: "
        "timed out waiting for the condition"
    )
    assert failed.fields["waits_for"] == "volume pv is not attached to node-b-1"
    assert lab.said("Pod/p", "FailedMount") == []


def test_v05_desired_volumes_follow_the_deletion_of_a_pod_that_the_controller_did_not_see() -> None:
    lab = Lab(volume(), claim(**STATIC), on("a", "p", "data"), timeline=[delete(40, "Pod/p")])
    lab.run(30)
    loop = lab.world.plane.loops["attach-detach"]
    loop.pause()
    lab.run(90)
    assert not lab.has(Pod, "p")
    assert attachments(lab) == {"node-a-1": True}
    loop.resume()
    lab.run(95)
    assert attachments(lab) == {}


def test_v05_desired_volumes_end_with_the_pods_terminal_phase() -> None:
    job = on("a", "p", "data", restartPolicy="Never")
    lab = Lab(
        volume(), claim(**STATIC), job, images={"*": {**IMAGE["*"], "crashAfter": "20s"}}
    ).run(60)  # fmt: skip
    assert lab.the(Pod, "p").phase == "Failed"
    assert attachments(lab) == {}


def test_v05_volume_is_attached_when_the_claim_of_a_bound_pod_gets_one_later() -> None:
    lab = Lab(claim(**STATIC), on("a", "p", "data"), timeline=[apply(50, volume())])
    lab.run(49)
    assert attachments(lab) == {}
    lab.run(60)
    assert attachments(lab) == {"node-a-1": True}
    assert lab.the(Pod, "p").ready


def test_v05_pod_that_was_added_while_the_controller_was_down_gets_its_volume() -> None:
    lab = Lab(volume(), claim(**STATIC), timeline=[apply(20, on("a", "p", "data"))])
    lab.run(10)
    loop = lab.world.plane.loops["attach-detach"]
    loop.pause()
    lab.run(60)
    assert attachments(lab) == {}
    loop.resume()
    lab.run(70)
    assert lab.the(Pod, "p").ready


def database(kind: str, **extra: Any) -> dict[str, Any]:
    """Return a scenario of one PostgreSQL server on a claim, and a client that counts what it was promised."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "db"},
        "spec": {"selector": {"app": "db"}, "ports": [{"port": 5432}]},
    }
    objects = [
        service,
        workload(kind, "db", "data", **({"strategy": {"type": "Recreate"}} if kind == "Deployment" else {})),
    ]
    if kind == "Deployment":
        objects.append(claim())
    return {
        "metadata": {"name": "moves"},
        "seed": 11,
        "duration": extra.pop("duration", "15m"),
        "cluster": {"zones": 1, "nodesPerZone": 3, "timings": QUICK},
        "images": IMAGE,
        "manifests": objects,
        "systems": [{"name": "pg", "kind": "postgres", "workload": f"{kind}/db"}],
        "clients": [{"name": "shop", "target": "Service/db", "operations": {"rate": "5/s"}}],
        **extra,
    }


def result_of(scenario: dict[str, Any]) -> Any:
    return statesim.run(Scenario.model_validate(scenario)).variants["default"]


@pytest.mark.parametrize("force", [False, True])
def test_v07_data_are_read_on_the_node_that_the_volume_is_attached_to_next(force: bool) -> None:
    cordon = {"at": 60, "do": "cordon", "on": {"nodeOf": "Pod/db-0"}}
    seen = result_of(
        database("StatefulSet", timeline=[cordon, delete(61, "Pod/db-0", force=force)], duration="5m")
    )
    events = seen.events
    nodes = list(events[(events.object == "Pod/db-0") & (events.event == "Scheduled")].node)
    assert len(set(nodes)) == 2
    attached = events[events.event == "Attached"]
    assert [row.object.rpartition("@")[2] for row in attached.itertuples()] == nodes
    shop = seen.metrics["clients"]["shop"]
    assert shop["acked"] > 500
    assert shop["lost"] == 0


def test_v07_volume_of_a_node_whose_object_is_deleted_is_detached_and_attached_elsewhere() -> None:
    quiet = result_of(database("StatefulSet", duration="30s")).events
    node = quiet[quiet.event == "Scheduled"].node.iloc[0]
    off = {"at": 60, "do": "node-crash", "on": f"Node/{node}"}
    seen = result_of(database("StatefulSet", timeline=[off, delete(70, f"Node/{node}")]))
    events = seen.events
    (gone,) = events[(events.object == "Pod/db-0") & (events.event == "Deleted")].t
    assert 70 + 40 <= gone <= 70 + 81
    detached = events[events.event == "Detached"]
    assert detached.t.iloc[0] == pytest.approx(gone + 361, abs=1.5)
    attached = events[events.event == "Attached"]
    assert attached.object.iloc[1].rpartition("@")[2] != node
    assert seen.metrics["clients"]["shop"]["lost"] == 0


@pytest.mark.parametrize("first", ["PersistentVolumeClaim/data", "PersistentVolume/pv"])
def test_v08_volume_is_detached_with_its_pod_though_claim_or_volume_were_deleted_before(first: str) -> None:
    made = {"annotations": {"pv.kubernetes.io/provisioned-by": "disks.example.com"}}
    lab = Lab(
        volume(persistentVolumeReclaimPolicy="Delete", metadata=made),
        claim(**STATIC),
        on("a", "p", "data"),
        timeline=[delete(20, first), delete(60, "Pod/p")],
    ).run(59)
    assert lab.world.store.find(first) is not None
    assert attachments(lab) == {"node-a-1": True}
    lab.run(120)
    assert len(lab.said("VolumeAttachment/pv", "Detached")) == 1
    assert lab.has(PersistentVolumeClaim, "data") is ("Claim" not in first)
    assert lab.has(PersistentVolume, "pv") is ("Claim" not in first)


CUT = {"do": "network-partition", "on": "Node/node-a-1", "from": "control-plane"}


def test_v09_program_and_data_stay_while_the_kubelet_is_not_heard() -> None:
    lab = Lab(volume(), claim(**STATIC), on("a", "p", "data"), timeline=[{"at": 20, "for": "30s", **CUT}])
    lab.run(15)
    process = lab.world.fleet.main_process("p")
    lab.run(100)
    assert lab.world.fleet.main_process("p") is process
    assert attachments(lab) == {"node-a-1": True}
    assert lab.the(Node, "node-a-1").volumes_in_use == ("pv",)


@pytest.mark.parametrize("force", [False, True])
def test_v09_pod_deleted_while_its_kubelet_is_away_is_unmounted_when_it_returns(force: bool) -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"),
        timeline=[{"at": 20, "for": "100s", **CUT}, delete(40, "Pod/p", force=force)],
    ).run(119)  # fmt: skip
    assert len(lab.world.fleet.kubelets["node-a-1"].workers) == 1
    assert lab.the(Node, "node-a-1").volumes_in_use == ("pv",)
    assert attachments(lab) == {"node-a-1": True}
    assert lab.has(Pod, "p") is not force
    lab.run(140)
    assert not lab.has(Pod, "p")
    assert lab.the(Node, "node-a-1").volumes_in_use == ()
    assert attachments(lab) == {}
    assert lab.said("VolumeAttachment/pv", "Detached")[0].fields["forced"] is False


def test_v11_volume_of_a_node_without_power_is_attached_on_the_next_node() -> None:
    off = {"at": 60, "do": "node-crash", "on": {"nodeOf": "Deployment/db"}}
    seen = result_of(database("Deployment", timeline=[off], duration="25m"))
    events = seen.events
    assert events[events.event == "Detached"].empty, "the old pod is Terminating and keeps it (section 5.4)"
    old = events[(events.event == "Terminating")].object.iloc[0]
    assert old.startswith("Pod/db-")
    taint = {"at": 120, "do": "taint", "on": {"nodeOf": "Deployment/db"}, **OUT}
    seen = result_of(database("Deployment", timeline=[off, taint]))
    events = seen.events
    detached = events[events.event == "Detached"]
    attached = events[events.event == "Attached"]
    assert list(detached.forced) == [True]
    assert len({row.object for row in attached.itertuples()}) == 2
    assert detached.t.iloc[0] < attached.t.iloc[1] < 160
    assert seen.metrics["clients"]["shop"]["lost"] == 0


def test_claims_of_a_class_are_made_near_the_pod_and_attached_there() -> None:
    lab = Lab(storage_class("fast"), claim(storageClassName="fast"), pod("p", "data")).run(20)
    got = lab.the(PersistentVolumeClaim, "data")
    made = lab.the(PersistentVolume, got.volume or "")
    assert made.zone == lab.the(Node, lab.the(Pod, "p").node or "").spec.zone
    assert list(attachments(lab, made.name)) == [lab.the(Pod, "p").node]
