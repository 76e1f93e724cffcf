"""What a new primary sees and may change while it applies its backlog: the first committer wins.

With EVENTUAL it takes transactions at once. They see its own new rows and the backlog as far as it is
applied, and one that writes a row which the rest of the backlog changes is rolled back (MySQL manual,
"Configuring Transaction Consistency Guarantees", EVENTUAL; "Group Replication", certification).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from statesim.systems.wal import Timeline


class Behind:
    """A copy that lacks a part in the middle: applied up to a position, and all from another one on.

    See `statements.Copy`.
    """

    __slots__ = ("applied", "opened", "timeline")

    def __init__(self, timeline: Timeline, applied: int, opened: int) -> None:
        self.timeline = timeline
        self.applied = applied
        self.opened = opened

    def get(self, key: Any) -> Any:
        """See `statements.Copy.get`."""
        found = self.values(key)
        return found[-1] if found else None

    def keys(self) -> list[Any]:
        """See `statements.Copy.keys`."""
        own = self.timeline.elements(self.timeline.length)[self.opened :]
        return [*self.timeline.elements(self.applied), *own]

    def values(self, key: Any) -> list[Any]:
        """See `statements.Copy.values`."""
        before = len(self.timeline.values(key, self.opened))
        own = self.timeline.values(key, self.timeline.length)[before:]
        return [*self.timeline.values(key, self.applied), *own]

    def lacks(self, key: Any) -> bool:
        """Tell whether the part that is not applied yet writes a key."""
        return len(self.timeline.values(key, self.opened)) > len(self.timeline.values(key, self.applied))


class Transaction:
    """What a transaction writes, until it is certified; see `statements.Writable`."""

    __slots__ = ("copy", "puts")

    def __init__(self, copy: Any) -> None:
        self.copy = copy
        self.puts: dict[Any, Any] = {}

    def get(self, key: Any) -> Any:
        """See `statements.Copy.get`."""
        return self.puts[key] if key in self.puts else self.copy.get(key)

    def keys(self) -> list[Any]:
        """See `statements.Copy.keys`."""
        return [*self.copy.keys(), *self.puts]

    def values(self, key: Any) -> list[Any]:
        """See `statements.Copy.values`."""
        own = [self.puts[key]] if key in self.puts else []
        return [*self.copy.values(key), *own]

    def put(self, key: Any, value: Any) -> None:
        """See `statements.Writable.put`."""
        self.puts[key] = value

    def commit(self, timeline: Timeline, now: int) -> None:
        """Write it down."""
        for key, value in self.puts.items():
            timeline.append(now, key, value)


def conflicts(transaction: Transaction) -> bool:
    """Certify a transaction: tell whether a row of its was changed by something that it did not see."""
    copy = transaction.copy
    return isinstance(copy, Behind) and any(copy.lacks(key) for key in transaction.puts)
