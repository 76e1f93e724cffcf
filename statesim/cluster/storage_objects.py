"""Claims, volumes, their classes and their attachments, as the API server keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from statesim.cluster.metadata import HOSTNAME_LABEL, ZONE_LABEL, Object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.scenario.specs import ClaimSpec, NodeSelectorTerm, StorageClassSpec


@dataclass(slots=True, eq=False, kw_only=True)
class PersistentVolumeClaim(Object):
    """A claim; `volume` is the PersistentVolume it is bound to, `selected_node` the scheduler's choice.

    `capacity_bytes` is what a pod sees of it, `resizing_us` since when its volume is being made larger,
    `conditions` what the API shows of that (Resizing, FileSystemResizePending); `default_class` is the class
    that admission wrote into a claim that named none, `provisioner` who has been asked to make a volume.
    """

    KIND: ClassVar[str] = "PersistentVolumeClaim"
    spec: ClaimSpec
    phase: Literal["Pending", "Bound", "Lost"] = "Pending"
    volume: str | None = None
    selected_node: str | None = None
    capacity_bytes: int = 0
    resizing_us: int | None = None
    conditions: tuple[str, ...] = ()
    default_class: str = ""
    provisioner: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class PersistentVolume(Object):
    """A disk, and where it can be used.

    Attributes
    ----------
    zone, other_zones
        Where the disk is, and where the storage system keeps a synchronous copy of it ("" = anywhere).
    node
        The only node that has it ("" = any).
    affinity
        What the manifest says about nodes: any of the terms; ``()`` = nothing.
    source
        What it is; only what a driver provides (``csi``) is attached and detached.
    handle
        The disk itself, which survives the object where the policy is Retain; "" = the volume's name.
    provisioned_by
        The provisioner that made it and will delete it; "" = a person.
    claim, claim_uid
        ``claimRef``; without a uid it is reserved for the next claim of that name.
    """

    KIND: ClassVar[str] = "PersistentVolume"
    access_modes: tuple[str, ...]
    storage_class: str
    size_bytes: int
    reclaim_policy: Literal["Delete", "Retain"]
    zone: str = ""
    other_zones: tuple[str, ...] = ()
    node: str = ""
    affinity: tuple[NodeSelectorTerm, ...] = ()
    source: Literal["csi", "local", "hostPath", "nfs"] = "csi"
    handle: str = ""
    provisioned_by: str = ""
    phase: Literal["Available", "Bound", "Released", "Failed"] = "Available"
    claim: str | None = None
    claim_uid: str | None = None

    @property
    def attachable(self) -> bool:
        """Tell whether somebody must attach it before a kubelet can mount it."""
        return self.source == "csi"

    def usable(self, labels: Mapping[str, str]) -> bool:
        """Tell whether a pod on a node with these labels can use it (its node affinity, a hard rule).

        Source: component-helpers storage/volume/helpers.go: CheckNodeAffinity.
        """
        if self.affinity:
            return any(all(row.matches(labels) for row in term.requirements) for term in self.affinity)
        zone = labels.get(ZONE_LABEL, "")
        here = self.zone in ("", zone) or zone in self.other_zones
        return here and self.node in ("", labels.get(HOSTNAME_LABEL))

    def disk(self, node: str) -> str:
        """Return the name of the data that a pod on `node` finds on it: a directory is each node's own."""
        if not self.handle:
            return self.name
        return f"{self.handle}@{node}" if self.source in ("hostPath", "local") else self.handle


@dataclass(slots=True, eq=False, kw_only=True)
class StorageClass(Object):
    """How volumes of a class are made."""

    KIND: ClassVar[str] = "StorageClass"
    spec: StorageClassSpec


@dataclass(slots=True, eq=False, kw_only=True)
class VolumeAttachment(Object):
    """A volume's attachment to a node, named ``<volume>@<node>``; an object from request to detached.

    `unneeded_us` is since when no pod on the node needs it although the node still reports it as mounted;
    `forced` tells that its detaching was asked for all the same; `detach_failed_us` is when the driver
    reported an error of it (status.detachError).
    """

    KIND: ClassVar[str] = "VolumeAttachment"
    volume: str
    node: str
    attached: bool = False
    requested_us: int = 0
    detach_requested_us: int | None = None
    detach_failed_us: int | None = None
    unneeded_us: int | None = None
    forced: bool = False
