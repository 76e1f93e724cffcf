from __future__ import annotations

import pytest

from statesim.cluster.objects import (
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
    VolumeAttachment,
)
from statesim.cluster.store import Store
from statesim.control.provisioner import Provisioner, zone_for
from statesim.control.pv_protection import PVProtection
from statesim.control.runtime import Loop
from statesim.control.volume_binder import ClaimView, VolumeBinder, VolumeView, decide
from statesim.control.volumes import class_named, fits
from statesim.kernel.clock import Clock
from statesim.kernel.distributions import Fixed
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.kernel.trace import Trace
from statesim.scenario.specs import ClaimSpec, NodeSpec, StorageClassSpec

WAIT = StorageClassSpec()
NOW = StorageClassSpec(binding_mode="Immediate")


def volume(
    name: str = "v", size: int = 10, storage_class: str = "fast", **kwargs: object
) -> PersistentVolume:
    return PersistentVolume(
        name=name,
        access_modes=("ReadWriteOnce",),
        storage_class=storage_class,
        size_bytes=size,
        reclaim_policy=kwargs.pop("reclaim_policy", "Delete"),  # type: ignore[arg-type]
        **kwargs,  # type: ignore[arg-type]
    )


def claim(name: str = "data", **kwargs: object) -> PersistentVolumeClaim:
    spec = kwargs.pop("spec", ClaimSpec(storage_class="fast", size_bytes=10))
    return PersistentVolumeClaim(name=name, uid="c1", spec=spec, **kwargs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "offered", "ok"),
    [
        ("exact", volume(), True),
        ("larger", volume(size=11), True),
        ("too small", volume(size=9), False),
        ("another class", volume(storage_class="slow"), False),
        ("taken", volume(phase="Bound"), False),
        ("released by a namesake", volume(phase="Released", claim="data", claim_uid="c0"), False),
        ("reserved for it", volume(claim="data", claim_uid="c1"), True),
        ("reserved by name", volume(claim="data"), True),
        ("bound to it already", volume(phase="Bound", claim="data", claim_uid="c1"), True),
        ("bound to a namesake", volume(phase="Bound", claim="data", claim_uid="c0"), False),
        ("reserved for another", volume(claim="other", claim_uid="c2"), False),
    ],
)
def test_which_volumes_fit_a_claim(case: str, offered: PersistentVolume, ok: bool) -> None:
    assert fits(offered, claim(), "fast") is ok, case


def test_access_mode_and_name_must_match() -> None:
    assert not fits(volume(), claim(spec=ClaimSpec(("ReadWriteMany",), "fast")), "fast")
    assert not fits(volume(), claim(spec=ClaimSpec(storage_class="fast", volume_name="w")), "fast")


def test_class_of_a_claim_without_one_is_the_default() -> None:
    a, b = StorageClass(name="a", spec=WAIT), StorageClass(name="b", spec=StorageClassSpec(default=True))
    assert class_named((a, b), None) is b
    assert class_named((a,), None) is None
    assert class_named((a, b), "") is None
    assert class_named((a, b), "a") is a


def test_claim_waits_for_its_consumer_unless_a_volume_was_reserved_for_it() -> None:
    waiting = decide(ClaimView(claim(), candidates=(volume(),), waits=True))
    assert [a.event for a in waiting.actions] == ["WaitForFirstConsumer"]  # type: ignore[union-attr]
    assert decide(ClaimView(claim(), waits=True, said=waiting.why)).actions == ()
    mine = volume(claim="data", claim_uid="c1")
    events = [(a.event, a.object.key) for a in decide(ClaimView(claim(), None, (mine,), waits=True)).actions]  # type: ignore[union-attr]
    assert events == [("Bound", "PersistentVolume/v"), ("Bound", "PersistentVolumeClaim/data")]


def test_claim_whose_volume_vanished_is_lost() -> None:
    decision = decide(ClaimView(claim(phase="Bound", volume="v"), None))
    assert [a.event for a in decision.actions] == ["Lost"]  # type: ignore[union-attr]
    assert decide(ClaimView(claim(phase="Lost", volume="v"), None)).actions == ()


@pytest.mark.parametrize(
    ("case", "held", "claim_exists", "attached_to", "event"),
    [
        ("in use", volume(phase="Bound", claim="data", claim_uid="c1"), True, (), None),
        ("claim gone", volume(phase="Bound", claim="data", claim_uid="c1"), False, (), "Released"),
        ("delete", volume(phase="Released", claim="data", claim_uid="c1"), False, (), "Deleted"),
        ("still attached", volume(phase="Released", claim="data", claim_uid="c1"), False, ("n1",), None),
        (
            "retain",
            volume(phase="Released", claim="data", claim_uid="c1", reclaim_policy="Retain"),
            False,
            (),
            None,
        ),
    ],
)
def test_volume_without_its_claim_is_reclaimed_by_its_policy(
    case: str, held: PersistentVolume, claim_exists: bool, attached_to: tuple[str, ...], event: str | None
) -> None:
    actions = decide(VolumeView(held, claim_exists, attached_to)).actions
    assert [a.event for a in actions] == ([event] if event else []), case


def test_claims_of_one_set_go_round_the_zones() -> None:
    zones = [zone_for(f"data-db-{i}", ("a", "b", "c")) for i in range(6)]
    assert sorted(zones[:3]) == ["a", "b", "c"]
    assert zones[:3] == zones[3:]
    assert zone_for("data", ()) == ""
    assert zone_for("data", ("a", "b")) in ("a", "b")


