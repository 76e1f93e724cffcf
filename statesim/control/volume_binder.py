"""Binds claims to volumes, and lets go of volumes whose claim is gone.

Source: pkg/controller/volume/persistentvolume/pv_controller.go: syncUnboundClaim, syncBoundClaim, syncVolume.
Claims are bound at once, or for ``WaitForFirstConsumer`` once the scheduler has chosen a node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import (
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    StorageClass,
    VolumeAttachment,
)
from statesim.control.actions import Decision, Delete, Write
from statesim.control.pending_claims import no_volume, not_that_volume, waits_for_pod
from statesim.control.volumes import candidates, class_of, immediate, node_labels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim, and the volumes that it could be bound to.

    Attributes
    ----------
    volume
        The volume that it is bound to; ``None`` if that is gone.
    candidates
        Volumes that fit and that a pod on the chosen node could use, the best first.
    waits
        It must not be bound before the scheduler has chosen a node.
    storage_class, class_name
        Its class, and what that is called; a name without a class is a mistake.
    named
        The volume that it asks for by name, if there is one.
    unscheduled
        The pods that use it and have no node yet.
    said
        The last message about why it is Pending.
    """

    claim: PersistentVolumeClaim
    volume: PersistentVolume | None = None
    candidates: tuple[PersistentVolume, ...] = ()
    waits: bool = False
    storage_class: StorageClass | None = None
    class_name: str = ""
    named: PersistentVolume | None = None
    unscheduled: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class VolumeView:
    """One volume that has, or had, a claim."""

    volume: PersistentVolume
    claim_exists: bool
    attached_to: tuple[str, ...] = ()


def decide(view: ClaimView | VolumeView) -> Decision:
    """Bind or lose a claim; release or reclaim a volume."""
    return _decide_claim(view) if isinstance(view, ClaimView) else _decide_volume(view)


def _decide_claim(view: ClaimView) -> Decision:
    """Bind to the smallest volume that fits, or to the one made for the claim.

    Source: pv_controller.go: syncUnboundClaim, bind (the volume is written first); syncBoundClaim for Lost.
    """
    claim = view.claim
    if claim.volume is not None:
        return _stays_bound(claim, view.volume)
    mine = [v for v in view.candidates if v.claim == claim.name]
    if not view.candidates or (view.waits and not mine):
        return _stays_pending(view)
    volume = view.candidates[0]
    holder = {"phase": "Bound", "claim": claim.name, "claim_uid": claim.uid}
    got = {"phase": "Bound", "volume": volume.name, "capacity_bytes": volume.size_bytes}
    return Decision(
        (
            Write(volume, "Bound", holder, {"claim": claim.name}),
            Write(claim, "Bound", got, {"volume": volume.name}),
        ),
        why=f"{volume.name} is reserved for the claim"
        if mine
        else f"{volume.name} is the smallest that fits",
    )


def _stays_bound(claim: PersistentVolumeClaim, volume: PersistentVolume | None) -> Decision:
    """Hold a claim to its volume: bind that again if it has forgotten, give the claim up if it is another's.

    Source: pv_controller.go: syncBoundClaim.
    """
    if claim.phase == "Lost":
        return Decision(why="the claim is Lost")
    if volume is None:
        why = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
        return Decision((Write(claim, "Lost", {"phase": "Lost"}, {"volume": claim.volume}),), why=why)
    if volume.claim is not None and (volume.claim, volume.claim_uid or claim.uid) != (claim.name, claim.uid):
        why = "Two claims are bound to the same volume, this one is bound incorrectly"
        misbound = Write(claim, "Lost", {"phase": "Lost"}, {"volume": claim.volume, "misbound": True})
        return Decision((misbound,), why=why)
    holder = {"phase": "Bound", "claim": claim.name, "claim_uid": claim.uid}
    if all(getattr(volume, name) == value for name, value in holder.items()):
        return Decision(why=f"the claim is {claim.phase}")
    again = Write(volume, "Bound", holder, {"claim": claim.name})
    return Decision((again,), why=f"{claim.name} is bound to {volume.name}, which does not know it any more")


def _stays_pending(view: ClaimView) -> Decision:
    """Say why a claim gets no volume, once for each different answer.

    The controller hears of a claim before the scheduler has chosen a node for its pod; so that it waited for
    a consumer is always said first.
    """
    claim = view.claim
    if view.waits:
        reason = waits_for_pod(view.unscheduled)
    elif claim.spec.volume_name is not None:
        found = not_that_volume(claim, view.class_name, view.named)
        if found is None:
            return Decision(why=f"there is no volume {claim.spec.volume_name} yet")
        reason = found
    else:
        reason = no_volume(claim, view.class_name, view.storage_class)
    details = {}
    if reason.event == "ExternalProvisioning" and view.storage_class is not None:
        details = {"provisioner": view.storage_class.spec.provisioner}
    said = [Write(claim, reason.event, details=details)] if reason.message != view.said else []
    if not view.said and not view.waits and claim.selected_node is not None:
        first = waits_for_pod(())
        said.insert(0, Write(claim, first.event, why=first.message))
    return Decision(tuple(said), why=reason.message)


