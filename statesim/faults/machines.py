"""Machines and networks that fail: the faults of Chaos Mesh's kind, each with its opposite."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.cluster.topology import CONTROL_PLANE

if TYPE_CHECKING:
    from statesim.faults.ground import Ground


@dataclass(slots=True)
class _Outage:
    """A fault that holds machines until it ends."""

    on: Any
    name: str
    hit: list[str] = field(default_factory=list)

    def apply(self, ground: Ground) -> list[str]:
        """Strike the machines that are meant."""
        self.hit = ground.aimed(self.on, self.name)
        for node in ground.each(self.hit):
            ground.hold(node, self.name)
            self.strike(ground, node)
        return [f"Node/{node}" for node in self.hit]

    def strike(self, ground: Ground, node: str) -> None:
        """Cut a machine's power."""
        ground.fleet.crash(node)

    def revert(self, ground: Ground) -> None:
        """Let the machines go."""
        for node in ground.each(self.hit):
            ground.let_go(node, self.name)


class NodeCrash(_Outage):
    """A power cut: programs and unsynced pages are gone, peers hear nothing. Ends when the machine boots.

    A provider's machine does not boot again: the provider takes another one.
    """

    def apply(self, ground: Ground) -> list[str]:
        """Strike the machines that are meant, of the cluster or of a provider."""
        host = ground.host(self.on)
        if host is None:
            return super().apply(ground)
        ground.provider.crash(host)
        return [f"Member/{host}"]


class ZoneOutage(_Outage):
    """Every machine of a zone loses power, a provider's too."""

    def apply(self, ground: Ground) -> list[str]:
        """Strike the cluster's machines, then those of others."""
        cause = ground.clock.cause
        hit = super().apply(ground)
        ground.clock.cause = cause
        ground.provider.lose_zone(self.on.zone, self.name)
        return hit

    def revert(self, ground: Ground) -> None:
        """Let the machines go."""
        cause = ground.clock.cause
        super().revert(ground)
        ground.clock.cause = cause
        ground.provider.regain_zone(self.on.zone, self.name)


class NodePause(_Outage):
    """The machine stands still (a live migration, a stopped VM) and later goes on where it was."""

    def strike(self, ground: Ground, node: str) -> None:
        """Freeze a machine."""
        ground.fleet.pause(node)


@dataclass(slots=True)
class NodeRecover:
    """Somebody switches a machine on again; it has no end of its own."""

    on: Any

    def apply(self, ground: Ground) -> list[str]:
        """Boot or thaw the machines; those that run are left alone."""
        nodes = ground.nodes(self.on)
        for node in ground.each(nodes):
            ground.recover(node)
        return [f"Node/{node}" for node in nodes]


@dataclass(slots=True)
class NetworkPartition:
    """Machines are cut off: everything runs on, unheard.

    `away_from` limits the cut to the control plane, the clients or other machines; without it the group
    is alone. `name` tells cuts apart.
    """

    on: Any
    away_from: Any
    name: str

    def apply(self, ground: Ground) -> list[str]:
        """Cut the paths."""
        nodes = ground.aimed(self.on, self.name)
        those: list[str] | None = None
        if self.away_from == "control-plane":
            those = [CONTROL_PLANE]
        elif self.away_from == "clients":
            those = ground.topology.members("client")
        elif self.away_from is not None:
            those = [node for node in ground.nodes(self.away_from) if node not in nodes]
        ground.topology.cut(self.name, nodes, those)
        return [f"Node/{node}" for node in nodes]

    def revert(self, ground: Ground) -> None:
        """Mend them."""
        ground.topology.heal(self.name)
