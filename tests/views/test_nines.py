from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.views.nines import nines
from statesim.views.nines_marks import a_year, nines_marks, nines_of
from statesim.views.speech import speaking
from statesim.views.sweep_pictures import sweep_pictures, write_sweep_pictures
from tests.views.sweeps import AVAILABLE, LOST, grid, runs

if TYPE_CHECKING:
    from pathlib import Path

YEAR = 365 * 86400.0


@pytest.mark.parametrize(
    ("downtime", "down"),
    [
        (0.1, "36.5 days"),
        (0.0013, "11 h 23 min"),
        (0.0001, "52 min 34 s"),
        (0.00001, "5 min 15 s"),
        (0.3, "110 days"),
    ],
)
def test_an_availability_is_said_as_a_years_downtime(downtime: float, down: str) -> None:
    assert a_year(downtime) == down


def test_a_band_has_a_width_and_one_form() -> None:
    values = [0.999985527, 0.999986, 0.99998525, 0.999986, 0.9999855]
    told = nines_marks(runs({"a": values}, AVAILABLE), AVAILABLE).rows[0].told

    assert told.startswith("99.99856 %  (99.99854 % to 99.99859 %)  down 7 min 32 s")


def test_what_is_no_share_has_no_nines() -> None:
    with pytest.raises(ValueError, match=r"clients\.shop\.lost is no availability"):
        nines_marks(runs({"a": [0, 1, 0]}, LOST), LOST)


@given(st.floats(1e-9, 1))
def test_a_tenth_of_the_downtime_is_one_nine_more(downtime: float) -> None:
    assert nines_of(downtime / 10) == pytest.approx(nines_of(downtime) + 1)


def test_a_run_without_downtime_has_a_place_of_its_own() -> None:
    marks = nines_marks(runs({"a": [0.999, 1.0, 1.0]}, AVAILABLE), AVAILABLE, duration_s=YEAR)
    row = marks.rows[0]

    assert (row.perfect, row.runs) == (2, 3)
    assert row.downtimes == (pytest.approx(0.001),)
    assert marks.end > marks.high
    assert marks.beyond == "no downtime: more nines than 3 runs of 365 days can show"


def test_without_any_downtime_no_number_is_made_up() -> None:
    marks = nines_marks(runs({"a": [1.0, 1.0]}, AVAILABLE), AVAILABLE)

    assert marks.rows[0].told == "no downtime in any of 2 runs"
    assert nines(runs({"a": [1.0, 1.0]}, AVAILABLE), AVAILABLE).axes[0].get_xlim()[1] == marks.end


def test_without_such_a_run_the_scale_ends_where_it_ends() -> None:
    marks = nines_marks(runs({"a": [0.99, 0.98]}, AVAILABLE), AVAILABLE)

    assert marks.end == marks.high


def test_the_mean_is_that_of_all_runs_those_without_downtime_too() -> None:
    row = nines_marks(runs({"a": [0.9, 1.0, 1.0, 1.0]}, AVAILABLE), AVAILABLE).rows[0]

    assert row.mean.estimate == pytest.approx(0.025)
    assert row.told.startswith("97.50 %")
    assert "down 9.12 days a year" in row.told


def test_runs_of_minutes_are_said_to_be_no_years() -> None:
    short = nines_marks(runs({"a": [0.9]}, AVAILABLE, duration_s=1200.0), AVAILABLE)
    long = nines_marks(runs({"a": [0.9]}, AVAILABLE, duration_s=YEAR), AVAILABLE)

    assert any("20 min" in note and "not what a year is like" in note for note in short.notes)
    assert not any("not what a year" in note for note in long.notes)


def test_both_scales_say_the_same() -> None:
    figure = nines(runs({"a": [0.95, 0.9995]}, AVAILABLE), AVAILABLE)
    below = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    above = [label.get_text() for label in figure.axes[0].child_axes[0].get_xticklabels()]

    assert below == ["90 %", "99 %", "99.9 %", "99.99 %"]
    assert above == ["36.5 days", "3.65 days", "8 h 46 min", "52 min 34 s"]


def test_the_mean_stands_on_the_scale_and_not_among_runs_without_downtime() -> None:
    marks = nines_marks(runs({"a": [1 - 8.5e-6] + [1.0] * 9}, AVAILABLE), AVAILABLE)

    assert nines_of(marks.rows[0].mean.estimate) == pytest.approx(6.07, abs=0.01)
    assert marks.high == 7