def _decide_volume(view: VolumeView) -> Decision:
    """Release a volume whose claim is gone, and delete it if that is its policy and nobody holds it.

    Source: pv_controller.go: syncVolume, reclaimVolume, findDeletablePlugin. A Released volume keeps naming
    the old claim's uid, so that a new claim of that name does not get it; it is Available again when a person
    clears ``claimRef``. A disk that is attached cannot be deleted, and one that no provisioner made is
    nobody's to delete.
    """
    volume = view.volume
    if volume.claim is None or (volume.claim_uid is None and volume.phase in ("Released", "Failed")):
        if volume.phase == "Available":
            return Decision(why="no claim has it")
        why = "it names no claim any more" if volume.claim is None else f"it is reserved for {volume.claim}"
        return Decision((Write(volume, "Available", {"phase": "Available"}),), why=why)
    if view.claim_exists or volume.claim_uid is None:
        return Decision(why="the volume has its claim" if view.claim_exists else "it is reserved")
    if volume.phase not in ("Released", "Failed"):
        why = f"the claim {volume.claim} is gone"
        return Decision((Write(volume, "Released", {"phase": "Released"}, {"claim": volume.claim}),), why=why)
    if volume.reclaim_policy == "Retain":
        return Decision(why="the reclaim policy is Retain")
    if view.attached_to:
        return Decision(why=f"still attached to {', '.join(view.attached_to)}")
    if volume.manifest is not None and not volume.provisioned_by:
        plugin = f'error getting deleter volume plugin for volume "{volume.name}"'
        why = f"{plugin}: no deletable volume plugin matched"
        failed = Write(volume, "VolumeFailedDelete", {"phase": "Failed"})
        return Decision((failed,) if volume.phase != "Failed" else (), why=why)
    return Decision((Delete(volume),) if not volume.terminating else (), why="the reclaim policy is Delete")


class VolumeBinder:
    """The persistent volume controller: one key a claim, one key a volume."""

    name = "volume-binder"
    watches = (PersistentVolumeClaim, PersistentVolume, StorageClass, VolumeAttachment)

    def __init__(self, store: Store) -> None:
        self._store = store
        self._said: dict[str, str] = {}

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: a claim concerns its volume, and a volume its claim or all that wait."""
        obj = change.object
        if isinstance(obj, PersistentVolumeClaim):
            if change.verb != "DELETED":
                return [obj.key]
            self._said.pop(obj.uid, None)
            return [f"PersistentVolume/{obj.volume}"] if obj.volume is not None else []
        if isinstance(obj, PersistentVolume):
            if change.event in ("Changed", "Available") and obj.phase == "Available":
                return [obj.key, *self._pending()]
            if obj.claim is not None:
                return [obj.key, f"PersistentVolumeClaim/{obj.claim}"]
            return [obj.key, *self._pending()]
        if isinstance(obj, VolumeAttachment):
            return [f"PersistentVolume/{obj.volume}"] if change.verb == "DELETED" else []
        return self._pending()

    def _pending(self) -> list[str]:
        unbound = self._store.by(PersistentVolumeClaim, "volume", "")
        return [claim.key for claim in unbound if claim.phase == "Pending"]

    def look(self, key: str) -> ClaimView | VolumeView | None:
        """See `Controller.look`."""
        obj = self._store.find(key)
        if isinstance(obj, PersistentVolume):
            return self._look_volume(obj)
        if isinstance(obj, PersistentVolumeClaim) and not obj.terminating:
            return self._look_claim(obj)
        return None

    def _look_volume(self, volume: PersistentVolume) -> VolumeView:
        claim = self._store.get(PersistentVolumeClaim, volume.claim) if volume.claim is not None else None
        exists = claim is not None and volume.claim_uid in (None, claim.uid)
        held = tuple(a.node for a in self._store.by(VolumeAttachment, "volume", volume.name))
        return VolumeView(volume, exists, held)

    def _look_claim(self, claim: PersistentVolumeClaim) -> ClaimView:
        store = self._store
        if claim.volume is not None:
            return ClaimView(claim, store.get(PersistentVolume, claim.volume))
        storage_class = class_of(store, claim)
        class_name = storage_class.name if storage_class is not None else claim.spec.storage_class or ""
        fitting = candidates(store, claim, class_name)
        node = store.get(Node, claim.selected_node) if claim.selected_node is not None else None
        if node is not None:
            labels = node_labels(node)
            fitting = [v for v in fitting if v.usable(labels)]
        named = claim.spec.volume_name
        return ClaimView(
            claim,
            None,
            tuple(fitting),
            not immediate(storage_class) and claim.selected_node is None and named is None,
            storage_class,
            class_name,
            store.get(PersistentVolume, named) if named is not None else None,
            self._unscheduled(claim),
            self._said.get(claim.uid, ""),
        )

    def _unscheduled(self, claim: PersistentVolumeClaim) -> tuple[str, ...]:
        """Return the pods that wait with a claim; at first only those that were there before it."""
        users = [p for p in self._store.by(Pod, "claim", claim.name) if p.node is None]
        if claim.uid not in self._said:
            users = [p for p in users if p.created_us < claim.created_us]
        return tuple(sorted(p.name for p in users))

    def decide(self, view: ClaimView | VolumeView) -> Decision:
        """See `Controller.decide`; remembers what it has said of a Pending claim."""
        decision = decide(view)
        if isinstance(view, ClaimView) and view.claim.phase == "Pending":
            self._said[view.claim.uid] = decision.why
        return decision
