"""What a person does to containers that nobody orchestrates: start them, here or elsewhere; stop them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from statesim.faults.ground import Ground


@dataclass(slots=True)
class StartContainer:
    """`docker start`, or `docker run` where there is none yet; and the clients are told where it is."""

    on: Any
    node: str | None
    anew: bool
    tell_us: int | None

    def apply(self, ground: Ground) -> list[str]:
        """Start it."""
        node = ground.by_hand.start(self.on.name, self.node, anew=self.anew, tell_us=self.tell_us)
        return [self.on.key, f"Node/{node}"]


@dataclass(slots=True)
class StopContainer:
    """`docker stop`: its restart policy does not start it again."""

    on: Any

    def apply(self, ground: Ground) -> list[str]:
        """Stop it, or them."""
        return [worker.key for worker in ground.by_hand.stop(self.on.name)]
