"""What the clients need from the world that they are part of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.dns import PodAddress
    from statesim.node.process import Process
    from statesim.systems.driver import System


class Written(Protocol):
    """Addresses that somebody has written into the clients' configuration."""

    def addresses(self, name: str) -> tuple[PodAddress, ...]:
        """Return the addresses of ``Container/name``, right or wrong."""


class WorldView(Protocol):
    """What is really so: asked only for what a packet would find out."""

    @property
    def systems(self) -> Mapping[str, System]:
        """Return the scenario's systems by name."""

    @property
    def by_hand(self) -> Written:
        """Return what clients have been told of containers that were started by hand."""

    def answered(self, process: Process) -> None:
        """Hear that a program has done what a client asked for."""

    def has_address(self, address: PodAddress) -> bool:
        """Tell whether any pod has an address now."""

    def program_at(self, address: PodAddress) -> Process | None:
        """Return the program of the main container at a pod's address, whatever the API says of it."""

    def power(self, node: str) -> str:
        """Return whether a machine is ``on``, ``off`` or ``paused``."""

    def driver_of(self, process: Process) -> System:
        """Return the system that a program belongs to."""
