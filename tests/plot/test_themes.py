"""Themes and axes: what a picture needs, what fits, and that letters stay large and apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import made_traces as made
import pytest
from matplotlib.figure import Figure

from statesim import plot
from statesim.api import Result
from statesim.errors import StatesimError
from statesim.views.canvas import fitting
from statesim.views.compare_rows import KEY, rows
from statesim.views.fewer import SMALL, fitted
from statesim.views.fonts import chosen, likely
from statesim.views.marks import timeline_marks
from statesim.views.style import SLIDE, THEMES, severity_ink
from statesim.views.timeline_layout import layout_of

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

RUNS = made.five_variants()
WIDE, HIGH = THEMES["slides"].width, THEMES["slides"].width * 9 / 16


def boxes(axes: Axes) -> list[tuple[str, Bbox]]:
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    texts = [*axes.texts, *figure.texts, *axes.get_xticklabels()]
    return [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]


PAIRS = [RUNS[-1:], RUNS[-2:], [RUNS[0], RUNS[-1]], [made.partition()]]


@pytest.mark.parametrize("runs", PAIRS, ids=["one", "two", "deployment", "partition"])
def test_letters_on_a_slide_can_be_read_from_the_back_row(runs: list) -> None:
    axes = plot.timeline(Result(runs), theme="slides")
    figure = axes.get_figure(root=True)
    assert figure is not None
    width, height = figure.get_size_inches()
    assert height / width == pytest.approx(9 / 16)
    grown = SLIDE / width
    texts = [*axes.texts, *axes.get_xticklabels()]
    sizes = {text.get_text(): text.get_fontsize() * grown for text in texts if text.get_text()}
    numbers = {text: sizes.pop(text) for text in list(sizes) if text.isdecimal()}
    assert min(sizes.values()) >= 24 * SMALL - 0.7  # a step of zoom
    assert min(numbers.values()) >= 17  # in their discs


@pytest.mark.parametrize("runs", PAIRS[1:3], ids=["two", "deployment"])
def test_a_slide_of_two_variants_has_the_pods_that_change_with_a_key_and_names_the_others(runs: list) -> None:
    whole, marks = timeline_marks(runs), fitted(timeline_marks(runs), WIDE, HIGH)
    for before, now in zip(whole.panels, marks.panels, strict=True):
        there = [lane.label for lane in now.lanes if lane.group == "pod"]
        pods = [lane for lane in before.lanes if lane.group == "pod"]
        changed = [lane.label for lane in pods if lane.wide[-1].start >= 60 or lane.narrow[-1].start >= 60]
        assert changed
        assert set(changed) <= set(there)
        assert now.strips[:1] == before.strips[:1]
        gone = {lane.label for lane in pods} - set(there)
        assert [name for name in gone if name not in marks.left_out] == []
    layout = layout_of(marks, WIDE / SMALL, few=True)
    assert layout.total(marks) <= HIGH / SMALL
    words = [entry.word for entry in layout.legend(marks)]
    assert {"Narrow: Kubernetes says", "Ready", "not Ready", "Terminating", "outage"} <= set(words)


@pytest.mark.filterwarnings("ignore:.*cannot be read")
@pytest.mark.parametrize("theme", ["paper", "slides"])
@pytest.mark.parametrize("size", [(16, 9), (5, 4)], ids=str)
def test_a_picture_stays_within_the_axes_that_it_is_given(theme: str, size: tuple[int, int]) -> None:
    figure = Figure(figsize=size)
    axes = figure.add_axes((0.1, 0.2, 0.8, 0.7))
    whole = axes.get_window_extent().frozen()
    assert plot.timeline(Result(RUNS[-2:]), ax=axes, theme=theme) is axes
    tolerated = 0.02 * whole.width  # the last label of the time axis stands half beside it
    for words, box in boxes(axes):
        assert whole.x0 - tolerated <= box.x0, words
        assert box.x1 <= whole.x1 + tolerated, words
        assert whole.y0 - 2 <= box.y0, words
        assert box.y1 <= whole.y1 + 2, words


def test_rows_of_five_variants_on_a_slide_can_be_read_and_no_word_is_cut() -> None:
    names = [
        "Deployment, emptyDir",
        "Deployment, one ReadWriteOnce claim",
        "StatefulSet, one replica",
        "b",
        "c",
    ]
    runs = {name: {seed: {"clients.shop.lost": 200 + seed} for seed in range(9)} for name in names}
    figure = rows(runs, "clients.shop.lost", theme="slides")
    texts = [*figure.texts, *figure.axes[0].texts, *figure.axes[0].get_xticklabels()]
    told = {text.get_text(): text.get_fontsize() * SLIDE / THEMES["slides"].width for text in texts}
    assert set(names) <= set(told)
    assert {"◆ 204", KEY} <= set(told)
    assert min(told.values()) >= 22


def test_rows_that_have_no_room_on_a_slide_are_named_and_pods_go_last() -> None:
    marks = fitted(timeline_marks(RUNS[-1:]), WIDE, HIGH - 0.75)
    assert {lane.group for panel in marks.panels for lane in panel.lanes} == {"pod"}
    assert marks.left_out == "not shown: disk data-pg-0, node n-a-1"
    paper = timeline_marks(RUNS[-1:])
    assert fitted(paper, 30, 30).panels[0].lanes == paper.panels[0].lanes


def test_of_pods_those_that_never_change_go_first_and_it_is_said_what_they_were() -> None:
    marks = fitted(timeline_marks(RUNS[-2:-1]), WIDE, HIGH - 1.2)
    assert [lane.label for lane in marks.panels[0].lanes] == ["pg-0", "pg-1"]
    assert marks.left_out.startswith("not shown: pg-2 (replica all along), disk data-pg-0")
    least = fitted(timeline_marks(RUNS[-2:-1]), WIDE, 1.0)
    assert least.panels[0].lanes == ()
    assert len(least.panels[0].strips) == 1
    assert "pg-2 (replica all along)" in least.left_out


def test_a_slide_lists_what_happened_once_with_one_number_for_the_same_in_both_panels() -> None:
    stories = []
    for name, times in (("one", (20, 50)), ("two", (20, 40))):
        story = made.Story(name, 100)
        story.nodes()
        for number, at in enumerate(times, start=1):
            story.say(at, f"Fault/{number}-patch", "Started", do="patch", label=f"edit at {at}")
        stories.append(story.record())
    whole = timeline_marks(stories)
    assert whole.verticals == ()
    marks = fitted(whole, WIDE, 1.5)
    assert [(each.number, each.label) for each in marks.verticals] == [
        (1, "edit at 20"), (2, "edit at 40"), (3, "edit at 50"),
    ]  # fmt: skip
    assert [[each.number for each in panel.verticals] for panel in marks.panels] == [[1, 3], [1, 2]]
    layout = layout_of(marks, WIDE, few=True)
    assert [layout.badged(marks, number) for number in range(2)] == [True, True]


def test_what_is_said_on_a_slide_is_said_once() -> None:
    (panel,) = fitted(timeline_marks(RUNS[-1:]), WIDE, HIGH).panels
    told = [text.get_text() for text in plot.timeline(Result(RUNS[-1:]), theme="slides").texts]
    assert told.count(panel.outcome) + sum(panel.outcome.startswith(line) for line in told) >= 1
    assert not [words for words in told if words.startswith("no writes for") and words not in panel.outcome]
    assert "primary" in told  # on its bar, and so not in the legend
    assert told.count("primary") < 3


@pytest.mark.parametrize(("high", "zoom"), [(10.0, 1.0), (5.0, 0.5), (2.0, 0.2)])
def test_a_picture_becomes_as_small_as_it_must_and_no_smaller(high: float, zoom: float) -> None:
    found = fitting(20.0, high, lambda _: 10.0)
    assert found * 10.0 <= high + 1e-6
    assert found == pytest.approx(zoom, rel=0.04)


def test_an_unknown_theme_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean slides"):
        plot.timeline(Result(RUNS[-1:]), theme="slide")


def test_the_font_for_chinese_is_one_that_is_there() -> None:
    assert chosen({"DejaVu Sans", "WenQuanYi Zen Hei", "Noto Sans CJK SC"}) == ("Noto Sans CJK SC",)
    assert chosen({"DejaVu Sans"}) == ()
    there = ["/f/wqy/wqy-zenhei.ttc", "/f/DejaVuSans.ttf", "/f/NotoSansCJK-Regular.ttc", "/f/msyhbd.ttc"]
    assert likely(there) == ["/f/NotoSansCJK-Regular.ttc", "/f/msyhbd.ttc", "/f/wqy/wqy-zenhei.ttc"]


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_chinese_titles_are_drawn_without_a_warning_whatever_fonts_there_are(
    kind: str, tmp_path: Path
) -> None:
    run = replace(made.statefulset(duration_s=150), title="有状态副本集，一个副本")
    for name in ("one", "two"):
        plot.save(plot.timeline(Result([run]), theme="slides"), tmp_path / f"{name}.{kind}")
    assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()


def test_a_picture_is_refused_by_its_ending_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(StatesimError, match=r"\.svg, \.png, \.pdf"):
        plot.save(plot.timeline(Result(RUNS[-1:])), tmp_path / "x.gif")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_is_answered_with_what_to_do() -> None:
    with pytest.raises(StatesimError, match=r"a dict is no run: give a Result"):
        plot.timeline({})  # type: ignore[arg-type]
    with pytest.raises(StatesimError, match=r"a Result is not many runs: give what statesim\.sweep"):
        plot.ecdf(Result(RUNS[-1:]))  # type: ignore[arg-type]
    with pytest.raises(StatesimError, match="say which of"):
        plot.topology(Result(RUNS), at=60)


@pytest.mark.parametrize("level", ["good", "hurt", "bad", ""])
@pytest.mark.parametrize("theme", THEMES)
def test_words_can_be_read_on_their_ground(level: str, theme: str) -> None:
    """Contrast of large letters, 3:1 (WCAG 2.1, 1.4.3)."""

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    ink, band = light(severity_ink(level, THEMES[theme])), light(THEMES[theme].band)
    assert (max(ink, band) + 0.05) / (min(ink, band) + 0.05) >= 3
