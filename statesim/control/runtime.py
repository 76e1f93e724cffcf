"""The one runtime of all controllers: watch, keyed queue, lag, decide, apply, back off.

A watch only marks keys dirty. The queue merges repeats, so a controller sees the state as it *is* when its
turn comes and never a history of changes (client-go util/workqueue: dirty and processing sets). Restarting
or pausing a controller is therefore harmless: a control-plane outage is "these queues stop". Its client
writes at a limited rate, so that a large pass takes time.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Protocol

from statesim.cluster.objects import KINDS, Object, PersistentVolumeClaim, Pod
from statesim.control import quota
from statesim.control.actions import Create, Decision, Delete, Refusal, Together, Write, one_by_one
from statesim.control.admission import prioritised
from statesim.control.client_rate import Client
from statesim.control.deletion import delete, delete_in_foreground
from statesim.errors import Conflict, Refused
from statesim.kernel.clock import Band

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from statesim.cluster.objects import OwnerRef
    from statesim.cluster.store import Change, Store
    from statesim.control.client_rate import Limit
    from statesim.kernel.clock import Clock, Timer

# client-go util/workqueue/default_rate_limiters.go: 5 ms, doubled each time, up to 1000 s
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

    def _on_change(self, change: Change) -> None:
        for key in self.controller.keys(change):
            self.add(key)

    def _arm(self) -> None:
        if self._timer is None and not self.paused:
            self._timer = self._clock.after(self._lag, self._drain, band=Band.CONTROL)

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
        """Apply what is left of a pass, as far as the client's rate allows now."""
        now = self._clock.now
        while (action := work.next()) is not None:
            when = self._client.request(now) if _is_request(action) else now
            if when > now:
                self._busy.add(key)
                work.remember(action)
                self._clock.at(when, self._later, key, work, action, band=Band.CONTROL)
                return
            self._try(key, work, action)
        self._finish(key, work)

    def _later(self, key: str, work: Pass, action: Create | Write | Delete) -> None:
        if self.paused:
            self._busy.discard(key)
            self._mark(key)
            return
        self._try(key, work, action)
        self._go_on(key, work)

    def _try(self, key: str, work: Pass, action: Create | Write | Delete) -> None:
        try:
            work.check(action)
            apply(self._store, action, work.decision.why)
        except Refused as error:
            work.refuse(action, error)
        else:
            work.note(action)
            if not isinstance(action, Write):
                self._client.tell(self._clock.now, key)

    def _finish(self, key: str, work: Pass) -> None:
        if work.refusals or work.decision.retry:
            self._retry(key)
        else:
            self._failures.pop(key, None)
            if work.decision.wake_at is not None:
                due = max(work.decision.wake_at, self._clock.now)
                self._wakes[key] = self._clock.at(due, self._wake, key, band=Band.CONTROL)
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
                self._clock.after(0, self._start_woken, band=Band.CONTROL)
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
        delay = min(RETRY_BASE_US << min(failures, 20), RETRY_MAX_US)
        self._wakes[key] = self._clock.after(delay, self._wake, key, band=Band.CONTROL)


