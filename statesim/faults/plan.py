"""The plan: when each row of the timeline happens, by the clock or by chance."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from statesim.errors import StatesimError
from statesim.faults.catalogue import build
from statesim.faults.ground import Missing
from statesim.kernel.clock import SECOND, Band
from statesim.scenario.targets import AnyNode, Ref, Zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from statesim.faults.ground import Ground
    from statesim.kernel.distributions import Distribution


class Plan:
    """All rows of a scenario's timeline on one clock.

    Each occurrence is an object ``Fault/<n>-<do>`` of the trace: `Started` is the cause of all that
    follows from it, `Ended` of all that its end brings.
    """

    def __init__(self, ground: Ground, rows: Sequence[Any]) -> None:
        self._ground = ground
        for number, row in enumerate(rows, start=1):
            if row.at_us is not None:
                reaction_us = self._reaction(row)
                at = row.at_us + reaction_us
                ground.clock.at(at, self._timed, row, number, reaction_us, band=Band.FAULT)
            else:
                self._by_chance(row, number)

    def _reaction(self, row: Any) -> int:
        """Return how long the person takes, if there is one: the same in every variant that asks the same."""
        reaction = getattr(row, "reaction", None)
        if reaction is None:
            return 0
        drawn: int = reaction.draw(self._ground.streams.get("fault", "reaction", row.do, str(row.on)))
        return drawn

    def _timed(self, row: Any, number: int, reaction_us: int) -> None:
        on, for_us = getattr(row, "on", None), getattr(row, "for_us", None)
        self._occur(row, f"{number}-{row.do}", on, for_us, reaction_us)

    def _by_chance(self, row: Any, number: int) -> None:
        """Give each node that is meant a failure process of its own; pods share one.

        Streams are named after the row and the node: neither another row nor a variant moves them. What is
        over at once has no time to repair.
        """
        ground = self._ground
        down = getattr(row.random, "mttr", None)
        occurrences = count(1)
        each = down is not None and row.do != "zone-outage"
        on = getattr(row, "on", None)
        if each and isinstance(on, (AnyNode, Zone)):
            aims: list[Any] = [Ref("Node", name) for name in ground.nodes(on)]
        else:
            aims = [on]
        for aim in aims:
            purpose = aim.key if isinstance(aim, Ref) else row.do
            process = Recurring(ground, row.random.mtbf, down, f"{number}", purpose)
            process.arm(partial(self._again, row, number, occurrences, aim))

    def _again(self, row: Any, number: int, occurrences: Iterator[int], aim: Any, for_us: int | None) -> None:
        self._occur(row, f"{number}.{next(occurrences)}-{row.do}", aim, for_us)

    def _occur(self, row: Any, name: str, on: Any, for_us: int | None, reaction_us: int = 0) -> None:
        ground, clock = self._ground, self._ground.clock
        shown = None if on is None else str(on)
        label = getattr(row, "label", None)
        clock.cause = None
        fault = build(row, on, name)
        key = f"Fault/{name}"
        took = reaction_us / SECOND if reaction_us else None
        started = ground.trace.emit(key, "Started", do=row.do, on=shown, label=label, reaction_s=took)
        clock.cause = started
        try:
            targets = fault.apply(ground)
        except (Missing, StatesimError) as error:
            ground.trace.emit(key, "Skipped", do=row.do, on=shown, why=str(error))
            return
        if targets:
            ground.trace.complete(started, targets=targets)
        if for_us is not None:
            clock.after(for_us, self._end, fault, key, row.do, band=Band.FAULT)

    def _end(self, fault: Any, key: str, do: str) -> None:
        clock = self._ground.clock
        clock.cause = self._ground.trace.emit(key, "Ended", do=do)
        fault.revert(self._ground)


class Recurring:
    """One failure process: a time to failure, a time to repair if it takes one (`down`), and again."""

    __slots__ = ("_down", "_ground", "_rng", "_up")

    def __init__(
        self, ground: Ground, up: Distribution, down: Distribution | None, row: str, purpose: str
    ) -> None:
        self._ground = ground
        self._up = up
        self._down = down
        self._rng = ground.streams.get("fault", row, purpose)

    def arm(self, strike: Callable[[int | None], None]) -> None:
        """Strike after a time to failure; `strike` is told the time to repair (µs), if there is one."""
        self._ground.clock.after(self._up.draw(self._rng), self._strike, strike, band=Band.FAULT)

    def _strike(self, strike: Callable[[int | None], None]) -> None:
        if self._down is None:
            strike(None)
            self.arm(strike)
            return
        repair = self._down.draw(self._rng)
        strike(repair)
        self._ground.clock.after(repair, self.arm, strike, band=Band.FAULT)
