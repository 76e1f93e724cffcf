"""Everything that people have started by hand, and where they have told the clients that it is.

There is no Service and no name: what a client has is the address that somebody has written into its
configuration, and that address is a machine's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.dns import PodAddress
from statesim.cluster.identity import node_ip
from statesim.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statesim.cluster.objects import Pod
    from statesim.kernel.clock import Clock
    from statesim.kernel.trace import Trace
    from statesim.node.engine import Bare, Engine
    from statesim.node.fleet import Fleet
    from statesim.node.machine import Machine
    from statesim.scenario.containers import BareContainer


class ByHand:
    """The containers of a scenario's `containers:`, on whatever machines they are by now.

    Parameters
    ----------
    daemon
        Makes the Docker daemon of a machine: it has one from the first container on.
    """

    def __init__(
        self,
        fleet: Fleet,
        clock: Clock,
        trace: Trace,
        rows: Sequence[BareContainer],
        daemon: Callable[[Machine], Engine],
    ) -> None:
        self._fleet = fleet
        self._daemon = daemon
        self._clock = clock
        self._trace = trace
        self._rows = {name: row for row in rows for name in row.members}
        self._groups = {row.name: row.members for row in rows}
        self._homes = {name: node for row in rows for name, node in zip(row.members, row.nodes, strict=True)}
        self._told = {name: self._address(name, node) for name, node in self._homes.items()}

    def begin(self) -> None:
        """Start them all, as somebody has done before the run."""
        for name, node in self._homes.items():
            self._clock.cause = None
            self.engine(node).run(self._rows[name], name, self._ordinal(name))
        self._clock.cause = None

    def engine(self, node: str) -> Engine:
        """Return a machine's Docker daemon."""
        engines = self._fleet.engines
        if node not in engines:
            engines[node] = self._daemon(self._fleet.kubelet(node).machine)
        return engines[node]

    def _members(self, name: str) -> tuple[str, ...]:
        return self._groups.get(name, (name,))

    def _ordinal(self, name: str) -> int | None:
        members = self._groups[self._rows[name].name]
        return members.index(name) if len(members) > 1 else None

    @staticmethod
    def _address(name: str, node: str) -> PodAddress:
        return PodAddress(name, "", node, node_ip(node))

    # -- what clients and faults ask ---------------------------------------------------------------------

    def addresses(self, name: str) -> tuple[PodAddress, ...]:
        """Return the addresses that clients have for ``Container/name``, right or wrong."""
        return tuple(self._told[member] for member in self._members(name) if member in self._told)

    def found(self, name: str) -> list[Bare]:
        """Return the containers of a name, or of a group, on all machines, whether they run or not."""
        engines = self._fleet.engines.values()
        each = (engine.find(member) for member in self._members(name) for engine in engines)
        return [worker for worker in each if worker is not None]

    def pods(self, name: str) -> list[Pod]:
        """Return them as pods: where a machine is asked for, the one where a person looks first."""
        here = [worker for worker in self.found(name) if worker.pod.node == self._homes.get(worker.pod.name)]
        return [worker.pod for worker in here]

    # -- what a person does ------------------------------------------------------------------------------

    def start(self, name: str, node: str | None, *, anew: bool, tell_us: int | None) -> str:
        """Start a container where it is, or a new one on a machine; return its machine.

        Raises
        ------
        ModelError
            If that cannot be done.
        """
        if name not in self._rows:
            raise ModelError(f"Container/{name} is several: name one of {', '.join(self._members(name))}")
        where = node or self._homes[name]
        engine = self.engine(where)
        if self._fleet.power(where).value != "on":
            raise ModelError(f"machine {where} is {self._fleet.power(where).value}: nothing can be started")
        there = engine.find(name)
        if there is not None and anew:
            engine.discard(there, "a person removes it, to start another one")
            there = None
        if there is None:
            engine.run(self._rows[name], name, self._ordinal(name), "a person starts it")
        elif there.main.up:
            raise ModelError(f"Container/{name} runs already on {where}")
        else:
            engine.start(there, "a person starts it")
        self._homes[name] = where
        if tell_us is not None and self._told.get(name) != self._address(name, where):
            self._clock.after(tell_us, self._tell, name, where)
        return where

    def _tell(self, name: str, node: str) -> None:
        self._told[name] = self._address(name, node)
        why = "somebody has changed the address in their configuration"
        self._trace.emit(f"Container/{name}", "Told", node=node, address=node_ip(node), why=why)

    def stop(self, name: str) -> list[Bare]:
        """Stop containers that run, where a person looks for them.

        Raises
        ------
        ModelError
            If none runs.
        """
        homes = self._homes
        running = [w for w in self.found(name) if w.main.up and w.pod.node == homes[w.pod.name]]
        if not running:
            raise ModelError(f"Container/{name} does not run")
        for worker in running:
            self.engine(str(worker.pod.node)).stop(worker)
        return running
