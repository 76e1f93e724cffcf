"""A session's way to one target: connect, wait longer after each failure, and notice when it is over.

A session that can connect but not work (every server is read-only, or one accepts and dies) would write two
events to the trace for each attempt. So after a connection that was of no use the next one is announced only
when it has been of use; in between the trace says ``SessionBroken`` and nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from statesim.clients.connection import Connection, Fate
from statesim.clients.errors import ERRORS, NO_ROUTE, REFUSED, TIMED_OUT
from statesim.clients.hosts import Candidate
from statesim.clients.keepalive import Keepalive
from statesim.kernel.spans import SECOND
from statesim.systems.statements import CHANGING

if TYPE_CHECKING:
    from random import Random

    from statesim.clients.client import Client
    from statesim.clients.session import Operation
    from statesim.cluster.dns import PodAddress
    from statesim.node.process import Process
    from statesim.systems.driver import System

SYN_RTO_US = SECOND  # RFC 6298, 2.1: the first retransmission timeout; doubled each time
SYN_GIVE_UP_US = 127 * SECOND  # tcp(7): tcp_syn_retries = 6
# Linux arp(7): three requests, a second apart, for an address that nobody has; then ICMP host unreachable
NO_ROUTE_US = 3 * SECOND


class Holder(Protocol):
    """Whose link it is: a session of its own, or a place of a pool.

    Attributes
    ----------
    process
        Its number, in the trace.
    trouble
        The event of its latest broken connection.
    """

    client: Client
    process: int
    trouble: int | None

    def connected(self, link: Link) -> None:
        """Hear that there is a connection."""

    def unconnected(self, link: Link, error: str) -> None:
        """Hear that an attempt to connect has failed."""

    def disconnected(self, connection: Connection, error: str) -> None:
        """Hear that a connection is over."""

    def released(self, link: Link) -> None:
        """Hear that an operation is over."""

    def waits_for(self, link: Link) -> bool:
        """Tell whether an operation waits for a connection of a link."""

    def unacknowledged(self, connection: Connection) -> bool:
        """Tell whether what was sent over a connection has not arrived."""


class Link:
    """At most one connection of a session to a target, and the attempts to have one.

    Parameters
    ----------
    key
        Number of this link among all links of all clients.
    proof
        The `f` whose success shows that a connection is of use.
    managed
        The holder says when to connect.

    Attributes
    ----------
    connection
        The established one, as far as the client knows; ``None`` while there is none.
    cycle_us
        From one attempt to connect to the next, as it was the last time.
    answered_us
        When a server last did over it what was asked.
    spoiled
        The connection is about to be thrown away.
    error
        Why there is no connection: how the latest attempt failed, or that it has not been answered yet.
    """

    __slots__ = (
        "_announced",
        "_attempt_us",
        "_began_us",
        "_busy",
        "_candidate",
        "_client",
        "_failures",
        "_holder",
        "_keepalive",
        "_key",
        "_managed",
        "_parked",
        "_plan",
        "_proven",
        "_read_write",
        "_rng",
        "_target",
        "_trusted",
        "answered_us",
        "connection",
        "cycle_us",
        "error",
        "proof",
        "spoiled",
    )

    def __init__(
        self, holder: Holder, target: str, key: int, proof: str, rng: Random, *, managed: bool = False
    ) -> None:
        self._holder = holder
        self._client: Client = holder.client
        self._managed = managed
        self._target = target
        self._key = key
        self._rng = rng
        self._read_write = proof in CHANGING
        self._failures = 0
        self._attempt_us = self._began_us = 0
        self._busy = not managed
        self._keepalive: Keepalive | None = None
        self._plan: list[Candidate] = []
        self._candidate = Candidate(target, "any")
        self._announced = False
        self._parked = False
        self._trusted = True
        self._proven = False
        self.answered_us = -1
        self.cycle_us = 0
        self.proof = proof
        self.spoiled = False
        self.connection: Connection | None = None
        self.error = TIMED_OUT
        if not managed:
            self._client.clock.after(0, self._connect)

    # -- operations ------------------------------------------------------------------------------------

    def take(self, operation: Operation) -> None:
        """Send an operation, or let it wait for a connection."""
        operation.link = self
        if self.connection is not None:
            operation.session.send(operation, self.connection)
            return
        self.requeue(operation)
        self.want()

    def requeue(self, operation: Operation) -> None:
        """Let an operation wait for the connection that is under way."""
        operation.link = self
        if self._client.connect_us:
            clock = self._client.clock
            operation.patience = clock.after(self._client.connect_us, self._expire, operation)

    def _expire(self, operation: Operation) -> None:
        if operation.connection is None:
            operation.session.refuse(operation, self.error)

    # -- connecting ------------------------------------------------------------------------------------

    def want(self) -> None:
        """Connect now, unless an attempt is under way or due: for a session whose connections are short."""
        if not self._busy:
            self._busy = True
            self._connect()

    def _connect(self) -> None:
        self._client.clock.cause = None
        self._began_us = self._client.clock.now
        self._plan = self._client.plan(self._target, self._rng)
        self._try_next()

    def _try_next(self) -> None:
        """Try the next host of those that there are for this attempt."""
        client = self._client
        self._attempt_us = client.clock.now
        self.error = TIMED_OUT  # until it is known better
        self._candidate = self._plan.pop(0)
        backend = client.find(self._candidate.host, self._rng, self._holder.process)
        if backend is None:
            client.clock.after(client.connect_us or SYN_GIVE_UP_US, self._fail, TIMED_OUT)
        elif isinstance(backend, str):
            self._fail(backend)
        else:
            self._knock(backend, SYN_RTO_US)

    def _knock(self, backend: PodAddress, rto_us: int) -> None:
        """Send a SYN; again after `rto_us` if there is silence, until the client's patience ends."""
        client = self._client
        client.clock.cause = None
        if client.vantage.fate(backend.node) is Fate.SILENCE:
            give_up_us = self._attempt_us + (client.connect_us or SYN_GIVE_UP_US)
            due = min(client.clock.now + rto_us, give_up_us)
            if client.clock.now >= give_up_us:
                self._fail(TIMED_OUT)
            else:
                client.clock.at(due, self._knock, backend, rto_us * 2)
            return
        if not client.world.has_address(backend):
            wait_us = min(NO_ROUTE_US, client.connect_us or NO_ROUTE_US)
            client.clock.after(wait_us, self._fail, NO_ROUTE if wait_us == NO_ROUTE_US else TIMED_OUT)
            return
        process = client.world.program_at(backend)
        if process is None or not process.running or not process.listening:
            client.clock.after(client.rtt_us, self._fail, REFUSED)
            return
        system = client.world.driver_of(process)
        refusal = system.accept(process, read_write=self._read_write)
        if refusal is not None:
            client.clock.after(client.rtt_us, self._fail, refusal)
        else:
            client.clock.after(client.rtt_us, self._establish, process, system)

    def _establish(self, process: Process, system: System) -> None:
        client = self._client
        connection = Connection(self, client.vantage, process, system)
        if not connection.carries():
            self._fail(ERRORS["reset"])
            return
        hosts = client.hosts
        unfit = None if hosts is None else hosts.refuse(self._candidate, process, system)
        if unfit is not None:
            self._go_past(unfit)
            return
        self.connection = connection
        self._proven = False
        process.connections[self._key] = connection
        if self._read_write:
            client.system = system
        if client.probing is not None:
            self._keepalive = Keepalive(
                client.probing, client.clock, connection, self._holder.unacknowledged, self.lose
            )
            client.vantage.watch(self._key, connection)
        self._busy = False
        if self._trusted:
            self._announce(connection)
        client.open()
        self._holder.connected(self)

    def _announce(self, connection: Connection) -> None:
        """Record the opening, because of what made it possible: the program listens, or it is routed to."""
        self._announced = True
        client, process = self._client, connection.process
        latest = client.trace.latest
        service = self._target.partition("/")[2]
        cause = max(latest.get(f"Process/{process.pod}", -1), latest.get(f"EndpointSlice/{service}", -1))
        client.clock.cause = None if cause < 0 else cause
        client.session_event("SessionOpened", self._holder.process, pod=process.pod)

    def _fail(self, error: str) -> None:
        if self._client.hosts is not None:
            self._client.hosts.failed(self._candidate)
        self._go_past(error)

    def _go_past(self, error: str) -> None:
        """Go on to the next host, or give this attempt up if there is none."""
        if self._plan:
            self._client.clock.cause = None
            self._try_next()
            return
        self.error = error
        self._busy = not self._managed
        self._holder.unconnected(self, error)
        self._go_on()

    def _go_on(self) -> None:
        """Try again, if somebody waits for it or the connection is to be kept."""
        if self._managed:
            return
        client = self._client
        persists = client.backoff.policy != "none" and not client.short
        self._busy = persists or not client.opened or self._holder.waits_for(self)
        if self._busy:
            self._retry()

    def _retry(self) -> None:
        """Try again after the back-off: fixed, or doubled up to a limit; a share of it by chance."""
        wait = self._wait_us()
        self.cycle_us = wait + self._client.clock.now - self._began_us
        self._parked = self._client.resting
        if not self._parked:
            self._client.clock.after(max(1, wait), self._connect)

    def _wait_us(self) -> int:
        backoff = self._client.backoff
        wait = backoff.initial_us
        if backoff.policy != "fixed":
            wait = min(backoff.max_us, wait << min(self._failures, 40))
        self._failures += 1
        return wait - int(wait * backoff.jitter * self._rng.random())

    def resume(self) -> None:
        """Go on after a rest: somewhere between an attempt to connect and the next."""
        if self._parked:
            self._parked = False
            self._client.clock.after(1 + int(self.cycle_us * self._rng.random()), self._connect)

    # -- being connected -------------------------------------------------------------------------------

    def prove(self) -> None:
        """Note that the connection has been of use."""
        if not self._proven:
            self._proven = True
            self._trusted = not self._client.short
            self._failures = 0
            if not self._announced and self.connection is not None and self._trusted:
                self._announce(self.connection)

    def done(self) -> None:
        """Hear that an operation is over: a short connection is closed, which is no trouble to anybody."""
        if self._managed:
            self._holder.released(self)
            return
        connection = self.connection
        if self._client.short and connection is not None:
            self._drop(connection)
            self._announced = self._trusted = False  # the first of them is told of, as there are so many

    def retire(self, why: str) -> None:
        """Close the connection because it has served its time."""
        connection = self.connection
        if connection is None:
            return
        client = self._client
        self._drop(connection)
        if self._announced:
            client.clock.cause = None
            client.session_event("SessionClosed", self._holder.process, pod=connection.process.pod, why=why)
        self._announced, self._trusted = False, True

    def _drop(self, connection: Connection) -> None:
        self.connection = None
        self._began_us = self._client.clock.now  # for how long it was there is no part of a cycle
        if connection.process.connections.get(self._key) is connection:
            del connection.process.connections[self._key]
        if self._keepalive is not None:
            self._keepalive.stop()
            self._keepalive = None
            self._client.vantage.watch(self._key, None)

    def touch(self, now: int) -> None:
        """Note that something was heard from the server."""
        if self._keepalive is not None:
            self._keepalive.heard_us = now

    def doubt(self, connection: Connection) -> None:
        """Hear that the connection may carry nothing any more."""
        if self._keepalive is not None and self.connection is connection:
            self._keepalive.doubt()

    def hear(self, connection: Connection, how: str) -> None:
        """Take a server's goodbye (``closed``) or reset that is on its way."""
        self._client.clock.after(self._client.rtt_us // 2, self.lose, connection, how)

    def bounce(self, connection: Connection) -> None:
        """Take the reset that a packet of the client's has met with."""
        self._client.clock.after(self._client.rtt_us, self.lose, connection, "reset")

    def _alone(self) -> dict[str, str]:
        """Return which kind of operation the connection is for, if others go elsewhere."""
        targets = self._client.targets
        carried = [f for f, target in targets.items() if target == self._target]
        return {"f": carried[0]} if len(carried) == 1 < len(targets) else {}

    def lose(self, connection: Connection, how: str, error: str = "") -> None:
        """Throw a connection away; nothing if it is not the present one any more."""
        if self.connection is not connection:
            return
        client, process = self._client, connection.process
        self._drop(connection)
        if self._announced:
            said = "timeout" if how == "keepalive" else how
            if client.clock.cause is None:
                client.clock.cause = client.vantage.blame(process)
            fields = {"pod": process.pod, "how": said, **self._alone()}
            told = client.session_event("SessionBroken", self._holder.process, **fields)
            self._holder.trouble = told
            client.broken(told)
        self._announced = False
        self._began_us = client.clock.now
        self._trusted = self._proven and not client.short
        self._holder.disconnected(connection, error or ERRORS.get(how, how))
        self._go_on()
