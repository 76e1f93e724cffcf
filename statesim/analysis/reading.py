"""A record that has been read: what several functions need, computed once, when first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from statesim.analysis.drains import DrainSpan, drains
from statesim.analysis.fold import tracks
from statesim.analysis.judge import LOST, judge
from statesim.analysis.members import SystemTrack, system_tracks
from statesim.analysis.outages import (
    MAIN,
    ClientHistory,
    Outage,
    Trouble,
    client_troubles,
    histories,
    outages,
    reported_outages,
)
from statesim.analysis.traffic import Counted, Loss, losses, traffic

if TYPE_CHECKING:
    from statesim.analysis.consistency.verdict import Verdict
    from statesim.analysis.intervals import Tracks
    from statesim.analysis.record import FaultSpan, RunRecord


class Reading:
    """One run, folded.

    Parameters
    ----------
    record
        The run.
    """

    def __init__(self, record: RunRecord) -> None:
        self.record = record

    @cached_property
    def tracks(self) -> Tracks:
        """Return the intervals of pods, nodes and volumes."""
        return tracks(self.record.events, self.record.duration_us)

    @cached_property
    def systems(self) -> dict[str, SystemTrack]:
        """Return the systems by name."""
        return system_tracks(self.record.events, self.record.duration_us)

    @cached_property
    def faults(self) -> tuple[FaultSpan, ...]:
        """Return the faults and operator actions."""
        return self.record.faults

    @cached_property
    def drains(self) -> list[DrainSpan]:
        """Return the drains of nodes, in order of their beginnings."""
        return drains(self.record.events, self.record.duration_us)

    @cached_property
    def clients(self) -> dict[str, ClientHistory]:
        """Return every client's history by name; clients without one have an empty one."""
        found = histories(self.record.history, self.record.duration_us)
        for event in self.record.events:
            if event.object.startswith("Client/"):
                name = event.object[7:]
                found.setdefault(name, ClientHistory(name))
        return found

    @cached_property
    def judged(self) -> dict[str, str]:
        """Return the kind of workload of each client whose workload is one of keys and values."""
        return {
            event.object[7:]: str(event.fields["kind"])
            for event in self.record.events
            if event.event == "Workload" and event.object.startswith("Client/")
        }

    @cached_property
    def _verdicts(self) -> dict[str, Verdict]:
        return {}

    def verdict(self, client: str) -> Verdict:
        """Return what the checkers say of one of these clients; nothing is shrunken yet."""
        if client not in self._verdicts:
            kind, record = self.judged[client], self.record
            self._verdicts[client] = judge(kind, record.history, client, record.duration_us)
        return self._verdicts[client]

    @cached_property
    def traffic(self) -> dict[str, dict[str, Counted]]:
        """Return what each client has counted that keeps no history, by kind of operation."""
        return traffic(self.record.events)

    @cached_property
    def losses(self) -> dict[str, Loss]:
        """Return what clients' own last events say that they have lost."""
        return losses(self.record.events)

    def lost_at(self, client: str) -> list[int]:
        """Return when what a client lost had been acknowledged (µs), in order.

        Of sums only the total is known to be wrong, not which addition is missing, and clients without a
        history know but the first and the last: they have no such times.
        """
        if client in self.traffic:
            return []
        if client not in self.judged:
            known = self.clients[client]
            return sorted(known.acked[element] for element in known.lost or ())
        lost = (each for each in self.verdict(client).anomalies if each.kind == LOST and each.calls)
        return sorted(each.calls[0].ended_us for each in lost if each.calls[0].f != "read")

    @cached_property
    def _troubles(self) -> dict[str, list[Trouble]]:
        return client_troubles(self.record)

    @cached_property
    def _outages(self) -> dict[tuple[str, str], list[Outage]]:
        return {}

    def outages(self, client: str, f: str) -> list[Outage]:
        """Return one client's outages of one kind of operation, in order."""
        key = (client, f)
        if key not in self._outages:
            history = self.clients.get(client)
            if history is None or f not in history.kinds:
                counted = self.traffic.get(client, {}).get(f)
                begun_us = None if counted is None else counted.since_us
                found = reported_outages(self.record, client, f, begun_us)
            else:
                found = outages(history, f, self._troubles.get(client, ()), self.record.duration_us)
            self._outages[key] = found
        return self._outages[key]

    def main_outages(self, client: str) -> list[Outage]:
        """Return the outages that matter most: of writes, else of requests, else of reads."""
        main = self.clients[client].main
        if main is not None:
            return self.outages(client, main.f)
        for f in self.traffic.get(client, ()):
            return self.outages(client, f)
        for f in MAIN:
            found = self.outages(client, f)
            if found:
                return found
        return []
