"""A coordinator's work: a write to all replicas of a key, a read from as many as its level asks for.

A write goes to every replica; the level says how many acknowledgements are waited for. If fewer replicas
are taken for alive, nothing is sent at all (UnavailableException). A write that is sent and not acknowledged
in time may have been done (WriteTimeoutException). Sources: Cassandra docs, dynamo.adoc ("Tunable
consistency"), read_repair.adoc; ``service/StorageProxy.java``; ``service/reads/AbstractReadExecutor.java``
(a read that hears nothing asks one replica more).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.systems.cassandra.hints import reaches
from statesim.systems.cassandra.parameters import required
from statesim.systems.cassandra.store import Cell
from statesim.systems.statements import changes, execute

if TYPE_CHECKING:
    from collections.abc import Hashable

    from statesim.systems.cassandra.gossip import Views
    from statesim.systems.cassandra.hints import Hints
    from statesim.systems.cassandra.parameters import CassandraParameters
    from statesim.systems.cassandra.ring import Peer, Ring
    from statesim.systems.driver import Context, Request
    from statesim.systems.statements import Outcome

SUPPORTED = {("set", "write"), ("set", "read"), ("register", "write"), ("register", "read")}
NOT_MODELLED = "not modelled for Cassandra: lightweight transactions, counters and batches"


class _Row:
    """What one statement reads and writes: one key; see `statements.Writable`."""

    def __init__(self, value: Any = None) -> None:
        self.key: Hashable = None
        self.value = value

    def get(self, key: Hashable) -> Any:
        self.key = key
        return self.value

    def put(self, key: Hashable, value: Any) -> None:
        self.key, self.value = key, value


@dataclass(slots=True)
class _Write:
    request: Request
    outcome: Outcome
    coordinator: Peer
    key: Hashable
    cell: Cell
    others: list[Peer]
    acknowledged: int
    answered: bool = False
    missing: list[Peer] = field(default_factory=list)


@dataclass(slots=True)
class _Read:
    request: Request
    coordinator: Peer
    key: Hashable
    asked: list[Peer]
    spare: list[Peer]


class Coordinators:
    """What every host does for the clients that are connected to it."""

    def __init__(
        self, context: Context, parameters: CassandraParameters, ring: Ring, views: Views, hints: Hints
    ) -> None:
        self._context = context
        self._clock = context.clock
        self._parameters = parameters
        self._ring = ring
        self._views = views
        self._hints = hints
        factor = parameters.replication_factor
        self._write_needs = required(parameters.write_consistency, factor)
        self._read_needs = required(parameters.read_consistency, factor)

    def serve(self, coordinator: Peer, request: Request) -> None:
        """Take an operation."""
        if (request.kind, request.f) not in SUPPORTED:
            request.answer("fail", error=NOT_MODELLED)
        elif changes(request):
            self._write(coordinator, request)
        else:
            self._read(coordinator, request)

    def _live(self, coordinator: Peer, replicas: tuple[Peer, ...]) -> list[Peer]:
        return [peer for peer in replicas if self._views.up(coordinator, peer)]

    def _unavailable(self, request: Request, level: str, needs: int, alive: int) -> None:
        error = f"Unavailable: cannot achieve consistency level {level} ({needs} required, {alive} alive)"
        request.answer("fail", error=error)

    # -- writes ----------------------------------------------------------------------------------------

    def _write(self, coordinator: Peer, request: Request) -> None:
        row = _Row()
        outcome = execute(request, row)
        assert coordinator.member is not None  # it has just taken the request
        cell = Cell(self._context.host.clock_us(coordinator.member.process), row.value)
        replicas = self._ring.replicas(row.key)
        live, needs = self._live(coordinator, replicas), self._write_needs
        if len(live) < needs:
            self._unavailable(request, self._parameters.write_consistency, needs, len(live))
            return
        for peer in replicas:
            if peer not in live:
                self._hints.keep(coordinator, peer, row.key, cell)
        others = [peer for peer in live if peer is not coordinator]
        here = len(live) - len(others)
        if here:
            coordinator.store.apply(self._clock.now, row.key, cell)
        write = _Write(request, outcome, coordinator, row.key, cell, others, here)
        self._acknowledge(write)
        if others:  # what is sent arrives, whatever becomes of the sender
            self._clock.after(self._parameters.replica_latency, self._arrive, write)

    def _acknowledge(self, write: _Write) -> None:
        if not write.answered and write.acknowledged >= self._write_needs:
            write.answered = True
            write.request.answer(*write.outcome)

    def _arrive(self, write: _Write) -> None:
        for peer in write.others:
            if reaches(self._context, write.coordinator, peer):
                peer.store.apply(self._clock.now, write.key, write.cell)
                write.acknowledged += 1
            else:
                write.missing.append(peer)
        member, latency = write.coordinator.member, self._parameters.replica_latency
        if member is not None:
            if not write.answered:
                member.life.later(latency, self._acknowledge, write)
            if write.missing:
                timeout = self._parameters.write_request_timeout - latency
                member.life.later(timeout, self._write_timed_out, write)

    def _write_timed_out(self, write: _Write) -> None:
        for peer in write.missing:
            self._hints.keep(write.coordinator, peer, write.key, write.cell)
        if not write.answered:
            needs, got = self._write_needs, write.acknowledged
            error = f"WriteTimeout: {got} of {needs} replicas have acknowledged; it may have been done"
            write.answered = True
            write.request.answer("info", error=error)

    # -- reads -----------------------------------------------------------------------------------------

    def _read(self, coordinator: Peer, request: Request) -> None:
        row = _Row()
        execute(request, row)
        live = self._live(coordinator, self._ring.replicas(row.key))
        needs = self._read_needs
        if len(live) < needs:
            self._unavailable(request, self._parameters.read_consistency, needs, len(live))
            return
        live.sort(key=lambda peer: (peer is not coordinator, peer.rack != coordinator.rack))
        read = _Read(request, coordinator, row.key, live[:needs], live[needs:])
        if read.asked == [coordinator]:
            self._answer(read, coordinator.store.get(read.key))
        else:
            self._later(read, 1, self._ask)

    def _later(self, read: _Read, hops: int, step: Any, *args: Any, more_us: int = 0) -> None:
        member = read.coordinator.member
        if member is not None:
            member.life.later(hops * self._parameters.replica_latency + more_us, step, read, *args)

    def _ask(self, read: _Read) -> None:
        heard = [peer for peer in read.asked if reaches(self._context, read.coordinator, peer)]
        silent = len(read.asked) - len(heard)
        if not silent:
            self._compare(read)
        elif silent == 1 and read.spare:
            read.asked = [*heard, read.spare[0]]
            read.spare = []  # one more is asked, and no third
            self._later(read, 1, self._ask, more_us=self._parameters.speculative_retry)
        else:
            self._later(read, 0, self._read_timed_out, more_us=self._parameters.read_request_timeout)

    def _read_timed_out(self, read: _Read) -> None:
        read.request.answer(
            "fail", error=f"ReadTimeout: fewer than {self._read_needs} replicas have answered"
        )

    def _compare(self, read: _Read) -> None:
        """Take the newest of the answers, and give it to those who had an older one before it is told."""
        cells = [peer.store.get(read.key) for peer in read.asked]
        newest = max((cell for cell in cells if cell is not None), default=None)
        stale = [peer for peer, cell in zip(read.asked, cells, strict=True) if cell != newest]
        if stale and newest is not None and self._parameters.read_repair == "BLOCKING":
            self._later(read, 2, self._repair, newest, stale)
        else:
            self._later(read, 1, self._answer, newest)

    def _repair(self, read: _Read, newest: Cell, stale: list[Peer]) -> None:
        """Wait for those that are mended (``service/reads/repair/BlockingReadRepair.java``)."""
        mended = [peer for peer in stale if reaches(self._context, read.coordinator, peer)]
        for peer in mended:
            peer.store.apply(self._clock.now, read.key, newest)
        if len(mended) == len(stale):
            self._later(read, 1, self._answer, newest)
        else:
            self._later(read, 0, self._read_timed_out, more_us=self._parameters.read_request_timeout)

    def _answer(self, read: _Read, cell: Cell | None) -> None:
        row = _Row(None if cell is None else cell.value)
        read.request.answer(*execute(read.request, row))
