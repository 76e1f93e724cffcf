"""The contract between a system and the rest: what the kubelet tells it, what clients ask of it.

A driver is one system (one row of the scenario's ``systems:``). It holds the members' roles and data, hears
of its programs' lives through `node.process.Driver`, and answers the operations of clients. It decides
nothing about pods: that is the control plane's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from statesim.node.process import Driver as ProcessDriver

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.cluster.dns import Answer as Addresses
    from statesim.cluster.dns import PodAddress
    from statesim.kernel.clock import Clock
    from statesim.kernel.streams import Streams
    from statesim.kernel.trace import Trace
    from statesim.node.process import Host, Process
    from statesim.systems.data import Disks
    from statesim.systems.portrait import Portrait
    from statesim.systems.provider import Provider
    from statesim.systems.statements import Copy

Answer = Literal["ok", "fail", "info"]


class Statement(Protocol):
    """What is asked of a copy of the data: see `statements`."""

    @property
    def kind(self) -> str:
        """Return which workload it belongs to."""

    @property
    def scope(self) -> str:
        """Return whose keys it is about: each client has its own."""

    @property
    def f(self) -> str:
        """Return what it does."""

    @property
    def value(self) -> Any:
        """Return to what."""


class Request(Statement, Protocol):
    """A client's operation at the server, answered once."""

    def answer(self, type_: Answer, value: Any = None, error: str = "") -> None:
        """Send the answer back: ``ok`` (with the read's value), ``fail`` (not done) or ``info`` (unknown)."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every driver is built with.

    Attributes
    ----------
    systems
        Those of the scenario by name, for one that keeps its data in another. A driver asks it as a client
        would: `System.primary`, `System.accept`, `System.submit`.
    workload
        Where its pods are; "" for a system outside the cluster.
    provider
        Where a system outside the cluster has its machines.
    """

    name: str
    workload: str
    clock: Clock
    trace: Trace
    streams: Streams
    host: Host
    disks: Disks
    systems: Mapping[str, System] = field(default_factory=dict)
    provider: Provider | None = None


class System(ProcessDriver, Protocol):
    """A system as clients and the judge see it.

    Attributes
    ----------
    kind
        The word for it in a scenario.
    takes
        The class of its parameters.
    portrait
        What it is, in words; ``None`` for one that says nothing of itself.
    name, parameters
        What the scenario calls this one, and the parameters that it gives it.
    """

    kind: ClassVar[str]
    takes: ClassVar[type[Any]]
    portrait: ClassVar[Portrait | None]
    name: str
    parameters: Any

    def __init__(self, context: Context, parameters: Any) -> None:
        """Take over the programs of one workload."""

    def accept(self, process: Process, *, read_write: bool) -> str | None:
        """Answer a new connection: ``None`` = accepted, else why it is refused ("starting up")."""

    def submit(self, process: Process, request: Request) -> None:
        """Take an operation that has arrived at a listening program; it is answered now or later, or never.

        The request's time on the wire and the service time are the client's business; a driver adds only
        what its commit protocol adds (waiting for a standby).
        """

    def network_changed(self) -> None:
        """Hear that reachability has changed somewhere."""

    def primary(self) -> Process | None:
        """Return the program that is primary now (``primaryOf`` of the scenario), if there is one."""

    def replicas(self) -> Sequence[Process]:
        """Return the programs that are replicas now, in order of names."""

    def surviving(self) -> tuple[str, Copy]:
        """Return where the surviving data lies, and the data: the judge's last read."""


@runtime_checkable
class Outside(Protocol):
    """A system that runs outside the cluster, so that it has no workload: it is found by a name."""

    def look_up(self) -> Addresses:
        """Return what DNS says of the system's name now."""

    def is_current(self, address: PodAddress) -> bool:
        """Tell whether the name stands for this address."""


@runtime_checkable
class Managed(Protocol):
    """A system with a manager that takes orders: what ``switchover``, ``pause`` and ``resume`` ask of it."""

    def cannot_switch(self, candidate: str | None) -> str | None:
        """Say why the lead cannot be handed to a member, or to any (``None``), now; ``None`` = it can."""

    def switch_over(self, candidate: str | None) -> None:
        """Have the leader hand over in order: to a member, or to the one that is healthiest."""

    def pause(self) -> None:
        """Let the manager look on and change nothing."""

    def resume(self) -> None:
        """Let it manage again."""


@runtime_checkable
class Stored(Protocol):
    """A system whose manager keeps what it knows in a store: what ``store-loss`` does to it."""

    def lose_store(self) -> None:
        """Let the store begin empty: who leads, who may, and that there ever was a cluster is forgotten."""


@runtime_checkable
class Programs(Protocol):
    """A system whose members are several programs, so that one of them may die or stand still alone."""

    def kill_program(self, process: Process, program: str) -> str | None:
        """Kill a program of a member (SIGKILL); say why that cannot be."""

    def pause_program(self, process: Process, program: str) -> str | None:
        """Let a program of a member stand still (SIGSTOP); say why that cannot be."""

    def resume_program(self, process: Process, program: str) -> None:
        """Let it go on (SIGCONT); nothing if it is over, or was never stopped."""


@runtime_checkable
class Restorable(Protocol):
    """A system that has backups: what the timeline's ``restore`` asks of it."""

    def cannot_restore(self, to_us: int | None) -> str | None:
        """Say why it cannot be brought back to an instant (``None`` = the latest); ``None`` = it can."""

    def restore(self, to_us: int | None) -> None:
        """Bring it back as it was then: now, or as soon as a program runs that can be told to."""


@runtime_checkable
class Repairable(Protocol):
    """A system that people can have go on without its majority: what ``emergency-repair`` asks of it."""

    def emergency_repair(self, pod: str, *, erase: bool) -> str | None:
        """Go on with those whom the member in a pod reaches; say why that cannot be.

        With `erase`, data of which no copy is left is begun anew, and empty.
        """


@runtime_checkable
class Rebuildable(Protocol):
    """A system whose members people can make standbys anew: what the timeline's ``rebuild`` asks of it."""

    def rebuild(self, pod: str) -> str | None:
        """Make a member a standby of the primary, now or as soon as it runs; say why that cannot be."""


@runtime_checkable
class ByHand(Rebuildable, Protocol):
    """A system whose roles people change: what the timeline's ``promote`` asks of it, beside ``rebuild``."""

    def cannot_promote(self, pod: str) -> str | None:
        """Say why a member cannot be promoted now; ``None`` = it can."""

    def promote(self, pod: str) -> None:
        """Make a standby the primary, and have the others that can be reached follow it."""

    def progress(self, pod: str) -> int:
        """Return how far a member has come: of several, people promote the one that is furthest."""

    def rivals(self, pod: str) -> list[str]:
        """Return the nodes where another member leads, or would lead again."""
