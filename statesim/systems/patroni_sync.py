"""Synchronous mode: a commit is answered when the standby that the /sync key names has it.

A standby that is lost blocks commits until the leader's next loop rewrites the key; with no standby left the
leader goes on alone, unless the mode is strict (Patroni docs, replication_modes.rst). After a failover the
new leader answers without a standby until its loop names one (recorded: about 1.1 s).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.patroni_ha import choose_standby

if TYPE_CHECKING:
    from statesim.systems.driver import Request
    from statesim.systems.patroni import Patroni

# recorded: the new leader's next loop after a promotion
NAMED_AFTER_US = 1_100_000


class Synchronous:
    """The /sync key of a cluster, and the commits that wait for it."""

    __slots__ = ("_cluster", "_planned", "_waiting", "standby")

    def __init__(self, cluster: Patroni) -> None:
        self._cluster = cluster
        self.standby: str | None = None
        self._waiting: list[Request] = []
        self._planned = False

    def may_lead(self, name: str) -> bool:
        """Tell whether the key allows a member to be promoted; anybody while nobody has been named."""
        return self.standby is None or name == self.standby

    def commit(self, request: Request, position: int) -> None:  # noqa: ARG002 - the standby receives in order
        """Answer a write that is on the leader's disk, now or when the standby has it too."""
        cluster = self._cluster
        parameters = cluster.parameters
        if not parameters.synchronous_mode or (
            self.standby is None and not parameters.synchronous_mode_strict
        ):
            request.answer("ok", request.value)
        elif self.standby in cluster.streaming():
            term = cluster.lease.term
            cluster.clock.after(parameters.replication_lag, self._confirmed, request, term)
        else:
            self._waiting.append(request)
            self._plan()

    def _confirmed(self, request: Request, term: int) -> None:
        cluster = self._cluster
        leader = cluster.primary()
        if leader is None or not leader.running or cluster.lease.term != term:
            return
        if self.standby in cluster.streaming() or self.standby is None:
            request.answer("ok", request.value)
        else:
            self._waiting.append(request)
            self._plan()

    def new_leader(self) -> None:
        """Start with nobody named; the next loop names a standby."""
        self._waiting.clear()
        if self._cluster.parameters.synchronous_mode:
            self._name(None)
            self._planned = True
            self._cluster.clock.after(NAMED_AFTER_US, self._loop)

    def changed(self) -> None:
        """Look again who streams, at the leader's next loop."""
        cluster = self._cluster
        if not cluster.parameters.synchronous_mode or cluster.primary() is None:
            return
        if choose_standby(self.standby, cluster.streaming()) != self.standby:
            self._plan()

    def _plan(self) -> None:
        if self._planned:
            return
        self._planned = True
        cluster = self._cluster
        cluster.clock.at(max(cluster.lease.next_loop(), cluster.clock.now), self._loop)

    def _loop(self) -> None:
        """Rewrite the key (ha.py: process_sync_replication), and answer what waited for it."""
        self._planned = False
        cluster = self._cluster
        leader = cluster.primary()
        if leader is None or not leader.running:
            return
        self._name(choose_standby(self.standby, cluster.streaming()))
        if self.standby is None and cluster.parameters.synchronous_mode_strict:
            return
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            request.answer("ok", request.value)

    def _name(self, standby: str | None) -> None:
        if standby != self.standby:
            self.standby = standby
            where = f"System/{self._cluster.name}"
            self._cluster.trace.emit(where, "SyncNames", pods=[standby] if standby else [])
