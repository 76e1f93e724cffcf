"""What claims, volumes and classes mean to each other: the predicates that several controllers share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statesim.cluster.identity import MACHINE_LABELS
from statesim.cluster.objects import (
    HOSTNAME_LABEL,
    ZONE_LABEL,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
)
from statesim.scenario.specs import NodeSelectorTerm, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.cluster.store import Store

# No volume is made on demand: an administrator provides them ("Storage Classes: Local").
NO_PROVISIONER = "kubernetes.io/no-provisioner"
# Provisioners whose volumes are directories or disks of the node that was chosen.
LOCAL_PROVISIONERS = ("statesim/local", "rancher.io/local-path")
# pkg/controller/volume/pvcprotection, pvprotection
CLAIM_FINALIZER = "kubernetes.io/pvc-protection"
VOLUME_FINALIZER = "kubernetes.io/pv-protection"


def class_named(classes: Iterable[StorageClass], name: str | None) -> StorageClass | None:
    """Return the class that a claim means: its own, or for ``None`` the default one.

    Source: plugin/pkg/admission/storage/storageclass/setdefault. "" asks for a pre-made volume of no class.
    """
    known = list(classes)
    if name is not None:
        return next((c for c in known if c.name == name), None)
    return next((c for c in known if c.spec.default), None)


def class_of(store: Store, claim: PersistentVolumeClaim) -> StorageClass | None:
    """Return the storage class of a claim, if there is such a class."""
    return class_named(store.all(StorageClass), claim.spec.storage_class)


def classed(store: Store, claim: PersistentVolumeClaim) -> PersistentVolumeClaim:
    """Return a new claim with the default class noted if it names none.

    Source: plugin/pkg/admission/storage/storageclass/setdefault/admission.go: Admit.
    """
    found = class_of(store, claim) if claim.spec.storage_class is None else None
    return claim if found is None else replace(claim, default_class=found.name)


def immediate(storage_class: StorageClass | None) -> bool:
    """Tell whether claims of the class are bound without waiting for a pod (not IsDelayBindingMode)."""
    return storage_class is None or storage_class.spec.binding_mode == "Immediate"


def fits(volume: PersistentVolume, claim: PersistentVolumeClaim, class_name: str) -> bool:
    """Tell whether a volume may be bound to the claim.

    Source: pkg/controller/volume/persistentvolume/index.go:findMatchingVolume. A volume that names a claim
    (reserved by the scheduler, or made for it) fits only that one; it does so even if it has been bound
    already, when the claim's own half of the binding has not been written yet. Others must be Available.
    """
    spec = claim.spec
    half = volume.phase == "Bound" and (volume.claim, volume.claim_uid) == (claim.name, claim.uid)
    if (volume.phase != "Available" and not half) or volume.terminating:
        return False
    if spec.volume_name is not None and spec.volume_name != volume.name:
        return False
    if volume.claim is not None and (volume.claim != claim.name or volume.claim_uid not in (None, claim.uid)):
        return False
    return (
        volume.storage_class == class_name
        and (volume.claim is not None or spec.selector is None or spec.selector.matches(volume.labels))
        and volume.size_bytes >= spec.size_bytes
        and set(spec.access_modes) <= set(volume.access_modes)
    )


def node_labels(node: Node) -> dict[str, str]:
    """Return a node's labels, with those that every node has."""
    zone = {ZONE_LABEL: node.spec.zone} if node.spec.zone else {}
    return {**MACHINE_LABELS, HOSTNAME_LABEL: node.name, **zone, **node.spec.labels, **node.labels}


def affinity_terms(volume: PersistentVolume) -> tuple[NodeSelectorTerm, ...]:
    """Return the volume's node affinity: what its manifest says, or what its provisioner wrote."""
    if volume.affinity:
        return volume.affinity
    rows = []
    if volume.zone:
        rows.append(Requirement(ZONE_LABEL, "In", (volume.zone, *volume.other_zones)))
    if volume.node:
        rows.append(Requirement(HOSTNAME_LABEL, "In", (volume.node,)))
    return (NodeSelectorTerm(tuple(rows)),) if rows else ()


def candidates(store: Store, claim: PersistentVolumeClaim, class_name: str) -> list[PersistentVolume]:
    """Return the volumes that may be bound to a claim, the best first: its own, and those of no claim."""
    known = (
        *store.by(PersistentVolume, "claim", claim.name),
        *store.by(PersistentVolume, "free", class_name),
    )
    return best_first((v for v in known if fits(v, claim, class_name)), claim)


def best_first(volumes: Iterable[PersistentVolume], claim: PersistentVolumeClaim) -> list[PersistentVolume]:
    """Return the volumes, those made for the claim first, then the smallest (index.go: the same)."""
    return sorted(volumes, key=lambda v: (v.claim != claim.name, v.size_bytes, v.name))


def shareable(access_modes: Sequence[str]) -> bool:
    """Tell whether several nodes may hold the volume (reconciler.go: not isMultiAttachForbidden)."""
    return "ReadWriteMany" in access_modes or "ReadOnlyMany" in access_modes
