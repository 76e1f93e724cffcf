"""Rows V06 and what else claims promise: protection, growth, access modes, and why they stay Pending."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.analysis.event_sources import recorded_events
from statesim.analysis.why import chain, explain_text
from statesim.cluster.objects import PersistentVolume, PersistentVolumeClaim, Pod, StatefulSet
from statesim.scenario.schema import Scenario
from tests.acceptance.storage_worlds import Lab, claim, pod, storage_class, volume, workload

STATIC = {"storageClassName": ""}
GI = 2**30
DELETE = {"do": "delete", "on": "PersistentVolumeClaim/data"}
GROWING = storage_class("growing", allowVolumeExpansion=True)


def patch(at: float, kind_and_name: str, change: dict[str, Any]) -> dict[str, Any]:
    return {"at": at, "do": "patch", "on": kind_and_name, "patch": change}


def size(at: float, amount: str, name: str = "data") -> dict[str, Any]:
    change = {"spec": {"resources": {"requests": {"storage": amount}}}}
    return patch(at, f"PersistentVolumeClaim/{name}", change)


def skipped(lab: Lab) -> list[str]:
    return [e.fields["why"] for e in lab.world.trace.events if e.event == "Skipped"]


# -- V06 -------------------------------------------------------------------------------------------------


def test_v06_claim_that_nobody_uses_is_deleted_at_once() -> None:
    lab = Lab(volume(), claim(**STATIC), timeline=[{"at": 10, **DELETE}]).run(11)
    assert not lab.has(PersistentVolumeClaim, "data")
    assert lab.times("PersistentVolumeClaim/data", "Deleted") == pytest.approx([10], abs=0.1)


def test_v06_claim_in_use_waits_until_its_pod_is_gone() -> None:
    lab = Lab(
        volume(), claim(**STATIC), pod("p", "data"),
        timeline=[{"at": 10, **DELETE}, {"at": 100, "do": "delete", "on": "Pod/p"}],
    ).run(99)  # fmt: skip
    held = lab.the(PersistentVolumeClaim, "data")
    assert held.terminating
    assert held.finalizers == ("kubernetes.io/pvc-protection",)
    assert lab.the(Pod, "p").ready
    lab.run(110)
    assert not lab.has(PersistentVolumeClaim, "data")
    gone = lab.times("Pod/p", "Deleted")[0]
    assert lab.times("PersistentVolumeClaim/data", "Deleted") == pytest.approx([gone], abs=0.1)


def test_v06_pod_that_uses_a_deleting_claim_is_not_scheduled() -> None:
    late = {"at": 20, "do": "apply", "manifests": [pod("late", "data")]}
    lab = Lab(
        volume(), claim(**STATIC), pod("p", "data"), timeline=[{"at": 10, **DELETE}, late]
    ).run(60)  # fmt: skip
    assert lab.the(Pod, "late").node is None
    (why,) = lab.why("Pod/late", "FailedScheduling")
    assert 'persistentvolumeclaim "data" is being deleted' in why


def test_v06_pod_put_on_a_node_by_hand_does_not_start_with_a_deleting_claim() -> None:
    late = {"at": 20, "do": "apply", "manifests": [pod("late", "data", nodeName="node-a-1")]}
    lab = Lab(
        volume(), claim(**STATIC), pod("p", "data", nodeName="node-a-1"), timeline=[{"at": 10, **DELETE}, late]
    ).run(200)  # fmt: skip
    assert not lab.the(Pod, "late").running
    (failed,) = lab.said("Pod/late", "FailedMount")
    assert failed.fields["waits_for"] == "PVC is being deleted"
    assert failed.t < 21, "said at once, as any error is"
    assert failed.fields["why"].endswith("error processing PVC default/data: PVC is being deleted")


def test_v06_finished_pod_still_protects_its_claim_as_long_as_its_object_is_there() -> None:
    job = pod("p", "data", restartPolicy="Never")
    lab = Lab(
        volume(), claim(**STATIC), job,
        images={"*": {"pull": "0s", "start": "1s", "crashAfter": "5s"}},
        timeline=[{"at": 30, **DELETE}, {"at": 60, "do": "delete", "on": "Pod/p"}],
    ).run(59)  # fmt: skip
    assert lab.the(Pod, "p").phase == "Failed"
    assert lab.the(PersistentVolumeClaim, "data").terminating
    lab.run(61)
    assert not lab.has(PersistentVolumeClaim, "data")


# -- growing ---------------------------------------------------------------------------------------------


def test_claim_grows_first_its_disk_and_then_its_file_system() -> None:
    lab = Lab(
        GROWING, claim(storageClassName="growing"), pod("p", "data"), timeline=[size(60, "20Gi")],
        timings={"resize": "10s", "fileSystemResize": "2s"},
    )  # fmt: skip
    lab.run(65)
    data = lab.the(PersistentVolumeClaim, "data")
    assert (data.conditions, data.capacity_bytes) == (("Resizing",), 10 * GI)
    lab.run(71)
    disk = lab.the(PersistentVolume, data.volume or "")
    assert (data.conditions, data.capacity_bytes) == (("FileSystemResizePending",), 10 * GI)
    assert disk.size_bytes == 20 * GI
    lab.run(80)
    assert (data.conditions, data.capacity_bytes) == ((), 20 * GI)
    steps = lab.said(
        "PersistentVolumeClaim/data", "Resizing", "FileSystemResizeRequired", "FileSystemResizeSuccessful"
    )
    assert [e.t for e in steps] == pytest.approx([60, 70, 72], abs=0.2)
    assert lab.the(Pod, "p").restarts == 0


def test_file_system_grows_only_when_a_pod_mounts_the_claim() -> None:
    late = {"at": 100, "do": "apply", "manifests": [pod("p", "data")]}
    lab = Lab(
        storage_class("growing", "Immediate", allowVolumeExpansion=True),
        claim(storageClassName="growing"),
        timeline=[size(30, "20Gi"), late],
    ).run(99)
    data = lab.the(PersistentVolumeClaim, "data")
    assert (data.conditions, data.capacity_bytes) == (("FileSystemResizePending",), 10 * GI)
    lab.run(110)
    assert (data.conditions, data.capacity_bytes) == ((), 20 * GI)


@pytest.mark.parametrize(
    ("amount", "allowed", "says"),
    [
        ("20Gi", False, "only dynamically provisioned pvc can be resized and the storageclass"),
        ("5Gi", True, "field can not be less than previous value"),
    ],
)
def test_claim_never_shrinks_and_grows_only_where_its_class_allows_it(
    amount: str, allowed: bool, says: str
) -> None:
    made = storage_class("some", allowVolumeExpansion=allowed)
    lab = Lab(made, claim(storageClassName="some"), pod("p", "data"), timeline=[size(30, amount)]).run(60)
    assert len(skipped(lab)) == 1
    assert says in skipped(lab)[0]
    assert lab.the(PersistentVolumeClaim, "data").capacity_bytes == 10 * GI


def test_claim_that_is_not_bound_cannot_grow_and_nothing_else_of_it_changes() -> None:
    modes = patch(12, "PersistentVolumeClaim/data", {"spec": {"accessModes": ["ReadWriteMany"]}})
    lab = Lab(GROWING, claim(storageClassName="growing"), timeline=[size(10, "20Gi"), modes]).run(20)
    assert "only bound persistent volume claims can be expanded" in skipped(lab)[0]
    assert "spec is immutable after creation" in skipped(lab)[1]


def test_claims_of_a_set_grow_one_by_one_for_its_template_cannot_change() -> None:
    made = workload("StatefulSet", "db", "data", replicas=2)
    made["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] = "growing"
    bigger = [{**made["spec"]["volumeClaimTemplates"][0]}]
    bigger[0] = {**bigger[0], "spec": {**bigger[0]["spec"], "resources": {"requests": {"storage": "20Gi"}}}}
    lab = Lab(
        GROWING, made,
        timeline=[patch(60, "StatefulSet/db", {"spec": {"volumeClaimTemplates": bigger}}),
                  size(70, "20Gi", "data-db-0")],
    ).run(120)  # fmt: skip
    assert "refuses to change volumeClaimTemplates" in skipped(lab)[0]
    assert lab.the(StatefulSet, "db").spec.claim_templates[0].spec.size_bytes == 10 * GI
    grown = [lab.the(PersistentVolumeClaim, f"data-db-{i}").capacity_bytes for i in (0, 1)]
    assert grown == [20 * GI, 10 * GI]


# -- why a claim stays Pending ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("objects", "spec", "event", "says"),
    [
        ([storage_class("c")], {"storageClassName": "c"}, "WaitForFirstConsumer",
         "waiting for first consumer to be created before binding"),
        ([], {"storageClassName": ""}, "FailedBinding",
         "no persistent volumes available for this claim and no storage class is set"),
        ([], {"storageClassName": "fast"}, "ProvisioningFailed",
         'storageclass.storage.k8s.io "fast" not found'),
        ([storage_class("c", "Immediate", provisioner="kubernetes.io/no-provisioner")],
         {"storageClassName": "c"}, "ProvisioningFailed",
         "no volume plugin matched name: kubernetes.io/no-provisioner"),
        ([storage_class("c", "Immediate")],
         {"storageClassName": "c", "selector": {"matchLabels": {"a": "b"}}}, "ProvisioningFailed",
         "claim Selector is not supported"),
    ],
)  # fmt: skip
def test_claim_that_stays_pending_says_why_once(
    objects: list[dict[str, Any]], spec: dict[str, Any], event: str, says: str
) -> None:
    other = {"at": 30, "do": "apply", "manifests": [volume("elsewhere", storageClassName="x")]}
    lab = Lab(*objects, claim(**spec), timeline=[other]).run(100)
    assert lab.the(PersistentVolumeClaim, "data").phase == "Pending"
    (why,) = lab.why("PersistentVolumeClaim/data", event)
    assert says in why
    told = explain_text(chain(lab.world.trace.events, "PersistentVolumeClaim/data"))
    assert f"claim data stays Pending, because {why}" in told


def test_claim_that_is_being_served_says_by_whom() -> None:
    lab = Lab(storage_class("c", "Immediate"), claim(storageClassName="c"), timings={"provision": "30s"}).run(
        20
    )
    (why,) = lab.why("PersistentVolumeClaim/data", "ExternalProvisioning")
    assert "created either by the external provisioner 'disks.example.com' or manually" in why
    lab.run(40)
    assert lab.the(PersistentVolumeClaim, "data").phase == "Bound"


def test_claim_whose_pod_has_no_node_yet_says_for_whom_it_waits() -> None:
    unfit = pod("p", "data", nodeSelector={"no": "where"})
    lab = Lab(
        unfit, timeline=[{"at": 10, "do": "apply", "manifests": [storage_class("c"), claim(storageClassName="c")]}]
    ).run(30)  # fmt: skip
    assert lab.why("PersistentVolumeClaim/data", "WaitForPodScheduled") == [
        "waiting for pod p to be scheduled"
    ]


# -- one pod only ----------------------------------------------------------------------------------------

ONE = ("data", "ReadWriteOncePod")


def test_read_write_once_pod_keeps_a_second_pod_from_every_node_until_the_first_is_gone() -> None:
    lab = Lab(
        storage_class("c"), claim(*ONE, storageClassName="c"), pod("p", "data"),
        timeline=[{"at": 20, "do": "apply", "manifests": [pod("q", "data")]},
                  {"at": 60, "do": "delete", "on": "Pod/p"}],
    ).run(59)  # fmt: skip
    assert lab.the(Pod, "q").node is None
    (why,) = lab.why("Pod/q", "FailedScheduling")
    assert (
        "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode" in why
    )
    lab.run(90)
    assert lab.the(Pod, "q").ready


def test_kubelet_refuses_a_second_pod_on_a_read_write_once_pod_volume_and_tries_again() -> None:
    node = lab_node = "node-a-1"
    lab = Lab(
        volume("pv", "ReadWriteOncePod"), claim(*ONE, **STATIC), pod("p", "data", nodeName=node),
        timeline=[{"at": 20, "do": "apply", "manifests": [pod("q", "data", nodeName=lab_node)]},
                  {"at": 60, "do": "delete", "on": "Pod/p"}],
    ).run(59)  # fmt: skip
    assert not lab.the(Pod, "q").running
    assert lab.why("Pod/q", "FailedMount") == [
        'MountVolume.SetUp failed for volume "pv" : volume uses the ReadWriteOncePod access mode and is already '
        "in use by another pod"
    ]
    lab.run(120)
    assert lab.the(Pod, "q").ready
    started = lab.times("Pod/q", "Started")[0]
    assert started == pytest.approx(20 + 0.5 * (2**7 - 1) + 0.6, abs=0.3), "0.5 s, doubled: the next try"


# -- disks that fail -------------------------------------------------------------------------------------


def test_disk_that_is_lost_stays_bound_and_kubernetes_does_not_notice() -> None:
    lab = Lab(
        volume(), claim(**STATIC), pod("p", "data"),
        timeline=[{"at": 20, "do": "disk-loss", "on": "PersistentVolumeClaim/data"}],
    ).run(60)  # fmt: skip
    assert lab.times("PersistentVolume/pv", "Lost") == [20]
    assert lab.the(PersistentVolume, "pv").phase == "Bound"
    assert lab.the(Pod, "p").ready


def test_events_of_a_claim_are_those_of_its_controllers() -> None:
    scenario = {
        "metadata": {"name": "events"},
        "duration": "3m",
        "manifests": [
            GROWING,
            claim(storageClassName="growing"),
            claim("none", storageClassName=""),
            pod("p", "data"),
        ],
        "timeline": [size(60, "20Gi")],
    }
    run = statesim.run(Scenario.model_validate(scenario)).variants["default"].record
    events = [written.event for written in recorded_events(run)]

    def of(name: str) -> list[tuple[str, str]]:
        about = [e for e in events if e["involvedObject"]["kind"] == "PersistentVolumeClaim"]
        return [(e["reason"], e["type"]) for e in about if e["involvedObject"]["name"] == name]

    assert of("data") == [
        ("WaitForFirstConsumer", "Normal"),
        ("ExternalProvisioning", "Normal"),
        ("Provisioning", "Normal"),
        ("ProvisioningSucceeded", "Normal"),
        ("Resizing", "Normal"),
        ("FileSystemResizeRequired", "Normal"),
        ("FileSystemResizeSuccessful", "Normal"),
    ]
    assert of("none") == [("FailedBinding", "Normal")]


def test_v06_pod_that_its_kubelet_has_let_in_starts_though_the_claim_is_deleted_meanwhile() -> None:
    lab = Lab(
        volume(), claim(**STATIC), pod("p", "data"), timings={"attach": "30s"},
        timeline=[{"at": 10, **DELETE}, {"at": 100, "do": "node-crash", "on": {"nodeOf": "Pod/p"}, "for": "10s"}],
    ).run(90)  # fmt: skip
    assert lab.the(PersistentVolumeClaim, "data").terminating
    assert lab.the(Pod, "p").ready
    lab.run(400)
    (failed,) = lab.said("Pod/p", "FailedMount")
    assert failed.fields["waits_for"] == "PVC is being deleted", "the rebooted kubelet lets nobody in with it"
