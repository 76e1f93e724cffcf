"""Registers whose writes are told apart: reads that real time or a session's own past forbid.

Where every write to a key carries a value of its own, a read tells which write it saw, and real time alone
proves these without any search. They are the session guarantees of Terry et al. ("Session guarantees for
weakly consistent replicated data", PDIS 1994) and the stale reads of a history that is not linearizable:
what is reported is certain, and what is not reported need not be right (that is `linearizability`'s
question).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.verdict import Anomaly, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.consistency.calls import Call
    from statesim.analysis.consistency.verdict import Verdict

Writes = dict[Any, dict[Any, "Call"]]
WRITES = frozenset({"write", "cas"})


def written(call: Call) -> Any:
    """Return what a ``write [key, value]`` or a ``cas [key, [old, value]]`` writes."""
    return call.value[1][1] if call.f == "cas" else call.value[1]


def sessions(calls: Sequence[Call]) -> Verdict:
    """Judge reads, writes and swaps of keys, ``[key, …]``, each value of a key written once.

    Returns
    -------
    Verdict
        ``stale read``: a read that began after a later write had been acknowledged. ``non-monotonic read``: a
        process sees an older value than it saw before. ``read-your-writes``: a process does not see a write
        of its own, but an older value. ``phantom read``: a value that nobody wrote, or whose write failed.
    """
    writes: Writes = {}
    for call in calls:
        if call.f in WRITES:
            writes.setdefault(call.value[0], {})[written(call)] = call
    by_key: dict[Any, list[Call]] = {}
    for call in calls:
        if call.end == "ok":
            by_key.setdefault(call.value[0], []).append(call)
    found: list[Anomaly] = []
    for key, of_key in by_key.items():
        found += _of_key(key, of_key, writes.get(key, {}))
    return verdict(sorted(found, key=lambda anomaly: anomaly.calls[-1].index))


def _of_key(key: Any, calls: Sequence[Call], writes: dict[Any, Call]) -> Iterable[Anomaly]:
    acked = sorted((call for call in calls if call.f in WRITES), key=lambda call: call.ended_us)
    frontier = 0
    newest: Call | None = None
    own: dict[Any, Call] = {}
    seen: dict[Any, Call | None] = {}
    for call in calls:
        while frontier < len(acked) and acked[frontier].precedes(call):
            if newest is None or acked[frontier].invoked_us > newest.invoked_us:
                newest = acked[frontier]
            frontier += 1
        if call.f in WRITES:
            own[call.process] = call
            continue
        value = call.result[1]
        source = writes.get(value)
        if value is not None and (source is None or source.end == "fail"):
            yield _phantom(key, value, source, call)
            continue
        yield from _old(key, source, call, newest, own.get(call.process), seen.get(call.process))
        seen[call.process] = source


def _phantom(key: Any, value: Any, source: Call | None, read: Call) -> Anomaly:
    if source is None:
        return Anomaly("phantom read", f"{key} was read as {value}, which nobody wrote", (read,))
    return Anomaly("phantom read", f"{key} was read as {value}, whose write had failed", (source, read))


def _old(
    key: Any, source: Call | None, read: Call, newest: Call | None, own: Call | None, seen: Call | None
) -> Iterable[Anomaly]:
    """Return what is wrong with having read `source` (``None`` = nothing was ever written)."""
    value = written(source) if source is not None else None
    before = (source,) if source is not None else ()
    if own is not None and _older(source, own):
        says = f"process {read.process} wrote {key} = {written(own)} and then read {value}, which is older"
        yield Anomaly("read-your-writes", says, (*before, own, read))
    if seen is not None and _older(source, seen):
        says = f"process {read.process} saw {key} = {written(seen)} and later {value}, which is older"
        yield Anomaly("non-monotonic read", says, (*before, seen, read))
    if newest is not None and _older(source, newest):
        says = f"{key} = {written(newest)} had been acknowledged before this read began, which saw {value}"
        yield Anomaly("stale read", says, (*before, newest, read))


def _older(source: Call | None, than: Call) -> bool:
    """Tell whether a write is surely older than another: it had ended before the other began."""
    return source is None or (source is not than and source.precedes(than))
