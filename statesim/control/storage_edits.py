"""What the API server takes and refuses when a person edits a claim or a volume."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import PersistentVolume, PersistentVolumeClaim
from statesim.control.volumes import VOLUME_FINALIZER, affinity_terms, class_of
from statesim.errors import ModelError
from statesim.scenario.specs import ClaimSpec
from statesim.scenario.storage_specs import VolumeSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.objects import Object
    from statesim.cluster.store import Store
    from statesim.scenario.specs import Manifest


def new_volume(spec: VolumeSpec, meta: Mapping[str, Any]) -> PersistentVolume:
    """Return the volume that a manifest describes."""
    return PersistentVolume(**_attributes(spec), **protected(meta, VOLUME_FINALIZER))


def protected(meta: Mapping[str, Any], finalizer: str) -> dict[str, Any]:
    """Return the metadata of a claim or a volume as it is let in (admission StorageObjectInUseProtection)."""
    own = tuple(name for name in meta["finalizers"] if name != finalizer)
    return {**meta, "finalizers": (*own, finalizer)}


def _attributes(spec: VolumeSpec) -> dict[str, Any]:
    return {
        "access_modes": spec.access_modes,
        "storage_class": spec.storage_class,
        "size_bytes": spec.size_bytes,
        "reclaim_policy": spec.reclaim_policy,
        "source": spec.source,
        "handle": spec.handle,
        "affinity": spec.affinity,
        "provisioned_by": spec.provisioned_by,
        "claim": spec.claim,
        "claim_uid": spec.claim_uid,
    }


def change_claim(store: Store, claim: PersistentVolumeClaim, manifest: Manifest) -> None:
    """Change a claim: of its spec only the size, upwards, and only where its class lets claims grow.

    Sources: pkg/apis/core/validation: ValidatePersistentVolumeClaimUpdate; plugin/pkg/admission/storage/
    persistentvolume/resize: only a bound claim grows, and only if the class says allowVolumeExpansion.

    Raises
    ------
    ModelError
        If the API server refuses the change.
    """
    spec = manifest.spec
    if not isinstance(spec, ClaimSpec):
        raise TypeError(f"{manifest.key} is not a claim")
    before = claim.spec
    size = spec.size_bytes
    rest = ("access_modes", "storage_class", "selector")
    named = before.volume_name or claim.volume
    moved = spec.volume_name != before.volume_name and named is not None and spec.volume_name != named
    if moved or any(getattr(spec, name) != getattr(before, name) for name in rest):
        raise ModelError(
            f"{claim.key}: spec is immutable after creation except resources.requests for bound claims"
        )
    if size < before.size_bytes:
        raise ModelError(
            f"{claim.key}: spec.resources.requests.storage: "
            "Forbidden: field can not be less than previous value"
        )
    if size > before.size_bytes:
        _may_grow(store, claim)
    told = {"size_bytes": size} if size != before.size_bytes else {}
    store.write(claim, "Changed", {"spec": spec, **_metadata(claim, manifest)}, **told)


def _metadata(obj: PersistentVolumeClaim | PersistentVolume, manifest: Manifest) -> dict[str, Any]:
    """Return what a manifest changes beside the spec; only what was made from one keeps it."""
    meta: dict[str, Any] = {"labels": dict(manifest.labels), "annotations": dict(manifest.annotations)}
    meta["finalizers"] = finalizers_of(obj, manifest)
    return {**meta, "manifest": manifest} if obj.manifest is not None else meta


def _may_grow(store: Store, claim: PersistentVolumeClaim) -> None:
    if claim.phase != "Bound":
        raise ModelError(f"{claim.key}: only bound persistent volume claims can be expanded")
    found = class_of(store, claim)
    if found is None or not found.spec.allow_expansion:
        raise ModelError(
            f"{claim.key}: only dynamically provisioned pvc can be resized and the storageclass that "
            "provisions the pvc must support resize"
        )


def change_volume(
    store: Store, volume: PersistentVolume, manifest: Manifest, *, applied: bool = False
) -> None:
    """Change a volume: its policy, its class, its size, and for whom it is reserved, but not what it is.

    Source: pkg/apis/core/validation: ValidatePersistentVolumeUpdate. To clear ``claimRef`` is how a person
    gives a Released volume back ("Persistent Volumes: Retain"); a manifest that is `applied` again and never
    named a claim leaves the controller's alone (kubectl apply: what it did not set it does not remove).

    Raises
    ------
    ModelError
        If the API server refuses the change.
    """
    spec = manifest.spec
    if not isinstance(spec, VolumeSpec):
        raise TypeError(f"{manifest.key} is not a volume")
    if spec.source != volume.source or spec.handle not in ("", volume.handle or volume.name):
        raise ModelError(f"{volume.key}: spec.persistentvolumesource is immutable after creation")
    before = affinity_terms(volume)
    if before and spec.affinity != before:
        raise ModelError(f"{volume.key}: spec.nodeAffinity: field is immutable")
    changes = _attributes(spec)
    for made in ("source", "handle", "affinity", "provisioned_by"):
        del changes[made]
    if not before:
        changes["affinity"] = spec.affinity
    if applied and spec.claim is None:
        del changes["claim"], changes["claim_uid"]
    freed = volume.claim is not None and spec.claim is None and not applied
    changes |= _metadata(volume, manifest)
    store.write(volume, "Changed", changes, claim="" if freed else spec.claim)


_DROPPED = "$deleteFromPrimitiveList/finalizers"


def finalizers_of(obj: Object, manifest: Manifest) -> tuple[str, ...]:
    """Return an object's finalizers once a manifest is applied: its own are exchanged, others' stay."""
    own = obj.manifest.finalizers if obj.manifest is not None else ()
    others = tuple(name for name in obj.finalizers if name not in own and name not in manifest.finalizers)
    return (*manifest.finalizers, *others)


def patch_finalizers(store: Store, obj: Object, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Take an object's finalizers away, or add some, if a patch says so; return what else it says.

    What waits only for its finalizers is gone with them (apiserver pkg/registry/generic/registry/store.go:
    deletionFinalizersForGarbageCollection, Update). A list adds to what is there, as a strategic merge does;
    null or an empty list takes all away.
    """
    meta = dict(changes.get("metadata") or {})
    if "finalizers" not in meta and _DROPPED not in meta:
        return dict(changes)
    dropped = set(meta.pop(_DROPPED, ()) or ())
    asked = tuple(meta.pop("finalizers", obj.finalizers) or ())
    left = tuple(dict.fromkeys((*obj.finalizers, *asked))) if asked else ()
    left = tuple(name for name in left if name not in dropped)
    said = "a person changed the finalizers" if left else "a person took the finalizers away"
    kept = {"finalizers": left, **({"manifest": _holding(obj.manifest, left)} if obj.manifest else {})}
    store.write(obj, "Changed" if left else "Unprotected", kept, why=said)
    if not left and obj.terminating:
        store.remove(obj, why="nothing holds it any more")
        return {}
    rest = {key: value for key, value in changes.items() if key != "metadata"}
    return {**rest, "metadata": meta} if meta else rest


