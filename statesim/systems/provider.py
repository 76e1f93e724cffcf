"""A provider's machines: beside the cluster, in the same zones, and nobody's but the provider's.

They are no Nodes: Kubernetes neither sees nor starts them. They lose power with their zone, as everything
in it does, and one by one. A machine that has lost power is not used again: the provider takes another one,
with another address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.node.process import Exit, Process, State
from statesim.systems.life import hang_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.cluster.dns import PodAddress
    from statesim.cluster.topology import Topology
    from statesim.kernel.clock import Clock
    from statesim.kernel.trace import Trace
    from statesim.node.process import Driver

_HOSTS = 254  # addresses of a subnet that is one byte wide


class _Machine(NamedTuple):
    """What a program calls its own: here a machine's name stands where a pod's does."""

    name: str
    uid: str
    ordinal: int | None
    ip: str


class Provider:
    """The machines of all providers, taken as one."""

    def __init__(self, clock: Clock, topology: Topology, trace: Trace) -> None:
        self._clock = clock
        self._topology = topology
        self._trace = trace
        self._running: dict[str, Process] = {}
        self._zone_of: dict[str, str] = {}
        self._dark: dict[str, set[str]] = {}
        self._listeners: list[Callable[[str], None]] = []

    # -- what a system asks ------------------------------------------------------------------------------

    def listen(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the name of a zone that has power again."""
        self._listeners.append(listener)

    def rent(self, name: str, zone: str, data: str, driver: Driver) -> Process:
        """Return a program on a new machine of a zone, which has power."""
        number = len(self._zone_of)
        ip = f"172.31.{number // _HOSTS}.{number % _HOSTS + 1}"
        machine = _Machine(name, f"machine-{number}", None, ip)
        process = Process(machine, name, "main", "", 0, data)
        process.started_us = self._clock.now
        process.driver = driver
        self._running[name] = process
        self._zone_of[name] = zone
        self._topology.add_node(name, zone)
        self._clock.cause = self._trace.emit(
            f"Process/{name}", "Running", uid=process.uid, node=name, data=data
        )
        return process

    def give_back(self, process: Process) -> None:
        """End a program in order, with its machine; who is connected to it hears that."""
        if self._running.pop(process.node, None) is None:
            return
        process.state = State.EXITED
        process.listening = False
        self._trace.emit(
            f"Process/{process.pod}",
            "Exited",
            uid=process.uid,
            how=Exit.STOPPED.value,
            why="its machine is given back",
        )
        hang_up(process, "closed")

    def zone_up(self, zone: str) -> bool:
        """Tell whether a zone has power."""
        return not self._dark.get(zone)

    # -- what happens ------------------------------------------------------------------------------------

    def crash(self, name: str) -> None:
        """Cut a machine's power: its program is gone, and nobody answers for its address."""
        process = self._running.pop(name, None)
        if process is not None:
            process.state = State.EXITED
            process.listening = False
            process.fall_silent()
            self._clock.cause = self._trace.emit(
                f"Process/{name}",
                "Exited",
                uid=process.uid,
                how=Exit.POWER_CUT.value,
                why="its machine has lost power",
            )
            driver = process.driver
            if driver is not None:
                driver.exited(process, Exit.POWER_CUT)

    def lose_zone(self, zone: str, fault: str) -> None:
        """Cut the power of a zone, for as long as `fault` lasts."""
        self._dark.setdefault(zone, set()).add(fault)
        cause = self._clock.cause
        for name in [name for name in self._running if self._zone_of[name] == zone]:
            self._clock.cause = cause
            self.crash(name)
        self._clock.cause = cause

    def regain_zone(self, zone: str, fault: str) -> None:
        """End a fault's hold on a zone; it has power when no other holds it."""
        held = self._dark.get(zone, set())
        if fault not in held:
            return
        held.discard(fault)
        cause = self._clock.cause
        for listener in self._listeners if not held else ():
            self._clock.cause = cause
            listener(zone)
        self._clock.cause = cause

    # -- what clients find out ---------------------------------------------------------------------------

    def power(self, name: str) -> str | None:
        """Return whether a machine is ``on`` or ``off``; ``None`` = it is none of these."""
        if name not in self._zone_of:
            return None
        return "on" if name in self._running else "off"

    def program(self, name: str, uid: str) -> Process | None:
        """Return the program of a machine, if it is still that one."""
        process = self._running.get(name)
        return process if process is not None and process.uid == uid else None

    def program_at(self, address: PodAddress) -> Process | None:
        """Return the program at an address."""
        return self.program(address.node, address.uid)
