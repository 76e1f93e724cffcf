"""`describe` of claims, volumes and classes. Source: kubectl pkg/describe/describe.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.views.kubectl.heads import head, labelled
from statesim.views.kubectl.rows import DEFAULT_CLASS
from statesim.views.kubectl.snapshot import moment
from statesim.views.kubectl.words import NONE, UNSET, access_modes, flag, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.views.kubectl.snapshot import Snapshot
    from statesim.views.kubectl.tabs import Lines

    Document = Mapping[str, Any]


def _status(lines: Lines, doc: Document, at: Snapshot) -> None:
    gone_by = doc["metadata"].get("deletionTimestamp")
    phase = doc["status"]["phase"]
    lines.add(0, f"Status:\t{phase if gone_by is None else f'Terminating (lasts {at.since(gone_by)})'}")


def _finalizers(lines: Lines, doc: Document) -> None:
    lines.add(0, f"Finalizers:\t[{' '.join(doc['metadata'].get('finalizers', ()))}]")


def claim(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe a PersistentVolumeClaim."""
    meta, spec, status = doc["metadata"], doc["spec"], doc["status"]
    bound = "volumeName" in spec
    head(lines, meta)
    lines.add(0, f"StorageClass:\t{spec.get('storageClassName', '')}")
    _status(lines, doc, at)
    lines.add(0, f"Volume:\t{spec.get('volumeName', '')}")
    labelled(lines, meta)
    _finalizers(lines, doc)
    lines.add(0, f"Capacity:\t{status.get('capacity', {}).get('storage', '') if bound else ''}")
    lines.add(0, f"Access Modes:\t{access_modes(status.get('accessModes', ())) if bound else ''}")
    lines.add(0, f"VolumeMode:\t{spec.get('volumeMode', 'Filesystem')}")
    users = [
        pod["metadata"]["name"]
        for pod in at.unfinished_pods()
        if any(
            row.get("persistentVolumeClaim", {}).get("claimName") == meta["name"]
            for row in pod["spec"].get("volumes", ())
        )
    ]
    lines.several(0, "Used By", users)
    if status.get("conditions"):
        lines.add(0, "Conditions:")
        lines.add(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage")
        lines.add(1, "----\t------\t-----------------\t------------------\t------\t-------")
        for row in status["conditions"]:
            when = moment(row["lastTransitionTime"])
            never = "Mon, 01 Jan 0001 00:00:00 +0000"
            cells = (row["type"], row["status"], never, when, row.get("reason", ""), row.get("message", ""))
            lines.add(1, " \t".join(cells))
    at.events(lines, doc)


def volume(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe a PersistentVolume."""
    meta, spec = doc["metadata"], doc["spec"]
    holder = spec.get("claimRef")
    head(lines, meta)
    labelled(lines, meta)
    _finalizers(lines, doc)
    lines.add(0, f"StorageClass:\t{spec.get('storageClassName', '')}")
    _status(lines, doc, at)
    lines.add(0, f"Claim:\t{holder['namespace'] + '/' + holder['name'] if holder else ''}")
    lines.add(0, f"Reclaim Policy:\t{spec['persistentVolumeReclaimPolicy']}")
    lines.add(0, f"Access Modes:\t{access_modes(spec['accessModes'])}")
    lines.add(0, f"VolumeMode:\t{spec.get('volumeMode', 'Filesystem')}")
    lines.add(0, f"Capacity:\t{spec['capacity']['storage']}")
    _affinity(lines, spec.get("nodeAffinity"))
    lines.add(0, f"Message:\t{doc['status'].get('message', '')}")
    lines.add(0, "Source:")
    _source(lines, spec)
    at.events(lines, doc)


def _affinity(lines: Lines, affinity: Document | None) -> None:
    if affinity is None:
        lines.add(0, f"Node Affinity:\t{NONE}")
        return
    lines.add(0, "Node Affinity:\t")
    lines.add(1, "Required Terms:\t")
    for index, term in enumerate(affinity["required"]["nodeSelectorTerms"]):
        rows = [
            f"{row['key']} {row['operator'].lower()} [{', '.join(row.get('values', ()))}]"
            for row in term.get("matchExpressions", ())
        ]
        lines.several(2, f"Term {index}", rows)


def _source(lines: Lines, spec: Document) -> None:
    if "csi" in spec:
        csi = spec["csi"]
        lines.add(2, "Type:\tCSI (a Container Storage Interface (CSI) volume source)")
        lines.add(2, f"Driver:\t{csi['driver']}")
        lines.add(2, f"FSType:\t{csi.get('fsType', '')}")
        lines.add(2, f"VolumeHandle:\t{csi['volumeHandle']}")
        lines.add(2, f"ReadOnly:\t{flag(csi.get('readOnly'))}")
        lines.add(2, f"VolumeAttributes:\t{NONE}")
    elif "local" in spec:
        lines.add(2, "Type:\tLocalVolume (a persistent volume backed by local storage on a node)")
        lines.add(2, f"Path:\t{spec['local'].get('path', '')}")
    elif "hostPath" in spec:
        lines.add(2, "Type:\tHostPath (bare host directory volume)")
        lines.add(2, f"Path:\t{spec['hostPath'].get('path', '')}")
        lines.add(2, f"HostPathType:\t{spec['hostPath'].get('type', '')}")
    elif "nfs" in spec:
        nfs = spec["nfs"]
        lines.add(2, "Type:\tNFS (an NFS mount that lasts the lifetime of a pod)")
        lines.add(2, f"Server:\t{nfs.get('server', '')}")
        lines.add(2, f"Path:\t{nfs.get('path', '')}")
        lines.add(2, f"ReadOnly:\t{flag(nfs.get('readOnly'))}")


def storage_class(lines: Lines, doc: Document, at: Snapshot) -> None:
    """Describe a StorageClass."""
    meta = doc["metadata"]
    notes = meta.get("annotations", {})
    head(lines, meta)
    lines.add(0, f"IsDefaultClass:\t{'Yes' if notes.get(DEFAULT_CLASS) == 'true' else 'No'}")
    lines.add(0, f"Annotations:\t{pairs(notes)}")
    lines.add(0, f"Provisioner:\t{doc['provisioner']}")
    lines.add(0, f"Parameters:\t{pairs(doc.get('parameters'))}")
    expands = doc.get("allowVolumeExpansion")
    lines.add(0, f"AllowVolumeExpansion:\t{UNSET if expands is None else expands}")
    lines.add(0, f"MountOptions:\t{NONE}")
    lines.add(0, f"ReclaimPolicy:\t{doc['reclaimPolicy']}")
    lines.add(0, f"VolumeBindingMode:\t{doc['volumeBindingMode']}")
    at.events(lines, doc)
