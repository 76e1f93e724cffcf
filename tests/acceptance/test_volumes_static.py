"""Volumes that a person made: how claims get them, and what becomes of them when the claims are gone."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import PersistentVolume, PersistentVolumeClaim, Pod
from statesim.errors import ScenarioError
from statesim.scenario.manifests import Notes, parse_manifest, reparse
from tests.acceptance.storage_worlds import Lab, claim, on_node, pod, volume

DELETE = {"do": "delete", "on": "PersistentVolumeClaim/data"}
AGAIN = {"do": "apply", "manifests": [claim(storageClassName="")]}


def test_claim_without_a_class_is_bound_to_the_smallest_volume_that_fits() -> None:
    lab = Lab(
        volume("large", size="30Gi"),
        volume("small", size="20Gi"),
        volume("tiny", size="5Gi"),
        volume("shared", "ReadOnlyMany", size="10Gi"),
        claim(storageClassName=""),
        pod("p", "data"),
    ).run(20)
    got = lab.the(PersistentVolumeClaim, "data")
    assert (got.phase, got.volume, got.capacity_bytes) == ("Bound", "small", 20 * 2**30)
    assert lab.the(Pod, "p").ready
    assert lab.data_of("p") == "pv/disk-of-small"
    assert {v.name: v.phase for v in lab.world.store.all(PersistentVolume)} == {
        "large": "Available",
        "small": "Bound",
        "tiny": "Available",
        "shared": "Available",
    }


def test_volume_with_a_claim_ref_is_kept_for_that_claim() -> None:
    kept = volume("kept", claimRef={"name": "mine", "namespace": "default"})
    lab = Lab(kept, claim("other", storageClassName=""), timeline=[
        {"at": "10s", "do": "apply", "manifests": [claim("mine", storageClassName="")]}
    ]).run(20)  # fmt: skip
    assert lab.the(PersistentVolumeClaim, "other").phase == "Pending"
    assert lab.the(PersistentVolumeClaim, "mine").volume == "kept"
    assert lab.the(PersistentVolume, "kept").claim_uid == lab.the(PersistentVolumeClaim, "mine").uid


def test_claim_that_names_a_volume_waits_for_that_one_and_says_why_it_cannot_have_it() -> None:
    lab = Lab(
        volume("first"),
        volume("wanted", claimRef={"name": "taken"}),
        claim("taken", storageClassName=""),
        claim(storageClassName="", volumeName="wanted"),
        claim("big", storageClassName="", volumeName="first", size="50Gi"),
    ).run(20)
    assert lab.the(PersistentVolumeClaim, "data").phase == "Pending"
    assert lab.why("PersistentVolumeClaim/data", "FailedBinding") == [
        'volume "wanted" already bound to a different claim.'
    ]
    assert lab.why("PersistentVolumeClaim/big", "VolumeMismatch") == [
        'Cannot bind to requested volume "first": requested PV is too small'
    ]


def test_claim_with_a_selector_takes_only_volumes_with_these_labels() -> None:
    lab = Lab(
        volume("a"),
        volume("b", metadata={"labels": {"disk": "fast"}}),
        claim(storageClassName="", selector={"matchLabels": {"disk": "fast"}}),
    ).run(5)
    assert lab.the(PersistentVolumeClaim, "data").volume == "b"


def test_released_volume_is_bound_again_only_when_its_claim_ref_is_cleared() -> None:
    lab = Lab(
        volume(persistentVolumeReclaimPolicy="Retain"),
        claim(storageClassName=""),
        timeline=[
            {"at": "10s", **DELETE},
            {"at": "20s", **AGAIN},
            {"at": "60s", "do": "patch", "on": "PersistentVolume/pv", "patch": {"spec": {"claimRef": None}}},
        ],
    )
    lab.run(59)
    assert lab.the(PersistentVolume, "pv").phase == "Released"
    assert lab.the(PersistentVolumeClaim, "data").phase == "Pending"
    assert lab.why("PersistentVolumeClaim/data", "FailedBinding") == [
        "no persistent volumes available for this claim and no storage class is set"
    ]
    lab.run(70)
    assert lab.the(PersistentVolumeClaim, "data").volume == "pv"
    assert [e.event for e in lab.said("PersistentVolume/pv", "Released", "Available", "Bound")] == [
        "Bound", "Released", "Available", "Bound",
    ]  # fmt: skip


def test_volume_that_no_provisioner_made_fails_where_its_policy_is_to_delete_it() -> None:
    made = {"annotations": {"pv.kubernetes.io/provisioned-by": "disks.example.com"}}
    timeline = [{"at": "10s", **DELETE}]
    lab = Lab(
        volume(persistentVolumeReclaimPolicy="Delete"), claim(storageClassName=""), timeline=timeline
    ).run(60)
    assert lab.the(PersistentVolume, "pv").phase == "Failed"
    assert "no deletable volume plugin matched" in lab.why("PersistentVolume/pv", "VolumeFailedDelete")[0]
    lab = Lab(
        volume(persistentVolumeReclaimPolicy="Delete", metadata=made),
        claim(storageClassName=""),
        timeline=timeline,
    ).run(60)
    assert not lab.has(PersistentVolume, "pv")


def test_v06_bound_volume_that_is_deleted_stays_until_its_claim_is_gone() -> None:
    lab = Lab(
        volume(), claim(storageClassName="", volumeName="pv"), pod("p", "data"), volume("free"),
        timeline=[
            {"at": "10s", "do": "delete", "on": "PersistentVolume/free"},
            {"at": "10s", "do": "delete", "on": "PersistentVolume/pv"},
            {"at": "50s", "do": "delete", "on": "Pod/p"},
            {"at": "60s", **DELETE},
        ],
    ).run(49)  # fmt: skip
    assert not lab.has(PersistentVolume, "free")
    assert lab.the(PersistentVolume, "pv").terminating
    assert lab.the(Pod, "p").ready
    lab.run(59)
    assert lab.the(PersistentVolume, "pv").terminating
    lab.run(70)
    assert not lab.has(PersistentVolumeClaim, "data")
    assert not lab.has(PersistentVolume, "pv")


def test_finalizers_can_be_patched_away_and_then_the_claim_is_lost() -> None:
    lab = Lab(
        volume(), claim(storageClassName=""),
        timeline=[
            {"at": "10s", "do": "delete", "on": "PersistentVolume/pv"},
            {"at": "20s", "do": "patch", "on": "PersistentVolume/pv", "patch": {"metadata": {"finalizers": None}}},
        ],
    ).run(30)  # fmt: skip
    assert not lab.has(PersistentVolume, "pv")
    assert lab.the(PersistentVolumeClaim, "data").phase == "Lost"
    assert lab.why("PersistentVolumeClaim/data", "Lost") == [
        "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
    ]


def test_directory_of_a_host_is_another_one_on_the_next_node() -> None:
    host = volume(hostPath={"path": "/srv"}, persistentVolumeReclaimPolicy="Retain")
    lab = Lab(
        host,
        claim(storageClassName=""),
        pod("a", "data", nodeName="node-a-1"),
        pod("b", "data", nodeName="node-b-1"),
        pod("c", "data", nodeName="node-b-1"),
    ).run(10)
    assert [lab.data_of(name) for name in "abc"] == [
        "pv//srv@node-a-1", "pv//srv@node-b-1", "pv//srv@node-b-1",
    ]  # fmt: skip
    assert lab.said("VolumeAttachment/pv") == []


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"local": {"path": "/mnt"}}, "a local volume needs nodeAffinity"),
        ({"nfs": {"server": "s"}}, "path is missing"),
        ({"claimRef": {"uid": "x"}}, "name is missing"),
        ({"csi": {"driver": "d"}}, "volumeHandle is missing"),
        ({"persistentVolumeReclaimPolicy": "Keep"}, "expected Delete or Retain"),
    ],
)
def test_wrong_volume_is_refused(spec: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        reparse(volume(**spec))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"spec": {"csi": {"volumeHandle": "other"}}}, "persistentvolumesource is immutable"),
        ({"spec": {"nodeAffinity": on_node("node-b-1")}}, "nodeAffinity: field is immutable"),
    ],
)
def test_what_a_volume_is_cannot_be_changed(change: dict[str, Any], says: str) -> None:
    row = {"at": "5s", "do": "patch", "on": "PersistentVolume/pv", "patch": change}
    lab = Lab(volume(nodeAffinity=on_node("node-a-1")), timeline=[row]).run(6)
    skipped = [e.fields["why"] for e in lab.world.trace.events if e.event == "Skipped"]
    assert len(skipped) == 1
    assert says in skipped[0]


def test_manifest_that_is_applied_again_leaves_claim_and_volume_together() -> None:
    again = volume(persistentVolumeReclaimPolicy="Delete", metadata={"labels": {"seen": "twice"}})
    row = {"at": "10s", "do": "apply", "manifests": [again, claim(storageClassName="")]}
    lab = Lab(
        volume(persistentVolumeReclaimPolicy="Retain"), claim(storageClassName=""), timeline=[row]
    ).run(60)  # fmt: skip
    disk = lab.the(PersistentVolume, "pv")
    assert (disk.phase, disk.claim, disk.reclaim_policy) == ("Bound", "data", "Delete")
    assert disk.labels == {"seen": "twice"}
    assert lab.the(PersistentVolumeClaim, "data").volume == "pv"


def test_volume_without_a_file_system_is_warned_of_and_one_with_is_not() -> None:
    def warned(mode: str) -> list[str]:
        notes = Notes()
        for written in (volume(volumeMode=mode), claim(volumeMode=mode)):
            assert parse_manifest(written, notes) is not None
        return [found.message for found in notes.warnings]

    assert warned("Filesystem") == []
    assert warned("Block") == ["spec.volumeMode is not simulated"]