def test_the_mean_hides_no_run() -> None:
    lines = nines(runs({"a": [0.99, 0.98, 0.99, 0.97]}, AVAILABLE), AVAILABLE).axes[0].lines
    dots = [y for line in lines if line.get_marker() == "o" for y in line.get_ydata()]
    mean = next(line.get_ydata()[0] for line in lines if line.get_marker() == "D")

    assert mean - max(dots) > 0.12  # of a row's 1.05 inches: half a diamond and half a dot


@pytest.mark.parametrize("least", [0.5, 0.98, 0.9995])
def test_what_is_said_of_runs_without_downtime_covers_no_label_of_the_scale(least: float) -> None:
    figure = nines(runs({"a": [least, 1.0]}, AVAILABLE, duration_s=YEAR), AVAILABLE)
    figure.canvas.draw()
    ax = figure.axes[0]
    told = next(text for text in ax.texts if text.get_text().startswith("no downtime"))
    label = ax.child_axes[0].get_xticklabels()[-1].get_window_extent()

    assert not told.get_window_extent().overlaps(label)
    assert told.get_window_extent().x1 <= figure.bbox.x1


def test_what_is_no_availability_is_refused() -> None:
    with pytest.raises(ValueError, match="no availability"):
        nines_marks(runs({"a": [30.0]}, AVAILABLE), AVAILABLE)


# -- which pictures a sweep has ----------------------------------------------------------------------------------


def test_a_sweep_over_two_settings_has_curves_nines_and_heat_maps(tmp_path: pytest.TempPathFactory) -> None:
    frame = grid(["15s", "30s"], ["5s", "10s"])
    swept = [column for column in frame.columns if column.startswith("systems.")]
    names = [name for name, _ in sweep_pictures(frame, swept)]

    assert names == [
        "ecdf-shop-unavailable_s",
        "ecdf-shop-lost",
        "nines-shop",
        "heatmap-shop-unavailable_s-ttl-loop_wait",
        "heatmap-shop-lost-ttl-loop_wait",
    ]


def test_a_sweep_shows_rto_and_rpo_of_each_system_that_has_them() -> None:
    frame = grid(["15s", "30s"], ["5s", "10s"])
    frame = frame.assign(
        **{
            "systems.pg.rto_s": frame["seed"] + 20.0,
            "systems.pg.rpo_s": [None, 0.5] * (len(frame) // 2),
            "systems.cache.rto_s": None,
        }
    )
    swept = [column for column in frame.columns if ".parameters." in column]
    names = [name for name, _ in sweep_pictures(frame, swept)]

    assert names[-3:] == ["ecdf-pg-rto_s", "ecdf-pg-rpo_s", "heatmap-pg-rto_s-ttl-loop_wait"]
    assert not any("cache" in name for name in names)


def test_variants_with_more_settings_than_one_picture_holds_have_a_picture_each() -> None:
    ttls = [f"{n}s" for n in (15, 20, 25, 30, 35)]
    frame = pd.concat([grid(ttls, ["5s"]), grid(ttls, ["5s"], variant="sync")])
    names = [name for name, _ in sweep_pictures(frame, ["systems.pg.parameters.ttl"])]

    assert names[:3] == ["ecdf-shop-unavailable_s-patroni", "ecdf-shop-lost-patroni", "nines-shop-patroni"]


def test_pictures_are_written_twice_and_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    frame = grid(["15s"], ["5s"])
    first = {path.name: path.read_bytes() for path in write_sweep_pictures(tmp_path, frame)}
    again = {path.name: path.read_bytes() for path in write_sweep_pictures(tmp_path, frame)}

    assert sorted(first) == sorted(again)
    assert "nines-shop.svg" in first
    assert first == again


def test_slides_and_pictures_in_chinese_lie_beside_those_for_paper(tmp_path: Path) -> None:
    frame = grid(["15s"], ["5s"])
    paper = {path: path.read_bytes() for path in write_sweep_pictures(tmp_path, frame)}
    slides = write_sweep_pictures(tmp_path, frame, theme="slides")
    with speaking("zh"):
        chinese = write_sweep_pictures(tmp_path, frame, theme="slides")
    assert {"nines-shop-slides.png"} < {path.name for path in slides}
    assert {"nines-shop-slides-zh.png"} < {path.name for path in chinese}
    assert {path: path.read_bytes() for path in paper} == paper
