"""A managed database's name: one address at a time, and resolvers that repeat the last one for its TTL.

Amazon RDS User Guide, "Failing over a Multi-AZ DB instance": the failover changes the record of the name, and
existing connections have to be made again. "Setting the JVM TTL for DNS name lookups" (AWS SDK for Java) is
about whoever remembers longer than the record says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.dns import Answer, PodAddress

if TYPE_CHECKING:
    from statesim.kernel.clock import Clock
    from statesim.node.process import Process


class Endpoint:
    """A name, and the resolver's memory of it; the clients' own memory comes on top.

    Parameters
    ----------
    ttl_us
        The TTL of its record.
    """

    def __init__(self, clock: Clock, ttl_us: int) -> None:
        self._clock = clock
        self._ttl_us = ttl_us
        self._asked_us = -ttl_us
        self._told: tuple[PodAddress, ...] = ()
        self._now: PodAddress | None = None

    def point(self, process: Process) -> None:
        """Let the name stand for a program's address."""
        self._now = PodAddress(process.pod, process.uid, process.node, process.ip)

    def stands_for(self, address: PodAddress) -> bool:
        """Tell whether that is the address."""
        return address == self._now

    def ask(self) -> Answer:
        """Return what the resolver answers, and how long that may be kept: the rest of the TTL."""
        now = self._clock.now
        if now - self._asked_us >= self._ttl_us:
            self._asked_us = now
            self._told = () if self._now is None else (self._now,)
        return Answer(self._told, max(0, self._asked_us + self._ttl_us - now))
