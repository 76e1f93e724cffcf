"""Small worlds, from every start, with any write lost: one explorer for all controllers.

A *town* is a store with a few objects. `Explorer` lets the controllers look at all of it, apply what they decide,
and lets the surroundings (kubelets, the storage system, time) take a step; again and again until nothing
changes. On the way one write may go wrong: it is lost, or refused, or the controllers die just then and others,
which remember nothing, begin with what the store says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from statesim.cluster.objects import Phase, Pod
from statesim.cluster.store import Change, Store
from statesim.control.actions import Create, Decision, Delete, Refusal, Together, Write
from statesim.control.runtime import Controller, apply
from statesim.errors import Conflict, Refused
from statesim.kernel.spans import SECOND

Single = Create | Write | Delete
HOWS = ("lost", "refused", "restart")
QUICK = 40


class Trouble(NamedTuple):
    """Which write goes wrong, counted from 0, and how; ``None`` = none does."""

    write: int | None = None
    how: str = "lost"


NONE = Trouble()


@dataclass(slots=True)
class Judge:
    """What must hold on the way: of each decision as a whole, and of each write just before and after it."""

    decision: Callable[[Decision], None] = lambda _: None
    before: Callable[[Single], None] = lambda _: None
    after: Callable[[], None] = lambda: None


class RestlessError(AssertionError):
    """A town does not come to rest."""


@contextmanager
def named(case: str) -> Iterator[None]:
    """Say of which case it was that something did not hold."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{case}: {error}") from error


class Explorer:
    """One town on its way to rest.

    Parameters
    ----------
    controllers
        Makes the controllers, which then know nothing but the store.
    surroundings
        Lets a second pass in the world around them; tells whether anything changed.
    trouble
        What goes wrong on the way.
    """

    def __init__(
        self,
        store: Store,
        controllers: Callable[[Store], Sequence[Controller]],
        surroundings: Callable[[Store], bool],
        trouble: Trouble = NONE,
        judge: Judge | None = None,
    ) -> None:
        self.store = store
        self._make = controllers
        self._controllers = controllers(store)
        self._surroundings = surroundings
        self._trouble = trouble
        self._judge = judge or Judge()
        self.writes = 0
        self._wake: int | None = None

    def settle(self, limit: int = 60) -> int:
        """Go on until nothing changes any more; return how many writes that took."""
        for _ in range(limit):
            if not self.step():
                if self._wake is None:
                    return self.writes
                self.store.clock.run(max(self._wake, self.store.clock.now))
        raise RestlessError(f"{self.writes} writes and no rest")

    def step(self) -> bool:
        """Let the controllers do what they can, and a second pass around them; tell whether anything changed.

        Controllers answer each other's writes within milliseconds, long before a kubelet has done anything.
        """
        before = self.writes
        for _ in range(QUICK):
            count, self._wake = self.writes, None
            for controller in self._controllers:
                for key in self._keys(controller):
                    self._look(controller, key)
            if self.writes == count:
                break
        else:
            raise RestlessError(f"controllers answer each other for ever: {self.writes} writes")
        self.store.clock.run(self.store.clock.now + SECOND)
        moved = self._surroundings(self.store)
        self._judge.after()
        return moved or self.writes > before

    def _keys(self, controller: Controller) -> list[str]:
        """Return what a controller that has just started looks at: whatever its watches list."""
        found: dict[str, None] = {}
        for kind in controller.watches:
            for obj in tuple(self.store.all(kind)):
                found[obj.key] = None
                found.update(dict.fromkeys(controller.keys(Change("ADDED", "Created", obj))))
        return list(found)

    def _look(self, controller: Controller, key: str) -> None:
        view = controller.look(key)
        if view is None:
            return
        decision = controller.decide(view)
        self._judge.decision(decision)
        if decision.wake_at is not None:
            self._wake = decision.wake_at if self._wake is None else min(self._wake, decision.wake_at)
        refusals = self._apply(decision)
        if refusals and decision.on_refusal is not None:
            for write in decision.on_refusal(tuple(refusals)):
                self._write(write, decision.why)

    def _apply(self, decision: Decision) -> list[Refusal]:
        """Apply a decision as the runtime does: the first refusal ends it, but not the batch that it is in."""
        refusals: list[Refusal] = []
        for action in decision.actions:
            parts = action.actions if isinstance(action, Together) else (action,)
            for part in parts:
                for single in part if isinstance(part, tuple) else (part,):
                    refused = self._write(single, decision.why)
                    if refused is not None:
                        refusals.append(Refusal(single, refused))
                        break
            if refusals:
                return refusals
        return refusals

    def _write(self, action: Single, why: str) -> Refused | None:
        if isinstance(action, Write) and not action.changes:
            apply(self.store, action, why)
            return None
        number, self.writes = self.writes, self.writes + 1
        if number == self._trouble.write:
            if self._trouble.how == "restart":
                self._controllers = self._make(self.store)
            return None if self._trouble.how == "lost" else Conflict("it goes wrong")
        self._judge.before(action)
        try:
            apply(self.store, action, why)
        except Refused as error:
            return error
        self._judge.after()
        return None


def kubelets(*, broken: str = "broken", silent: Sequence[str] = ()) -> Callable[[Store], bool]:
    """Return surroundings in which pods are bound, become Ready and go, each within a second."""

    def step(store: Store) -> bool:
        moved = False
        for pod in tuple(store.all(Pod)):
            if pod.node in silent or (pod.finished and not pod.terminating):
                continue
            if pod.terminating:
                store.remove(pod)
            elif pod.node is None:
                store.write(pod, "Scheduled", {"node": "n1", "scheduled_us": store.clock.now})
            elif not pod.ready and pod.spec.containers[0].image != broken:
                store.write(pod, "Ready", ready_at(store.clock.now))
            else:
                continue
            moved = True
        return moved

    return step


def ready_at(now: int) -> dict[str, Any]:
    """Return what a kubelet reports of a pod that is Running and Ready."""
    return {"phase": Phase.RUNNING, "running": True, "ready": True, "ready_since_us": now, "ip": "10.0.0.1"}


def rotated(
    starts: Sequence[Any], configurations: Sequence[Any], writes: int, quiet: int = 3
) -> Iterator[tuple[Any, Any, Trouble]]:
    """Yield (start, configuration, trouble): every start with every one of the first writes gone wrong.

    How it goes wrong, and in which configuration, takes turns from start to start; so do the `quiet`
    configurations in which nothing goes wrong.
    """
    for number, start in enumerate(starts):
        for turn in range(min(quiet, len(configurations))):
            yield start, configurations[(number + 2 * turn) % len(configurations)], NONE
        for write in range(writes):
            how = HOWS[(number + number // len(HOWS) + write) % len(HOWS)]
            yield start, configurations[(number + write) % len(configurations)], Trouble(write, how)
