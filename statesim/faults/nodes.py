"""What happens to single nodes besides power cuts: reboots, and resources that run out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.kernel.clock import Band
from statesim.node.machine import Skew

if TYPE_CHECKING:
    from statesim.faults.ground import Ground


@dataclass(slots=True)
class NodeReboot:
    """A machine goes down and boots again, after its kubelet has ended the pods (`graceful`) or at once.

    Where the version's kubelets do not know graceful node shutdown, none of them is graceful.
    """

    on: Any
    name: str
    away_us: int
    graceful: bool
    grace_us: int
    critical_us: int

    def apply(self, ground: Ground) -> list[str]:
        """Take the machines down."""
        nodes = ground.aimed(self.on, self.name)
        for node in ground.each(nodes):
            self._down(ground, node)
        return [f"Node/{node}" for node in nodes]

    def _down(self, ground: Ground, node: str) -> None:
        why = "the machine goes down to boot again"

        def off() -> None:
            ground.hold(node, self.name)
            ground.clock.after(self.away_us, ground.let_go, node, self.name, band=Band.FAULT)

        if self.graceful and ground.features.on("GracefulNodeShutdown"):
            ground.fleet.shut_down(
                node, grace_us=self.grace_us, critical_us=self.critical_us, off=off, why=why
            )
        else:
            ground.fleet.crash(node, why)
            off()


@dataclass(slots=True)
class Squeeze:
    """Something that is no pod takes a node's memory or fills its disk; it lets go when the fault ends."""

    on: Any
    name: str
    resource: str
    free: int
    hit: list[str] = field(default_factory=list)

    def apply(self, ground: Ground) -> list[str]:
        """Take all but a little."""
        self.hit = ground.aimed(self.on, self.name)
        for node in self.hit:
            ground.fleet.kubelet(node).pressure.squeeze(self.name, self.resource, self.free)
        return [f"Node/{node}" for node in self.hit]

    def revert(self, ground: Ground) -> None:
        """Give it back."""
        for node in self.hit:
            ground.fleet.kubelet(node).pressure.relieve(self.name)


@dataclass(slots=True)
class ClockSkew:
    """The clocks of machines are wrong (Chaos Mesh: TimeChaos); at its end they are stepped back.

    Who measures silence or a lease by its own clock alone does not notice that it differs from others'
    (client-go tools/leaderelection/doc.go); who compares timestamps of several machines does.
    """

    on: Any
    name: str
    offset_us: int
    drift_ppm: float
    hit: list[str] = field(default_factory=list)

    def apply(self, ground: Ground) -> list[str]:
        """Set the clocks."""
        self.hit = ground.aimed(self.on, self.name)
        for node in ground.each(self.hit):
            skew = Skew(self.offset_us, self.drift_ppm, ground.clock.now)
            ground.fleet.skew(node, self.name, skew)
        return [f"Node/{node}" for node in self.hit]

    def revert(self, ground: Ground) -> None:
        """Correct them."""
        for node in ground.each(self.hit):
            ground.fleet.correct(node, self.name)
