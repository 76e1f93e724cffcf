"""Transactions that take time: what each sees of the others, and which of them may commit.

A transaction begins when it arrives and commits a while later, so that others run beside it. What comes of
that is its isolation level's business (PostgreSQL docs, "Transaction Isolation"):

- read committed: each statement sees what was committed before it began; a row that somebody else has
  appended to is waited for, and seen as that one leaves it. Who reads a value and later writes what he has
  computed from it overwrites what was written meanwhile (lost update);
- repeatable read: everything is read as it was when the transaction began (snapshot isolation). Of two that
  write the same row the first wins, the other fails. Two that read what the other writes both
  commit (write skew: Berenson et al., "A Critique of ANSI SQL Isolation Levels", A5B);
- serializable: the second of those fails as well.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.systems.statements import Outcome, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping

    from statesim.systems.driver import Request
    from statesim.systems.life import Life
    from statesim.systems.wal import Timeline

CONCURRENT_UPDATE = "could not serialize access due to concurrent update"
DEPENDENCIES = "could not serialize access due to read/write dependencies among transactions"
DEADLOCK = "deadlock detected"
TAKE_TIME = frozenset({"txn", "transfer"})


class Isolation(StrEnum):
    """PostgreSQL's isolation levels; read uncommitted is read committed there."""

    READ_COMMITTED = "read committed"
    REPEATABLE_READ = "repeatable read"
    SERIALIZABLE = "serializable"


def objection(
    isolation: Isolation,
    began: int,
    reads: Collection[Hashable],
    writes: Collection[Hashable],
    changed: Mapping[Hashable, int],
) -> str | None:
    """Say why a transaction may not commit; ``None`` = it may.

    Parameters
    ----------
    began
        Its snapshot: the position of the log.
    reads, writes
        The keys that it has read, and those that it will write.
    changed
        The position of the last commit to each key.

    Notes
    -----
    Serializable is judged as though every read of what somebody has overwritten since were dangerous: never
    too little, but more often than PostgreSQL, which fails a transaction only between two such conflicts
    (src/backend/storage/lmgr/README-SSI).
    """
    if isolation is Isolation.READ_COMMITTED:
        return None
    if any(changed.get(key, 0) > began for key in writes):
        return CONCURRENT_UPDATE
    stale = any(changed.get(key, 0) > began for key in reads)
    return DEPENDENCIES if isolation is Isolation.SERIALIZABLE and stale else None


class _Step(NamedTuple):
    """One statement of a transaction, as `statements.execute` takes it."""

    kind: str
    scope: str
    f: str
    value: Any


class Open:
    """A transaction under way: what it has read, and what it will write.

    It is a `statements.Writable`: its own writes are seen by itself alone.
    """

    __slots__ = ("_begun", "_timeline", "done", "reads", "request", "steps", "waits_for", "writes")

    def __init__(self, request: Request, timeline: Timeline, begun: int | None) -> None:
        self.request = request
        self.steps = steps_of(request)
        self.done: list[Outcome] = []
        self.reads: dict[Hashable, None] = {}
        self.writes: dict[Hashable, Any] = {}
        self.waits_for: Hashable | None = None
        self._timeline = timeline
        self._begun = begun

    def get(self, key: Hashable) -> Any:
        """See `statements.Copy.get`."""
        if key in self.writes:
            return self.writes[key]
        self.reads[key] = None
        return self._timeline.get(key, self._timeline.length if self._begun is None else self._begun)

    def put(self, key: Hashable, value: Any) -> None:
        """See `statements.Writable.put`: kept until the commit."""
        self.writes[key] = value

    @property
    def outcome(self) -> Outcome:
        """Return what its statements have come to: the results of all, or the first that failed."""
        failed = next((each for each in self.done if each.type != "ok"), None)
        if failed is not None or self.request.f != "txn":
            return failed or self.done[-1]
        return Outcome("ok", [result for each in self.done for result in each.value])


def steps_of(request: Request) -> list[_Step]:
    """Return the statements of a transaction, in order; those of a transfer belong together."""
    parts = [[each] for each in request.value] if request.f == "txn" else [request.value]
    return [_Step(request.kind, request.scope, request.f, part) for part in parts]


class Transactions:
    """Those under way at one server.

    Parameters
    ----------
    life
        The server's timers: who is under way when it ends is answered by nobody.
    takes_us
        From the beginning to the commit of each, waits for others apart.
    commit
        Called with a request, what it writes and its outcome: makes it durable, and answers.
    """

    def __init__(
        self,
        life: Life,
        isolation: Isolation,
        takes_us: int,
        commit: Callable[[Request, Mapping[Hashable, Any], Outcome], int],
    ) -> None:
        self._life = life
        self._isolation = isolation
        self._takes_us = takes_us
        self._commit = commit
        self._changed: dict[Hashable, int] = {}
        self._held: dict[Hashable, Open] = {}
        self._queues: dict[Hashable, deque[Open]] = {}

    def begin(self, request: Request, timeline: Timeline) -> None:
        """Begin a transaction on a history."""
        each_sees_more = self._isolation is Isolation.READ_COMMITTED
        position = timeline.length
        opened = Open(request, timeline, None if each_sees_more else position)
        if each_sees_more and request.f == "txn":
            self._step(opened)
            return
        opened.done = [execute(step, opened) for step in opened.steps]
        self._life.later(self._takes_us, self._end, opened, position)

    def _step(self, opened: Open) -> None:
        """Execute the next statement, or wait for who has changed its row and not committed."""
        step = opened.steps[len(opened.done)]
        key = (step.scope, step.value[0][1])
        if step.value[0][0] == "append":
            holder = self._held.setdefault(key, opened)
            if holder is not opened:
                opened.waits_for = key
                if self._in_a_circle(opened):
                    self._finish(opened, Outcome("fail", opened.request.value, DEADLOCK))
                else:
                    self._queues.setdefault(key, deque()).append(opened)
                return
        opened.done.append(execute(step, opened))
        pause = self._takes_us // len(opened.steps)
        if len(opened.done) < len(opened.steps):
            self._life.later(pause, self._step, opened)
        else:
            self._life.later(pause, self._end, opened, 0)

    def _in_a_circle(self, opened: Open) -> bool:
        """Tell whether somebody whom it would wait for waits for it."""
        key, seen = opened.waits_for, 0
        while key is not None and seen <= len(self._held):
            holder = self._held[key]
            if holder is opened:
                return True
            key, seen = holder.waits_for, seen + 1
        return False

    def _end(self, opened: Open, began: int) -> None:
        why = objection(self._isolation, began, opened.reads, opened.writes, self._changed)
        outcome = opened.outcome if why is None else Outcome("fail", opened.request.value, why)
        self._finish(opened, outcome)

    def _finish(self, opened: Open, outcome: Outcome) -> None:
        """Commit or abort, and let those go on who have waited."""
        writes = opened.writes if outcome.type == "ok" else {}
        position = self._commit(opened.request, writes, outcome)
        for key in writes:
            self._changed[key] = position
        for key in [key for key, holder in self._held.items() if holder is opened]:
            del self._held[key]
            queue = self._queues.get(key)
            if queue:
                following = queue.popleft()
                following.waits_for = None
                self._step(following)
