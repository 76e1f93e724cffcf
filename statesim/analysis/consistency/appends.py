"""Transactions that append to lists: what was read tells in which order they must have happened.

After Kingsbury and Alvaro, "Elle: inferring isolation anomalies from experimental observations" (VLDB
2020): every element is appended once, so that a list shows who wrote it and in what order. Between the
transactions lie the dependencies of Adya ("Weak consistency: a generalized theory and optimistic
implementations", MIT 1999): *ww*, the next writer of a list; *wr*, who read what another wrote; *rw*, who
read a list to which another then appended. A cycle of them is an order that no serial execution has, and
its kind says which isolation level has been broken.

A transaction's value is a list of ``["append", key, element]`` and ``["r", key, list]``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.verdict import Anomaly, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.consistency.calls import Call
    from statesim.analysis.consistency.verdict import Verdict

Key = Any
Element = Any


@dataclass(slots=True)
class Observed:
    """What a history shows of its lists.

    Attributes
    ----------
    writer
        Who appended an element of a key: (the transaction, whether it was its last append to that key).
    orders
        The longest list that was read of each key: the order in which its elements came.
    reads
        For each transaction that ended ``ok``: (key, list read, as it was before its own appends).
    """

    writer: dict[tuple[Key, Element], tuple[Call, bool]] = field(default_factory=dict)
    orders: dict[Key, list[Element]] = field(default_factory=dict)
    reads: list[tuple[Call, Key, list[Element]]] = field(default_factory=list)


def operations(call: Call) -> Sequence[tuple[str, Key, Any]]:
    """Return a transaction's operations; with what was read, if it ended ``ok``."""
    done: Sequence[tuple[str, Key, Any]] = call.result if call.end == "ok" else call.value
    return done


def observe(calls: Sequence[Call]) -> Observed:
    """Return what can be said about who wrote what, and in which order."""
    seen = Observed()
    for call in calls:
        last = {key: element for f, key, element in operations(call) if f == "append"}
        for f, key, element in operations(call):
            if f == "append":
                seen.writer[key, element] = (call, last[key] == element)
    for call in calls:
        if call.end == "ok":
            for key, found in _external_reads(call):
                seen.reads.append((call, key, found))
                if len(found) > len(seen.orders.get(key, ())):
                    seen.orders[key] = found
    return seen


def _external_reads(call: Call) -> Iterable[tuple[Key, list[Element]]]:
    """Yield what a transaction read of others': without what it had appended itself by then."""
    own: dict[Key, int] = {}
    for f, key, value in operations(call):
        if f == "append":
            own[key] = own.get(key, 0) + 1
        else:
            found = list(value or ())
            yield key, found[: len(found) - own.get(key, 0)] if own.get(key) else found


def direct(calls: Sequence[Call], seen: Observed) -> Verdict:
    """Judge what needs no order: reads of what was never committed, and lists that do not fit together.

    Returns
    -------
    Verdict
        ``G1a`` aborted read, ``G1b`` intermediate read, ``internal`` (a transaction does not see its own
        appends), ``duplicate element``, ``incompatible order`` (two reads of which neither continues the
        other), ``phantom element``, and ``lost append`` (acknowledged, missed by a read that began later).
    """
    found = [anomaly for call in calls if call.end == "ok" for anomaly in _internal(call)]
    for call, key, elements in seen.reads:
        found += _read(call, key, elements, seen)
    found += _lost(calls, seen)
    return verdict(sorted(found, key=lambda anomaly: anomaly.calls[-1].index))


def _internal(call: Call) -> Iterable[Anomaly]:
    expected: dict[Key, list[Element]] = {}
    appended: dict[Key, list[Element]] = {}
    for f, key, value in operations(call):
        if f == "append":
            appended.setdefault(key, []).append(value)
            if key in expected:
                expected[key] = [*expected[key], value]
            continue
        read = list(value or ())
        own = appended.get(key, [])
        right = read == expected[key] if key in expected else not own or read[-len(own) :] == own
        if not right:
            says = f"it read {key} = {read}, which is not what it had read and appended itself before"
            yield Anomaly("internal", says, (call,))
        expected[key] = read


def _read(call: Call, key: Key, elements: list[Element], seen: Observed) -> Iterable[Anomaly]:
    for element in elements:
        writer = seen.writer.get((key, element))
        if writer is None:
            yield Anomaly("phantom element", f"{key} holds {element}, which nobody appended", (call,))
        elif writer[0].end == "fail":
            says = f"it read {element} of {key}, which a transaction appended that has failed"
            yield Anomaly("G1a", says, (writer[0], call))
    if len(set(elements)) < len(elements):
        yield Anomaly("duplicate element", f"{key} = {elements} holds an element twice", (call,))
    if elements:
        writer = seen.writer.get((key, elements[-1]))
        if writer is not None and not writer[1] and writer[0] is not call:
            says = f"it read {key} up to {elements[-1]}, after which the same transaction appended more"
            yield Anomaly("G1b", says, (writer[0], call))
    longest = seen.orders.get(key, [])
    if longest[: len(elements)] != elements:
        other = next(each for each, of, found in seen.reads if of == key and found == longest)
        says = f"{key} was read as {elements} and as {longest}: neither continues the other"
        yield Anomaly("incompatible order", says, tuple(sorted((other, call), key=lambda each: each.index)))


def _lost(calls: Sequence[Call], seen: Observed) -> Iterable[Anomaly]:
    """Yield acknowledged appends that the last read of their key does not hold, though it began later."""
    last: dict[Key, tuple[Call, list[Element]]] = {}
    for call, key, elements in seen.reads:
        if key not in last or call.invoked_us > last[key][0].invoked_us:
            last[key] = (call, elements)
    for call in calls:
        if call.end != "ok":
            continue
        for f, key, element in operations(call):
            read, elements = last.get(key, (None, []))
            if f == "append" and read is not None and call.precedes(read) and element not in elements:
                says = f"{element} was appended to {key} and acknowledged, and a later read does not hold it"
                yield Anomaly("lost append", says, (call, read))
