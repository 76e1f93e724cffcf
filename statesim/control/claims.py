"""The claims of a pod that is to be scheduled: what is wrong with them, and which nodes can serve them.

Source: kubernetes pkg/scheduler/framework/plugins (volumebinding, volumerestrictions, nodevolumelimits).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statesim.cluster.objects import PersistentVolume, PersistentVolumeClaim
    from statesim.control.nodeinfo import NodeInfo

ONE_POD_ONLY = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
IMMEDIATE_UNBOUND = "pod has unbound immediate PersistentVolumeClaims"


@dataclass(frozen=True, slots=True)
class ClaimInfo:
    """One claim of a pod, and what could become of it.

    Attributes
    ----------
    volume
        The volume that it is bound to.
    delayed
        Its class waits for the first consumer.
    zones
        Where its class can make a volume: ``()`` = anywhere, ``None`` = nowhere.
    candidates
        Ready-made volumes that fit, the best first.
    selected
        The node that was chosen for it, if that node exists.
    used_on
        The nodes of the pods that have it, where only one pod at a time may.
    """

    name: str
    claim: PersistentVolumeClaim | None
    volume: PersistentVolume | None = None
    delayed: bool = False
    zones: tuple[str, ...] | None = None
    candidates: tuple[PersistentVolume, ...] = ()
    selected: str | None = None
    used_on: tuple[str, ...] = ()

    @property
    def unbound(self) -> bool:
        """Tell whether it has no volume yet."""
        return self.claim is not None and self.claim.volume is None

    @property
    def disk(self) -> bool:
        """Tell whether its volume is, or will be, one that must be attached."""
        if self.volume is not None:
            return self.volume.attachable
        return self.zones is not None or any(volume.attachable for volume in self.candidates)


def claims_problem(claims: tuple[ClaimInfo, ...]) -> str | None:
    """Return why no node at all will do because of the pod's claims.

    Source: the PreFilter of volumerestrictions and volumebinding (scheduler_binder.go:getPodVolumes).
    """
    for info in claims:
        claim = info.claim
        if claim is None:
            return f'persistentvolumeclaim "{info.name}" not found'
        if claim.terminating:
            return f'persistentvolumeclaim "{info.name}" is being deleted'
        if claim.phase == "Lost" or (claim.volume is not None and info.volume is None):
            return (
                f'persistentvolumeclaim "{info.name}" bound to non-existent persistentvolume "{claim.volume}"'
            )
    if any(info.unbound and not info.delayed for info in claims):
        return IMMEDIATE_UNBOUND
    return None


def no_volume(claims: tuple[ClaimInfo, ...], node: NodeInfo) -> tuple[str, tuple[str, ...], bool] | None:
    """Return which filter says that the node cannot serve a claim, its words, and whether that is final.

    Another pod with a ReadWriteOncePod claim can go; a volume stays where it is (volumerestrictions,
    KEP-2485; nodevolumelimits/csi.go; scheduler_binder.go:FindPodVolumes).
    """
    if any(_taken(info, node) for info in claims):
        return "VolumeRestrictions", (ONE_POD_ONLY,), False
    if node.volumes is not None and _attached(claims, node) > node.volumes:
        return "NodeVolumeLimits", ("node(s) exceed max volume count",), False
    chosen = reservable(claims, node)
    reasons = []
    for info in claims:
        if info.volume is not None:
            if not info.volume.usable(node.labels):
                reasons.append("node(s) had volume node affinity conflict")
        elif not _obtainable(info, node, chosen.get(info.name)):
            reasons.append("node(s) didn't find available persistent volumes to bind")
    return ("VolumeBinding", tuple(dict.fromkeys(reasons)), True) if reasons else None


def _attached(claims: tuple[ClaimInfo, ...], node: NodeInfo) -> int:
    """Count the volumes that the node would hold; 0 if the pod brings none (nodevolumelimits/csi.go)."""
    held = {name for tenant in node.tenants for name in tenant.disks}
    new = {info.name for info in claims if info.disk} - held
    return len(held) + len(new) if new else 0


def _taken(info: ClaimInfo, node: NodeInfo) -> bool:
    """Tell whether another pod has a claim that is for one pod only, here or on any other node.

    Source: volumerestrictions/volume_restrictions.go: satisfyReadWriteOncePod, which counts the claim's users
    on all nodes.
    """
    if info.claim is None or "ReadWriteOncePod" not in info.claim.spec.access_modes:
        return False
    return any(info.name in tenant.spec.claims for tenant in node.tenants) or any(
        other != node.name for other in info.used_on
    )


def _obtainable(info: ClaimInfo, node: NodeInfo, ready_made: PersistentVolume | None) -> bool:
    """Tell whether the node could get a volume for an unbound claim: a ready-made or a new one."""
    if info.selected is not None:
        return info.selected == node.name
    if ready_made is not None:
        return True
    return info.zones is not None and (not info.zones or node.zone in info.zones)


def reservable(claims: tuple[ClaimInfo, ...], node: NodeInfo) -> dict[str, PersistentVolume]:
    """Return the ready-made volumes that a pod's unbound claims would get on the node, by the claim's name.

    The smallest claim chooses first, and no two get the same (scheduler_binder.go: findMatchingVolumes).
    """
    chosen: dict[str, PersistentVolume] = {}
    taken: set[str] = set()
    unbound = [info for info in claims if info.claim is not None and info.unbound]
    for info in sorted(unbound, key=lambda info: info.claim.spec.size_bytes if info.claim else 0):
        found = next((v for v in info.candidates if v.name not in taken and v.usable(node.labels)), None)
        if found is not None:
            chosen[info.name] = found
            taken.add(found.name)
    return chosen
