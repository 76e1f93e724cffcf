"""How a client looks names up, and how long it believes what it was told.

The C library asks each time. A JVM keeps an answer for 30 s whatever its TTL says, or for ever, and for 10 s
that a name does not exist (``networkaddress.cache.ttl``, ``networkaddress.cache.negative.ttl``); browsers and
local resolvers keep to the TTL. Whoever remembers longer than the server goes on to the address
of a pod that is no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.cluster.dns import Address, Answer, ClusterDNS
    from statesim.kernel.clock import Clock
    from statesim.scenario.clients import Dns

NO_NAME = "could not translate host name: Name or service not known"
NO_ANSWER = "could not translate host name: Temporary failure in name resolution"
NEGATIVE_US = 10 * SECOND  # networkaddress.cache.negative.ttl
FOREVER_US = 10**17


class Resolver:
    """The memory of one client, shared by all its sessions.

    Parameters
    ----------
    rule
        What it remembers.
    """

    __slots__ = ("_clock", "_dns", "_kept", "_rule")

    def __init__(self, dns: ClusterDNS, clock: Clock, rule: Dns) -> None:
        self._dns = dns
        self._clock = clock
        self._rule = rule
        self._kept: dict[str, tuple[int, tuple[Address, ...]]] = {}

    def look_up(self, name: str, beyond: Callable[[], Answer] | None = None) -> tuple[Address, ...] | str:
        """Return the addresses of a name, or why there are none.

        Parameters
        ----------
        beyond
            Who knows a name that is not the cluster's. Its DNS passes the question on, and no question
            while it is down.
        """
        now = self._clock.now
        until_us, addresses = self._kept.get(name, (0, ()))
        if now >= until_us:
            answer = self._dns.ask(name) if beyond is None or self._dns.down else beyond()
            if answer is None:
                return NO_ANSWER
            addresses = answer.addresses
            self._kept[name] = (now + self._keep_us(answer.ttl_us, exists=bool(addresses)), addresses)
        return addresses or NO_NAME

    @property
    def forgets(self) -> bool:
        """Tell whether it keeps answers for a time."""
        return self._rule.cache == "ttl"

    def remembers_until(self, end_us: int) -> int:
        """Return when it forgets the first of the answers that it has, if that is before `end_us`."""
        now = self._clock.now
        return min((until for until, _ in self._kept.values() if now < until < end_us), default=end_us)

    def _keep_us(self, ttl_us: int, *, exists: bool) -> int:
        rule = self._rule
        if rule.cache == "none":
            return 0
        if not exists and rule.negative_ttl_us is not None:
            return rule.negative_ttl_us
        if rule.cache == "forever":
            return FOREVER_US if exists else NEGATIVE_US
        if rule.ttl_us is None:
            return ttl_us
        return rule.ttl_us if exists else NEGATIVE_US
