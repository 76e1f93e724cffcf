"""PersistentVolumes that a person makes: static provisioning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.manifests import fields
from statesim.scenario.manifests.selectors import node_selector
from statesim.scenario.manifests.storage import access_modes, volume_mode
from statesim.scenario.storage_specs import VolumeSpec
from statesim.scenario.units import parse_bytes

if TYPE_CHECKING:
    from statesim.scenario.manifests.reader import Reader

_SOURCES = ("csi", "local", "hostPath", "nfs")
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


def _reclaim_policy(spec: Reader) -> str:
    """Return what becomes of the volume after its claim; Recycle is valid, but nobody scrubs volumes here.

    Source: pkg/apis/core/validation: supportedReclaimPolicy; only nfs and hostPath have a recycler
    (pkg/volume: RecyclableVolumePlugin), and the policy is deprecated ("Persistent Volumes: Recycle").
    """
    if spec.data.get("persistentVolumeReclaimPolicy") == "Recycle":
        message = "Recycle is valid in Kubernetes (deprecated), but is not modelled"
        hint = "use Delete with a provisioner that makes new volumes, or Retain and free it by hand"
        spec.error("persistentVolumeReclaimPolicy", message, hint)
        return "Retain"
    return spec.word("persistentVolumeReclaimPolicy", ("Delete", "Retain"), "Retain")


def volume_spec(obj: Reader) -> VolumeSpec:
    """Return the spec of a PersistentVolume (pkg/apis/core/validation: ValidatePersistentVolumeSpec)."""
    spec = obj.inner("spec", fields.PERSISTENT_VOLUME)
    modes: Any = access_modes(spec)
    capacity = spec.inner("capacity", fields.Fields("capacity", frozenset({"storage"}), frozenset()))
    if not capacity.has("storage"):
        spec.missing("capacity.storage")
    reclaim: Any = _reclaim_policy(spec)
    volume_mode(spec)
    source: Any
    source, handle = _source(spec)
    terms = node_selector(spec.inner("nodeAffinity", fields.VOLUME_AFFINITY), "required")
    if source == "local" and not terms:
        spec.notes.error(spec.path, "a local volume needs nodeAffinity: the node that has it")
    annotations = obj.inner("metadata", fields.META).data.get("annotations")
    by = annotations.get(PROVISIONED_BY) if isinstance(annotations, dict) else None
    claim = spec.inner("claimRef", fields.CLAIM_REF)
    if spec.has("claimRef") and not claim.has("name"):
        claim.missing("name")
    return VolumeSpec(
        modes,
        capacity.quantity("storage", parse_bytes),
        reclaim,
        spec.text("storageClassName"),
        source,
        handle,
        terms,
        claim.text("name") or None,
        claim.text("uid") or None,
        str(by) if by else "",
    )


def _source(spec: Reader) -> tuple[str, str]:
    """Return what the volume is, and the name of its data."""
    named = [key for key in _SOURCES if spec.has(key)]
    if len(named) > 1:
        spec.notes.error(spec.path, f"expected one of {', '.join(_SOURCES)}, found {', '.join(named)}")
    elif not named and not (set(spec.data) & fields.PERSISTENT_VOLUME.ignored - {"mountOptions"}):
        spec.notes.error(spec.path, f"expected a source: {', '.join(_SOURCES)}")
    match named[0] if named else "":
        case "csi":
            csi = spec.inner("csi", fields.CSI_SOURCE)
            csi.text("driver", required=True)
            return "csi", csi.text("volumeHandle", required=True)
        case "local":
            return "local", spec.inner("local", fields.LOCAL_SOURCE).text("path", required=True)
        case "hostPath":
            return "hostPath", spec.inner("hostPath", fields.HOST_PATH).text("path", required=True)
        case "nfs":
            nfs = spec.inner("nfs", fields.NFS_SOURCE)
            return "nfs", f"{nfs.text('server', required=True)}:{nfs.text('path', required=True)}"
        case _:
            return "csi", ""
