"""Failure processes: what happens by chance, again and again, to each whom it may befall."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import Pod
from statesim.kernel.clock import Band
from statesim.scenario.rows import BARE
from statesim.scenario.targets import AnyNode, Ref, Zone

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.cluster.store import Change
    from statesim.faults.ground import Ground
    from statesim.kernel.distributions import Distribution

    # it befalls this target now, and takes so long (µs) to repair, if it takes time
    Strike = Callable[[Any, int | None], None]


class Recurring:
    """One failure process: a time to failure, a time to repair if it takes one (`down`), and again.

    Its draws come from a stream that is named after the row and whom it is about: neither another row nor
    a variant moves them.
    """

    __slots__ = ("_down", "_ground", "_rng", "_up")

    def __init__(
        self, ground: Ground, up: Distribution, down: Distribution | None, row: str, purpose: str
    ) -> None:
        self._ground = ground
        self._up = up
        self._down = down
        self._rng = ground.streams.get("fault", row, purpose)

    def arm(self, strike: Callable[[int | None], None], goes_on: Callable[[], bool] = lambda: True) -> None:
        """Strike after a time to failure, while it `goes_on`; `strike` is told the time to repair (µs)."""
        due = self._up.draw(self._rng)
        self._ground.clock.after(due, self._strike, strike, goes_on, band=Band.FAULT)

    def _strike(self, strike: Callable[[int | None], None], goes_on: Callable[[], bool]) -> None:
        if not goes_on():
            return
        if self._down is None:
            strike(None)
            self.arm(strike, goes_on)
            return
        repair = self._down.draw(self._rng)
        strike(repair)
        self._ground.clock.after(repair, self.arm, strike, goes_on, band=Band.FAULT)


def begin(ground: Ground, row: Any, number: int, strike: Strike) -> None:
    """Begin the failure processes of a row: of each node, of each pod, or of the row as a whole.

    What is over at once has no time to repair.
    """
    down = getattr(row.random, "mttr", None)
    on = getattr(row, "on", None)
    if row.random.per == "pod":
        _OfPods(ground, row, number, strike).begin()
        return
    each = down is not None and row.do != "zone-outage" and isinstance(on, (AnyNode, Zone))
    for aim in [Ref("Node", name) for name in ground.nodes(on)] if each else [on]:
        purpose = aim.key if isinstance(aim, Ref) else row.do
        process = Recurring(ground, row.random.mtbf, down, f"{number}", purpose)
        process.arm(partial(strike, aim))


class _OfPods:
    """A failure process for each pod that a target means, from when there is first one of its name.

    When a time to failure ends and there is no pod of that name, its process rests until there is one again.
    """

    def __init__(self, ground: Ground, row: Any, number: int, strike: Strike) -> None:
        self._ground = ground
        self._row = row
        self._number = number
        self._hit = strike
        self._armed: set[str] = set()

    def begin(self) -> None:
        """Begin with the pods that there are, and hear of others; containers of people have fixed names."""
        on = self._row.on
        if isinstance(on, Ref) and on.kind == BARE:
            for pod in self._ground.by_hand.pods(on.name):
                self._arm(Ref(BARE, pod.name))
            return
        for pod in self._ground.store.all(Pod):
            self._seen(pod)
        self._ground.store.watch((Pod,), self._changed)

    def _changed(self, change: Change) -> None:
        if change.verb == "ADDED":
            self._seen(change.object)

    def _seen(self, pod: Pod) -> None:
        if self._ground.is_meant(pod, self._row.on):
            self._arm(Ref("Pod", pod.name))

    def _arm(self, aim: Ref) -> None:
        if aim.key in self._armed:
            return
        self._armed.add(aim.key)
        random = self._row.random
        down = getattr(random, "mttr", None)
        process = Recurring(self._ground, random.mtbf, down, f"{self._number}", aim.key)
        process.arm(partial(self._hit, aim), partial(self._goes_on, aim))

    def _goes_on(self, aim: Ref) -> bool:
        there = aim.kind == BARE or self._ground.store.get(Pod, aim.name) is not None
        if not there:
            self._armed.discard(aim.key)
        return there
