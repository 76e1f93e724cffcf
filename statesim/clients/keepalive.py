"""Whether anybody is still there: probes of a connection over which nothing is under way.

Linux probes a connection that has heard nothing for `idle`, again after each `interval`, and gives it up when
`count` probes were not answered; with ``TCP_USER_TIMEOUT`` it is that which ends it, at the first of these
instants after it (net/ipv4/tcp_timer.c: ``tcp_keepalive_timer``). While data waits for its acknowledgement
there are no probes: then retransmission decides. An application's own pings (HTTP/2, gRPC) are asked all the
same, and are not repeated.

A probe that is answered changes nothing, so none is simulated: the phase of the probes is known, and the
first one that may not be answered is worked out when the path, the machine or the program has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.clients.connection import Fate
from statesim.kernel.spans import MILLISECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.clients.connection import Connection
    from statesim.kernel.clock import Clock, Timer
    from statesim.scenario.clients import Client

GIVE_UP_US = 924_600 * MILLISECOND  # Linux ip-sysctl: tcp_retries2 = 15 is at least 924.6 s


@dataclass(frozen=True, slots=True)
class Probing:
    """How a client probes its connections.

    Attributes
    ----------
    idle_us, interval_us, count
        ``TCP_KEEPIDLE``, ``TCP_KEEPINTVL``, ``TCP_KEEPCNT``.
    user_timeout_us
        ``TCP_USER_TIMEOUT``; ``None`` = not set.
    pings
        The application asks, also while data is under way.
    """

    idle_us: int
    interval_us: int
    count: int
    user_timeout_us: int | None = None
    pings: bool = False

    def spent(self, sent: int, silent_us: int) -> bool:
        """Tell whether a connection is given up after so many probes and so long a silence."""
        if self.user_timeout_us is not None:
            return sent > 0 and silent_us >= self.user_timeout_us
        return sent >= self.count


def probing_of(model: Client) -> Probing | None:
    """Return how a client probes its connections: its own pings, TCP's keepalive, or not at all."""
    pings_us, keepalive = model.timeouts.keepalive_us, model.tcp.keepalive
    rules = None if model.pool is None else model.pool.rules()
    if rules is not None and rules.keepalive_time_us is not None:
        return Probing(rules.keepalive_time_us, rules.validation_timeout_us or GIVE_UP_US, 1)
    if pings_us:
        return Probing(pings_us, 0, 0, pings=True)
    if keepalive is None:
        return None
    limit_us = model.tcp.user_timeout_us
    return Probing(keepalive.idle_us, keepalive.interval_us, keepalive.count, limit_us)


class Keepalive:
    """The probes of one connection.

    Parameters
    ----------
    busy
        Tells whether data waits for its acknowledgement.
    lose
        Throws the connection away: ``reset`` or ``keepalive``.

    Attributes
    ----------
    heard_us
        When something was heard from the server last; written by whoever hears it.
    """

    __slots__ = ("_busy", "_clock", "_connection", "_lose", "_rule", "_sent", "_timer", "heard_us")

    def __init__(
        self,
        rule: Probing,
        clock: Clock,
        connection: Connection,
        busy: Callable[[Connection], bool],
        lose: Callable[[Connection, str], None],
    ) -> None:
        self._rule = rule
        self._clock = clock
        self._connection = connection
        self._busy = busy
        self._lose = lose
        self._sent = 0
        self._timer: Timer | None = None
        self.heard_us = clock.now

    def doubt(self) -> None:
        """Hear that something has changed: let the next probe come true if it would find silence."""
        if self._timer is None and not self._connection.carries():
            self._timer = self._clock.at(self._next(), self._probe)

    def stop(self) -> None:
        """Forget the connection."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _next(self) -> int:
        """Return when the next probe is due: those before it have been answered."""
        idle = self._rule.idle_us
        return self.heard_us + idle * (1 + (self._clock.now - self.heard_us) // idle)

    def _probe(self) -> None:
        self._timer = None
        clock, connection = self._clock, self._connection
        clock.cause = None
        silent_us = clock.now - self.heard_us
        if silent_us < self._rule.idle_us:
            self._sent = 0
            self.doubt()
            return
        fate = connection.fate()
        if fate is Fate.HEARD:
            self.heard_us, self._sent = clock.now, 0
        elif self._busy(connection) and not self._rule.pings:
            self._sent = 0  # until the data is acknowledged, or given up
        elif fate is Fate.RESET or self._rule.spent(self._sent, silent_us):
            self._lose(connection, "reset" if fate is Fate.RESET else "keepalive")
        else:
            self._sent += 1
            self._timer = clock.after(self._rule.interval_us, self._probe)
