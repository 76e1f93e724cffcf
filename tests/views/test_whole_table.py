"""Tables at a terminal of eighty columns, and of fewer: whatever is in them, it is there to its last digit."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from statesim.analysis.over_seeds import over_seeds
from statesim.analysis.statistics import Interval
from statesim.analysis.sweep_record import Case
from statesim.analysis.sweep_summary import Distribution
from statesim.views.seeds_table import seeds_tables
from statesim.views.sweep_tables import sweep_summary
from statesim.views.tables import summary
from statesim.views.whole_table import Column, WholeTable, broken

if TYPE_CHECKING:
    from rich.console import RenderableType

LOST, OUT = "clients.shop.lost", "clients.shop.unavailable_s"
HUGE = 123_456_789_012_345.0
NAMES = ("deployment-emptydir-in-three-zones", "patroni-synchronous-with-a-standby-in-every-zone")


def at(width: int, table: RenderableType) -> str:
    """Return what a terminal so wide shows."""
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(table)
    assert max(map(len, out.getvalue().splitlines())) <= width
    assert "…" not in out.getvalue()
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 60, 45])
def test_a_sweeps_long_numbers_and_settings_are_whole(width: int) -> None:
    settings_ = {"systems.pg.parameters.maximum_lag_on_failover": 1_048_576, "duration": "8760h"}
    cases = [Case(NAMES[0], "", settings_), Case("b", "", {**settings_, "duration": "1m"})]
    mean = Interval(HUGE, HUGE - 7, HUGE + 7, 0.95, "bootstrap")
    found = [
        Distribution(metric, case, 1000, 3, 20, HUGE, (HUGE, HUGE), (mean, mean), HUGE, 123_456_789, mean)
        for metric in (LOST, "clients.shop.acked")
        for case in (0, 1)
    ]
    text = at(width, sweep_summary(found, cases))
    assert text.count("123,456,789,012,345") == 2 * 2 * 5
    assert text.count("123,456,789,012,338") == text.count("123,456,789,012,352") == 2 * 2 * 3
    assert text.count("seed 123456789") == 4
    for word in ("median", "p95", "p99", "worst", "mean", "duration=8760h"):
        assert re.search(rf"\b{word}\b", text)


def test_a_comparisons_headings_and_numbers_are_whole_in_eighty_columns() -> None:
    runs = {
        name: {seed: {LOST: HUGE + seed * (7 + place), OUT: 1e8 * seed} for seed in range(1200)}
        for place, name in enumerate(NAMES)
    }
    text = at(80, seeds_tables(over_seeds(runs, [LOST, OUT], baseline=NAMES[1]), NAMES[1], 1200))
    for word in ("difference", "better/", "equal/", "worse", "seeds", "common", "baseline"):
        assert word in text
    assert "123,456,789,012,345" not in text  # the mean is higher
    assert len(re.findall(r"123,456,789,0\d\d,\d{3}\b", text)) == 4  # a mean and a median of each


def test_the_summary_of_a_run_has_its_counts_whole() -> None:
    client: dict[str, Any] = {
        "acked": 315_360_000_000, "lost": 98_765_432, "operation": "write", "failed": 0, "unknown": 0,
        "unavailable_s": 0.0, "longest_outage_s": 0.0, "rto_server_s": None, "rto_client_p50_s": None,
        "sessions_broken": 0, "outages": 0, "out_at_end": [],
    }  # fmt: skip
    variant = {"title": NAMES[1], "clients": {"shop": client}, "systems": {}, "workloads": {}, "findings": {}}
    document: dict[str, Any] = {"scenario": "s", "seed": 1, "variants": {"v": variant}, "expectations": []}
    text = at(80, summary(document))
    assert re.search(r"315,360,000, .*\n.* 000 ", text)  # broken after a comma
    assert "98,765,432" in text
    assert "zone" in text
    assert "(median)" not in text
    client |= {"acked": 9_000_000, "lost": 0}
    text = at(80, summary(document))
    assert "9,000,000" in text
    assert "(median)" in text


words = st.text("abcdefg", min_size=1, max_size=14)
numbers = st.integers(0, 10**13).map(lambda number: f"{number:,}")


@given(
    names=st.lists(st.lists(words, min_size=1, max_size=6).map("-".join), min_size=1, max_size=4),
    headings=st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=5),
    width=st.integers(45, 120),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_every_number_is_there_whatever_the_width(
    names: list[str], headings: list[str], width: int, data: st.DataObject
) -> None:
    cells = [[data.draw(numbers) for _ in names] for _ in headings]
    columns = [Column(heading, tuple(each)) for heading, each in zip(headings, cells, strict=True)]
    text = at(width, WholeTable("name", names, columns))
    shown = re.findall(r"[\d,]*\d", text)
    assert sorted(shown) == sorted(number for each in cells for number in each)


def test_names_are_broken_between_words_and_keep_their_indent() -> None:
    assert broken("patroni-async", 20) == "patroni-async"
    assert broken("scenario.patroni-async", 16) == "scenario.\npatroni-async"
    assert broken("a\n  ttl=30s loop=10s", 10) == "a\n  ttl=30s\n    loop=\n    10s"