def _holding(manifest: Manifest, finalizers: tuple[str, ...]) -> Manifest:
    """Return a manifest that says these finalizers, so that a later patch does not bring others back."""
    meta = {key: value for key, value in manifest.raw["metadata"].items() if key != "finalizers"}
    if finalizers:
        meta["finalizers"] = list(finalizers)
    return replace(manifest, raw={**manifest.raw, "metadata": meta}, finalizers=finalizers)


def document(obj: PersistentVolumeClaim | PersistentVolume) -> dict[str, Any]:
    """Return a claim or a volume as the API shows it, to be patched."""
    meta: dict[str, Any] = {
        "name": obj.name,
        "labels": dict(obj.labels),
        "annotations": dict(obj.annotations),
        "finalizers": list(obj.finalizers),
    }
    spec = _claim_document(obj) if isinstance(obj, PersistentVolumeClaim) else _volume_document(obj)
    return {"apiVersion": "v1", "kind": obj.KIND, "metadata": meta, "spec": spec}


def _claim_document(claim: PersistentVolumeClaim) -> dict[str, Any]:
    spec = claim.spec
    found: dict[str, Any] = {
        "accessModes": list(spec.access_modes),
        "resources": {"requests": {"storage": str(spec.size_bytes)}},
    }
    if spec.storage_class is not None:
        found["storageClassName"] = spec.storage_class
    if spec.volume_name is not None:
        found["volumeName"] = spec.volume_name
    if spec.selector is not None:
        found["selector"] = {
            "matchLabels": dict(spec.selector.match_labels),
            "matchExpressions": [_row(row) for row in spec.selector.match_expressions],
        }
    return found


def _volume_document(volume: PersistentVolume) -> dict[str, Any]:
    found: dict[str, Any] = {
        "capacity": {"storage": str(volume.size_bytes)},
        "accessModes": list(volume.access_modes),
        "persistentVolumeReclaimPolicy": volume.reclaim_policy,
        "storageClassName": volume.storage_class,
        volume.source: _source(volume),
    }
    if volume.claim is not None:
        found["claimRef"] = {"kind": "PersistentVolumeClaim", "name": volume.claim}
        if volume.claim_uid is not None:
            found["claimRef"]["uid"] = volume.claim_uid
    terms = affinity_terms(volume)
    if terms:
        rows = [{"matchExpressions": [_row(row) for row in term.requirements]} for term in terms]
        found["nodeAffinity"] = {"required": {"nodeSelectorTerms": rows}}
    return found


def _row(row: Any) -> dict[str, Any]:
    values = {"values": list(row.values)} if row.values else {}
    return {"key": row.key, "operator": row.operator, **values}


def _source(volume: PersistentVolume) -> dict[str, Any]:
    handle = volume.handle or volume.name
    match volume.source:
        case "csi":
            return {"driver": volume.provisioned_by or "block.statesim", "volumeHandle": handle}
        case "nfs":
            server, _, path = handle.partition(":")
            return {"server": server, "path": path}
        case _:
            return {"path": handle}
