"""What a person asks of a system's manager: to hand the lead over, to look on, to work again.

Source: Patroni docs, patronictl.rst, pause.rst.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.faults.ground import Missing
from statesim.systems.driver import Managed, Stored

if TYPE_CHECKING:
    from statesim.faults.ground import Ground


def _managed(ground: Ground, on: Any) -> list[Managed]:
    """Return the systems that a target means, each once.

    Raises
    ------
    Missing
        If one of them has no manager that takes orders.
    """
    found: list[Managed] = []
    for pod in ground.pods(on):
        system = ground.system_of(pod)
        if not isinstance(system, Managed):
            raise Missing(
                f"{pod.key} is of a system of kind {system.kind}: it has no manager that takes orders"
            )
        if system not in found:
            found.append(system)
    return found


@dataclass(slots=True)
class Switchover:
    """The leader hands over in order."""

    on: Any
    candidate: Any

    def apply(self, ground: Ground) -> list[str]:
        """Ask for it, unless the manager refuses."""
        name = self.candidate.name if self.candidate is not None else None
        for system in _managed(ground, self.on):
            why = system.cannot_switch(name)
            if why is not None:
                raise Missing(why)
            system.switch_over(name)
        return [] if name is None else [f"Pod/{name}"]


@dataclass(slots=True)
class Pause:
    """The manager looks on, and changes nothing."""

    on: Any
    hit: list[Managed] = field(default_factory=list)

    def apply(self, ground: Ground) -> list[str]:
        """Pause it."""
        self.hit = _managed(ground, self.on)
        for system in ground.each(self.hit):
            system.pause()
        return []

    def revert(self, ground: Ground) -> None:
        """Resume it."""
        for system in ground.each(self.hit):
            system.resume()


@dataclass(slots=True)
class Resume:
    """The manager works again."""

    on: Any

    def apply(self, ground: Ground) -> list[str]:
        """Resume it."""
        for system in ground.each(_managed(ground, self.on)):
            system.resume()
        return []


@dataclass(slots=True)
class StoreLoss:
    """The manager's store begins empty, as an etcd whose own disks are gone."""

    on: Any

    def apply(self, ground: Ground) -> list[str]:
        """Forget all its keys."""
        for system in ground.each([each for each in _managed(ground, self.on) if isinstance(each, Stored)]):
            system.lose_store()
        return []
