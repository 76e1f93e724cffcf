"""Rows V01, V03 and V08: when a volume is detached, by force too, and what if that does not end."""

from __future__ import annotations

import pytest

from statesim.cluster.objects import (
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
)
from tests.acceptance.attach_worlds import OUT, STATIC, attachments, crash, delete, on
from tests.acceptance.small import apply
from tests.acceptance.storage_worlds import IMAGE, Lab, claim, volume

MINUTE = 60.0


def test_v01_volume_that_is_not_mounted_is_detached_at_once() -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"), timeline=[delete(20, "Pod/p")]
    ).run(60)  # fmt: skip
    gone = lab.times("Pod/p", "Deleted")[0]
    (asked,) = lab.said("VolumeAttachment/pv", "DetachRequested")
    assert asked.t - gone < 0.25, "the controller comes round every 100 ms"
    assert "not mounted" in asked.fields["why"]
    assert lab.times("VolumeAttachment/pv", "Detached") == pytest.approx([asked.t + 1], abs=0.1)


def test_v01_six_minutes_begin_anew_with_a_new_leader() -> None:
    lab = Lab(
        volume(),
        claim(**STATIC),
        on("a", "p", "data"),
        timeline=[
            crash(20),
            delete(100, "Pod/p", force=True),
            {"at": 300, "do": "control-plane-outage", "failover": True},
        ],
    ).run(800)
    elected = lab.times("Lease/kube-controller-manager", "LeaderElection")[0]
    first, anew = lab.times("VolumeAttachment/pv", "Unneeded")
    assert first == pytest.approx(100, abs=1)
    assert 312 < elected < 321
    assert anew - elected < 1
    (asked,) = lab.said("VolumeAttachment/pv", "DetachRequested")
    assert asked.fields["forced"]
    assert asked.t == pytest.approx(anew + 360, abs=1)


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
    (failed,) = lab.said("VolumeAttachment/pv@node-a-1", "DetachFailed")
    (complained,) = lab.said("VolumeAttachment/pv@node-b-1", "MultiAttach")
    assert failed.t == pytest.approx(21.6, abs=0.2)
    # the detach operation has ended with the driver's error, and what is tried again later is not pending
    assert complained.t == pytest.approx(30, abs=0.5)
    assert "already exclusively attached to one node" in complained.fields["why"]
    lab.run(640)
    assert lab.times("VolumeAttachment/pv@node-a-1", "Detached") == pytest.approx([615], abs=0.1)
    assert lab.the(Pod, "q").ready


def test_v03_a_pod_that_comes_before_the_detaching_has_failed_is_told_then() -> None:
    stuck = {"at": 15, "do": "volume-detach-stuck", "on": "PersistentVolumeClaim/data", "for": "10m"}
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"),
        timings={"detach": "20s"},
        timeline=[stuck, delete(20, "Pod/p"), apply(30, on("b", "q", "data"))],
    ).run(300)  # fmt: skip
    (failed,) = lab.said("VolumeAttachment/pv@node-a-1", "DetachFailed")
    assert 40 < failed.t < 45
    assert lab.times("VolumeAttachment/pv@node-b-1", "MultiAttach") == pytest.approx([failed.t], abs=0.5)


def test_v03_detaching_that_takes_longer_than_the_time_out_is_complained_of_meanwhile() -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"),
        timings={"detach": "200s"},
        timeline=[delete(20, "Pod/p"), apply(30, on("b", "q", "data"))],
    ).run(400)  # fmt: skip
    (asked,) = lab.said("VolumeAttachment/pv@node-a-1", "DetachRequested")
    assert lab.times("VolumeAttachment/pv@node-b-1", "MultiAttach") == pytest.approx([asked.t + 120], abs=0.5)
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


def test_v08_volume_is_detached_with_its_pod_though_nothing_is_left_of_the_volume_but_the_attachment() -> (
    None
):
    """Whoever patches the finalizers away takes the volume's object from under its pod."""
    free = {"metadata": {"finalizers": None}}
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"),
        timeline=[delete(20, "PersistentVolume/pv"),
                  {"at": 30, "do": "patch", "on": "PersistentVolume/pv", "patch": free},
                  delete(60, "Pod/p")],
    ).run(59)  # fmt: skip
    assert not lab.has(PersistentVolume, "pv")
    assert attachments(lab) == {"node-a-1": True}
    lab.run(120)
    assert not lab.has(Pod, "p")
    assert attachments(lab) == {}
