"""The thousand years that ship with the notebook are those that a run gives, and the guide tells the same."""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import log10
from pathlib import Path

import pandas as pd
import pytest

import statesim
from statesim.analysis.bootstrap import bootstrap
from statesim.analysis.statistics import observed_quantiles

ROOT = Path(__file__).parents[2]
FILE = ROOT / "notebooks/data/how-many-nines.csv"
GUIDE = ROOT / "docs/howto/how-many-nines.md"
AVAILABILITY, OUTAGES = "clients.shop.availability", "clients.shop.outages"
MINUTES = 365 * 24 * 60
FEWEST = 1_000


@cache
def kept() -> pd.DataFrame:
    return pd.read_csv(FILE)


def test_the_file_has_every_variant_and_every_seed_once() -> None:
    variants = [variant.name for variant in statesim.load("how-many-nines").variants]
    assert list(dict.fromkeys(kept().variant)) == variants
    for _, rows in kept().groupby("variant"):
        assert list(rows.seed) == list(range(1, len(rows) + 1))
    assert min(Counter(kept().variant).values()) >= FEWEST
    assert FILE.stat().st_size < 400_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, pytest.param(914, marks=pytest.mark.thorough)])
def test_a_run_gives_what_the_file_says(seed: int) -> None:
    runs = statesim.sweep("how-many-nines", seeds=[seed], jobs=1).runs
    expected = kept()[kept().seed == seed]
    assert list(runs.variant) == list(expected.variant)
    assert list(runs[AVAILABILITY]) == list(expected[AVAILABILITY])
    assert list(runs[OUTAGES]) == list(expected[OUTAGES])


def cells(row: str) -> list[str]:
    return [cell.strip().strip("`") for cell in row.strip("|").split("|")]


def table(head: str) -> list[list[str]]:
    """Return the rows of the guide's table whose head begins so."""
    lines = GUIDE.read_text(encoding="utf-8").splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith(head))
    rows = lines[begin + 2 :]
    return [cells(row) for row in rows[: rows.index("")]]


def test_the_guide_tells_what_the_file_says() -> None:
    told = {row[0]: row[1:] for row in table("| variant | years |")}
    assert set(told) == set(kept().variant)
    for variant, rows in kept().groupby("variant"):
        down = list((1 - rows[AVAILABILITY]) * MINUTES)
        mean = bootstrap(down, name=variant)
        good, bad = observed_quantiles(down, [0.05, 0.95])
        assert told[variant] == [
            f"{len(down):,}",
            f"{mean.estimate:.1f} min",
            f"{mean.low:.1f} to {mean.high:.1f} min",
            f"{-log10(mean.estimate / MINUTES):.2f}",
            f"{good:.1f}, {bad:.1f} min",
            f"{rows[OUTAGES].mean():.0f}",
        ], variant


WORTH = {
    "a person who deletes by force, of a lone StatefulSet": ("statefulset-operator", "statefulset"),
    "Patroni instead of a lone StatefulSet": ("patroni-sync", "statefulset"),
    "synchronous instead of asynchronous": ("patroni-sync", "patroni-async"),
    "ttl` 15s instead of 30s": ("patroni-ttl-15s", "patroni-sync"),
    "a second zone (synchronous Patroni)": ("patroni-two-zones", "patroni-one-zone"),
    "a third zone": ("patroni-sync", "patroni-two-zones"),
    "an RDS cluster instead of an instance": ("rds-cluster", "rds"),
}


def test_the_guide_tells_what_each_is_worth() -> None:
    down = kept().assign(down=(1 - kept()[AVAILABILITY]) * MINUTES)
    by_seed = down.pivot(index="seed", columns="variant", values="down")
    told = {row[0]: row[1:] for row in table("| what it is worth |")}
    assert set(told) == set(WORTH)
    for what, (one, other) in WORTH.items():
        apart = by_seed[one] - by_seed[other]
        mean, error = apart.mean(), apart.std() / len(apart) ** 0.5
        pairs, minutes, band = told[what]
        assert (pairs, minutes) == (f"{len(apart):,}", f"{mean:+.1f}")
        low, high = map(float, band.split(" to "))
        # the band is the bootstrap's, which for a thousand years is near the normal one
        assert low == pytest.approx(mean - 1.96 * error, abs=0.35 * error + 0.06)
        assert high == pytest.approx(mean + 1.96 * error, abs=0.6 * error + 0.06)
