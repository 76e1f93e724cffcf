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
    StorageClass,
    VolumeAttachment,
)
from statesim.control.actions import Decision, Delete, Write
from statesim.control.volumes import best_first, class_of, fits, immediate, usable

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
    """

    claim: PersistentVolumeClaim
    volume: PersistentVolume | None = None
    candidates: tuple[PersistentVolume, ...] = ()
    waits: bool = False


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
        if view.volume is not None or claim.phase == "Lost":
            return Decision(why=f"the claim is {claim.phase}")
        why = f"its volume {claim.volume} does not exist any more"
        return Decision((Write(claim, "Lost", {"phase": "Lost"}, {"volume": claim.volume}),), why=why)
    mine = [v for v in view.candidates if v.claim_uid == claim.uid]
    if view.waits and not mine:
        return Decision(why="waiting for a pod to be scheduled that uses the claim (WaitForFirstConsumer)")
    if not view.candidates:
        return Decision(why="no volume fits yet")
    volume = view.candidates[0]
    holder = {"phase": "Bound", "claim": claim.name, "claim_uid": claim.uid}
    return Decision(
        (
            Write(volume, "Bound", holder, {"claim": claim.name}),
            Write(claim, "Bound", {"phase": "Bound", "volume": volume.name}, {"volume": volume.name}),
        ),
        why=f"{volume.name} is reserved for the claim"
        if mine
        else f"{volume.name} is the smallest that fits",
    )


def _decide_volume(view: VolumeView) -> Decision:
    """Release a volume whose claim is gone, and delete it if that is its policy and nobody holds it.

    Source: pv_controller.go: syncVolume, reclaimVolume. A Released volume keeps naming the old claim's uid,
    so that a new claim of that name does not get it. A disk that is attached cannot be deleted.
    """
    volume = view.volume
    if view.claim_exists:
        return Decision(why="the volume has its claim")
    if volume.phase != "Released":
        why = f"the claim {volume.claim} is gone"
        return Decision((Write(volume, "Released", {"phase": "Released"}, {"claim": volume.claim}),), why=why)
    if volume.reclaim_policy == "Retain":
        return Decision(why="the reclaim policy is Retain")
    if view.attached_to:
        return Decision(why=f"still attached to {', '.join(view.attached_to)}")
    return Decision((Delete(volume),), why="the reclaim policy is Delete")


class VolumeBinder:
    """The persistent volume controller: one key a claim, one key a volume."""

    name = "volume-binder"
    watches = (PersistentVolumeClaim, PersistentVolume, StorageClass, VolumeAttachment)

    def __init__(self, store: Store) -> None:
        self._store = store

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: a claim concerns its volume, and a volume its claim or all that wait."""
        obj = change.object
        if isinstance(obj, PersistentVolumeClaim):
            if change.verb != "DELETED":
                return [obj.key]
            return [f"PersistentVolume/{obj.volume}"] if obj.volume is not None else []
        if isinstance(obj, PersistentVolume):
            if obj.claim is not None:
                return [obj.key, f"PersistentVolumeClaim/{obj.claim}"]
            return [obj.key, *self._pending()]
        if isinstance(obj, VolumeAttachment):
            return [f"PersistentVolume/{obj.volume}"] if change.verb == "DELETED" else []
        return self._pending()

    def _pending(self) -> list[str]:
        return [c.key for c in self._store.all(PersistentVolumeClaim) if c.phase == "Pending"]

    def look(self, key: str) -> ClaimView | VolumeView | None:
        """See `Controller.look`."""
        obj = self._store.find(key)
        if isinstance(obj, PersistentVolume):
            return self._look_volume(obj)
        if isinstance(obj, PersistentVolumeClaim) and not obj.terminating:
            return self._look_claim(obj)
        return None

    def _look_volume(self, volume: PersistentVolume) -> VolumeView | None:
        if volume.claim is None or volume.terminating:
            return None
        claim = self._store.get(PersistentVolumeClaim, volume.claim)
        exists = claim is not None and volume.claim_uid in (None, claim.uid)
        held = tuple(a.node for a in self._store.by(VolumeAttachment, "volume", volume.name))
        return VolumeView(volume, exists, held)

    def _look_claim(self, claim: PersistentVolumeClaim) -> ClaimView:
        if claim.volume is not None:
            return ClaimView(claim, self._store.get(PersistentVolume, claim.volume))
        storage_class = class_of(self._store, claim)
        class_name = storage_class.name if storage_class is not None else claim.spec.storage_class or ""
        fitting = [v for v in self._store.all(PersistentVolume) if fits(v, claim, class_name)]
        node = self._store.get(Node, claim.selected_node) if claim.selected_node is not None else None
        if node is not None:
            fitting = [v for v in fitting if usable(v, node.name, node.spec.zone)]
        waits = (
            not immediate(storage_class) and claim.selected_node is None and claim.spec.volume_name is None
        )
        return ClaimView(claim, None, tuple(best_first(fitting, claim)), waits)

    def decide(self, view: ClaimView | VolumeView) -> Decision:
        """See `Controller.decide`."""
        return decide(view)
