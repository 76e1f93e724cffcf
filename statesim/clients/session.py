"""One session: callers come, one operation at a time is under way, and each ends exactly once.

An operation costs two timers: the caller's arrival, and the answer's. The request arrives at the instant of
the call, the round trip is spent on the way back; more are needed where something is wrong or slow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.clients.connection import Fate
from statesim.clients.errors import BACKLOG_FULL, ERRORS, READ_ONLY, UNACKNOWLEDGED
from statesim.clients.keepalive import GIVE_UP_US
from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.systems.statements import ANSWERS, changes

if TYPE_CHECKING:
    from statesim.clients.arrivals import Arrivals
    from statesim.clients.client import Client
    from statesim.clients.connection import Connection
    from statesim.clients.link import Link
    from statesim.clients.pool import Pool
    from statesim.kernel.clock import Timer
    from statesim.systems.driver import Answer

RTO_US = 200 * MILLISECOND  # Linux TCP_RTO_MIN; doubled for each retransmission
RTO_MAX_US = 120 * SECOND  # Linux TCP_RTO_MAX


class Operation:
    """A call from its invocation to its end; implements `systems.driver.Request`.

    Attributes
    ----------
    link
        Who has made it, or tries to; ``None`` while a pool has none to lend.
    connection
        What it was sent over; ``None`` while it waits for a connection.
    delivered
        The server has it.
    type, result, error
        The server's answer, which the client may not have heard; `type` is ``None`` until there is one.
    patience
        The timer that ends the client's waiting, where one is needed.
    """

    __slots__ = (
        "connection",
        "delivered",
        "error",
        "f",
        "invoked_us",
        "kind",
        "link",
        "patience",
        "result",
        "rto_us",
        "scope",
        "sent_us",
        "service_us",
        "session",
        "type",
        "value",
    )

    result: Any
    error: str
    rto_us: int
    sent_us: int

    link: Link | None

    def __init__(self, session: Session, f: str, value: Any, invoked_us: int, service_us: int) -> None:
        self.session = session
        self.link = None
        self.kind = session.client.workload.kind
        self.scope = session.client.name
        self.f = f
        self.value = value
        self.invoked_us = invoked_us
        self.service_us = service_us
        self.type: Answer | None = None
        self.patience: Timer | None = None
        self.delivered = False
        self.connection: Connection | None = None

    def answer(self, type_: Answer, value: Any = None, error: str = "") -> None:
        """See `systems.driver.Request.answer`; the client hears of it a round trip later."""
        if self.type is not None:
            return
        self.type = type_
        self.result = value
        self.error = error
        session = self.session
        if session.operation is self:
            session.clock.after(session.client.rtt_us + self.service_us, session.arrived, self)


class Session:
    """A client process of the history: a caller's queue of one, and a connection for each target.

    A caller who finds another one waiting goes away: after a long silence a session does not replay
    the calls that it has missed.

    Attributes
    ----------
    process
        Its number in the history and the trace.
    operation
        What is under way, if anything.
    caller
        Who asks.
    links
        Who has the connection that an `f` goes over.
    ended_us
        When a call ended last that was in vain.
    rested_us
        Since when it rests, which is to begin no calls (see `calm`); ``None`` = it does not.
    trouble
        The event of its latest broken connection, if one is told of.
    """

    __slots__ = (
        "_due_timer",
        "arrivals",
        "caller",
        "client",
        "clock",
        "ended_us",
        "links",
        "operation",
        "process",
        "rested_us",
        "trouble",
    )

    def __init__(self, client: Client, process: int, arrivals: Arrivals) -> None:
        self.client = client
        self.clock = client.clock
        self.process = process
        self.arrivals = arrivals
        self.caller = client.workload.of(process)
        self.operation: Operation | None = None
        self.trouble: int | None = None
        self.links: dict[str, Link | Pool] = {}
        self._due_timer: Timer | None = None
        self.rested_us: int | None = None
        self.ended_us = -1
        self._schedule()

    # -- calls -----------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        if self.client.resting:
            self._due_timer, self.rested_us = None, self.clock.now
            return
        due = self.arrivals.due_us
        if due is None:
            self._due_timer = None
            return
        now = self.clock.now
        self._due_timer = self.clock.after(due - now if due > now else 0, self._call)

    def set_mean(self, mean_us: float | None) -> None:
        """Change the mean time between callers; ``None`` = nobody comes any more."""
        self.arrivals.set_mean(self.clock.now, mean_us)
        if self.operation is None:
            if self._due_timer is not None:
                self._due_timer.cancel()
            self._schedule()

    def _call(self) -> None:
        client, clock, arrivals = self.client, self.clock, self.arrivals
        clock.cause = None
        now = clock.now
        if not client.opened:
            arrivals.skip_to(now + 1)
            self._schedule()
            return
        f, value = self.caller.begin(arrivals.choice)
        operation = self.operation = Operation(self, f, value, now, arrivals.service_us)
        arrivals.advance()
        arrivals.skip_to(now)
        client.rows.append((now, self.process, client.name, "invoke", f, value, ""))
        self.links[f].take(operation)

    def rest(self) -> None:
        """Begin no calls from now on, or as soon as the one that is under way has ended."""
        if self.operation is None:
            if self._due_timer is not None:
                self._due_timer.cancel()
            self._schedule()

    def resume(self) -> None:
        """Begin calls again."""
        if self.rested_us is not None:
            self.rested_us = None
            self.arrivals.begin_anew(self.clock.now)
            if self.operation is None:
                self._schedule()
        for link in self.links.values():
            link.resume()

    def servers(self) -> list[object]:
        """Return the programs that it is connected to; a pool's connections are no session's."""
        held = (getattr(link, "connection", None) for link in self.links.values())
        return [connection and connection.process for connection in held]

    def write(self, value: int) -> None:
        """Write an element for which no caller has come: it stands for those that came during a rest."""
        client, now = self.client, self.clock.now
        operation = self.operation = Operation(self, "write", value, now, self.arrivals.service_us)
        client.rows.append((now, self.process, client.name, "invoke", "write", value, ""))
        self.links["write"].take(operation)

    def lent(self, operation: Operation, connection: Connection) -> None:
        """Send an operation over a connection that it has waited for."""
        if operation.patience is not None:
            operation.patience.cancel()
            operation.patience = None
        self.clock.cause = None
        self.send(operation, connection)

    def send(self, operation: Operation, connection: Connection) -> None:
        """Send an operation."""
        operation.connection = connection
        operation.sent_us = now = self.clock.now
        if connection.carries():
            operation.delivered = True
            connection.link.touch(now)
            process, submit = connection.process, connection.system.submit
            if process.line is None:
                submit(process, operation)
            elif not process.line.serve(operation.service_us, submit, process, operation):
                operation.answer("fail", error=BACKLOG_FULL)
            if operation.type is None:
                self._be_patient(operation)
        elif connection.fate() is Fate.RESET:
            connection.link.bounce(connection)
        else:
            self._stall(operation)

    # -- answers ---------------------------------------------------------------------------------------

    def arrived(self, operation: Operation) -> None:
        """Hear the server's answer, if the path still carries it."""
        connection = operation.connection
        if self.operation is not operation or connection is None:
            return
        if not connection.carries():
            self._stall(operation)
            return
        clock, client, link = self.clock, self.client, connection.link
        clock.cause = None
        now = clock.now
        link.touch(now)
        f = operation.f
        if operation.type != "ok":
            if operation.error.startswith(ANSWERS):
                client.watches[f].succeed(now)
            leaves = client.leaves_read_only and READ_ONLY in operation.error
            link.spoiled = leaves
            self._end(operation, operation.type or "info", operation.error)
            if leaves:
                clock.cause = client.trace.latest.get(f"Member/{connection.process.pod}")
                link.lose(connection, READ_ONLY)
                link.spoiled = False
            return
        client.world.answered(connection.process)
        value = self.caller.succeed(f, operation.value, operation.result)
        client.rows.append((now, self.process, client.name, "ok", f, value, ""))
        self.operation = None
        if operation.patience is not None:
            operation.patience.cancel()
        link.answered_us = now
        if f == link.proof:
            link.prove()
        client.watches[f].succeed(now)
        link.done()
        self._schedule()

    def _end(self, operation: Operation, type_: Answer, error: str) -> None:
        """Record that an operation has not succeeded, and wait for the next caller."""
        client = self.client
        now = self.clock.now
        client.rows.append((now, self.process, client.name, type_, operation.f, operation.value, error))
        self.operation = None
        self.ended_us = now
        if operation.patience is not None:
            operation.patience.cancel()
        if not error.startswith(ANSWERS):
            client.watches[operation.f].fail(now)
        told = self.caller.fail(operation.f, operation.value, error)
        if told:
            pod = operation.connection.process.pod if operation.connection is not None else None
            self.clock.cause = self.trouble
            client.record(told, session=self.process, pod=pod)
            self.clock.cause = None
        if operation.link is not None:
            operation.link.done()
        self._schedule()

    # -- silence ---------------------------------------------------------------------------------------

    def _be_patient(self, operation: Operation) -> None:
        """Arm the end of waiting: the client's own limit, or TCP's for what it has sent if it is earlier."""
        if operation.patience is not None:
            return
        client = self.client
        limits = (client.statement_us, None if operation.delivered else client.give_up_us)
        limit = min((each for each in limits if each), default=None)
        if limit is not None:
            due = max(operation.sent_us + limit, self.clock.now)
            operation.patience = self.clock.at(due, self._lose_patience, operation)

    def _lose_patience(self, operation: Operation) -> None:
        connection = operation.connection
        if self.operation is operation and connection is not None:
            self.clock.cause = None
            spent_us, limit_us = self.clock.now - operation.sent_us, self.client.statement_us
            own = limit_us is not None and spent_us >= limit_us
            connection.link.lose(connection, "timeout", ERRORS["timeout"] if own else UNACKNOWLEDGED)

    def _stall(self, operation: Operation) -> None:
        """Begin to retransmit: the request, or the server its answer."""
        self._be_patient(operation)
        operation.rto_us = RTO_US
        self.clock.after(RTO_US, self._retransmit, operation)

    def _retransmit(self, operation: Operation) -> None:
        connection = operation.connection
        if self.operation is not operation or connection is None:
            return
        self.clock.cause = None
        fate = connection.fate()
        if fate is Fate.HEARD:
            if operation.delivered:
                self.arrived(operation)
            else:
                self.send(operation, connection)
        elif fate is Fate.RESET and not operation.delivered:
            connection.link.bounce(connection)
        elif self.clock.now - operation.sent_us < GIVE_UP_US:
            operation.rto_us = min(operation.rto_us * 2, RTO_MAX_US)
            self.clock.after(operation.rto_us, self._retransmit, operation)

    # -- connections -----------------------------------------------------------------------------------

    def connected(self, link: Link) -> None:
        """Hear that a link has a connection; send what has waited for it."""
        operation = self.operation
        if operation is None or operation.link is not link or link.connection is None:
            return
        self.lent(operation, link.connection)

    def waits_for(self, link: Link) -> bool:
        """Tell whether an operation waits for a connection of a link."""
        operation = self.operation
        return operation is not None and operation.link is link and operation.connection is None

    def released(self, link: Link) -> None:
        """Hear that an operation is over: the connection stays this session's."""

    def unacknowledged(self, connection: Connection) -> bool:
        """Tell whether what was sent over a connection has not arrived."""
        operation = self.operation
        return operation is not None and operation.connection is connection and not operation.delivered

    def unconnected(self, link: Link, error: str) -> None:
        """Hear that an attempt to connect has failed; so does what has waited for it."""
        operation = self.operation
        if operation is not None and self.waits_for(link):
            self._end(operation, "fail", error)

    def refuse(self, operation: Operation, error: str) -> None:
        """Hear that there is no connection for an operation."""
        if self.operation is operation:
            self._end(operation, "fail", error)

    def disconnected(self, connection: Connection, error: str) -> None:
        """Hear that a connection is over: nobody knows what became of a write that was under way.

        A web request on a connection that the server closes in order is sent again on the next one, as
        user agents do with idempotent requests (RFC 9110, section 9.2.2).
        """
        operation = self.operation
        if operation is None or operation.connection is not connection:
            return
        if operation.f == "request" and error == ERRORS["closed"]:
            self._send_again(operation)
        else:
            self._end(operation, "info" if changes(operation) else "fail", error or ERRORS["reset"])

    def _send_again(self, operation: Operation) -> None:
        """Let a request wait for the next connection; an answer under way is the old one's."""
        if operation.patience is not None:
            operation.patience.cancel()
        again = Operation(self, operation.f, operation.value, operation.invoked_us, operation.service_us)
        self.operation = again
        self.links[operation.f].requeue(again)
