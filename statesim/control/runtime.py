"""The one runtime of all controllers: watch, keyed queue, lag, decide, apply, back off.

A watch only marks keys dirty. The queue merges repeats, so a controller sees the state as it *is* when its
turn comes and never a history of changes (client-go util/workqueue: dirty and processing sets). Restarting
or pausing a controller is therefore harmless: a control-plane outage is "these queues stop". Its client
writes at a limited rate, so that a large pass takes time.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Protocol

from statesim.cluster.store import Change
from statesim.control.actions import Create, Decision, Delete, Write
from statesim.control.client_rate import ANSWER_US, Client
from statesim.control.effects import apply
from statesim.control.passes import Pass, is_request
from statesim.control.ticks import doubled
from statesim.errors import Refused
from statesim.kernel.clock import Band

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statesim.cluster.objects import Object
    from statesim.cluster.store import Store
    from statesim.control.client_rate import Limit
    from statesim.kernel.clock import Clock, Timer

__all__ = ["WORKERS", "Controller", "Loop", "apply"]

# client-go util/workqueue/default_rate_limiters.go: 5 ms, doubled each time, up to 1000 s
_CONTROL = Band.CONTROL
RETRY_BASE_US = 5_000
RETRY_MAX_US = 1_000_000_000
# kube-controller-manager --concurrent-deployment-syncs and its like
WORKERS = 5


class Controller(Protocol):
    """A control loop: `watches` tells what it hears of, `keys` what that makes dirty, `look` what it sees."""

    @property
    def name(self) -> str:
        """Return what it is called."""

    @property
    def watches(self) -> tuple[type[Object], ...]:
        """Return the kinds that it hears of."""

    def keys(self, change: Change) -> Iterable[str]:
        """Return the keys (``Kind/name`` of what this controller is in charge of) that a change concerns."""

    def look(self, key: str) -> Any | None:
        """Return the view that `decide` needs for a key, or ``None`` if there is nothing to decide."""

    def decide(self, view: Any) -> Decision:
        """Return what shall be done: a pure function of the view, usually the module's own `decide`."""


