"""Claims, volumes, classes and attachments in the API's form."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import HOSTNAME_LABEL, ZONE_LABEL
from statesim.cluster.wire.metadata import condition, metadata, said, timestamp, uuid
from statesim.scenario.manifests.defaults import canonical, claim_spec_document
from statesim.scenario.quantity import binary

if TYPE_CHECKING:
    from statesim.cluster.objects import (
        PersistentVolume,
        PersistentVolumeClaim,
        StorageClass,
        VolumeAttachment,
    )
    from statesim.cluster.wire.metadata import Document, Frame
    from statesim.scenario.specs import ClaimSpec

STANDARD_DRIVER = "block.statesim"


def driver_of(provisioner: str) -> str:
    """Return the CSI driver of a provisioner: names of drivers have no slash."""
    return ".".join(reversed(provisioner.split("/"))) if provisioner else STANDARD_DRIVER


def claim_spec(spec: ClaimSpec) -> Document:
    """Return a claim's spec as written and defaulted; its size as it is now."""
    made: Document = dict(spec.raw) or claim_spec_document({"accessModes": list(spec.access_modes)})
    size = binary(spec.size_bytes)
    resources = made.get("resources", {})
    made["resources"] = {**resources, "requests": {**resources.get("requests", {}), "storage": size}}
    if spec.storage_class is not None:
        made["storageClassName"] = spec.storage_class
    return made


def claim(obj: PersistentVolumeClaim, frame: Frame) -> Document:
    """Return a PersistentVolumeClaim.

    Its annotations are the PV controller's (pv_controller.go: setClaimProvisioner, bindClaimToVolume) and the
    scheduler's.
    """
    spec = claim_spec(obj.spec)
    if obj.default_class:
        spec["storageClassName"] = obj.default_class
    notes: dict[str, str] = {}
    if obj.selected_node:
        notes["volume.kubernetes.io/selected-node"] = obj.selected_node
    if obj.provisioner:
        notes["volume.beta.kubernetes.io/storage-provisioner"] = obj.provisioner
        if frame.features.has("FieldStorageProvisioner"):
            notes["volume.kubernetes.io/storage-provisioner"] = obj.provisioner
    status: Document = {"phase": obj.phase}
    if obj.volume is not None:
        spec["volumeName"] = obj.volume
        notes["pv.kubernetes.io/bind-completed"] = "yes"
        if obj.spec.volume_name is None:
            notes["pv.kubernetes.io/bound-by-controller"] = "yes"
        if obj.phase == "Bound":
            capacity = obj.capacity_bytes or obj.spec.size_bytes
            status |= {"accessModes": list(obj.spec.access_modes), "capacity": {"storage": binary(capacity)}}
    if obj.conditions:
        since = obj.resizing_us or 0
        status["conditions"] = [condition(kind, True, since) for kind in obj.conditions]
    return {"metadata": metadata(obj, annotations=notes), "spec": spec, "status": status}


def volume(obj: PersistentVolume, _frame: Frame) -> Document:
    """Return a PersistentVolume: as written by a person, or as an external provisioner makes it."""
    size = binary(obj.size_bytes)
    written = {key: value for key, value in canonical(said(obj)).items() if key != "claimRef"}
    provisioner = obj.provisioned_by
    spec: Document = {
        "accessModes": list(obj.access_modes),
        **written,
        "capacity": {"storage": size},
        "persistentVolumeReclaimPolicy": obj.reclaim_policy,
        "volumeMode": written.get("volumeMode", "Filesystem"),
    }
    if obj.storage_class:
        spec["storageClassName"] = obj.storage_class
    if not written:
        handle = obj.handle or obj.name
        if obj.source == "csi":
            spec["csi"] = {"driver": driver_of(provisioner), "fsType": "ext4", "volumeHandle": handle}
        elif obj.source == "nfs":
            spec["nfs"] = {"path": f"/{handle}", "server": "nfs.statesim"}
        else:
            spec[obj.source] = {"path": f"/mnt/disks/{handle}"}
        affinity = _node_affinity(obj)
        if affinity:
            spec["nodeAffinity"] = affinity
    if obj.claim is not None:
        spec["claimRef"] = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "name": obj.claim,
            "namespace": "default",
            **({"uid": uuid(obj.claim_uid)} if obj.claim_uid else {}),
        }
    notes = {"pv.kubernetes.io/provisioned-by": provisioner or STANDARD_DRIVER} if not written else {}
    return {"metadata": metadata(obj, annotations=notes), "spec": spec, "status": {"phase": obj.phase}}


def _node_affinity(obj: PersistentVolume) -> Document:
    zones = [zone for zone in (obj.zone, *obj.other_zones) if zone]
    rows: list[Document] = []
    if obj.node:
        rows.append({"key": HOSTNAME_LABEL, "operator": "In", "values": [obj.node]})
    elif zones:
        rows.append({"key": ZONE_LABEL, "operator": "In", "values": zones})
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": rows}]}} if rows else {}


def storage_class(obj: StorageClass, _frame: Frame) -> Document:
    """Return a StorageClass: its fields stand beside its metadata."""
    raw: dict[str, Any] = dict(obj.manifest.raw) if obj.manifest is not None else {}
    kept = {k: v for k, v in canonical(raw).items() if k not in ("apiVersion", "kind", "metadata")}
    made: Document = {
        **kept,
        "metadata": metadata(obj),
        "provisioner": obj.spec.provisioner,
        "reclaimPolicy": obj.spec.reclaim_policy,
        "volumeBindingMode": obj.spec.binding_mode,
    }
    if obj.spec.allow_expansion:
        made["allowVolumeExpansion"] = True
    return made


def attachment(obj: VolumeAttachment, _frame: Frame) -> Document:
    """Return a VolumeAttachment under the name that the CSI plugin gives it (csi_attacher.go)."""
    meta = metadata(obj)
    meta["name"] = attachment_name(obj.volume, STANDARD_DRIVER, obj.node)
    meta.setdefault("finalizers", [f"external-attacher/{STANDARD_DRIVER.replace('.', '-')}"])
    if obj.detach_requested_us is not None:
        meta |= {"deletionGracePeriodSeconds": 0, "deletionTimestamp": timestamp(obj.detach_requested_us)}
    status: Document = {"attached": obj.attached}
    if obj.detach_failed_us is not None:
        said = "the storage system does not detach the volume"
        status["detachError"] = {"message": said, "time": timestamp(obj.detach_failed_us)}
    return {
        "metadata": meta,
        "spec": {
            "attacher": STANDARD_DRIVER,
            "nodeName": obj.node,
            "source": {"persistentVolumeName": obj.volume},
        },
        "status": status,
    }


def attachment_name(handle: str, driver: str, node: str) -> str:
    """Return a VolumeAttachment's name: a digest of volume, driver and node."""
    return f"csi-{sha256(f'{handle}{driver}{node}'.encode()).hexdigest()}"


def attached_name(volume_name: str) -> str:
    """Return a volume's name in a node's status (``UniqueVolumeName``)."""
    return f"kubernetes.io/csi/{STANDARD_DRIVER}^{volume_name}"