class Pass:
    """What is left to be done of one decision.

    A pass that has waited for its client writes what it decided on an older state. As at the API server such
    a write conflicts if anybody else has changed the object since it was looked at (resourceVersion; API
    conventions, "Concurrency Control and Consistency"), and the key is looked at again.
    """

    __slots__ = ("_batch", "_epilogue", "_rest", "_seen", "decision", "refusals")

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.refusals: list[Refusal] = []
        self._rest = list(reversed(decision.actions))
        self._batch: list[list[Create | Write | Delete]] = []
        self._epilogue: Iterator[Write] | None = None
        self._seen: dict[str, int] | None = None

    def remember(self, following: Create | Write | Delete) -> None:
        """Note the versions that the decision was made on, before time passes for the first time."""
        if self._seen is not None:
            return
        self._seen = {}
        batch = (action for part in self._batch for action in part)
        for action in (following, *batch, *self._rest):
            for one in one_by_one(action):
                if isinstance(one, Write) and one.changes:
                    self._seen[one.object.key] = one.object.version

    def check(self, action: Create | Write | Delete) -> None:
        """Refuse a change of something that is no longer as it was when the pass looked.

        Raises
        ------
        Conflict
            If somebody else has changed the object since.
        """
        if self._seen is None or not isinstance(action, Write) or not action.changes:
            return
        obj = action.object
        if self._seen.get(obj.key, obj.version) != obj.version:
            raise Conflict(f"{obj.key} has been changed since it was looked at")

    def note(self, action: Create | Write | Delete) -> None:
        """Take the pass's own write into account."""
        if self._seen is not None and isinstance(action, Write):
            self._seen[action.object.key] = action.object.version

    def next(self) -> Create | Write | Delete | None:
        """Return the next action: those of a batch whatever became of each, others while none was refused."""
        while self._batch and not self._batch[0]:
            del self._batch[0]
        if self._batch:
            return self._batch[0].pop(0)
        if self.refusals:
            return self._after_refusals()
        action = self._rest.pop() if self._rest else None
        if not isinstance(action, Together):
            return action
        self._batch = [list(part) if isinstance(part, tuple) else [part] for part in action.actions]
        return self.next()

    def refuse(self, action: Create | Write | Delete, error: Refused) -> None:
        """Note that an action was not taken: what follows it in its own sequence is not tried."""
        self.refusals.append(Refusal(action, error))
        if self._batch:
            self._batch[0].clear()

    def _after_refusals(self) -> Write | None:
        """Return what is still to be done about what was refused; what goes wrong with that is let go."""
        if self._epilogue is None:
            what = self.decision.on_refusal
            self._epilogue = iter(what(tuple(self.refusals)) if what is not None else ())
        return next(self._epilogue, None)


def _is_request(action: Create | Write | Delete) -> bool:
    """Tell whether a pass waits for its client before an action; Events are sent beside it."""
    return not isinstance(action, Write) or bool(action.changes)


def apply(store: Store, action: Create | Write | Delete, why: str = "") -> None:
    """Apply one action through the store's write gate.

    Raises
    ------
    Conflict
        If the object that the action is about is no longer there, or is there already.
    Forbidden
        If admission refuses it.
    """
    match action:
        case Create(obj, event, fields):
            if isinstance(obj, Pod):
                obj = prioritised(store, obj)
            quota.check(store, obj)
            store.create(obj, event, **{**_described(obj), **fields}, why=action.why or why or None)
        case Write(obj, event, changes, fields):
            if changes:
                _check_owner(store, obj, changes.get("owner"))
                store.write(obj, event, changes, **fields, why=action.why or why or None)
            elif event:
                store.note(obj, event, **fields, why=action.why or why or None)
            if action.details:
                store.report(obj, action.details)
        case Delete(obj, grace_us, cascade, event, fields):
            if cascade == "orphan":
                _orphan(store, obj)
            if cascade == "foreground" and not isinstance(obj, Pod):
                delete_in_foreground(store, obj, why=action.why or why)
                return
            delete(store, obj, grace_us=grace_us, event=event, fields=fields, why=action.why or why)


def _check_owner(store: Store, obj: Object, ref: OwnerRef | None) -> None:
    """See to it that who adopts is still there and not on its way out, whatever the adopter last saw.

    Source: pkg/controller/controller_ref_manager.go: RecheckDeletionTimestamp.
    """
    if ref is None:
        return
    owner = store.find(ref.key)
    gone = owner is None or owner.uid != ref.uid
    if gone or (owner is not None and owner.terminating and not isinstance(obj, PersistentVolumeClaim)):
        raise Conflict(f"{ref.key} cannot adopt {obj.key}: it is going or gone")


def _described(obj: Object) -> dict[str, Any]:
    if not isinstance(obj, Pod):
        return {}
    image = obj.spec.containers[0].image if obj.spec.containers else None
    return {
        "owner": obj.owner.key if obj.owner else None,
        "revision": obj.revision or None,
        "image": image,
        "gates": list(obj.spec.scheduling_gates) or None,
    }


def _orphan(store: Store, owner: Object) -> None:
    for kind in KINDS:
        for dependant in store.by(kind, "owner", owner.uid):
            store.write(dependant, "OwnerChanged", {"owner": None})
