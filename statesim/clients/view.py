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

    def find_process(self, pod: str, uid: str | None = None) -> Process | None:
        """Return the program of a pod's main container, if there is one (of that uid)."""

    def power(self, node: str) -> str:
        """Return whether a machine is ``on``, ``off`` or ``paused``."""

    def driver_of(self, process: Process) -> System:
        """Return the system that a program belongs to."""
