"""No two states of one picture look alike: where the colour is the same, the hatch is another."""

from __future__ import annotations

from itertools import combinations

from statesim.views.style import ACT, CURVE, MACHINE, TRUTH, VOLUME
from statesim.views.text import _FILL

# one line of the legend, and of a narrow bar's own
TOGETHER = TRUTH | MACHINE | ACT | VOLUME


def test_no_swatch_stands_for_two_states() -> None:
    for one, other in (*combinations(TOGETHER.items(), 2), *combinations(CURVE.items(), 2)):
        (name, look), (second, like) = one, other
        assert (look.fill, look.hatch, look.line) != (like.fill, like.hatch, like.line), (name, second)


def test_a_frozen_program_and_a_paused_machine_are_other_letters() -> None:
    assert _FILL["frozen"] != _FILL["paused"]
