"""What the attach/detach controller forgets when its leader dies: everything that only its process knew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from statesim.cluster.objects import Pod, VolumeAttachment
from statesim.control.attach_detach import Held, NodeView, VolumeView, WantedBy, decide
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import Container, PodSpec
from tests.acceptance.storage_worlds import Lab, claim, pod, volume

if TYPE_CHECKING:
    from statesim.control.actions import Decision

STATIC = {"storageClassName": ""}
CRASH = {"at": 20, "do": "node-crash", "on": "Node/node-a-1"}
FORCED = {"at": 60, "do": "delete", "on": "Pod/p", "force": True}
MANAGER = "Lease/kube-controller-manager"


def lab(*timeline: dict[str, Any]) -> Lab:
    """Return one volume on a node that crashes, whose pod is then deleted by force."""
    objects = (volume(), claim(**STATIC), pod("p", "data", nodeName="node-a-1"))
    return Lab(*objects, timeline=[CRASH, FORCED, *timeline])


def outage(at: float, **row: Any) -> dict[str, Any]:
    return {"at": at, "do": "control-plane-outage", **row}


def other(at: float = 70) -> dict[str, Any]:
    """Return a row that brings a pod which needs the volume on another node."""
    return {"at": at, "do": "apply", "manifests": [pod("q", "data", nodeName="node-b-1")]}


def test_each_failover_begins_the_six_minutes_anew() -> None:
    seen = lab(outage(240, failover=True), outage(500, failover=True)).run(1000)
    _, elected = seen.times(MANAGER, "LeaderElection")
    (asked,) = seen.times("VolumeAttachment/pv", "DetachRequested")
    assert asked == pytest.approx(elected + 360, abs=0.5)


def test_a_leader_that_only_stood_still_goes_on_counting() -> None:
    seen = lab(outage(240, **{"for": "60s"})).run(900)
    (asked,) = seen.times("VolumeAttachment/pv", "DetachRequested")
    assert asked == pytest.approx(60 + 360, abs=0.5)


def test_the_new_leader_complains_of_the_volume_that_is_held_elsewhere_once_more() -> None:
    seen = lab(outage(240, failover=True), other()).run(400)
    (elected,) = seen.times(MANAGER, "LeaderElection")
    before, after = seen.times("VolumeAttachment/pv", "MultiAttach")
    assert before == pytest.approx(70, abs=0.5)
    assert after == pytest.approx(elected, abs=0.5)


def test_the_new_leader_waits_anew_for_an_attachment_that_was_requested_before() -> None:
    attachment = VolumeAttachment(name="v@b", uid="a1", volume="v", node="b", requested_us=10 * SECOND)
    node = NodeView("b")
    waits = Pod(name="q", uid="q1", spec=PodSpec((Container("c", "v1"),)), node="b")

    def seen(now: int, since: int) -> Decision:
        wanted, held = (WantedBy(waits, node),), (Held(attachment, node),)
        return decide(VolumeView(now, "v", False, wanted, held, frozenset(), since_us=since))

    assert [a.event for a in seen(130 * SECOND, 0).actions] == ["FailedAttachVolume"]  # type: ignore[union-attr]
    anew = seen(130 * SECOND, 100 * SECOND)
    assert (anew.actions, anew.wake_at) == ((), 220 * SECOND)
    assert [a.event for a in seen(220 * SECOND, 100 * SECOND).actions] == ["FailedAttachVolume"]  # type: ignore[union-attr]
