"""A pool: callers borrow a connection for one operation, and wait where all are lent.

What a pool does not know is whether a connection that is lent still leads anywhere. A socket that hangs holds
its place; a pool whose sockets all hang has none to lend, and every caller waits for `connectionTimeout` and
fails. In-use connections are never retired (HikariCP README: maxLifetime; PgBouncer config.md:
server_lifetime).

Connections are made one at a time, as HikariCP's single adder and PgBouncer's ``launch_new_connection`` do.
After a failure HikariCP waits 250 ms, half as much longer each time up to 10 s (HikariPool.java:
PoolEntryCreator); PgBouncer ``server_login_retry``, and answers callers with the error meanwhile if it has no
other connection (objects.c: ``check_fast_fail``).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from statesim.clients.slot import Slot

if TYPE_CHECKING:
    from random import Random

    from statesim.clients.client import Client
    from statesim.clients.session import Operation
    from statesim.kernel.clock import Timer
    from statesim.scenario.pools import PoolRules

RETRY_US = 250_000
RETRY_MAX_US = 10_000_000


class Pool:
    """The connections of one client to one target.

    Parameters
    ----------
    proof
        The `f` whose success shows that a connection is of use.
    first
        The number of its first connection, among those of all clients.

    Attributes
    ----------
    rng
        Chooses among addresses, and spreads lifetimes.
    """

    __slots__ = (
        "_connecting",
        "_error",
        "_failures",
        "_not_before",
        "_resting",
        "_slots",
        "_timer",
        "_waiting",
        "client",
        "proof",
        "rng",
        "rules",
        "target",
    )

    def __init__(
        self, client: Client, target: str, proof: str, rules: PoolRules, first: tuple[int, int], rng: Random
    ) -> None:
        self.client = client
        self.target = target
        self.proof = proof
        self.rules = rules
        self.rng = rng
        number, key = first
        self._slots = [Slot(self, number + i, key + 2 * i) for i in range(rules.size)]
        self._waiting: deque[Operation] = deque()
        self._connecting: Slot | None = None
        self._timer: Timer | None = None
        self._failures = 0
        self._not_before = 0
        self._error = ""
        self._resting = False
        client.clock.after(0, self.fill)

    # -- callers -----------------------------------------------------------------------------------------

    def take(self, operation: Operation) -> None:
        """Lend an operation a connection, now or when there is one."""
        self._resting = False
        if self._fails_fast():
            self.fill(asked=True)
            operation.session.refuse(operation, f"server login has been failing: {self._error}")
            return
        own = next((slot for slot in self._slots if slot.belongs_to(operation.session)), None)
        if own is not None:
            own.lend(operation)
            return
        self._waiting.append(operation)
        self.serve()
        limit = self.rules.connection_timeout_us
        if operation.connection is None and limit is not None:
            operation.patience = self.client.clock.after(limit, self._expire, operation)

    requeue = take

    def _fails_fast(self) -> bool:
        """Tell whether the proxy says at once that the server cannot be reached."""
        failing = self.rules.login_retry_us is not None and self._failures > 0
        return failing and not any(slot.link.connection for slot in self._slots)

    def take_back(self, operation: Operation) -> None:
        """Let an operation whose connection did not pass its test wait on, before all others."""
        limit = self.rules.connection_timeout_us
        if limit is not None and self.client.clock.now >= operation.invoked_us + limit:
            self._refuse(operation)
        else:
            self._waiting.appendleft(operation)

    def _expire(self, operation: Operation) -> None:
        if operation in self._waiting:
            self.client.clock.cause = None
            self._waiting.remove(operation)
            self._refuse(operation)
        else:
            for slot in self._slots:
                slot.give_up(operation)

    def _refuse(self, operation: Operation) -> None:
        if self.rules.preset == "pgbouncer":
            operation.session.refuse(operation, "query_wait_timeout")
            return
        limit_ms = (self.rules.connection_timeout_us or 0) // 1000
        said = f"Connection is not available, request timed out after {limit_ms}ms"
        operation.session.refuse(operation, f"{said}: {self._error}" if self._error else said)

    # -- connections -------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Lend what is idle to who waits, and see that there is enough."""
        waiting = self._waiting
        while waiting:
            slot = self._free_for(waiting[0])
            if slot is None:
                break
            slot.lend(waiting.popleft())
        self.fill()

    def _free_for(self, operation: Operation) -> Slot | None:
        """Return the first connection that is free; of HikariCP the one that this caller had last, if it is.

        (ConcurrentBag.java: ``borrow`` looks at the thread's own list first.)
        """
        free = [slot for slot in self._slots if slot.free_for(operation.session)]
        own = self.rules.preset == "hikaricp"
        same = (slot for slot in free if own and slot.last is operation.session)
        return next(same, free[0] if free else None)

    @property
    def cycle_us(self) -> int:
        """Return how long an attempt to connect takes: a pool does not stop to make them."""
        return 0

    def resume(self) -> None:
        """Hear that a caller's rest is over: the pool has gone on meanwhile."""

    def all_carry(self) -> bool:
        """Tell whether there are connections, and each of them leads to a server."""
        connections = [slot.link.connection for slot in self._slots if slot.link.connection is not None]
        return bool(connections) and all(connection.carries() for connection in connections)

    def idle(self) -> int:
        """Return how many connections nobody uses."""
        return sum(1 for slot in self._slots if slot.free_for(None))

    def fill(self, *, asked: bool = False) -> None:
        """Connect once more, if that is needed and may be tried now.

        Parameters
        ----------
        asked
            Somebody asks in passing, and waits for nothing.
        """
        if self._connecting is not None or not (asked or self._needs_more()):
            return
        clock = self.client.clock
        if clock.now >= self._not_before:
            self._connecting = next(slot for slot in self._slots if slot.empty)
            self._connecting.link.want()
        elif self._timer is None and not asked:
            self._timer = clock.at(self._not_before, self._try_again)

    def _try_again(self) -> None:
        self._timer = None
        self.client.clock.cause = None
        self.fill()

    def _needs_more(self) -> bool:
        connected = sum(1 for slot in self._slots if not slot.empty)
        if connected == self.rules.size:
            return False
        if self._waiting or not self.client.opened:
            return True
        kept = connected if self.rules.preset == "pgbouncer" else self.idle()
        return not self._resting and kept < self.rules.minimum_idle

    def connected(self) -> None:
        """Hear that there is one more."""
        self._connecting = None
        self._failures = self._not_before = 0
        self._error = ""
        self.serve()

    def unconnected(self, error: str) -> None:
        """Hear that an attempt has failed."""
        self._connecting = None
        self._error = error
        wait = self.rules.login_retry_us
        if wait is None:
            limit = self.rules.connection_timeout_us or RETRY_MAX_US
            wait = min(RETRY_MAX_US, limit, int(RETRY_US * 1.5 ** min(self._failures, 20)))
        self._failures += 1
        self._not_before = self.client.clock.now + wait
        self.fill()

    def rest(self) -> None:
        """Let connections that nobody has used since they were made end unreplaced, until somebody calls.

        A pool replaces them for ever; whoever calls first after that finds a new one a round trip later.
        """
        self._resting = True
