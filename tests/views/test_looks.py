"""No two states of one picture look alike: where the colour is the same, the hatch is another."""

from __future__ import annotations

from io import BytesIO
from itertools import combinations

import numpy as np
from PIL import Image

import statesim
from statesim.views.style import ACT, CURVE, MACHINE, THEMES, TRUTH, VOLUME, png_bytes, settings
from statesim.views.text import _FILL
from statesim.views.timeline import timeline

# one line of the legend, and of a narrow bar's own
TOGETHER = TRUTH | MACHINE | ACT | VOLUME


def test_no_swatch_stands_for_two_states() -> None:
    for one, other in (*combinations(TOGETHER.items(), 2), *combinations(CURVE.items(), 2)):
        (name, look), (second, like) = one, other
        assert (look.fill, look.hatch, look.line) != (like.fill, like.hatch, like.line), (name, second)


def test_a_frozen_program_and_a_paused_machine_are_other_letters() -> None:
    assert _FILL["frozen"] != _FILL["paused"]


def test_a_picture_of_few_colours_has_those_of_the_whole_one() -> None:
    figure = timeline(statesim.run("pg-node-crash", variants=["patroni-sync"]).readings)
    whole = BytesIO()
    with settings():
        figure.savefig(whole, format="png", dpi=THEMES["paper"].dpi)
    before, after = (
        np.asarray(Image.open(file).convert("RGB")).astype(int)
        for file in (whole, BytesIO(png_bytes(figure)))
    )
    assert abs(before - after).max() <= 20
