from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from statesim.views.heatmap import heat_marks, heatmap
from statesim.views.metric_words import metric_words
from statesim.views.one_form import one_form
from tests.views.sweeps import LOST, OUT, TTL, WAIT, grid, runs

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_settings_stand_in_order_of_size_and_each_cell_has_its_mean() -> None:
    marks = heat_marks(grid(["60s", "9s", "30s"], ["10s", "5s"]), OUT, TTL, WAIT)

    assert (marks.columns, marks.rows) == (("9s", "30s", "60s"), ("5s", "10s"))
    assert [cell.text for cell in marks.panels[0].cells[0]] == ["9.20 s", "30.20 s", "60.20 s"]
    assert (marks.low, marks.high) == (pytest.approx(9.2), pytest.approx(60.2))


def test_a_cell_says_how_sure_it_is() -> None:
    cell = heat_marks(grid(["30s", "60s"], ["5s"]), OUT, TTL, WAIT).panels[0].cells[0][0]

    assert cell.below == "± 0.20 s"  # t(4) = 2.776 times 0.158 / sqrt(5)


@pytest.mark.parametrize(
    ("high", "shown"), [(62.0, "62.0 s"), (900.0, "15.0 min"), (36000.0, "10.0 h"), (0.05, "50.0 ms")]
)
def test_all_times_of_a_picture_are_in_one_unit(high: float, shown: str) -> None:
    form = one_form(metric_words(OUT), [0.001, high])

    assert form.shown(high) == shown
    assert form.shown(high / 2).split()[1] == shown.split()[1]


@pytest.mark.parametrize(
    ("value", "half", "shown"),
    [
        (0.5, 0.575, ("0.5", "0.6")),
        (31.83, 2.84, ("31.8", "2.8")),
        (99.4, 41.0, ("99", "41")),
        # as the Particle Data Group has it: 354 is two digits, 355 one, 950 rounds up to 1000
        (12.2137, 0.0354, ("12.214", "0.035")),
        (12.2135, 0.0356, ("12.21", "0.04")),
        (12.2135, 0.0951, ("12.21", "0.10")),
    ],
)
def test_a_number_is_no_finer_than_its_interval_supports(
    value: float, half: float, shown: tuple[str, str]
) -> None:
    form = one_form(metric_words(LOST), [value])

    assert (form.shown(value, half), form.shown(half, half)) == shown


def test_cells_that_do_not_differ_are_said_not_to() -> None:
    same = grid(["30s", "60s"], ["5s"])
    unsure = same.assign(**{LOST: [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]})

    assert heat_marks(same, LOST, TTL, WAIT).notes[0].startswith("Nothing differs")
    assert "no two differ by more than chance" in heat_marks(unsure, LOST, TTL, WAIT).notes[0]
    assert heat_marks(same, OUT, TTL, WAIT).notes[0] == "10 runs in 2 cells."


def higher_by_little(seeds: int = 200, of: Sequence[str] = ("30s", "60s")) -> pd.DataFrame:
    """Return runs that chance spreads by ten seconds, and the longer ttl prolongs by half a second each."""
    frame = grid(list(of), ["5s"], seeds=seeds)
    chance = random.Random(8)
    spread = {seed: chance.gauss(60, 10) for seed in range(seeds)}
    own = {seed: chance.uniform(0.2, 0.8) for seed in range(seeds)}
    longer = frame[TTL] == of[-1]
    return frame.assign(**{OUT: frame["seed"].map(spread) + frame["seed"].map(own).where(longer, 0)})


def test_cells_whose_intervals_overlap_are_compared_seed_by_seed() -> None:
    marks = heat_marks(higher_by_little(), OUT, TTL, WAIT)
    first, second = (cell.found for cell in marks.panels[0].cells[0])

    assert first is not None
    assert second is not None
    assert second.low < first.estimate < second.estimate < first.high
    assert marks.notes[0] == (
        "The intervals of all cells overlap, but seed by seed ttl 60s is higher than ttl 30s: "
        "in 200 of 200 seeds."
    )


