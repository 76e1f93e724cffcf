"""How bad it is, zone by zone: what the node lifecycle controller makes of many dead nodes at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# cmd/kube-controller-manager/app/options/nodelifecyclecontroller.go
UNHEALTHY_PERCENT = 55
LARGE_ZONE = 50
PARTIAL_SLOWDOWN = 10


class Disruption(Enum):
    """State of a zone."""

    NORMAL = "normal"
    PARTIAL = "partial disruption"
    FULL = "full disruption"


@dataclass(frozen=True, slots=True)
class ZoneView:
    """One zone: how many nodes it has, how many of them are Ready, when its last eviction began.

    `evicted_us` is when the latest token was taken: the controller's memory, since the taint that it was for
    may still wait for the client.
    """

    name: str
    nodes: int
    ready: int
    evicted_us: int | None = None

    @property
    def disruption(self) -> Disruption:
        """Return the zone's state (nodelifecycle/node_lifecycle_controller.go:ComputeZoneState)."""
        down = self.nodes - self.ready
        if down > 0 and self.ready == 0:
            return Disruption.FULL
        if down > 2 and down * 100 >= UNHEALTHY_PERCENT * self.nodes:
            return Disruption.PARTIAL
        return Disruption.NORMAL

    def interval_us(self, normal_us: int) -> int | None:
        """Return the time between two taintings in the zone, ``None`` if there shall be none.

        Source: the same file, setLimiterInZone, ReducedQPSFunc: a zone that is mostly down is probably not
        down but cut off, so that eviction slows down, or in a small zone stops.
        """
        if self.disruption is not Disruption.PARTIAL:
            return normal_us
        return normal_us * PARTIAL_SLOWDOWN if self.nodes > LARGE_ZONE else None


def all_down(zones: Sequence[ZoneView]) -> bool:
    """Tell whether no zone has a Ready node: then it is the controller's own link that is broken."""
    counted = [zone for zone in zones if zone.nodes]
    return bool(counted) and all(zone.disruption is Disruption.FULL for zone in counted)
