"""The smallest history that still proves the same: leave calls out while it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from statesim.analysis.consistency.calls import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statesim.analysis.consistency.calls import Call


def shrunk(calls: Sequence[Call], invalid: Callable[[Sequence[Call]], bool]) -> list[Call]:
    """Return calls of which none can be left out without the history becoming possible.

    What a read has seen keeps the call that may have written it: otherwise every history would shrink to
    one read of a value from nowhere, which proves nothing about the order.

    Parameters
    ----------
    calls
        A history for which `invalid` holds.
    invalid
        Tells whether a history is impossible; it is asked O(n log n) times.
    """
    kept = _prefix(sorted(calls, key=lambda call: call.ended_us), invalid)
    size = max(1, len(kept) // 2)
    while size:
        before, start = len(kept), 0
        while start < len(kept):
            fewer = kept[:start] + kept[start + size :]
            if _sourced(fewer, kept) and invalid(_by_invocation(fewer)):
                kept = fewer
            else:
                start += size
        if size > 1 or len(kept) == before:  # a write can go once the reads that saw it are gone
            size //= 2
    whole = {call.index: call for call in calls}
    return _by_invocation([whole[call.index] for call in kept])


class Shrunk:
    """The smallest history that proves the same, worked out when somebody asks for it: see `shrunk`.

    Attributes
    ----------
    asked
        How many histories were tried for it: 0 until somebody asks.
    """

    __slots__ = ("_calls", "_found", "_invalid", "asked")

    def __init__(self, calls: Sequence[Call], invalid: Callable[[Sequence[Call]], bool]) -> None:
        self._calls = calls
        self._invalid = invalid
        self._found: tuple[Call, ...] | None = None
        self.asked = 0

    def calls(self) -> tuple[Call, ...]:
        """Return its calls, by invocation."""
        if self._found is None:
            self._found = tuple(shrunk(self._calls, self._try))
        return self._found

    def _try(self, calls: Sequence[Call]) -> bool:
        self.asked += 1
        return self._invalid(calls)


def _prefix(calls: list[Call], invalid: Callable[[Sequence[Call]], bool]) -> list[Call]:
    """Return the shortest beginning, by end, that is impossible; calls that never end belong to each."""
    low, high = 1, len(calls)
    while low < high:
        middle = (low + high) // 2
        if invalid(_by_invocation(_upto(calls, middle))):
            high = middle
        else:
            low = middle + 1
    return _upto(calls, low)


def _upto(calls: list[Call], count: int) -> list[Call]:
    """Return the first `count` calls to end, and those that had begun by then, as calls without an end.

    A history that is possible has possible beginnings only if what is under way is left open: its answer
    may depend on what comes later.
    """
    until = calls[count - 1].ended_us
    begun = [call for call in calls[count:] if call.invoked_us <= until and call.f != "read"]
    return calls[:count] + [replace(call, end="info", ended_us=NEVER, result=None) for call in begun]


def _by_invocation(calls: Sequence[Call]) -> list[Call]:
    return sorted(calls, key=lambda call: (call.invoked_us, call.index))


def _sourced(fewer: Sequence[Call], before: Sequence[Call]) -> bool:
    """Tell whether each value read still has a writer, if it had one before."""
    written = {_plain(value) for call in fewer for value in _writes(call)}
    once = {_plain(value) for call in before for value in _writes(call)}
    reads = (_plain(_read(call)) for call in fewer if call.f == "read" and call.end == "ok")
    return all(value in written or value not in once for value in reads)


def _writes(call: Call) -> list[Any]:
    if call.f == "write":
        return [call.value]
    if call.f == "cas":
        keyed = isinstance(call.value[1], list | tuple)
        return [[call.value[0], call.value[1][1]]] if keyed else [call.value[1]]
    return []


def _read(call: Call) -> Any:
    return call.result


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
