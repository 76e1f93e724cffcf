"""The spec of a volume that a person made: frozen values, as in ``specs``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from statesim.scenario.specs import AccessMode, NodeSelectorTerm


@dataclass(frozen=True, slots=True)
class VolumeSpec:
    """v1 PersistentVolume, made by a person: what it is, where it can be used, and for whom it is."""

    access_modes: tuple[AccessMode, ...]
    size_bytes: int
    reclaim_policy: Literal["Delete", "Retain"] = "Retain"
    storage_class: str = ""
    source: Literal["csi", "local", "hostPath", "nfs"] = "csi"
    handle: str = ""
    affinity: tuple[NodeSelectorTerm, ...] = ()
    claim: str | None = None
    claim_uid: str | None = None
    provisioned_by: str = ""