@pytest.fixture
def store() -> Store:
    clock = Clock()
    store = Store(clock, Trace(clock))
    Loop(VolumeBinder(store), clock, store, 0)
    Loop(PVProtection(store), clock, store, 0)
    Loop(Provisioner(store, Streams(1), provision=Fixed(3 * SECOND)), clock, store, 0)
    for index, zone in enumerate("ab"):
        store.create(Node(name=f"n{index}", spec=NodeSpec(zone=zone)))
    return store


def history(store: Store) -> list[tuple[float, str]]:
    known = ("Provisioned", "Bound", "Released", "Lost", "Deleted")
    return [(e.t, e.event) for e in store.trace.events if e.event in known]


def test_immediate_claim_is_provisioned_without_a_pod(store: Store) -> None:
    store.create(StorageClass(name="fast", spec=NOW))
    made = store.create(claim())
    store.clock.run(10 * SECOND)
    assert history(store) == [(3.0, "Provisioned"), (3.0, "Bound"), (3.0, "Bound")]
    assert made.volume == f"pvc-{made.uid}"
    disk = store.get(PersistentVolume, made.volume)
    assert disk is not None
    assert disk.zone == zone_for("data", ("a", "b"))


def test_waiting_claim_is_provisioned_in_the_zone_of_the_node_that_was_chosen(store: Store) -> None:
    store.create(StorageClass(name="fast", spec=WAIT))
    made = store.create(claim())
    store.clock.run(100 * SECOND)
    assert history(store) == []
    store.write(made, "SelectedNode", {"selected_node": "n1"})
    store.clock.run(200 * SECOND)
    assert made.phase == "Bound"
    disk = store.get(PersistentVolume, made.volume or "")
    assert disk is not None
    assert (disk.zone, disk.node) == ("b", "")


def test_local_class_makes_the_volume_on_the_node_itself(store: Store) -> None:
    store.create(StorageClass(name="fast", spec=StorageClassSpec("rancher.io/local-path")))
    made = store.create(claim(selected_node="n1"))
    store.clock.run(10 * SECOND)
    disk = store.get(PersistentVolume, made.volume or "")
    assert disk is not None
    assert (disk.zone, disk.node) == ("b", "n1")


def test_smallest_ready_made_volume_is_taken_before_one_is_made(store: Store) -> None:
    store.create(StorageClass(name="fast", spec=NOW))
    for name, size in (("large", 30), ("small", 20), ("tiny", 5)):
        store.create(volume(name, size))
    made = store.create(claim())
    store.clock.run(10 * SECOND)
    assert made.volume == "small"
    assert [e.event for e in store.trace.events if e.event == "Provisioned"] == []


def test_claim_is_bound_when_a_fitting_volume_appears(store: Store) -> None:
    made = store.create(claim(spec=ClaimSpec(storage_class="", size_bytes=10)))
    store.clock.run(50 * SECOND)
    assert made.phase == "Pending"
    store.create(volume(storage_class=""))
    store.clock.run(60 * SECOND)
    assert made.volume == "v"


def test_disk_goes_when_its_claim_is_gone_and_nobody_holds_it(store: Store) -> None:
    store.create(StorageClass(name="fast", spec=NOW))
    made = store.create(claim())
    store.clock.run(10 * SECOND)
    attachment = store.create(VolumeAttachment(name=f"{made.volume}@n0", volume=made.volume or "", node="n0"))
    store.remove(made)
    store.clock.run(20 * SECOND)
    assert history(store)[-1] == (10.0, "Released")
    store.remove(attachment, "Detached")
    store.clock.run(30 * SECOND)
    assert history(store)[-1] == (20.0, "Deleted")
    assert list(store.all(PersistentVolume)) == []


def test_lost_disk_is_noticed(store: Store) -> None:
    store.create(volume(storage_class=""))
    made = store.create(claim(spec=ClaimSpec(storage_class="", size_bytes=10)))
    store.clock.run(SECOND)
    disk = store.get(PersistentVolume, "v")
    assert disk is not None
    store.remove(disk, "Lost")
    store.clock.run(2 * SECOND)
    assert made.phase == "Lost"


def test_a_binding_of_which_only_the_first_half_was_written_is_completed() -> None:
    half = volume(phase="Bound", claim="data", claim_uid="c1")
    decision = decide(ClaimView(claim(), None, (half,), waits=True))
    assert [action.event for action in decision.actions] == ["Bound", "Bound"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("of", "events"),
    [
        ({"phase": "Bound", "claim": "data", "claim_uid": "c1"}, []),
        ({"phase": "Available"}, ["Bound"]),
        ({"phase": "Available", "claim": "data"}, ["Bound"]),
        ({"phase": "Bound", "claim": "other", "claim_uid": "c2"}, ["Lost"]),
        ({"phase": "Bound", "claim": "data", "claim_uid": "c0"}, ["Lost"]),
    ],
    ids=["its own", "one that forgot it", "one reserved for it", "another's", "a namesake's"],
)
def test_a_bound_claim_holds_its_volume_or_is_lost(of: dict[str, str], events: list[str]) -> None:
    """pv_controller.go: syncBoundClaim."""
    decision = decide(ClaimView(claim(phase="Bound", volume="v"), volume(**of)))
    assert [action.event for action in decision.actions] == events  # type: ignore[union-attr]