class Loop:
    """One controller's queue, and its workers.

    Parameters
    ----------
    lag_us
        From a change to the pass that it leads to.
    limit
        How fast its client may write; ``None`` = as fast as it likes. A pass that has to wait for its client
        goes on later with what it decided, and its key is not looked at meanwhile.
    workers
        How many passes may be under way (``--concurrent-…-syncs``, 5 for most controllers).

    Keys are taken in the order in which they became dirty. A controller that has a method `rank` says which
    go first: those with the lowest number.
    """

    __slots__ = (
        "_busy",
        "_client",
        "_clock",
        "_dirty",
        "_failures",
        "_lag",
        "_order",
        "_rank",
        "_serial",
        "_store",
        "_timer",
        "_wakes",
        "_woken",
        "_workers",
        "controller",
        "paused",
    )

    def __init__(
        self,
        controller: Controller,
        clock: Clock,
        store: Store,
        lag_us: int,
        limit: Limit | None = None,
        workers: int = WORKERS,
    ) -> None:
        self.controller = controller
        self._clock = clock
        self._store = store
        self._lag = lag_us
        self._client = Client(limit)
        self._workers = workers
        self._dirty: dict[str, int | None] = {}
        self._order: list[tuple[int, int, str]] = []
        self._serial = 0
        self._rank: Callable[[str], int] | None = getattr(controller, "rank", None)
        self._busy: set[str] = set()
        self._failures: dict[str, int] = {}
        self._wakes: dict[str, Timer] = {}
        self._woken: list[tuple[int, int, str, int | None]] = []
        self._timer: Timer | None = None
        self.paused = False
        store.watch(controller.watches, self._on_change)

    def add(self, key: str) -> None:
        """Mark a key dirty: it is looked at after the controller's lag."""
        self._mark(key)
        self._arm()

    def _mark(self, key: str) -> None:
        if key not in self._dirty:
            self._serial += 1
            heappush(self._order, (self._rank(key) if self._rank is not None else 0, self._serial, key))
        self._dirty[key] = self._clock.cause

    def pause(self) -> None:
        """Stop deciding; changes are still remembered. A pass under way is given up."""
        self.paused = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def resume(self) -> None:
        """Decide again, on everything that became dirty meanwhile."""
        self.paused = False
        if self._dirty:
            self._arm()

    def restart(self) -> None:
        """Decide again as a process that has just started: it remembers nothing, and lists everything.

        A controller that keeps something in memory forgets it in its own `restart`.
        """
        for wake in self._wakes.values():
            wake.cancel()
        for memory in (self._wakes, self._failures, self._dirty, self._order, self._busy):
            memory.clear()
        forget = getattr(self.controller, "restart", None)
        if forget is not None:
            forget()
        for kind in self.controller.watches:
            for obj in list(self._store.all(kind)):
                self._on_change(Change("ADDED", "Created", obj))
        self.resume()

    def _on_change(self, change: Change) -> None:
        for key in self.controller.keys(change):
            self.add(key)

    def _arm(self) -> None:
        if self._timer is None and not self.paused:
            self._timer = self._clock.after(self._lag, self._drain, band=_CONTROL)

    def _drain(self) -> None:
        """Take the keys that are dirty now, as long as a worker is free; what turns dirty meanwhile waits."""
        self._timer = None
        last, order = self._serial, self._order
        under_way = []
        while order and order[0][1] <= last and len(self._busy) < self._workers:
            entry = heappop(order)
            key = entry[2]
            if key in self._busy:
                under_way.append(entry)
            else:
                self._clock.cause = self._dirty.pop(key)
                self._start(key)
        for entry in under_way:
            heappush(order, entry)

    # -- a pass ------------------------------------------------------------------------------------------

    def _start(self, key: str) -> None:
        """Look and decide, unless the key is being worked on, or every worker is at work."""
        if key in self._busy or len(self._busy) >= self._workers:
            self._mark(key)
            return
        wake = self._wakes.pop(key, None)
        if wake is not None:
            wake.cancel()
        view = self.controller.look(key)
        if view is None:
            self._failures.pop(key, None)
            return
        self._go_on(key, Pass(self.controller.decide(view)))

    def _go_on(self, key: str, work: Pass) -> None:
        """Apply what is left of a pass, as far as the client's rate allows now.

        What need not wait is written at once. Really each request is sent when the one before has been
        answered, and so the Events that tell of a long pass take their tokens amid its requests, not after.
        """
        now = self._clock.now
        while (action := work.next()) is not None:
            sent = max(now, work.answered_us)
            if work.begun:  # what is sent side by side queues up for the client together
                work.slots = [self._client.request(now, sent) for _ in range(work.begun)]
                work.begun = 0
            when = now
            if is_request(action):
                when = work.slots.pop(0) if work.slots else self._client.request(now, sent)
                if not work.slots:
                    work.answered_us = max(when, sent) + ANSWER_US
            if when > now:
                self._busy.add(key)
                work.remember(action)
                self._clock.at(when, self._later, key, work, action, band=_CONTROL)
                return
            self._try(key, work, action, sent)
        self._finish(key, work)

    def _later(self, key: str, work: Pass, action: Create | Write | Delete) -> None:
        if key not in self._busy:  # the process that decided it has died
            return
        if self.paused:
            self._busy.discard(key)
            self._mark(key)
            return
        self._try(key, work, action, self._clock.now)
        self._go_on(key, work)

    def _try(self, key: str, work: Pass, action: Create | Write | Delete, sent_us: int) -> None:
        self._store.writer = self.controller.name
        try:
            work.check(action)
            apply(self._store, action, work.decision.why)
        except Refused as error:
            work.refuse(action, error)
        else:
            work.note(action)
            if not isinstance(action, Write):
                self._client.tell(sent_us, key)
        finally:
            self._store.writer = ""

    def _finish(self, key: str, work: Pass) -> None:
        if work.refusals or work.decision.retry:
            self._retry(key)
        else:
            self._failures.pop(key, None)
            if work.decision.wake_at is not None:
                due = max(work.decision.wake_at, self._clock.now)
                self._wakes[key] = self._clock.at(due, self._wake, key, band=_CONTROL)
        if key in self._busy:
            self._busy.discard(key)
            if self._dirty:
                self._arm()

    def _wake(self, key: str) -> None:
        del self._wakes[key]
        if self.paused:
            self._mark(key)
        elif self._rank is None:
            self._start(key)
        else:
            if not self._woken:
                self._clock.after(0, self._start_woken, band=_CONTROL)
            self._serial += 1
            heappush(self._woken, (self._rank(key), self._serial, key, self._clock.cause))

    def _start_woken(self) -> None:
        """Start what woke at this instant, in the controller's order."""
        while self._woken:
            _, _, key, self._clock.cause = heappop(self._woken)
            if self.paused:
                self._mark(key)
            else:
                self._start(key)

    def _retry(self, key: str) -> None:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        delay = doubled(failures, RETRY_BASE_US, RETRY_MAX_US)
        self._wakes[key] = self._clock.after(delay, self._wake, key, band=_CONTROL)
