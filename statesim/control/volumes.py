"""What claims, volumes and classes mean to each other: the predicates that several controllers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.objects import PersistentVolume, PersistentVolumeClaim, StorageClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.cluster.store import Store

# No volume is made on demand: an administrator provides them ("Storage Classes: Local").
NO_PROVISIONER = "kubernetes.io/no-provisioner"
# Provisioners whose volumes are directories or disks of the node that was chosen.
LOCAL_PROVISIONERS = ("statesim/local", "rancher.io/local-path")


def class_named(classes: Iterable[StorageClass], name: str | None) -> StorageClass | None:
    """Return the class that a claim means: its own, or for ``None`` the default one, or the only one.

    Source: plugin/pkg/admission/storage/storageclass/setdefault. "" asks for a pre-made volume of no class.
    """
    known = list(classes)
    if name is not None:
        return next((c for c in known if c.name == name), None)
    marked = next((c for c in known if c.spec.default), None)
    if marked is not None:
        return marked
    return known[0] if len(known) == 1 else None


def class_of(store: Store, claim: PersistentVolumeClaim) -> StorageClass | None:
    """Return the storage class of a claim, if there is such a class."""
    return class_named(store.all(StorageClass), claim.spec.storage_class)


def immediate(storage_class: StorageClass | None) -> bool:
    """Tell whether claims of the class are bound without waiting for a pod (not IsDelayBindingMode)."""
    return storage_class is None or storage_class.spec.binding_mode == "Immediate"


def fits(volume: PersistentVolume, claim: PersistentVolumeClaim, class_name: str) -> bool:
    """Tell whether an Available volume may be bound to the claim.

    Source: pkg/controller/volume/persistentvolume/index.go:findMatchingVolume. A volume that names a claim
    (reserved by the scheduler, or made for it) fits only that one.
    """
    spec = claim.spec
    if volume.phase != "Available" or volume.terminating:
        return False
    if spec.volume_name is not None and spec.volume_name != volume.name:
        return False
    if volume.claim is not None and (volume.claim != claim.name or volume.claim_uid not in (None, claim.uid)):
        return False
    return (
        volume.storage_class == class_name
        and volume.size_bytes >= spec.size_bytes
        and set(spec.access_modes) <= set(volume.access_modes)
    )


def usable(volume: PersistentVolume, node: str, zone: str) -> bool:
    """Tell whether a pod on `node` in `zone` can use the volume (its node affinity)."""
    return volume.zone in ("", zone) and volume.node in ("", node)


def best_first(volumes: Iterable[PersistentVolume], claim: PersistentVolumeClaim) -> list[PersistentVolume]:
    """Return the volumes, those made for the claim first, then the smallest (index.go: the same)."""
    return sorted(volumes, key=lambda v: (v.claim != claim.name, v.size_bytes, v.name))


def shareable(access_modes: Sequence[str]) -> bool:
    """Tell whether several nodes may hold the volume (reconciler.go: not isMultiAttachForbidden)."""
    return "ReadWriteMany" in access_modes or "ReadOnlyMany" in access_modes
