"""What happened to a cluster, as the timeline has it: numbered lines, with words for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from statesim.analysis.outcome import duration_text
from statesim.analysis.record import SECOND
from statesim.views.axis import time_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.reading import Reading


@dataclass(frozen=True, slots=True)
class Vertical:
    """A fault or an operator's action: its number in the picture, when, for how long, and what."""

    number: int
    start: float
    end: float | None
    label: str
    clock: str = ""

    @property
    def same(self) -> tuple[float, str]:
        """Return what tells it from others; how long it lasted may depend on the variant."""
        return self.start, self.label

    @property
    def words(self) -> str:
        """Return its line in the list of what happened."""
        for_ = "" if self.end is None else f" for {duration_text(self.end - self.start)}"
        return f"{self.clock}  {self.label}{for_}"


def acts(reading: Reading, window: tuple[float, float]) -> tuple[Vertical, ...]:
    """Return what happened within `window` (s), in order, also in vain: a refusal is an answer, too."""
    found = [
        Vertical(
            0,
            each.start_us / SECOND,
            None if each.end_us is None else each.end_us / SECOND,
            each.label,
            time_label(each.start_us / SECOND, window[1]),
        )
        for each in (*reading.record.faults, *reading.record.refused)
    ]
    shown = (vertical for vertical in found if window[0] <= vertical.start <= window[1])
    return numbered(sorted(shown, key=lambda vertical: vertical.same))


def numbered(verticals: Iterable[Vertical]) -> tuple[Vertical, ...]:
    """Return them numbered from one; those that are the same share a number."""
    numbers: dict[tuple[float, str], int] = {}
    return tuple(replace(each, number=numbers.setdefault(each.same, len(numbers) + 1)) for each in verticals)


def in_all(panels: Iterable[Sequence[Vertical]]) -> tuple[Vertical, ...]:
    """Return each of what happened in several panels once; without a length if that differs."""
    unique: dict[int, Vertical] = {}
    for vertical in (vertical for panel in panels for vertical in panel):
        known = unique.setdefault(vertical.number, vertical)
        if known.end != vertical.end:
            unique[vertical.number] = replace(known, end=None)
    return tuple(unique.values())
