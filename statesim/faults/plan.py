"""The plan: when each row of the timeline happens: by the clock, by chance, or when a person is called."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from statesim.errors import StatesimError
from statesim.faults import chance
from statesim.faults.alerts import OnCall
from statesim.faults.catalogue import build
from statesim.faults.ground import Missing
from statesim.kernel.clock import Band
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.faults.ground import Ground


class Plan:
    """All rows of a scenario's timeline on one clock.

    Each occurrence is an object ``Fault/<n>-<do>`` of the trace: `Started` is the cause of all that
    follows from it, `Ended` of all that its end brings.
    """

    def __init__(self, ground: Ground, rows: Sequence[Any]) -> None:
        self._ground = ground
        for number, row in enumerate(rows, start=1):
            if row.random is not None:
                chance.begin(ground, row, number, partial(self._again, row, number, count(1)))
            elif row.alert is not None:
                OnCall(ground, row.alert, f"{number}", partial(self._answered, row, number, count(1))).begin()
            elif row.every_us is not None:
                ground.clock.at(row.first_us, self._each_time, row, number, count(1), band=Band.FAULT)
            else:
                reaction_us = self._reaction(row)
                at = row.at_us + reaction_us
                ground.clock.at(at, self._timed, row, f"{number}", reaction_us, band=Band.FAULT)

    def _reaction(self, row: Any) -> int:
        """Return how long the person takes, if there is one: the same in every variant that asks the same."""
        reaction = getattr(row, "reaction", None)
        if reaction is None:
            return 0
        drawn: int = reaction.draw(self._ground.streams.get("fault", "reaction", row.do, str(row.on)))
        return drawn

    def _each_time(self, row: Any, number: int, occurrences: Iterator[int]) -> None:
        clock = self._ground.clock
        clock.cause = None
        reaction_us = self._reaction(row)
        turn = f"{number}.{next(occurrences)}"
        clock.after(reaction_us, self._timed, row, turn, reaction_us, band=Band.FAULT)
        clock.after(row.every_us, self._each_time, row, number, occurrences, band=Band.FAULT)

    def _answered(
        self, row: Any, number: int, occurrences: Iterator[int], reaction_us: int, cause: int | None
    ) -> None:
        name = f"{number}.{next(occurrences)}-{row.do}"
        self._occur(row, name, getattr(row, "on", None), None, reaction_us, cause)

    def _timed(self, row: Any, turn: str, reaction_us: int) -> None:
        on, for_us = getattr(row, "on", None), getattr(row, "for_us", None)
        self._occur(row, f"{turn}-{row.do}", on, for_us, reaction_us)

    def _again(self, row: Any, number: int, occurrences: Iterator[int], aim: Any, for_us: int | None) -> None:
        self._occur(row, f"{number}.{next(occurrences)}-{row.do}", aim, for_us)

    def _occur(
        self,
        row: Any,
        name: str,
        on: Any,
        for_us: int | None,
        reaction_us: int = 0,
        cause: int | None = None,
    ) -> None:
        ground, clock = self._ground, self._ground.clock
        shown = None if on is None else str(on)
        label = getattr(row, "label", None)
        clock.cause = cause
        fault = build(row, on, name)
        key = f"Fault/{name}"
        took = reaction_us / SECOND if reaction_us else None
        told = {"do": row.do, "on": shown, "label": label, "reaction_s": took}
        away_from = getattr(row, "away_from", None)
        if label is None and away_from is not None:  # nothing else tells one cut from another
            told["from"] = str(away_from)
        started = ground.trace.emit(key, "Started", **told)
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
