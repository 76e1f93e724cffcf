from __future__ import annotations

from math import inf

import pytest
from matplotlib.figure import Figure

from statesim.views.ecdf import arrows, distribution, draw, ecdf_marks
from statesim.views.ecdf_curves import labels
from statesim.views.labelling import Room, places
from statesim.views.metric_words import metric_words
from statesim.views.series import MOST, ink_of, series
from statesim.views.style import THEMES
from statesim.views.value_axis import value_axis
from tests.views.sweeps import LOST, OUT, runs


def test_each_variant_is_a_curve_with_its_percentiles() -> None:
    marks = ecdf_marks(runs({"a": [1.0, 2, 3, 4], "b": [5.0, 5, 5, 5]}), OUT)

    assert [curve.name for curve in marks.curves] == ["a", "b"]
    assert marks.curves[0].steps.share == (0.25, 0.5, 0.75, 1)
    assert [each.estimate for each in marks.curves[0].percentiles] == [2, 4, 4]
    assert marks.curves[0].told[0] == "● p50 2.0 s*"
    assert marks.curves[1].told == ("always 5.0 s",)


@pytest.mark.parametrize("values", [[0, 1], [0, 0, 1, 1, 5, 7], list(range(30))])
def test_percentiles_are_values_that_were_seen_and_lie_on_their_curve(values: list[int]) -> None:
    curve = ecdf_marks(runs({"a": values}, LOST), LOST).curves[0]

    for share, each in zip((0.5, 0.95, 0.99), curve.percentiles, strict=True):
        step = curve.steps.x.index(each.estimate)
        assert each.estimate in values
        assert ((0.0, *curve.steps.share)[step]) < share <= curve.steps.share[step]


def test_curves_that_are_the_same_say_so_and_all_of_them_are_seen() -> None:
    marks = ecdf_marks(runs({"a": [1, 3], "b": [3, 1], "c": [1, 4]}, LOST), LOST)
    lines = list(distribution(runs({"a": [1, 3], "b": [3, 1]}, LOST), LOST).axes[0].lines)

    assert [curve.told[0] for curve in marks.curves] == ["● p50 1*", "same as a", "● p50 1*"]
    assert [curve.under for curve in marks.curves] == [1, 0, 0]
    widths = [line.get_linewidth() for line in lines if line.get_drawstyle() == "steps-post"]
    assert widths[0] > widths[1]


def test_curves_that_are_the_same_have_one_label_with_all_their_names() -> None:
    marks = ecdf_marks(runs({"a": [0, 0], "b": [0, 0], "c": [0, 0], "d": [0, 1]}, LOST), LOST)
    told = [[words for words, _, _ in lines] for lines in labels(marks.curves)]
    colours = [[look.colour for _, _, look in lines] for lines in labels(marks.curves)]
    drawn = [text.get_text() for text in draw(marks).axes[0].texts]

    assert told == [["a", "b", "c", "all 3 the same: always 0"], ["d", "● p50 0*", "■ p95 1*", "◆ p99 1*"]]
    assert colours[0] == [series(n).colour for n in (0, 1, 2, 0)]
    assert not any(words.startswith("same as") for words in drawn)


@pytest.mark.parametrize("metric", [LOST, OUT])
def test_where_all_is_0_its_marks_are_whole_and_the_axis_ends_at_one(metric: str) -> None:
    marks = ecdf_marks(runs({"a": [0, 0, 0]}, metric), metric)
    ax = draw(marks).axes[0]
    shown = [label.get_text() for label in ax.get_xticklabels()]

    assert marks.axis.low < 0
    assert marks.axis.high > 1
    assert shown[0].startswith("0")
    assert metric == OUT or shown == ["0", "1"]
    assert not any(line.get_clip_on() for line in ax.lines if line.get_marker() in ("o", "s", "D"))


def test_curves_that_nobody_can_tell_apart_have_one_label_which_tells_both_medians() -> None:
    slow = [300.0 + n for n in range(20)]
    near = {"a": [30.0 + n / 10 for n in range(20)], "b": [30.4 + n / 10 for n in range(20)], "far": slow}
    marks = ecdf_marks(runs(near), OUT)
    found = [(curve.same_as, curve.nearly) for curve in marks.curves]
    assert found == [(None, False), (0, True), (None, False)]
    told = [[words for words, _, _ in lines] for lines in labels(marks.curves, few=True)]
    assert told[0] == ["a", "b", "both nearly the same: ● p50 30.9 s, 31.3 s"]
    assert [lines[0] for lines in told] == ["a", "far"]
    alone = ecdf_marks(runs({name: near[name] for name in ("a", "b")}), OUT)
    assert [curve.same_as for curve in alone.curves] == [None, None]  # side by side they can be told apart


@pytest.mark.parametrize("values", [[1.0, 2.0, 9.0], [0.0, 0.3, 5.0, 900.0], [1.0, 40.0, 900.0]])
def test_a_place_on_the_axis_is_where_it_is_drawn(values: list[float]) -> None:
    axis = value_axis(values)
    ax = Figure().subplots()
    axis.set(ax, metric_words(OUT))
    for value in values:
        x, _ = ax.transAxes.inverted().transform(ax.transData.transform((value, 0.5)))
        assert axis.place(value) == pytest.approx(float(x), abs=1e-6)


def test_no_colour_comes_twice_in_a_picture() -> None:
    looks = [series(index) for index in range(MOST)]

    assert len({look.colour for look in looks}) == MOST
    assert len({ink_of(look, THEMES["dark"]) for look in looks}) == MOST


def test_no_label_covers_a_mark_of_another_curve() -> None:
    frame = runs({f"variant-{n}": [30.0 + 3 * n + k / 10 for k in range(40)] for n in range(8)})
    figure = distribution(frame, OUT)
    figure.canvas.draw()
    ax = figure.axes[0]
    boxes = [text.get_window_extent() for text in ax.texts if "p9" in text.get_text()]
    dots = [
        ax.transData.transform(line.get_xydata()[0])
        for line in ax.lines
        if line.get_marker() in ("o", "s", "D")
    ]

    assert len(boxes) == 16
    assert len(dots) == 24
    assert not any(box.contains(*dot) for box in boxes for dot in dots)


def test_arrows_of_curves_that_do_not_end_stand_beside_each_other() -> None:
    frame = runs({"a": [60.0, 60.0], "b": [60.0, 60.0], "c": [3.0, 60.0]})
    frame["clients.shop.out_at_end"] = [1, 1, 1, 1, 0, 1]
    marks = ecdf_marks(frame, OUT)
    places = [tuple(line.get_xydata()[0]) for line in draw(marks).axes[0].lines if line.get_marker() == ">"]

    assert arrows(marks.curves) == {0: 0, 1: 1, 2: 0}
    assert len(set(places)) == 3
    assert marks.curves[1].told == ("same as a",)


@pytest.mark.parametrize(
    ("metric", "said"),
    [(OUT, "Time without service, shop (s)"), (LOST, "Acknowledged writes lost, shop (how many)")],
)
def test_the_axis_is_named_in_words_with_its_unit_and_by_the_path_smaller(metric: str, said: str) -> None:
    ax = distribution(runs({"a": [3, 9]}, metric), metric).axes[0]
    path = next(text for text in ax.texts if text.get_text() == metric)

    assert ax.get_xlabel() == said
    assert path.get_fontsize() < ax.xaxis.label.get_fontsize()


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
