"""What a sweep prints: each number with its unit and how sure it is, whole in a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console

from statesim.analysis.sweep_record import Case
from statesim.analysis.sweep_summary import distributions
from statesim.views.sweep_tables import sweep_summary

if TYPE_CHECKING:
    from collections.abc import Sequence

OUT = "clients.shop.unavailable_s"


def lines(values: Sequence[float], metric: str = OUT, open_: Sequence[int] = ()) -> list[str]:
    """Return the lines of one case's table in 80 columns, seeds from 1 on."""
    frame = pd.DataFrame({"seed": range(1, len(values) + 1), metric: values})
    if open_:
        frame["clients.shop.out_at_end"] = [int(seed in open_) for seed in frame["seed"]]
    found = distributions(frame, [0] * len(values), [metric])
    screen = Console(width=80, record=True, file=None, force_terminal=False)
    with screen.capture() as shown:
        screen.print(sweep_summary(found, [Case("patroni-async", "Patroni", {})]))
    return [" ".join(line.split()) for line in shown.get().splitlines()]


def test_below_each_percentile_stands_its_interval_as_below_the_mean() -> None:
    told = lines([n / 20 for n in range(1, 1001)])
    row = next(index for index, line in enumerate(told) if line.startswith("patroni-async"))

    assert told[row] == "patroni-async 25 s 47.5 s 49.5 s 50 s 25 s"
    assert told[row + 1].startswith("from 46.8 s from 49.1 s seed 1000 from ")
    assert told[row + 2].startswith("to 48.2 s to 49.9 s to ")


def test_long_times_lose_no_digit() -> None:
    told = lines([4000 + 37.3 * n for n in range(1000)])
    words = " ".join(told).split()

    assert "…" not in words
    assert words.count("from") == words.count("to") == 3
    assert any("11 h 28 min" in line for line in told)
    assert any("to 11 h 26 min" in line for line in told)


def test_where_runs_are_too_few_for_a_bound_it_is_unknown() -> None:
    told = lines([float(n) for n in range(1, 60)])
    row = next(index for index, line in enumerate(told) if line.startswith("patroni-async"))

    assert "to unknown" in told[row + 2]
    assert any("too few runs for a bound" in line for line in told)


def test_where_runs_did_not_end_a_percentile_may_be_without_end() -> None:
    told = lines([float(n) for n in range(1, 60)], open_=range(57, 60))
    row = next(index for index, line in enumerate(told) if line.startswith("patroni-async"))

    assert "to not over" in told[row + 2]
    assert "unknown" not in told[row + 2]


def test_what_was_always_the_same_has_no_interval() -> None:
    told = lines([7.0] * 400)

    assert "patroni-async 7.0 s 7.0 s 7.0 s 7.0 s 7.0 s" in told
    assert not any(line.startswith("from") or " from " in line for line in told)
