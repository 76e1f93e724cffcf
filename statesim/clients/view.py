"""What the clients need from the world that they are part of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.node.process import Process
    from statesim.systems.driver import System


class WorldView(Protocol):
    """What is really so: asked only for what a packet would find out."""

    @property
    def systems(self) -> Mapping[str, System]:
        """Return the scenario's systems by name."""

    def has_address(self, node: str, uid: str) -> bool:
        """Tell whether a machine has the pod of that uid, and so answers for its address."""

    def program_at(self, node: str, uid: str) -> Process | None:
        """Return the program of the main container at a pod's address, whatever the API says of it."""

    def power(self, node: str) -> str:
        """Return whether a machine is ``on``, ``off`` or ``paused``."""

    def driver_of(self, process: Process) -> System:
        """Return the system that a program belongs to."""
