"""Connections between servers: one between each two, until it is closed or has been silent for too long.

A server whose program ends has its sockets closed by its machine, and that is noticed at once; a machine
that is gone, frozen or cut off is silent. Each side looks at its connections five times in a heartbeat
timeout, and gives one up that has brought nothing in so many looks (rpc/connectivity/cluster.cc:
heartbeat_manager_t). Who has lost somebody tries again after waits that grow by half, to fifteen seconds
(administration/servers/auto_reconnect.cc). A cut that is shorter than the timeout is TCP's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.systems.detectors import Heartbeat, Silences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statesim.kernel.clock import Clock
    from statesim.kernel.streams import Streams
    from statesim.node.process import Host
    from statesim.systems.rethinkdb.servers import Server

LOOKS = 5  # HEARTBEAT_TIMEOUT_INTERVALS
FIRST_WAIT_US, LONGEST_WAIT_US, GROWTH = 50 * MILLISECOND, 15 * SECOND, (3, 2)


def next_try_us(lost_us: int, now: int) -> int:
    """Return when somebody who was lost at an instant is tried again, now or later."""
    at, wait = lost_us + FIRST_WAIT_US, FIRST_WAIT_US
    while at < now and wait < LONGEST_WAIT_US:
        wait = min(wait * GROWTH[0] // GROWTH[1], LONGEST_WAIT_US)
        at += wait
    if at < now:
        at += -(-(now - at) // LONGEST_WAIT_US) * LONGEST_WAIT_US
    return at


class Links:
    """Who is connected to whom, as each side believes.

    Parameters
    ----------
    lost, resumed
        Called when a server gives another up, and when a silence between two ends in time.
    changed
        Called when something has changed later on, by a timer.
    """

    def __init__(
        self,
        clock: Clock,
        streams: Streams,
        host: Host,
        timeout_us: int,
        lost: Callable[[Server, Server], None],
        resumed: Callable[[Server, Server], None],
        changed: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._streams = streams
        self._host = host
        self._detector = Heartbeat(timeout_us, check_us=max(1, timeout_us // LOOKS))
        self._lost, self._resumed, self._changed = lost, resumed, changed
        self._silences: Silences[tuple[str, str]] = Silences()
        self._since: dict[tuple[str, str], int] = {}
        self._trying: set[tuple[str, str]] = set()

    def hears(self, one: Server, other: Server) -> bool:
        """Tell whether packets get from one server's program to another's and back now."""
        if one is other:
            return one.runs
        return one.runs and other.runs and self._host.reachable(one.member.process, other.member.process)

    def connected(self, one: Server, other: Server) -> bool:
        """Tell whether two servers talk: both believe in their connection, and packets get through."""
        if one is other:
            return one.runs
        both = one.peers.get(other.id) is other and other.peers.get(one.id) is one
        return both and self.hears(one, other)

    def update(self, servers: Sequence[Server]) -> None:
        """See who has fallen silent, who is gone, and who can be met."""
        for one in servers:
            if one.runs:
                for other in list(one.peers.values()):
                    self._look(one, other)
        for at, one in enumerate(servers):
            for other in servers[at + 1 :]:
                self._meet(one, other)

    def _look(self, one: Server, other: Server) -> None:
        pair = (one.key, other.key)
        if self.hears(one, other):
            if other.peers.get(one.id) is not one:
                self._drop(one, other)
            elif self._silences.end(pair):
                self._resumed(one, other)
            return
        process = other.member.process
        ended = other.ended or not process.alive
        reset = self._host.answers(process) and self._host.reachable(one.member.process, process)
        if ended and reset:
            self._drop(one, other)
        elif self._silences.get(pair) is None:
            now = self._clock.now
            patience_us = self._detector.silence(now, self._phase(one, other)).patience_us
            silence = self._silences.begin(pair, now, patience_us)
            one.member.life.later(patience_us, self._given_up, one, other, silence)

    def _phase(self, one: Server, other: Server) -> int:
        """Return when a server looks at a connection: each connection has a timer of its own."""
        rng = self._streams.get("rethinkdb", one.name, "heartbeat", other.name)
        return int(rng.random() * self._detector.check_us)

    def _given_up(self, one: Server, other: Server, silence: object) -> None:
        if self._silences.get((one.key, other.key)) is silence and one.peers.get(other.id) is other:
            self._drop(one, other)
            self._changed()

    def _drop(self, one: Server, other: Server) -> None:
        """Close one side of a connection; the other one hears of it if packets get through."""
        self._silences.end((one.key, other.key))
        if one.peers.get(other.id) is other:
            del one.peers[other.id]
        self._since[self._both(one, other)] = self._clock.now
        self._lost(one, other)
        if self.hears(one, other) and other.peers.get(one.id) is one:
            self._drop(other, one)

    def _both(self, one: Server, other: Server) -> tuple[str, str]:
        first, second = sorted((one.key, other.key))
        return first, second

    def _meet(self, one: Server, other: Server) -> None:
        """Connect two who hear each other and are not connected: at once if they have just started."""
        if one.peers.get(other.id) is other or other.peers.get(one.id) is one or not self.hears(one, other):
            return
        pair = self._both(one, other)
        since = self._since.get(pair)
        if since is None:
            self._connect(one, other)
        elif pair not in self._trying:
            self._trying.add(pair)
            now = self._clock.now
            self._clock.after(next_try_us(since, now) - now, self._try, one, other)

    def _try(self, one: Server, other: Server) -> None:
        self._trying.discard(self._both(one, other))
        apart = one.peers.get(other.id) is not other and other.peers.get(one.id) is not one
        if apart and self.hears(one, other):
            self._connect(one, other)
            self._changed()

    def _connect(self, one: Server, other: Server) -> None:
        """Connect two servers; an older run of either is known to be over now."""
        for here, there in ((one, other), (other, one)):
            before = here.peers.get(there.id)
            if before is not None and before is not there:
                self._drop(here, before)
            here.peers[there.id] = there
