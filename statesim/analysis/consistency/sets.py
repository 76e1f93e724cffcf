"""Elements that are added once each: which were lost, came from nowhere, or were not seen in time.

Jepsen's ``set`` and ``set-full`` workloads (jepsen-io/jepsen, ``checker.clj``): an element whose ``add``
was acknowledged is *lost* if the last look does not find it; one that is found though nobody added it, or
though its ``add`` surely failed, is a *phantom*; a read that misses an element which had been acknowledged
before it began, and which is found later, was *stale*. One that is gone in the end is lost and nothing else,
as in ``set-full``, whatever reads made of it meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.verdict import Anomaly, verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from statesim.analysis.consistency.calls import Call
    from statesim.analysis.consistency.verdict import Verdict

ADDS = frozenset({"add", "write"})


@dataclass(slots=True)
class _Element:
    """What is known of one element: its adds, and the reads that looked for it and missed it."""

    adds: list[Call] = field(default_factory=list)
    misses: list[Call] = field(default_factory=list)
    last_seen: Call | None = None


def sets(calls: Sequence[Call], final: Collection[Any] | None = None) -> Verdict:
    """Judge a history of adds and reads.

    Parameters
    ----------
    calls
        ``add`` (or ``write``) of an element; ``read`` whose result is the list of all elements, or
        ``[element, found]`` of one, asked for with that element as `value`.
    final
        Every element at the last look, after everything has healed; ``None`` = nobody looked, so that what
        is missing may still come back and is not called lost.
    """
    elements: dict[Any, _Element] = {}
    for call in calls:
        if call.f in ADDS:
            elements.setdefault(call.value, _Element()).adds.append(call)
    for call in calls:
        if call.f == "read" and call.end == "ok":
            _look(call, elements)
    there = set(final) if final is not None else None
    return verdict([*_lost(elements, there), *_phantoms(elements, there), *_stale(elements, there)])


def _look(read: Call, elements: dict[Any, _Element]) -> None:
    if read.value is not None:
        element, found = read.result
        if found:
            elements.setdefault(element, _Element()).last_seen = read
        elif element in elements:
            elements[element].misses.append(read)
        return
    for element in read.result:
        elements.setdefault(element, _Element()).last_seen = read
    seen = set(read.result)
    for element, known in elements.items():
        if element not in seen:
            known.misses.append(read)


def _acked(known: _Element) -> Call | None:
    """Return the first acknowledged add of an element."""
    return min((add for add in known.adds if add.end == "ok"), key=lambda add: add.ended_us, default=None)


def _lost(elements: dict[Any, _Element], final: set[Any] | None) -> Iterable[Anomaly]:
    if final is None:
        return
    for element, known in elements.items():
        add = _acked(known)
        if add is not None and element not in final:
            yield Anomaly("lost write", f"{element} was acknowledged and is not there at the end", (add,))


def _phantoms(elements: dict[Any, _Element], final: set[Any] | None) -> Iterable[Anomaly]:
    for element, known in elements.items():
        if known.last_seen is None and (final is None or element not in final):
            continue
        seen = (known.last_seen,) if known.last_seen is not None else ()
        if not known.adds:
            yield Anomaly("phantom write", f"{element} is there and nobody added it", seen)
        elif all(add.end == "fail" for add in known.adds):
            says = f"{element} is there though whoever added it was told that it had failed"
            yield Anomaly("phantom write", says, (*known.adds, *seen))
    for element in sorted((final or set()) - elements.keys(), key=repr):
        yield Anomaly("phantom write", f"{element} is there at the end and nobody added it")


def _stale(elements: dict[Any, _Element], final: set[Any] | None) -> Iterable[Anomaly]:
    for element, known in elements.items():
        add = _acked(known)
        if add is None:
            continue
        for read in known.misses:
            back = known.last_seen is not None and read.precedes(known.last_seen)
            if add.precedes(read) and (back if final is None else element in final):
                says = f"{element} had been acknowledged before the read began, which did not find it"
                yield Anomaly("stale read", says, (add, read))
