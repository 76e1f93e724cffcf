"""The predicates and small decisions of the storage controllers, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import (
    HOSTNAME_LABEL,
    ZONE_LABEL,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    VolumeAttachment,
)
from statesim.cluster.storage_system import StorageSystem
from statesim.control.attach_detach import Held, NodeView, Policy, VolumeView, decide
from statesim.control.claims import ClaimInfo, no_volume, reservable
from statesim.control.nodeinfo import describe
from statesim.control.provisioner import NodeGone, other_zones
from statesim.control.provisioner import decide as provision
from statesim.control.pv_protection import View
from statesim.control.pv_protection import decide as protect
from statesim.control.volume_binder import VolumeView as Bound
from statesim.control.volume_binder import decide as bind
from statesim.control.volumes import affinity_terms, fits
from statesim.kernel.spans import MINUTE
from statesim.scenario.manifests.storage import zonal_copies
from statesim.scenario.specs import ClaimSpec, LabelSelector, NodeSelectorTerm, NodeSpec, Requirement


def volume(name: str = "v", size: int = 10, **kwargs: Any) -> PersistentVolume:
    kwargs.setdefault("reclaim_policy", "Retain")
    return PersistentVolume(
        name=name, access_modes=("ReadWriteOnce",), storage_class="", size_bytes=size, **kwargs
    )


def claim(name: str = "data", size: int = 5, **spec: Any) -> PersistentVolumeClaim:
    return PersistentVolumeClaim(name=name, uid=f"uid-{name}", spec=ClaimSpec(size_bytes=size, **spec))


def at(node: str = "n1", zone: str = "a") -> dict[str, str]:
    return {HOSTNAME_LABEL: node, ZONE_LABEL: zone}


SSD = NodeSelectorTerm((Requirement("disk", "In", ("ssd",)),))
FAST = NodeSelectorTerm((Requirement("disk", "In", ("nvme",)),))


@pytest.mark.parametrize(
    ("case", "disk", "labels", "ok"),
    [
        ("anywhere", volume(), at(), True),
        ("zone", volume(zone="a"), at(), True),
        ("other zone", volume(zone="b"), at(), False),
        ("copy in this zone", volume(zone="b", other_zones=("a",)), at(), True),
        ("node", volume(node="n1"), at(), True),
        ("other node", volume(node="n2", zone="a"), at(), False),
        ("one of two terms", volume(affinity=(SSD, FAST)), {**at(), "disk": "nvme"}, True),
        ("no term", volume(affinity=(SSD, FAST)), at(), False),
        ("a node without a zone", volume(zone="a"), {HOSTNAME_LABEL: "n1"}, False),
    ],
)
def test_where_a_volume_can_be_used(
    case: str, disk: PersistentVolume, labels: dict[str, str], ok: bool
) -> None:
    assert disk.usable(labels) is ok, case
    terms = affinity_terms(disk)
    by_terms = not terms or any(all(row.matches(labels) for row in t.requirements) for t in terms)
    assert by_terms is ok, "what is shown is what counts"


def test_data_of_a_directory_belong_to_the_node_and_those_of_a_disk_to_its_handle() -> None:
    assert volume().disk("n1") == "v"
    assert volume(handle="vol-1").disk("n1") == volume("w", handle="vol-1").disk("n2") == "vol-1"
    assert volume(handle="/srv", source="hostPath").disk("n1") == "/srv@n1"
    assert volume(handle="s:/x", source="nfs").disk("n1") == volume(handle="s:/x", source="nfs").disk("n2")


@pytest.mark.parametrize(
    ("parameters", "copies"),
    [({}, 1), ({"replication-type": "regional-pd"}, 2), ({"replication-type": "none"}, 1),
     ({"skuName": "StandardSSD_ZRS"}, 0), ({"skuName": "Premium_LRS"}, 1)],
)  # fmt: skip
def test_which_parameters_mean_several_zones(parameters: dict[str, str], copies: int) -> None:
    assert zonal_copies(parameters) == copies


@pytest.mark.parametrize(
    ("zone", "zones", "copies", "others"),
    [("a", "abc", 1, ()), ("a", "abc", 2, ("b",)), ("c", "abc", 2, ("a",)), ("b", "abc", 0, ("c", "a")),
     ("", "abc", 2, ()), ("a", "a", 2, ())],
)  # fmt: skip
def test_in_which_zones_the_copies_are(zone: str, zones: str, copies: int, others: tuple[str, ...]) -> None:
    assert other_zones(zone, tuple(zones), copies) == others


def test_selector_of_a_claim_counts_unless_the_volume_is_reserved_for_it() -> None:
    wanted = claim(selector=LabelSelector({"disk": "fast"}))
    assert not fits(volume(), wanted, "")
    assert fits(volume(labels={"disk": "fast"}), wanted, "")
    assert fits(volume(claim="data"), wanted, "")


def test_two_claims_of_a_pod_never_get_the_same_volume_and_the_smaller_one_chooses_first() -> None:
    node = describe(Node(name="n1", spec=NodeSpec()), [])
    disks = (volume("v1", 10), volume("v2", 20))
    large = ClaimInfo("large", claim("large", 8), delayed=True, candidates=disks)
    small = ClaimInfo("small", claim("small", 5), delayed=True, candidates=disks)
    assert {k: v.name for k, v in reservable((large, small), node).items()} == {"small": "v1", "large": "v2"}
    assert no_volume((large, small), node) is None
    only = ClaimInfo("large", claim("large", 8), delayed=True, candidates=disks[:1])
    refused = no_volume(
        (only, ClaimInfo("small", claim("small", 5), delayed=True, candidates=disks[:1])), node
    )
    assert refused is not None
    assert refused[:2] == ("VolumeBinding", ("node(s) didn't find available persistent volumes to bind",))


def test_claim_of_another_pod_elsewhere_refuses_every_node() -> None:
    node = describe(Node(name="n1", spec=NodeSpec()), [])
    one = PersistentVolumeClaim(name="data", spec=ClaimSpec(("ReadWriteOncePod",)), volume="v")
    taken = no_volume((ClaimInfo("data", one, volume(), used_on=("n2",)),), node)
    assert taken is not None
    assert taken[0] == "VolumeRestrictions"
    assert no_volume((ClaimInfo("data", one, volume(), used_on=()),), node) is None


def test_provisioner_gives_a_claim_back_whose_node_is_gone() -> None:
    (action,) = provision(NodeGone(claim())).actions
    assert (action.event, dict(action.changes)) == ("Rescheduled", {"selected_node": None})  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("case", "disk", "attached_to", "goes"),
    [
        ("bound", volume(phase="Bound", claim="data", deleted_us=1), (), False),
        ("attached", volume(phase="Released", deleted_us=1), ("n1",), False),
        ("free", volume(deleted_us=1), (), True),
        ("released", volume(phase="Released", claim="data", deleted_us=1), (), True),
    ],
)
def test_which_deleted_volume_may_go(
    case: str, disk: PersistentVolume, attached_to: tuple[str, ...], goes: bool
) -> None:
    assert bool(protect(View(disk, attached_to)).actions) is goes, case


@pytest.mark.parametrize(
    ("case", "disk", "exists", "event"),
    [
        ("cleared", volume(phase="Released"), False, "Available"),
        ("reserved again", volume(phase="Released", claim="data"), False, "Available"),
        ("kept", volume(phase="Released", claim="data", claim_uid="old"), False, None),
        ("reserved", volume(claim="data"), True, None),
        ("in use", volume(phase="Bound", claim="data", claim_uid="u"), True, None),
    ],
)
def test_released_volume_is_available_again_when_its_claim_ref_says_so(
    case: str, disk: PersistentVolume, exists: bool, event: str | None
) -> None:
    events = [a.event for a in bind(Bound(disk, exists)).actions]  # type: ignore[union-attr]
    assert events == ([event] if event else []), case


def held(node: NodeView, unneeded_us: int | None = 0) -> Held:
    attachment = VolumeAttachment(
        name=f"v@{node.name}", volume="v", node=node.name, attached=True, unneeded_us=unneeded_us
    )
    return Held(attachment, node)


@pytest.mark.parametrize(
    ("case", "node", "policy", "detaches"),
    [
        ("silent", NodeView("a", ready=False, mounted=True), Policy(), True),
        ("gone", NodeView("a", exists=False, ready=False, mounted=True), Policy(), True),
        ("healthy", NodeView("a", mounted=True), Policy(), False),
        ("healthy before 1.25", NodeView("a", mounted=True), Policy(only_unhealthy=False), True),
        ("switched off", NodeView("a", ready=False, mounted=True), Policy(None), False),
        ("out of service, switched off", NodeView("a", ready=False, out_of_service=True, mounted=True),
         Policy(None), True),
    ],
)  # fmt: skip
def test_from_which_nodes_a_mounted_volume_is_taken(
    case: str, node: NodeView, policy: Policy, detaches: bool
) -> None:
    made = decide(VolumeView(6 * MINUTE, "v", False, (), (held(node),), frozenset(), policy))
    assert [a.event for a in made.actions] == (["DetachRequested"] if detaches else []), case  # type: ignore[union-attr]


def test_disk_is_held_until_the_last_fault_lets_go() -> None:
    system = StorageSystem()
    heard: list[str] = []
    system.on_change.append(heard.append)
    system.hold("v", "one")
    system.hold("v", "two")
    system.let_go("v", "one")
    assert (system.detaches("v"), heard) == (False, [])
    system.let_go("v", "two")
    assert (system.detaches("v"), heard) == (True, ["v"])
