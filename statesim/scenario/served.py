"""Which apiVersion of a kind which version of Kubernetes serves.

Source: "Deprecated API Migration Guide" (kubernetes.io/docs/reference/using-api/deprecation-guide) for the
last versions, CHANGELOG for the first; alpha versions are off and stand nowhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from statesim.scenario.versions import NEWEST, OLDEST


class Served(NamedTuple):
    """One row of `SERVED`: the minor versions that serve an apiVersion; `until` ``None`` = still."""

    api_version: str
    since: int
    until: int | None = None

    def by(self, minor: int | None) -> bool:
        """Tell whether a version serves it; ``None`` = any that is simulated."""
        first, last = (OLDEST, NEWEST) if minor is None else (minor, minor)
        return self.since <= last and (self.until is None or self.until >= first)


_CORE = (Served("v1", 0),)
# of each kind the version that servers prefer first: it is the one that they answer with
SERVED: dict[str, tuple[Served, ...]] = {
    **dict.fromkeys(
        ("Pod", "Service", "PersistentVolumeClaim", "PersistentVolume", "Node", "Event", "ResourceQuota"),
        _CORE,
    ),
    "Deployment": (
        Served("apps/v1", 9),
        Served("apps/v1beta2", 8, 15),
        Served("apps/v1beta1", 6, 15),
        Served("extensions/v1beta1", 2, 15),
    ),
    "ReplicaSet": (Served("apps/v1", 9), Served("apps/v1beta2", 8, 15), Served("extensions/v1beta1", 2, 15)),
    "StatefulSet": (Served("apps/v1", 9), Served("apps/v1beta2", 8, 15), Served("apps/v1beta1", 5, 15)),
    "ControllerRevision": (
        Served("apps/v1", 9),
        Served("apps/v1beta2", 8, 15),
        Served("apps/v1beta1", 7, 15),
    ),
    "PodDisruptionBudget": (Served("policy/v1", 21), Served("policy/v1beta1", 5, 24)),
    "StorageClass": (Served("storage.k8s.io/v1", 6), Served("storage.k8s.io/v1beta1", 4, 21)),
    "VolumeAttachment": (Served("storage.k8s.io/v1", 13), Served("storage.k8s.io/v1beta1", 10, 21)),
    "EndpointSlice": (Served("discovery.k8s.io/v1", 21), Served("discovery.k8s.io/v1beta1", 17, 24)),
    "PriorityClass": (Served("scheduling.k8s.io/v1", 14), Served("scheduling.k8s.io/v1beta1", 11, 21)),
}


def served(kind: str, api_version: str, minor: int | None) -> bool:
    """Tell whether a version (``None`` = any that is simulated) serves a kind as `api_version`."""
    return any(row.api_version == api_version and row.by(minor) for row in SERVED[kind])


@lru_cache(maxsize=1024)
def preferred(kind: str, minor: int | None = None) -> str:
    """Return the apiVersion with which the API server of a version answers (the group's preferred one)."""
    return next(row.api_version for row in SERVED[kind] if row.by(minor))


def no_match(kind: str, api_version: str) -> str:
    """Return kubectl's words (apimachinery pkg/api/meta/errors.go: NoKindMatchError)."""
    return f'no matches for kind "{kind}" in version "{api_version}"'


def serves(kind: str, api_version: str, minor: int | None) -> str:
    """Return the hint: when `api_version` was served, and which one the version serves."""
    known = [row.api_version for row in SERVED[kind] if row.by(minor)]
    who = "Kubernetes" if minor is None else f"Kubernetes 1.{minor}"
    told = f"{who} serves {' and '.join(known)}"
    row = next((row for row in SERVED[kind] if row.api_version == api_version), None)
    if row is None:
        return told
    early = minor is not None and minor < row.since
    when = f"came with 1.{row.since}" if early else f"went after 1.{row.until}"
    return f"{told}; {api_version} {when}"
