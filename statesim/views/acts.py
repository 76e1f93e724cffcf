"""What happened to a cluster, as the timeline has it: numbered lines, with words for each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND
from statesim.views.axis import time_label
from statesim.views.speech import duration, say, spoken, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.reading import Reading
    from statesim.analysis.record import FaultSpan, RunRecord

MOST_NUMBERED = 30  # numbers find no room beside each other where there are more


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
        told = self.label
        if self.end is not None:
            told = say("{what} for {time}", what=told, time=duration(self.end - self.start))
        return f"{self.clock}  {told}"


def acts(reading: Reading, window: tuple[float, float]) -> tuple[Vertical, ...]:
    """Return what happened within `window` (s), in order, also in vain: a refusal is an answer, too."""
    record = reading.record
    every = [(each, fault_label(record, each)) for each in record.faults]
    every += [(each, refused_label(record, each)) for each in record.refused]
    every.sort(key=lambda one: (one[0].start_us, one[0].label))  # in all languages in the same order
    found = [
        Vertical(
            0,
            each.start_us / SECOND,
            None if each.end_us is None else each.end_us / SECOND,
            label,
            time_label(each.start_us / SECOND, window[1]),
        )
        for each, label in every
    ]
    return numbered([vertical for vertical in found if window[0] <= vertical.start <= window[1]])


def fault_label(record: RunRecord, fault: FaultSpan) -> str:
    """Return what a fault is called in the language that is spoken."""
    return record.label_in(fault, spoken())


def refused_label(record: RunRecord, fault: FaultSpan) -> str:
    """Return what an action is called that was refused."""
    done = fault._replace(label=fault.label.removesuffix(": refused"))
    return say("{what}: refused", what=fault_label(record, done))


def numbered(verticals: Sequence[Vertical]) -> tuple[Vertical, ...]:
    """Return them numbered from one; those that are the same share a number.

    More than can stand beside each other have none (0), and are told by how often each was (`listed`).
    """
    numbers: dict[tuple[float, str], int] = {}
    for each in verticals:
        numbers.setdefault(each.same, len(numbers) + 1)
    crowded = len(numbers) > MOST_NUMBERED
    return tuple(replace(each, number=0 if crowded else numbers[each.same]) for each in verticals)


def listed(verticals: Sequence[Vertical]) -> tuple[Vertical, ...]:
    """Return what is written of them: each, or if they have no numbers, how often each of them was."""
    if all(each.number for each in verticals):
        return tuple(verticals)
    counts = Counter(label for _, label in dict.fromkeys(each.same for each in verticals))
    first = {each.label: each.start for each in reversed(verticals)}
    return tuple(
        Vertical(
            0, first[label], None, label, word("once") if count == 1 else say("{count:,} times", count=count)
        )
        for label, count in counts.most_common()
    )


def in_all(panels: Iterable[Sequence[Vertical]]) -> tuple[Vertical, ...]:
    """Return each of what happened in several panels once; without a length if that differs."""
    panels = list(panels)
    if any(not each.number for panel in panels for each in panel):
        return listed([each for panel in panels for each in panel])
    unique: dict[int, Vertical] = {}
    for vertical in (vertical for panel in panels for vertical in panel):
        known = unique.setdefault(vertical.number, vertical)
        if known.end != vertical.end:
            unique[vertical.number] = replace(known, end=None)
    return tuple(unique.values())
