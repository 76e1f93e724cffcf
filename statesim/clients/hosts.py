"""Which of several servers a new connection goes to: libpq's rules, and pgjdbc's with its memory.

libpq tries hosts in their order, waits for each as long as ``connect_timeout`` says, and goes on if the
server is not of the kind that ``target_session_attrs`` asks for (libpq, "Specifying Multiple Hosts";
fe-connect.c). pgjdbc does so too, but remembers for ``hostRecheckSeconds`` what each host was, for all
connections of the JVM, and leaves out those that will not do; if none is left it tries all of them
(MultiHostChooser.java, GlobalHostStatusTracker.java, ConnectionFactoryImpl.java). Both choose when they
connect, and never again.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from statesim.kernel.clock import Clock
    from statesim.node.process import Process
    from statesim.scenario.hosts import Connect
    from statesim.systems.driver import System


class Status(Enum):
    """What pgjdbc knows of a host (HostStatus.java)."""

    FAILED = "ConnectFail"
    CONNECTED = "ConnectOK"
    PRIMARY = "Primary"
    SECONDARY = "Secondary"


class Candidate(NamedTuple):
    """A host to be tried, and what it must be: ``any``, ``primary`` or ``standby``."""

    host: str
    wants: str


_WANTS = {
    "any": ("any",),
    "read-write": ("primary",),
    "primary": ("primary",),
    "read-only": ("standby",),
    "standby": ("standby",),
    "secondary": ("standby",),
    "prefer-standby": ("standby", "any"),
    "preferSecondary": ("standby", "any"),
    "preferPrimary": ("primary", "any"),
}
_WILL_DO = {
    "any": (Status.CONNECTED, Status.PRIMARY, Status.SECONDARY),
    "primary": (Status.CONNECTED, Status.PRIMARY),
    "standby": (Status.CONNECTED, Status.SECONDARY),
}
REFUSALS = {"primary": "session is not read-write", "standby": "server is not in hot standby mode"}


class Hosts:
    """A client's list of hosts, and what its driver remembers of them."""

    __slots__ = ("_clock", "_known", "_list", "_recheck_us", "_shuffles", "_wants")

    def __init__(self, clock: Clock, rule: Connect) -> None:
        self._clock = clock
        self._list = rule.hosts
        self._wants = _WANTS[rule.target_server_type or rule.target_session_attrs or "any"]
        self._shuffles = rule.load_balance_hosts
        self._recheck_us = rule.host_recheck_us if rule.pgjdbc else None
        self._known: dict[str, tuple[int, Status]] = {}

    def plan(self, rng: Random) -> list[Candidate]:
        """Return who is tried for one connection, in order."""
        found = [
            Candidate(host, wants)
            for wants in self._wants
            for host in self._order(rng)
            if self._recheck_us is None or self._may_do(host, wants)
        ]
        return found or [Candidate(host, self._wants[-1]) for host in self._order(rng)]

    def _order(self, rng: Random) -> Sequence[str]:
        if not self._shuffles:
            return self._list
        return sorted(self._list, key=lambda _: rng.random())

    def _may_do(self, host: str, wants: str) -> bool:
        known_us, status = self._known.get(host, (None, Status.CONNECTED))
        old = known_us is None or known_us < self._clock.now - (self._recheck_us or 0)
        return old or status in _WILL_DO[wants]

    def failed(self, candidate: Candidate) -> None:
        """Remember that a host could not be connected to."""
        self._known[candidate.host] = (self._clock.now, Status.FAILED)

    def refuse(self, candidate: Candidate, process: Process, system: System) -> str | None:
        """Say why a server that has accepted will not do, or nothing; remember what it is."""
        standby = any(process is each for each in system.replicas())
        status = Status.CONNECTED
        if candidate.wants != "any":
            status = Status.SECONDARY if standby else Status.PRIMARY
        self._known[candidate.host] = (self._clock.now, status)
        return None if status in _WILL_DO[candidate.wants] else REFUSALS[candidate.wants]
