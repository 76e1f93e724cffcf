"""Rows V02, V04 and V05: which nodes a volume is attached to, and when, seen through whole runs."""

from __future__ import annotations

import pytest

from statesim.cluster.objects import (
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
)
from tests.acceptance.attach_worlds import STATIC, attachments, crash, delete, on
from tests.acceptance.small import apply
from tests.acceptance.storage_worlds import IMAGE, Lab, claim, pod, storage_class, volume


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
        "Unable to attach or mount volumes: unmounted volumes=[v0], unattached volumes=[v0], "
        "failed to process volumes=[]: context deadline exceeded"
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


def test_claims_of_a_class_are_made_near_the_pod_and_attached_there() -> None:
    lab = Lab(storage_class("fast"), claim(storageClassName="fast"), pod("p", "data")).run(20)
    got = lab.the(PersistentVolumeClaim, "data")
    made = lab.the(PersistentVolume, got.volume or "")
    assert made.zone == lab.the(Node, lab.the(Pod, "p").node or "").spec.zone
    assert list(attachments(lab, made.name)) == [lab.the(Pod, "p").node]
