"""Specs of a ReplicaSet of one's own, and of what a namespace may hold: frozen values, as in ``specs``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.scenario.specs import LabelSelector, PodTemplate


@dataclass(frozen=True, slots=True)
class ReplicaSetSpec:
    """apps/v1 ReplicaSet."""

    selector: LabelSelector
    template: PodTemplate
    replicas: int = 1
    min_ready_us: int = 0


@dataclass(frozen=True, slots=True)
class ResourceQuotaSpec:
    """v1 ResourceQuota: `hard` limits by resource name; CPU in thousandths, memory and storage in bytes."""

    hard: Mapping[str, int] = field(default_factory=dict)
