"""Outages as clients met them: stretches in which asking did not help.

An outage of a kind of operation (``write``, ``read``, ``request``) is a gap between two successes that is
longer than usual *and* in which somebody asked in vain. The gap must be longer than one second and than five
typical intervals (the median) between successes. Asked in vain has whoever was told ``fail`` or ``info``, or
waited longer than a second; a broken session and the client's own ``Outage`` event count too. What befell
another kind of operation does not: reads that fail say nothing about writes that nobody tried, and nor does a
session that breaks while the client's other calls are answered. A gap in which nobody wanted anything is no
outage. It reaches from the last success before it to the first one after it,
or to the end of the run.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.analysis.record import ABORTED, FINAL, NOT_DONE
from statesim.analysis.recoveries import Recoveries
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.record import Operation, RunRecord

PATIENCE_US = SECOND
TYPICAL_INTERVALS = 5
MAIN = ("write", "txn", "transfer", "add", "act", "request", "read")  # what matters most, first


class Outage(NamedTuple):
    """A stretch without success; `open` tells whether the run ended before it did."""

    start_us: int
    end_us: int
    open: bool

    @property
    def length_us(self) -> int:
        """Return how long it lasted."""
        return self.end_us - self.start_us


class Trouble(NamedTuple):
    """A time in which a client was in trouble with operations of kind `f`; ``None`` = with all of them."""

    start_us: int
    end_us: int
    f: str | None = None


@dataclass(slots=True)
class Kind:
    """All operations of one kind of one client.

    Attributes
    ----------
    first_us
        When the first one began; ``None`` if there was none.
    ok
        When each success was answered, in order.
    not_done
        How many of these were served, and changed nothing, as what they asked for did not hold.
    aborted
        How many a server that works has rolled back, as another transaction was in their way.
    failed, unknown
        How many others surely did not happen, and of how many nobody knows.
    in_vain
        (begin, end) of those that failed, or took longer than a second.
    waits
        How long each success took (µs).
    recoveries
        How long each session was in trouble.
    """

    f: str
    first_us: int | None = None
    ok: list[int] = field(default_factory=list)
    not_done: int = 0
    aborted: int = 0
    failed: int = 0
    unknown: int = 0
    in_vain: list[tuple[int, int]] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    recoveries: Recoveries = field(default_factory=Recoveries)


@dataclass(slots=True)
class ClientHistory:
    """What one client did, taken apart once for everything that is computed from it.

    Attributes
    ----------
    kinds
        By kind of operation, in order of appearance.
    acked
        Element to the time at which its write was acknowledged.
    attempted, refused, doubtful
        Elements whose write was begun, surely did not happen, or was never answered.
    misses
        Elements that a read did not find although their writes had been acknowledged before it began.
    final
        All elements of the surviving data; ``None`` without the judge's read.
    """

    name: str
    kinds: dict[str, Kind] = field(default_factory=dict)
    acked: dict[Any, int] = field(default_factory=dict)
    attempted: set[Any] = field(default_factory=set)
    refused: set[Any] = field(default_factory=set)
    doubtful: set[Any] = field(default_factory=set)
    misses: list[Any] = field(default_factory=list)
    final: set[Any] | None = None

    @property
    def main(self) -> Kind | None:
        """Return the kind of operation that says whether the service works: writes if there are any."""
        for f in MAIN:
            if f in self.kinds:
                return self.kinds[f]
        return next(iter(self.kinds.values()), None)

    @property
    def lost(self) -> list[Any] | None:
        """Return the acknowledged elements that did not survive, oldest first; ``None`` = nobody looked."""
        if not self.acked:
            return []
        if self.final is None:
            return None
        return [element for element in self.acked if element not in self.final]

    def silent(self, at_us: int) -> bool:
        """Tell whether no call of any kind was answered for longer than a second around an instant."""
        before, after = -1, -1
        for kind in self.kinds.values():
            place = bisect_left(kind.ok, at_us)
            if place:
                before = max(before, kind.ok[place - 1])
            if place < len(kind.ok):
                after = kind.ok[place] if after < 0 else min(after, kind.ok[place])
        return before < 0 or after < 0 or after - before > PATIENCE_US


def histories(history: Sequence[Operation], duration_us: int) -> dict[str, ClientHistory]:
    """Take a history apart by client, in order of their first operations."""
    rows_of: dict[str, list[Any]] = {}
    for row in history:
        rows = rows_of.get(row[2])
        if rows is None:
            rows = rows_of[row[2]] = []
        rows.append(row)
    return {name: _client(name, rows, duration_us) for name, rows in rows_of.items()}


def _client(name: str, rows: Iterable[tuple[Any, ...]], duration_us: int) -> ClientHistory:
    client = ClientHistory(name)
    kinds = client.kinds
    pending: dict[tuple[Any, str], tuple[int, Any]] = {}
    for t, process, _, type_, f, value, *error in rows:
        if process == FINAL:
            client.final = set(value or ()) if isinstance(value, list) else None
        elif type_ == "invoke":
            if f not in kinds:
                kinds[f] = Kind(f, first_us=t)
            pending[process, f] = (t, value)
            if f == "write" and isinstance(value, int):
                client.attempted.add(value)
        elif type_ == "ok":
            begun = pending.pop((process, f), (t, None))[0]
            kind = kinds.get(f) or kinds.setdefault(f, Kind(f, begun))
            _succeeded(client, kind, process, begun, t, value)
        else:
            begun = pending.pop((process, f), (t, None))[0]
            kind = kinds.get(f) or kinds.setdefault(f, Kind(f, begun))
            if error and str(error[0]).startswith(NOT_DONE):
                kind.ok.append(t)  # it was served, though what it asked for does not hold
                kind.not_done += 1
                kind.recoveries.succeed(process, t)
            elif type_ == "fail" and error and str(error[0]).startswith(ABORTED):
                kind.ok.append(t)
                kind.aborted += 1
                kind.recoveries.succeed(process, t)
                if f == "write" and isinstance(value, int):
                    client.refused.add(value)
            else:
                kind.recoveries.fail(process, begun)
                _failed(client, kind, begun, t, value, sure=type_ == "fail")
    _close(client, pending, duration_us)
    return client


def _close(client: ClientHistory, pending: dict[tuple[Any, str], tuple[int, Any]], duration_us: int) -> None:
    """End the run: what has no answer yet never had one."""
    for (process, f), (begun, value) in pending.items():
        kind = client.kinds[f]
        _failed(client, kind, begun, duration_us, value, sure=False)
        if duration_us - begun <= PATIENCE_US:
            kind.in_vain.pop()
        else:
            kind.recoveries.fail(process, begun)
    for kind in client.kinds.values():
        kind.recoveries.close(duration_us)


def _succeeded(client: ClientHistory, kind: Kind, process: Any, begun: int, t: int, value: Any) -> None:
    kind.ok.append(t)
    kind.waits.append(t - begun)
    if t - begun > PATIENCE_US:
        kind.in_vain.append((begun, t))
        kind.recoveries.fail(process, begun)
    kind.recoveries.succeed(process, t)
    if kind.f == "write" and isinstance(value, int):
        client.acked[value] = t
    elif kind.f == "read" and _missed(client, value, t, begun):
        client.misses.append(value[0])


def _missed(client: ClientHistory, value: Any, t: int, begun: int) -> bool:
    """Tell whether a read, ``[element, found]``, did not find what had been acknowledged before it began."""
    of_set = isinstance(value, list) and value[1] is False
    return of_set and client.acked.get(value[0], t + 1) <= begun


def _failed(client: ClientHistory, kind: Kind, begun: int, t: int, value: Any, *, sure: bool) -> None:
    kind.in_vain.append((begun, t))
    if sure:
        kind.failed += 1
    else:
        kind.unknown += 1
    if kind.f == "write" and isinstance(value, int):
        (client.refused if sure else client.doubtful).add(value)


def outages(client: ClientHistory, f: str, troubles: Sequence[Trouble], duration_us: int) -> list[Outage]:
    """Return the outages of one kind of operation, in order.

    Parameters
    ----------
    troubles
        Further times in which the client is known to have been in trouble, by `client_troubles`; those of
        other kinds are left out, and those of all kinds where calls of some kind went on being answered.
    duration_us
        The end of the run.
    """
    kind = client.kinds.get(f)
    if kind is None or kind.first_us is None:
        return []
    ok = kind.ok
    steps = [b - a for a, b in pairwise(ok)]
    limit = max(PATIENCE_US, round(TYPICAL_INTERVALS * median(steps)) if steps else 0)
    known = (
        (each.start_us, each.end_us)
        for each in troubles
        if each.f == f or (each.f is None and client.silent(each.start_us))
    )
    in_vain = sorted([*kind.in_vain, *known])
    start = ok[0] if ok else duration_us
    gaps = [] if start - kind.first_us <= PATIENCE_US else [(kind.first_us, start)]
    gaps += [(ok[i], ok[i] + step) for i, step in enumerate(steps) if step > limit]
    if ok and duration_us - ok[-1] > limit:
        gaps.append((ok[-1], duration_us))
    return [Outage(a, b, b == duration_us) for a, b in gaps if _asked(in_vain, a, b)]


def _asked(in_vain: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    for begun, ended in in_vain:
        if begun >= end:
            return False
        if ended > start:
            return True
    return False


def client_troubles(record: RunRecord) -> dict[str, list[Trouble]]:
    """Return, for each client, when a session broke and while no operation of a kind succeeded."""
    found: dict[str, list[Trouble]] = {}
    for event in record.events:
        if not event.object.startswith("Client/"):
            continue
        troubles = found.setdefault(event.object[7:], [])
        if event.event == "SessionBroken":
            troubles.append(Trouble(event.t_us, event.t_us + 1, event.fields.get("f")))
        elif event.event == "Recovered":
            length = round(float(event.fields.get("outage_s", 0)) * SECOND)
            troubles.append(Trouble(event.t_us - length, event.t_us, event.fields.get("f")))
    return found


def reported_outages(record: RunRecord, client: str, f: str, begun_us: int | None = None) -> list[Outage]:
    """Return a client's outages as its own events tell them: for clients without a history.

    Parameters
    ----------
    begun_us
        When its callers began to come: from then on counts what precedes the first success.
    """
    found: list[Outage] = []
    since: int | None = None
    for event in record.events:
        if event.object != f"Client/{client}" or event.fields.get("f") != f:
            continue
        if event.event == "Outage" and since is None:
            last_ok_s = event.fields.get("last_ok_s")
            first_us = event.t_us if begun_us is None else begun_us
            since = first_us if last_ok_s is None else round(float(last_ok_s) * SECOND)
        elif event.event == "Recovered" and since is not None:
            length = event.fields.get("outage_s")  # before the first success it counts from the first attempt
            since = since if length is None else event.t_us - round(float(length) * SECOND)
            found.append(Outage(since, event.t_us, open=False))
            since = None
    if since is not None:
        found.append(Outage(since, record.duration_us, open=True))
    return found
