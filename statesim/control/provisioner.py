"""Makes volumes for claims that none fits: a disk takes a while to be made, and lives in one zone.

Source: external-provisioner (controller.go: shouldProvision, provisionClaimOperation) and
pkg/controller/volume/persistentvolume/pv_controller.go:provisionClaim. How long it takes is the cloud's
affair: a distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import Node, PersistentVolume, PersistentVolumeClaim, StorageClass
from statesim.control.actions import Create, Decision
from statesim.control.volumes import (
    LOCAL_PROVISIONERS,
    NO_PROVISIONER,
    class_of,
    fits,
    immediate,
    usable,
)
from statesim.kernel.streams import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.cluster.store import Change, Store
    from statesim.kernel.distributions import Distribution
    from statesim.kernel.streams import Streams


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim for which a volume is to be made, in a zone, ready at `due_us`."""

    now: int
    claim: PersistentVolumeClaim
    storage_class: StorageClass
    zone: str
    node: str
    due_us: int


def decide(view: ClaimView) -> Decision:
    """Make the volume when its time has come.

    Source: external-provisioner: the volume is called ``pvc-<claim uid>`` and already names its claim. In
    the trace its node and zone are the choice of the scheduler, or of `zone_for` where binding is Immediate.
    """
    if view.now < view.due_us:
        return Decision(wake_at=view.due_us, why="the volume is being made")
    spec = view.claim.spec
    volume = PersistentVolume(
        name=f"pvc-{view.claim.uid}",
        access_modes=spec.access_modes,
        storage_class=view.storage_class.name,
        size_bytes=spec.size_bytes,
        reclaim_policy=view.storage_class.spec.reclaim_policy,
        zone=view.zone,
        node=view.node,
        claim=view.claim.name,
        claim_uid=view.claim.uid,
    )
    fields = {"zone": view.zone or None, "claim": view.claim.name}
    why = f"no volume fits the claim {view.claim.name}"
    return Decision((Create(volume, "Provisioned", fields),), why=why)


def zone_for(claim: str, zones: Sequence[str]) -> str:
    """Return the zone in which an Immediate claim's volume is made, whatever pod may want it later.

    Source: component-helpers volume/helpers.go (ChooseZoneForVolume, getPVCNameHashAndIndexOffset): a hash
    of the name without its ordinal, plus the ordinal, so that the claims of one set go round the zones.
    """
    if not zones:
        return ""
    base, dash, tail = claim.rpartition("-")
    stem, ordinal = (base, int(tail)) if dash and tail.isdecimal() else (claim, 0)
    start = int.from_bytes(digest("zone", stem, size=4), "big")
    return sorted(zones)[(start + ordinal) % len(zones)]


class Provisioner:
    """The dynamic provisioner: one key a claim.

    Parameters
    ----------
    provision
        How long it takes to make a volume, drawn once for each claim.
    """

    name = "provisioner"
    watches = (PersistentVolumeClaim, StorageClass)

    def __init__(self, store: Store, streams: Streams, *, provision: Distribution) -> None:
        self._store = store
        self._streams = streams
        self._provision = provision
        self._due: dict[str, int] = {}

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: claims that are still without a volume."""
        obj = change.object
        if isinstance(obj, StorageClass):
            return [c.key for c in self._store.all(PersistentVolumeClaim) if c.volume is None]
        if change.verb == "DELETED" or obj.volume is not None:
            self._due.pop(obj.uid, None)
            return []
        return [obj.key]

    def look(self, key: str) -> ClaimView | None:
        """See `Controller.look`: nothing while the claim waits for a pod, or has or can get a volume."""
        claim = self._store.find(key)
        if not isinstance(claim, PersistentVolumeClaim) or claim.terminating or claim.volume is not None:
            return None
        storage_class = class_of(self._store, claim)
        if storage_class is None or storage_class.spec.provisioner == NO_PROVISIONER:
            return None
        if claim.spec.volume_name is not None or (
            claim.selected_node is None and not immediate(storage_class)
        ):
            return None
        zone, node = self._place(claim, storage_class)
        if zone is None or self._has_volume(claim, storage_class.name, node, zone):
            return None
        due = self._due.get(claim.uid)
        if due is None:
            latency = self._provision.draw(self._streams.get(claim.key, "provision"))
            due = self._due[claim.uid] = self._store.clock.now + latency
        local = storage_class.spec.provisioner in LOCAL_PROVISIONERS
        return ClaimView(self._store.clock.now, claim, storage_class, zone, node if local else "", due)

    def _place(self, claim: PersistentVolumeClaim, storage_class: StorageClass) -> tuple[str | None, str]:
        """Return the zone and the node for which the volume is made; no zone if the node is gone."""
        if claim.selected_node is not None:
            node = self._store.get(Node, claim.selected_node)
            return (None, "") if node is None else (node.spec.zone, node.name)
        zones = storage_class.spec.zones or sorted({n.spec.zone for n in self._store.all(Node)} - {""})
        return zone_for(claim.name, zones), ""

    def _has_volume(self, claim: PersistentVolumeClaim, class_name: str, node: str, zone: str) -> bool:
        """Tell whether a volume exists that the binder will take."""
        return any(
            fits(v, claim, class_name) and (not node or usable(v, node, zone))
            for v in self._store.all(PersistentVolume)
        )

    def decide(self, view: ClaimView) -> Decision:
        """See `Controller.decide`."""
        return decide(view)
