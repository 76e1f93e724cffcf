"""What is shaded of a client's outages, and what stands beside it."""

from __future__ import annotations

from itertools import pairwise

from statesim.analysis.outages import Outage
from statesim.views.strips import gaps_of

SECOND = 1_000_000


def test_outages_back_to_back_are_one_stretch_and_the_words_are_about_all_of_it() -> None:
    ends = [120, 124, 129]
    parts = [Outage(a * SECOND, b * SECOND, open=False) for a, b in pairwise(ends)]
    parts.append(Outage(129 * SECOND + 200_000, 150 * SECOND, open=False))  # some are answered in between
    later = Outage(200 * SECOND, 210 * SECOND, open=True)
    stretch, last = gaps_of([*parts, later], "writes")
    assert (stretch.start, stretch.end, stretch.open) == (120.0, 150.0, False)
    assert stretch.text == "almost no writes for 30 s"
    assert (last.start, last.end, last.open) == (200.0, 210.0, True)
    assert last.text == "no writes for 10 s"
