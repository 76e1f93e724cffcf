"""Workloads whose state is a sum: accounts between which money moves, and a counter.

Bank (jepsen-io/jepsen, ``tests/bank.clj``): every read of all accounts must find the same total, and no
balance below zero where that is not allowed. Counter (``checker.clj``, counter): a read must lie between
the sum of what had been acknowledged when it began and the sum of what had been attempted when it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.verdict import Anomaly, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.consistency.calls import Call
    from statesim.analysis.consistency.verdict import Verdict


def bank(calls: Sequence[Call], total: int, *, negative: bool = False) -> Verdict:
    """Judge reads whose result maps each account to its balance.

    Parameters
    ----------
    total
        The money that there is.
    negative
        Whether a balance may be below zero.
    """
    return verdict(
        anomaly
        for call in calls
        if call.f == "read" and call.end == "ok"
        for anomaly in _balances(call, total, negative=negative)
    )


def _balances(read: Call, total: int, *, negative: bool) -> Iterable[Anomaly]:
    balances: dict[Any, int] = read.result
    found = sum(balances.values())
    if found != total:
        yield Anomaly("wrong total", f"the accounts hold {found} together instead of {total}", (read,))
    below = sorted((str(name), amount) for name, amount in balances.items() if amount < 0)
    if below and not negative:
        said = ", ".join(f"{name} holds {amount}" for name, amount in below)
        yield Anomaly("negative balance", f"{said}, though no transfer may overdraw", (read,))


def counter(calls: Sequence[Call]) -> Verdict:
    """Judge adds (of a positive or negative number, as `value`) and reads (of the sum, as `result`)."""
    adds = [call for call in calls if call.f == "add" and call.end != "fail"]
    reads = [call for call in calls if call.f == "read" and call.end == "ok"]
    return verdict(anomaly for read in reads for anomaly in _bounds(read, adds))


def _bounds(read: Call, adds: Sequence[Call]) -> Iterable[Anomaly]:
    low = high = 0
    for add in adds:
        if add.end == "ok" and add.precedes(read):
            low += add.value
            high += add.value
        elif not read.precedes(add):
            low += min(add.value, 0)
            high += max(add.value, 0)
    if read.result < low:
        says = f"{read.result} was read where at least {low} had been acknowledged"
        yield Anomaly("lost increment", says, (read,))
    elif read.result > high:
        yield Anomaly("phantom increment", f"{read.result} was read where at most {high} can be", (read,))
