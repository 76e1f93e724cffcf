"""What differs from one version of Kubernetes to the next: a row a feature, when it came, and its source.

A scenario's ``cluster.kubernetes`` chooses the version, ``cluster.featureGates`` overrides single gates as
``--feature-gates`` does. What changed without a gate stands in ``behaviours``, default timings that changed
in ``timings``, which apiVersions a version serves in ``served``; nobody else compares version numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.scenario.behaviours import BEHAVIOURS

if TYPE_CHECKING:
    from collections.abc import Mapping

OLDEST, NEWEST = 20, 34
DEFAULT_VERSION = "1.32"
_VERSION = re.compile(r"v?1\.\d+(\.\d+)?")


class Gate(NamedTuple):
    """One row of `GATES`; the numbers are minor versions, ``None`` = not yet in `NEWEST`.

    Attributes
    ----------
    since
        The first version that knows the gate; before it the feature cannot be switched on.
    on
        The first version in which it is on by default.
    ga
        The first version in which it cannot be switched off any more.
    """

    since: int
    on: int | None
    ga: int | None
    meaning: str
    source: str = "pkg/features/kube_features.go"


GATES: dict[str, Gate] = {
    "StatefulSetMinReadySeconds": Gate(
        22, 23, 25, "a StatefulSet's minReadySeconds counts", "KEP-2599; feature gates (removed)"
    ),
    "StatefulSetStartOrdinal": Gate(26, 27, 31, "spec.ordinals.start", "KEP-3335; kube_features.go"),
    "StatefulSetAutoDeletePVC": Gate(
        23, 27, 32, "persistentVolumeClaimRetentionPolicy", "KEP-1847; kube_features.go"
    ),
    "MaxUnavailableStatefulSet": Gate(
        24,
        None,
        None,
        "a StatefulSet's rollingUpdate.maxUnavailable",
        "KEP-961; kube_features.go (on in 1.35)",
    ),
    "PodIndexLabel": Gate(28, 28, 32, "the label apps.kubernetes.io/pod-index", "KEP-4017; kube_features.go"),
    "PodDeletionCost": Gate(
        21, 22, None, "controller.kubernetes.io/pod-deletion-cost ranks victims", "KEP-2255; kube_features.go"
    ),
    "LogarithmicScaleDown": Gate(
        21, 22, 31, "victims that have been ready about as long are equal", "KEP-2185; kube_features.go"
    ),
    "NodeOutOfServiceVolumeDetach": Gate(
        24,
        26,
        28,
        "the taint out-of-service frees pods and volumes of a dead node",
        "KEP-2268; kube_features.go",
    ),
    "GracefulNodeShutdown": Gate(
        20, 21, None, "a kubelet ends its pods before its machine shuts down", "KEP-2000; kube_features.go"
    ),
    "PodDisruptionConditions": Gate(
        25, 26, 31, "the condition DisruptionTarget says why a pod was ended", "KEP-3329; kube_features.go"
    ),
    "PDBUnhealthyPodEvictionPolicy": Gate(
        26, 27, 31, "unhealthyPodEvictionPolicy of a budget", "KEP-3017; kube_features.go"
    ),
    "ReadWriteOncePod": Gate(22, 27, 29, "the access mode ReadWriteOncePod", "KEP-2485; kube_features.go"),
    "EndpointSliceTerminatingCondition": Gate(
        20,
        22,
        26,
        "endpoints say whether they are serving and terminating",
        "KEP-1672; feature gates (removed)",
    ),
    "PodLifecycleSleepAction": Gate(
        29, 30, 34, "a hook that sleeps by itself: preStop: {sleep: …}", "KEP-3960; kube_features.go"
    ),
    "ProxyTerminatingEndpoints": Gate(
        22, 26, 28, "proxies use terminating endpoints when no other is left", "KEP-1669; kube_features.go"
    ),
    "MinDomainsInPodTopologySpread": Gate(
        24, 27, 30, "minDomains of a topology spread constraint", "KEP-3022; kube_features.go"
    ),
    "NodeInclusionPolicyInPodTopologySpread": Gate(
        25,
        26,
        33,
        "nodeAffinityPolicy and nodeTaintsPolicy of a spread constraint",
        "KEP-3094; kube_features.go",
    ),
    "MatchLabelKeysInPodTopologySpread": Gate(
        25, 27, None, "matchLabelKeys of a spread constraint", "KEP-3243; kube_features.go"
    ),
    "MatchLabelKeysInPodAffinity": Gate(
        29,
        31,
        33,
        "matchLabelKeys and mismatchLabelKeys of a pod affinity term",
        "KEP-3633; kube_features.go",
    ),
    "SchedulerPopFromBackoffQ": Gate(
        33,
        33,
        None,
        "an idle scheduler does not wait for a pod's back-off to end",
        "KEP-5142; kube_features.go",
    ),
    "SidecarContainers": Gate(
        28,
        29,
        33,
        "init containers with restartPolicy: Always stay beside the containers",
        "KEP-753; release notes of 1.29 and 1.33 (PR #129731)",
    ),
    "PodSchedulingReadiness": Gate(
        26, 27, 30, "schedulingGates hold a pod back", "KEP-3521; kube_features.go"
    ),
}


@dataclass(frozen=True, slots=True)
class Features:
    """What the control plane of one version can do.

    Attributes
    ----------
    minor
        The 32 of 1.32.
    enabled
        The gates that are on.
    """

    minor: int
    enabled: frozenset[str]

    @classmethod
    def for_version(cls, version: str = DEFAULT_VERSION, gates: Mapping[str, bool] | None = None) -> Features:
        """Return the features of a version.

        Parameters
        ----------
        version
            ``1.32`` or ``1.32.4``.
        gates
            Gates that are switched on or off, by name (``--feature-gates``).
        """
        number = minor(version)
        asked = gates or {}
        enabled = (name for name, row in GATES.items() if _is_on(row, number, asked.get(name)))
        return cls(number, frozenset(enabled))

    def on(self, gate: str) -> bool:
        """Tell whether a feature is on.

        Raises
        ------
        KeyError
            If there is no such row in `GATES`.
        """
        if gate not in GATES:
            raise KeyError(gate)
        return gate in self.enabled

    def knows(self, gate: str) -> bool:
        """Tell whether the version has a gate, so that it can be switched on."""
        return self.minor >= GATES[gate].since

    def has(self, behaviour: str) -> bool:
        """Tell whether a row of `BEHAVIOURS` holds in this version.

        Raises
        ------
        KeyError
            If there is no such row.
        """
        return self.minor >= BEHAVIOURS[behaviour].since


def _is_on(row: Gate, number: int, asked: bool | None) -> bool:
    """Judge one gate: unknown before `since`, locked from `ga` on (component-base featuregate)."""
    if number < row.since:
        return False
    if row.ga is not None and number >= row.ga:
        return True
    return asked if asked is not None else row.on is not None and number >= row.on


def refused(version: str, gate: str, on: bool) -> str | None:
    """Return why a gate cannot be set so in a version, as its API server would say at start, if it cannot."""
    row, number = GATES[gate], minor(version)
    if number < row.since:
        return f"Kubernetes 1.{number} does not know {gate}: it came with 1.{row.since}"
    if row.ga is not None and number >= row.ga and not on:
        return f"{gate} cannot be switched off since Kubernetes 1.{row.ga}"
    return None


def minor(version: str) -> int:
    """Return the 32 of ``1.32.4``."""
    return int(version.lstrip("v").split(".")[1])


def simulated(version: str) -> bool:
    """Tell whether there is a model of a version."""
    return OLDEST <= minor(version) <= NEWEST


def chosen(raw: Mapping[str, Any]) -> int | None:
    """Return the version that a scenario chooses; ``None`` if it is not written as one."""
    cluster = raw.get("cluster") or {}
    version = cluster.get("kubernetes", DEFAULT_VERSION) if isinstance(cluster, dict) else None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        return None
    return minor(version) if simulated(version) else None
