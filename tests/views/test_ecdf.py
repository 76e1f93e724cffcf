from __future__ import annotations

from math import inf

import pytest

from statesim.views.ecdf import distribution, ecdf_marks
from statesim.views.labelling import Room, places
from statesim.views.series import series
from tests.views.sweeps import LOST, OUT, runs


def test_each_variant_is_a_curve_with_its_percentiles() -> None:
    marks = ecdf_marks(runs({"a": [1.0, 2, 3, 4], "b": [5.0, 5, 5, 5]}), OUT)

    assert [curve.name for curve in marks.curves] == ["a", "b"]
    assert marks.curves[0].steps.share == (0.25, 0.5, 0.75, 1)
    assert [each.estimate for each in marks.curves[0].percentiles] == pytest.approx([2.5, 3.85, 3.97])
    assert marks.curves[0].told[0] == "● p50 2.5 s*"
    assert marks.curves[1].told == ("always 5.0 s",)


def test_curves_differ_in_more_than_colour() -> None:
    looks = [series(index) for index in range(35)]

    assert len({(each.colour, str(each.dashes)) for each in looks}) == 35
    assert looks[0].dashes != looks[1].dashes


def test_a_percentile_without_an_upper_bound_is_marked_and_explained() -> None:
    few = ecdf_marks(runs({"a": [float(n) for n in range(50)]}), OUT)
    many = ecdf_marks(runs({"a": [float(n) for n in range(400)]}), OUT)

    assert few.curves[0].told[2].endswith("*")
    assert any("Too few runs" in note for note in few.notes)
    assert not many.curves[0].told[2].endswith("*")
    assert not any("Too few runs" in note for note in many.notes)


def test_what_was_not_over_keeps_the_curve_below_the_top() -> None:
    frame = runs({"a": [1.0, 2.0, 60.0, 60.0]})
    frame["clients.shop.out_at_end"] = [0, 0, 1, 1]
    curve = ecdf_marks(frame, OUT).curves[0]

    assert curve.steps.share[-1] == 0.5
    assert curve.open_ == 0.5
    assert curve.told[-1] == "not over in 50 %"
    assert curve.percentiles[1].estimate == inf


def test_what_was_over_in_no_run_is_said_and_drawn() -> None:
    frame = runs({"a": [60.0, 60.0], "b": [3.0, 4.0]})
    frame["clients.shop.out_at_end"] = [1, 1, 0, 0]
    marks = ecdf_marks(frame, OUT)

    assert marks.curves[0].told == ("not over in any run",)
    assert distribution(frame, OUT).axes[0].get_xlim()[1] > 4


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1.0, 2.0], "linear"), ([1.0, 90.0], "log"), ([0.0, 1.0, 90.0], "symlog"), ([0.0, 0.0], "linear")],
)
def test_the_axis_is_logarithmic_where_values_are_far_apart(values: list[float], scale: str) -> None:
    marks = ecdf_marks(runs({"a": values}, LOST), LOST)

    assert marks.axis.scale == scale
    assert marks.axis.low < marks.axis.high
    assert distribution(runs({"a": values}, LOST), LOST).axes[0].get_xscale() == scale


def test_the_band_lies_around_the_curve_on_the_axes() -> None:
    frame = runs({"a": [1.0, 2, 3, 4]})
    ax = distribution(frame, OUT).axes[0]
    band = ax.collections[-1].get_paths()[0].vertices

    assert band[:, 1].max() == 1
    assert band[:, 0].max() <= 4


def test_axes_have_units_and_the_title_says_whose_metric_it_is() -> None:
    figure = distribution(runs({"a": [60.0, 240.0]}), OUT)
    shown = [text.get_text() for text in figure.texts]

    assert "Time without service, shop" in shown
    assert all(label.get_text().endswith((" s", " min")) for label in figure.axes[0].get_xticklabels())


def test_more_curves_than_anybody_can_follow_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        ecdf_marks(runs({f"v{n}": [1.0] for n in range(9)}), OUT)


def test_a_metric_without_values_is_refused() -> None:
    with pytest.raises(ValueError, match="no run has a value"):
        ecdf_marks(runs({"a": [None, None]}), OUT)


def test_names_stand_over_no_other_name_and_no_curve() -> None:
    curves = [[(x, y / 10) for y in range(50)] for x in (1.0, 1.2, 6.0)]
    room = Room(0, 0, 10, 5)
    found = places(curves, [(2.0, 0.5)] * 3, room)

    assert not any(a.overlaps(b) for a in found for b in found if a is not b)
    assert all(room.left <= each.left and each.right <= room.right for each in found)
    assert not any(found[2].holds(point) for curve in curves for point in curve)