def test_of_a_percentile_or_without_common_seeds_no_more_is_said_than_that_intervals_overlap() -> None:
    frame = higher_by_little()
    others = frame.assign(seed=frame["seed"] + 1000 * (frame[TTL] == "60s"))

    for marks in (heat_marks(frame, OUT, TTL, WAIT, of="p90"), heat_marks(others, OUT, TTL, WAIT)):
        assert marks.notes[0] == "The intervals of all cells overlap."


def test_cells_of_a_third_setting_are_compared_seed_by_seed_too() -> None:
    frame = pd.concat([higher_by_little().assign(third=n) for n in (1, 2)])

    assert "in 200 of 200 seeds" in heat_marks(frame, OUT, TTL, WAIT).notes[0]


def test_what_was_the_same_in_every_run_has_no_interval() -> None:
    cell = heat_marks(grid(["30s", "60s"], ["5s"]).assign(**{LOST: 0}), LOST, TTL, WAIT).panels[0].cells[0][0]

    assert (cell.text, cell.below) == ("0", "in every run")


def test_percentiles_may_be_asked_for() -> None:
    marks = heat_marks(grid(["30s", "60s"], ["5s"], seeds=100), LOST, TTL, WAIT, of="p90")

    assert marks.panels[0].cells[0][0].text == "89"
    assert "90 of 100 runs" in marks.title
    assert marks.panels[0].cells[0][0].below == "83 to 95"  # whole writes, as they were lost


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        # the median of 0.1, 0.2, ... 10 and its bounds, the narrower of them 1 s away: no finer than tenths
        ([n / 10 for n in range(1, 101)], ("5.0 s", "4.0 s to 6.1 s")),
        # ten thousand times as fine: 0.1 ms away
        ([5 + n / 100_000 for n in range(100)], ("5.00049 s", "5.00039 s to 5.00060 s")),
        ([0.04] * 30 + [20.0] * 9, ("0.04 s", "0.04 s to 0.04 s")),
        ([1.0, 2.0, 3.0], ("2.0 s", "")),
    ],
)
def test_a_percentile_is_as_fine_as_the_nearer_of_its_bounds(
    times: list[float], shown: tuple[str, str]
) -> None:
    frame = pd.DataFrame({"variant": "a", "seed": range(len(times)), TTL: "30s", WAIT: "5s", OUT: times})
    cell = heat_marks(frame, OUT, TTL, WAIT, of="p50").panels[0].cells[0][0]
    assert (cell.text, cell.below) == shown


def test_a_combination_that_was_not_run_is_no_number() -> None:
    frame = grid(["30s", "60s"], ["5s", "10s"])
    there = frame[~((frame[TTL] == "60s") & (frame[WAIT] == "5s"))]

    assert heat_marks(there, OUT, TTL, WAIT).panels[0].cells[0][1].text == "not run"


def test_a_mean_of_what_was_not_over_is_not_made_up() -> None:
    frame = grid(["30s", "60s"], ["5s"])
    frame["clients.shop.out_at_end"] = [0, 0, 1, 1, 0, 0, 0, 0, 0, 0]
    cell = heat_marks(frame, OUT, TTL, WAIT).panels[0].cells[0][0]

    assert (cell.text, cell.below) == ("not over", "in 2 of 5")


def test_each_variant_with_both_settings_has_a_panel() -> None:
    two = [grid(["30s", "60s"], ["5s"]), grid(["30s", "60s"], ["5s"], variant="sync")]
    frame = pd.concat([*two, runs({"deployment": [9.0]}, OUT)])

    assert [panel.name for panel in heat_marks(frame, OUT, TTL, WAIT).panels] == ["patroni", "sync"]


def test_letters_are_readable_on_their_cell() -> None:
    ax = heatmap(grid(["30s", "60s"], ["5s"]), OUT, TTL, WAIT).axes[0]
    inks = {text.get_text(): text.get_color() for text in ax.texts}

    assert (inks["30.20 s"], inks["60.20 s"]) == ("#FFFFFF", "#000000")
    assert len(ax.patches) == 2


@pytest.mark.parametrize("of", ["median", "p", "95"])
def test_what_is_neither_mean_nor_percentile_is_refused(of: str) -> None:
    with pytest.raises(ValueError, match="neither mean nor"):
        heat_marks(grid(["30s", "60s"], ["5s"]), OUT, TTL, WAIT, of=of)
