"""More callers, or fewer: at once, or over a while; and back the same way when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.faults.ground import Missing
from statesim.kernel.clock import Band

if TYPE_CHECKING:
    from statesim.faults.ground import Caller, Ground

STEPS = 20


@dataclass(slots=True)
class Traffic:
    """A client's rate is set (`rate`), or multiplied (`factor`).

    Attributes
    ----------
    step, goal
        How much of the change is so, and shall be, of `STEPS`.
    """

    on: Any
    name: str
    rate: float | None
    factor: float | None
    over_us: int
    step: int = 0
    goal: int = 0

    def apply(self, ground: Ground) -> list[str]:
        """Begin."""
        client = ground.clients.get(self.on.name)
        if client is None:
            raise Missing(f"there is no {self.on}")
        self._head_for(STEPS, ground, client)
        return [self.on.key]

    def revert(self, ground: Ground) -> None:
        """Go back."""
        self._head_for(0, ground, ground.clients[self.on.name])

    def _head_for(self, goal: int, ground: Ground, client: Caller) -> None:
        resting = self.step == self.goal
        self.goal = goal
        if not self.over_us:
            self.step = goal
            self._tell(ground, client)
        elif resting:
            self._go_on(ground, client)

    def _go_on(self, ground: Ground, client: Caller) -> None:
        if self.step == self.goal:
            return
        self.step += 1 if self.step < self.goal else -1
        self._tell(ground, client)
        ground.clock.after(self.over_us // STEPS, self._go_on, ground, client, band=Band.FAULT)

    def _tell(self, ground: Ground, client: Caller) -> None:
        before = ground.clock.cause
        client.demand(self.name, self.rate, self.factor, self.step / STEPS)
        ground.clock.cause = before
