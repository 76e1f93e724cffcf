"""The thousand years that ship with the notebook are those that a run gives, and the guide tells the same."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import statesim
from statesim.analysis.bootstrap import bootstrap

ROOT = Path(__file__).parents[2]
FILE = ROOT / "notebooks/data/how-many-nines.csv"
GUIDE = ROOT / "docs/howto/how-many-nines.md"
AVAILABILITY, OUTAGES = "clients.shop.availability", "clients.shop.outages"
MINUTES = 365 * 24 * 60
FEWEST = 100


@cache
def kept() -> pd.DataFrame:
    return pd.read_csv(FILE)


def test_the_file_has_every_variant_and_every_seed_once() -> None:
    variants = [variant.name for variant in statesim.load("how-many-nines").variants]
    assert list(dict.fromkeys(kept().variant)) == variants
    for _, rows in kept().groupby("variant"):
        assert list(rows.seed) == list(range(1, len(rows) + 1))
    assert min(Counter(kept().variant).values()) >= FEWEST
    assert FILE.stat().st_size < 300_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, FEWEST])
def test_a_run_gives_what_the_file_says(seed: int) -> None:
    runs = statesim.sweep("how-many-nines", seeds=[seed], jobs=1).runs
    expected = kept()[kept().seed == seed]
    assert list(runs.variant) == list(expected.variant)
    assert list(runs[AVAILABILITY]) == list(expected[AVAILABILITY])
    assert list(runs[OUTAGES]) == list(expected[OUTAGES])


def test_the_guide_tells_what_the_file_says() -> None:
    row = re.compile(r"\| `([a-z0-9-]+)` \| ([\d,]+) \| ([\d.]+) min \| ([\d.]+) to ([\d.]+) min \|")
    told = {match[1]: match.groups()[1:] for match in row.finditer(GUIDE.read_text(encoding="utf-8"))}
    assert set(told) == set(kept().variant)
    for variant, (years, *minutes) in told.items():
        down = (1 - kept()[kept().variant == variant][AVAILABILITY]) * MINUTES
        mean = bootstrap(list(down), name=variant)
        assert int(years.replace(",", "")) == len(down)
        assert [f"{value:.1f}" for value in (mean.estimate, mean.low, mean.high)] == minutes, variant
