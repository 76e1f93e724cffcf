"""Whether a history could have come from a single copy: the search of Wing and Gong, with Lowe's memory.

A history is linearizable if every call can be given one instant between its invocation and its end, so
that the calls in the order of these instants are what a single copy would have answered (Herlihy and Wing,
"Linearizability: a correctness condition for concurrent objects", TOPLAS 1990). The search takes calls
that may come first one by one and goes back when it is stuck (Wing and Gong, "Testing and verifying
concurrent objects", JPDC 1993); it remembers what set of calls in which state has led nowhere (Lowe,
"Testing for linearizability", 2017). The problem is NP-complete, so there is a budget, and the answer may
be ``unknown``.

Linearizability is local: a history of many objects is linearizable if that of each object is (Herlihy and
Wing, theorem 1), so that each key is searched on its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.calls import NEVER
from statesim.analysis.consistency.models import IMPOSSIBLE, Register
from statesim.analysis.consistency.shrink import Shrunk
from statesim.analysis.consistency.verdict import Anomaly, Verdict, joined

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from statesim.analysis.consistency.calls import Call
    from statesim.analysis.consistency.models import Model

BUDGET = 200_000  # configurations: about a second


class _Moment:
    """An invocation or an end in the list of what is not yet in order; `end` links a call to its end."""

    __slots__ = ("after", "before", "call", "end", "number")

    def __init__(self, call: Call | None, number: int) -> None:
        self.call = call
        self.number = number
        self.end: _Moment | None = None
        self.before: _Moment = self
        self.after: _Moment | None = None

    def lift(self) -> None:
        """Take it out; it remembers where it was."""
        self.before.after = self.after
        if self.after is not None:
            self.after.before = self.before

    def put_back(self) -> None:
        """Put it where it was."""
        self.before.after = self
        if self.after is not None:
            self.after.before = self


def linearizable(calls: Sequence[Call], model: Model, budget: int = BUDGET) -> Verdict:
    """Tell whether calls on one object are linearizable.

    Parameters
    ----------
    calls
        All calls on the object, by invocation.
    budget
        How many configurations (a set of calls in order, and the state after them) may be looked at.

    Returns
    -------
    Verdict
        Its anomaly, if invalid, has the shrunken history as `calls`: no call can be left out of it.
    """
    found, work = _search(_relevant(calls, model), model, budget)
    if found is not False:
        return Verdict("valid" if found else "unknown", (), work)
    least = Shrunk(calls, lambda some: _search(_relevant(some, model), model, budget)[0] is False)
    says = "no order of these calls, each within its interval, is what a single copy would answer"
    return Verdict("invalid", (Anomaly("not linearizable", says, least),), work)


def registers(calls: Sequence[Call], budget: int = BUDGET) -> Verdict:
    """Tell whether registers are linearizable, key by key; every `value` and `result` is ``[key, …]``."""
    by_key: dict[Hashable, list[Call]] = {}
    for call in calls:
        by_key.setdefault(call.value[0], []).append(call)
    return joined(linearizable(of_key, Keyed(), budget) for of_key in by_key.values())


class Keyed(Register):
    """A register of a map: the values of its calls carry their key (Jepsen, ``independent.clj``)."""

    __slots__ = ()

    def step(self, state: Any, call: Call) -> Any:
        """See `Model.step`."""
        if call.f == "write":
            return call.value[1]
        if call.f == "cas":
            old, new = call.value[1]
            return new if state == old else IMPOSSIBLE
        return state if call.end != "ok" or call.result[1] == state else IMPOSSIBLE


def _relevant(calls: Sequence[Call], model: Model) -> list[Call]:
    return [call for call in calls if call.end == "ok" or (call.end == "info" and model.changes(call))]


def _moments(calls: Sequence[Call]) -> _Moment:
    """Return the head of the list of all invocations and ends, in order of time.

    At the same instant invocations come before ends: calls that touch may be concurrent. Calls with an
    end are numbered by invocation, and so are those without one, apart.
    """
    head = _Moment(None, -1)
    moments: list[tuple[int, int, int, _Moment]] = []
    ended = unended = 0
    for call in calls:
        if call.ended_us == NEVER:
            moments.append((call.invoked_us, 0, call.index, _Moment(call, unended)))
            unended += 1
            continue
        begin, end = _Moment(call, ended), _Moment(None, ended)
        begin.end = end
        ended += 1
        moments += [(call.invoked_us, 0, call.index, begin), (call.ended_us, 1, call.index, end)]
    last = head
    for *_, moment in sorted(moments, key=lambda each: each[:3]):
        last.after, moment.before = moment, last
        last = moment
    return head


class _Taken:
    """Which calls are in order: a set that compares by the few that are not yet."""

    __slots__ = ("ended", "unended")

    def __init__(self) -> None:
        self.ended = 0
        self.unended = 0

    def flip(self, moment: _Moment) -> None:
        """Add a call, or take it out again."""
        if moment.end is None:
            self.unended ^= 1 << moment.number
        else:
            self.ended ^= 1 << moment.number

    def key(self) -> tuple[int, int, int]:
        """Return the set as (all calls before this number, which of those after it, which without an end)."""
        first = (~self.ended & (self.ended + 1)).bit_length() - 1
        return first, self.ended >> first, self.unended


def _search(calls: Sequence[Call], model: Model, budget: int) -> tuple[bool | None, int]:
    """Return whether there is an order (``None`` = the budget ran out), and how many were looked at."""
    head = _moments(calls)
    state: Any = model.initial
    taken = _Taken()
    seen: set[tuple[Any, ...]] = set()
    path: list[tuple[_Moment, Any]] = []
    moment = head.after
    while moment is not None:
        if moment.call is not None:
            after = model.step(state, moment.call)
            if after is not IMPOSSIBLE:
                taken.flip(moment)
                configuration = (*taken.key(), after)
                if configuration not in seen:
                    if len(seen) >= budget:
                        return None, len(seen)
                    seen.add(configuration)
                    path.append((moment, state))
                    state = after
                    moment.lift()
                    if moment.end is not None:
                        moment.end.lift()
                    moment = head.after
                    continue
                taken.flip(moment)
            moment = moment.after
        elif not path:
            return False, len(seen)
        else:  # a call has ended that is not in order yet: what was taken last was wrong
            moment, state = path.pop()
            taken.flip(moment)
            if moment.end is not None:
                moment.end.put_back()
            moment.put_back()
            moment = moment.after
    return True, len(seen)
