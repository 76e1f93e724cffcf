"""Makes volumes for claims that none fits: a disk takes a while to be made, and lives in one zone.

Source: external-provisioner (controller.go: shouldProvision, provisionClaimOperation) and
pkg/controller/volume/persistentvolume/pv_controller.go:provisionClaim. How long it takes is the cloud's
affair: a distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import Node, PersistentVolume, PersistentVolumeClaim, StorageClass
from statesim.control.actions import Create, Decision, Write
from statesim.control.volumes import (
    LOCAL_PROVISIONERS,
    NO_PROVISIONER,
    VOLUME_FINALIZER,
    candidates,
    class_of,
    immediate,
    node_labels,
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
    other_zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeGone:
    """A claim whose volume was to be made near a node that does not exist any more."""

    claim: PersistentVolumeClaim


def decide(view: ClaimView | NodeGone) -> Decision:
    """Make the volume when its time has come; give the claim back to the scheduler if its node is gone.

    Source: external-provisioner: the volume is called ``pvc-<claim uid>`` and already names its claim. In
    the trace its node and zone are the choice of the scheduler, or of `zone_for` where binding is Immediate.
    A node that is gone: sig-storage-lib-external-provisioner controller.go: provisionClaimOperation
    (rescheduleProvisioning takes the annotation selected-node away).
    """
    if isinstance(view, NodeGone):
        why = f"the node {view.claim.selected_node} is gone"
        return Decision((Write(view.claim, "Rescheduled", {"selected_node": None}),), why=why)
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
        other_zones=view.other_zones,
        node=view.node,
        source="local" if view.node else "csi",
        provisioned_by=view.storage_class.spec.provisioner,
        finalizers=(VOLUME_FINALIZER,),
        claim=view.claim.name,
        claim_uid=view.claim.uid,
    )
    name = view.claim.name
    fields: dict[str, Any] = {"zone": view.zone or None, "claim": name, "size_bytes": spec.size_bytes}
    if view.other_zones:
        fields["other_zones"] = list(view.other_zones)
    why = f"no volume fits the claim {name}"
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


def other_zones(zone: str, zones: Sequence[str], copies: int) -> tuple[str, ...]:
    """Return where else a volume is kept: in all `zones` for 0 `copies`, else in the next ones by name.

    Source: "Regional persistent disks" (replication-type) of pd.csi.storage.gke.io: the first zone is the
    chosen node's, the others are taken from allowedTopologies, or from the zones of the cluster.
    """
    if not zone or copies == 1:
        return ()
    known = sorted({*zones, zone})
    start = known.index(zone)
    ring = known[start + 1 :] + known[:start]
    return tuple(ring if copies == 0 else ring[: copies - 1])


class Provisioner:
    """The dynamic provisioner: one key a claim.

    Parameters
    ----------
    provision
        How long it takes to make a volume, drawn once for each claim.
    """

    name = "provisioner"
    watches = (PersistentVolumeClaim, StorageClass, Node)

    def __init__(self, store: Store, streams: Streams, *, provision: Distribution) -> None:
        self._store = store
        self._streams = streams
        self._provision = provision
        self._due: dict[str, int] = {}

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: claims that are still without a volume."""
        obj = change.object
        if isinstance(obj, StorageClass):
            return [claim.key for claim in self._unbound()]
        if isinstance(obj, Node):
            if change.verb != "DELETED":
                return []
            return [claim.key for claim in self._unbound() if claim.selected_node == obj.name]
        if change.verb == "DELETED" or obj.volume is not None:
            self._due.pop(obj.uid, None)
            return []
        return [obj.key]

    def _unbound(self) -> tuple[PersistentVolumeClaim, ...]:
        return self._store.by(PersistentVolumeClaim, "volume", "")

    def look(self, key: str) -> ClaimView | NodeGone | None:
        """See `Controller.look`: nothing while the claim waits for a pod, or has or can get a volume."""
        claim = self._store.find(key)
        if not isinstance(claim, PersistentVolumeClaim) or claim.terminating or claim.volume is not None:
            return None
        storage_class = class_of(self._store, claim)
        if storage_class is None or storage_class.spec.provisioner == NO_PROVISIONER:
            return None
        if claim.spec.volume_name is not None or claim.spec.selector is not None:
            return None
        if claim.selected_node is None and not immediate(storage_class):
            return None
        node = self._store.get(Node, claim.selected_node) if claim.selected_node is not None else None
        if node is None and claim.selected_node is not None:
            self._due.pop(claim.uid, None)
            return NodeGone(claim)
        return self._plan(claim, storage_class, node)

    def _plan(
        self, claim: PersistentVolumeClaim, storage_class: StorageClass, node: Node | None
    ) -> ClaimView | None:
        """Return where and when the volume is made; nothing if one exists that the binder will take."""
        spec = storage_class.spec
        zones: Sequence[str] = spec.zones
        if not zones and (node is None or spec.zonal_copies != 1):
            zones = sorted({n.spec.zone for n in self._store.all(Node)} - {""})
        zone = node.spec.zone if node is not None else zone_for(claim.name, zones)
        labels = node_labels(node) if node is not None else None
        found = candidates(self._store, claim, storage_class.name)
        if any(labels is None or volume.usable(labels) for volume in found):
            return None
        due = self._due.get(claim.uid)
        if due is None:
            latency = self._provision.draw(self._streams.seldom(claim.key, "provision"))
            due = self._due[claim.uid] = self._store.clock.now + latency
        local = node is not None and spec.provisioner in LOCAL_PROVISIONERS
        copies = other_zones(zone, zones, spec.zonal_copies)
        here = node.name if node is not None and local else ""
        return ClaimView(self._store.clock.now, claim, storage_class, zone, here, due, copies)

    def decide(self, view: ClaimView | NodeGone) -> Decision:
        """See `Controller.decide`."""
        return decide(view)
