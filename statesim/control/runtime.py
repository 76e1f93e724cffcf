"""The one runtime of all controllers: watch, keyed queue, lag, decide, apply, back off.

A watch only marks keys dirty. The queue merges repeats, so a controller sees the state as it *is* when its
turn comes and never a history of changes (client-go util/workqueue: dirty and processing sets). Restarting
or pausing a controller is therefore harmless: a control-plane outage is "these queues stop".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from statesim.cluster.objects import KINDS, Object, Pod
from statesim.control.actions import Create, Decision, Delete, Write
from statesim.control.deletion import delete
from statesim.errors import Conflict
from statesim.kernel.clock import Band

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.control.actions import Action
    from statesim.kernel.clock import Clock, Timer

# client-go util/workqueue/default_rate_limiters.go: 5 ms, doubled each time, up to 1000 s
RETRY_BASE_US = 5_000
RETRY_MAX_US = 1_000_000_000


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
    """One controller's queue and worker."""

    __slots__ = (
        "_clock",
        "_dirty",
        "_failures",
        "_lag",
        "_store",
        "_timer",
        "_wakes",
        "controller",
        "paused",
    )

    def __init__(self, controller: Controller, clock: Clock, store: Store, lag_us: int) -> None:
        self.controller = controller
        self._clock = clock
        self._store = store
        self._lag = lag_us
        self._dirty: dict[str, int | None] = {}
        self._failures: dict[str, int] = {}
        self._wakes: dict[str, Timer] = {}
        self._timer: Timer | None = None
        self.paused = False
        store.watch(controller.watches, self._on_change)

    def add(self, key: str) -> None:
        """Mark a key dirty: it is looked at after the controller's lag."""
        self._dirty[key] = self._clock.cause
        if self._timer is None and not self.paused:
            self._timer = self._clock.after(self._lag, self._drain, band=Band.CONTROL)

    def pause(self) -> None:
        """Stop deciding; changes are still remembered."""
        self.paused = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def resume(self) -> None:
        """Decide again, on everything that became dirty meanwhile."""
        self.paused = False
        if self._dirty:
            self._timer = self._clock.after(self._lag, self._drain, band=Band.CONTROL)

    def _on_change(self, change: Change) -> None:
        for key in self.controller.keys(change):
            self.add(key)

    def _drain(self) -> None:
        self._timer = None
        dirty, self._dirty = self._dirty, {}
        for key, cause in dirty.items():
            self._clock.cause = cause
            self._process(key)

    def _process(self, key: str) -> None:
        wake = self._wakes.pop(key, None)
        if wake is not None:
            wake.cancel()
        view = self.controller.look(key)
        if view is None:
            self._failures.pop(key, None)
            return
        decision = self.controller.decide(view)
        try:
            for action in decision.actions:
                apply(self._store, action, decision.why)
        except Conflict:
            self._retry(key)
            return
        self._failures.pop(key, None)
        if decision.wake_at is not None:
            self._wakes[key] = self._clock.at(
                max(decision.wake_at, self._clock.now), self._wake, key, band=Band.CONTROL
            )

    def _wake(self, key: str) -> None:
        del self._wakes[key]
        if self.paused:
            self._dirty[key] = self._clock.cause
        else:
            self._process(key)

    def _retry(self, key: str) -> None:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        delay = min(RETRY_BASE_US << min(failures, 20), RETRY_MAX_US)
        self._wakes[key] = self._clock.after(delay, self._wake, key, band=Band.CONTROL)


def apply(store: Store, action: Action, why: str = "") -> None:
    """Apply one action through the store's write gate.

    Raises
    ------
    Conflict
        If the object that the action is about is no longer there, or is there already.
    """
    match action:
        case Create(obj, event, fields):
            store.create(obj, event, **{**_described(obj), **fields}, why=action.why or why or None)
        case Write(obj, event, changes, fields):
            if changes:
                store.write(obj, event, changes, **fields, why=action.why or why or None)
            else:
                store.note(obj, event, **fields, why=action.why or why or None)
        case Delete(obj, grace_us, cascade, event, fields):
            if cascade == "orphan":
                _orphan(store, obj)
            delete(store, obj, grace_us=grace_us, event=event, fields=fields, why=action.why or why)


def _described(obj: Object) -> dict[str, Any]:
    if not isinstance(obj, Pod):
        return {}
    image = obj.spec.containers[0].image if obj.spec.containers else None
    return {"owner": obj.owner.key if obj.owner else None, "revision": obj.revision or None, "image": image}


def _orphan(store: Store, owner: Object) -> None:
    for kind in KINDS:
        for dependant in store.by(kind, "owner", owner.uid):
            store.write(dependant, "OwnerChanged", {"owner": None})
