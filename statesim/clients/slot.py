"""One place of a pool: empty, idle, lent, or being tested before it is lent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.clients.connection import Fate
from statesim.clients.link import Link
from statesim.kernel.clock import Deadline

if TYPE_CHECKING:
    from statesim.clients.client import Client
    from statesim.clients.connection import Connection
    from statesim.clients.pool import Pool
    from statesim.clients.session import Operation, Session
    from statesim.kernel.clock import Timer

LIFETIME_SPREAD = 0.025  # HikariPool.java, createPoolEntry: so that not all of them end at once


class Slot:
    """Holds a link for the pool; implements `link.Holder`.

    Attributes
    ----------
    process
        Its number among the sessions of its client, in the trace.
    link
        The connection, or none.
    last
        Which session had it last.
    trouble
        The event of its latest broken connection, if one is told of.
    """

    __slots__ = (
        "_busy_for",
        "_idle",
        "_lifetime",
        "_old",
        "_owner",
        "_pool",
        "_test",
        "_unused",
        "_used_us",
        "client",
        "last",
        "link",
        "process",
        "trouble",
    )

    def __init__(self, pool: Pool, process: int, key: int) -> None:
        self.client: Client = pool.client
        self.process = process
        self.trouble: int | None = None
        self.last: Session | None = None
        self._pool = pool
        self._busy_for: Operation | None = None
        self._owner: Session | None = None
        self._test: Timer | None = None
        self._lifetime: Timer | None = None
        self._idle: Deadline | None = None
        self._used_us = 0
        self._unused = True
        self._old = False
        self.link = Link(self, pool.target, key, pool.proof, pool.rng, managed=True)

    @property
    def empty(self) -> bool:
        """Tell whether there is no connection."""
        return self.link.connection is None

    def free_for(self, session: Session | None) -> bool:
        """Tell whether a session may have the connection; ``None`` = whoever comes."""
        if self.link.connection is None or self._busy_for is not None or self._test is not None:
            return False
        return self._owner is None or self._owner is session

    def belongs_to(self, session: Session) -> bool:
        """Tell whether a session has the connection for as long as both last."""
        return self._owner is session

    # -- lending -----------------------------------------------------------------------------------------

    def lend(self, operation: Operation) -> None:
        """Give an operation the connection, once it has passed its test if it was idle for long.

        A connection that is well passes it a round trip later, which costs no event of its own.
        """
        clock, rules = self.client.clock, self._pool.rules
        self._busy_for = operation
        self._unused = False
        connection = self.link.connection
        assert connection is not None
        after = rules.validate_after_us
        if self._owner is None and after is not None and clock.now - self._used_us > after:
            if not connection.carries():
                self._wait_for_test(connection)
                return
            operation.service_us += self.client.rtt_us
        self._hand_over(operation, connection)

    def _hand_over(self, operation: Operation, connection: Connection) -> None:
        self.last = operation.session
        if self._pool.rules.mode == "session":
            self._owner = operation.session
        operation.link = self.link
        operation.session.lent(operation, connection)

    def _wait_for_test(self, connection: Connection) -> None:
        """Wait for the answer to a test which nobody answers, or which meets a reset."""
        clock, client = self.client.clock, self.client
        limit = min(client.give_up_us, self._pool.rules.validation_timeout_us or client.give_up_us)
        if connection.fate() is Fate.RESET:
            limit = client.rtt_us
        self._test = clock.after(limit, self._tested, connection)

    def _tested(self, connection: Connection) -> None:
        self._test = None
        clock = self.client.clock
        clock.cause = None
        if self.link.connection is not connection:
            return
        operation = self._busy_for
        if connection.carries():
            if operation is None:
                self._back()
            else:
                self._hand_over(operation, connection)
            return
        how = "reset" if connection.fate() is Fate.RESET else "timeout"
        self.link.lose(connection, how)

    def give_up(self, operation: Operation) -> None:
        """Let a caller go who waits for a test that has no end of its own (PgBouncer: ``SV_TESTED``)."""
        endless = self._pool.rules.validation_timeout_us is None
        if endless and self._busy_for is operation and self._test is not None:
            self._busy_for = None
            self._pool.take_back(operation)

    def released(self, link: Link) -> None:  # noqa: ARG002 - part of the protocol
        """Take the connection back."""
        self._busy_for = None
        if self.link.connection is not None and not self.link.spoiled:
            self._back()

    def _back(self) -> None:
        now = self.client.clock.now
        self._used_us = now
        if self._old and self._owner is None:
            self.retire("maxLifetime")
        elif self._owner is None:
            self._watch_idleness(now)
        self._pool.serve()

    # -- retiring ----------------------------------------------------------------------------------------

    def _watch_idleness(self, now: int) -> None:
        rules = self._pool.rules
        if rules.idle_timeout_us is None or rules.minimum_idle >= rules.size:
            return
        if self._idle is None:
            self._idle = Deadline(self.client.clock, now + rules.idle_timeout_us, self._idled)
        else:
            self._idle.push(now + rules.idle_timeout_us)

    def _idled(self) -> None:
        self._idle = None
        if self.free_for(None) and self._pool.idle() > self._pool.rules.minimum_idle:
            self.retire("idleTimeout")

    def _outlived(self, connection: Connection) -> None:
        self._lifetime = None
        if self.link.connection is not connection:
            return
        if not self.free_for(None):
            self._old = True
            return
        if self._unused:
            self._pool.rest()
        self.retire("maxLifetime")
        self._pool.fill()

    def retire(self, why: str) -> None:
        """Close the connection, which is no trouble to anybody."""
        self._forget()
        self.link.retire(why)

    def _forget(self) -> None:
        self._owner, self._old = None, False
        for timer in (self._test, self._lifetime, self._idle):
            if timer is not None:
                timer.cancel()
        self._test = self._lifetime = self._idle = None

    # -- what the link tells -----------------------------------------------------------------------------

    def connected(self, link: Link) -> None:
        """Hear that there is a connection."""
        clock, rules = self.client.clock, self._pool.rules
        self._used_us, self._unused = clock.now, True
        if rules.max_lifetime_us is not None:
            sooner_us = int(rules.max_lifetime_us * LIFETIME_SPREAD * self._pool.rng.random())
            due_us = rules.max_lifetime_us - sooner_us
            self._lifetime = clock.after(due_us, self._outlived, link.connection)
        self._watch_idleness(clock.now)
        self._pool.connected()

    def unconnected(self, link: Link, error: str) -> None:  # noqa: ARG002 - part of the protocol
        """Hear that an attempt has failed."""
        self._pool.unconnected(error)

    def waits_for(self, link: Link) -> bool:  # noqa: ARG002 - part of the protocol
        """Tell whether the link shall try again by itself: the pool says when."""
        return False

    def unacknowledged(self, connection: Connection) -> bool:
        """Tell whether a probe has to wait: for data under way, or as the connection is lent."""
        operation = self._busy_for
        if self._pool.rules.keepalive_time_us is not None:
            return operation is not None
        if self._test is not None:
            return True
        return operation is not None and operation.session.unacknowledged(connection)

    def disconnected(self, connection: Connection, error: str) -> None:
        """Hear that the connection is over; so is what was under way on it, if anything was."""
        operation, self._busy_for = self._busy_for, None
        self._forget()
        if operation is not None and operation.connection is connection:
            operation.session.disconnected(connection, error)
        elif operation is not None:
            self._pool.take_back(operation)
        self._pool.serve()
