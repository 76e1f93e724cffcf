"""Pictures: drawn once each; what is on them is tested as marks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import made_traces as made
import matplotlib as mpl
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from statesim.analysis.states import state_at
from statesim.views.placing import place
from statesim.views.style import CURVE, LOOKS, save
from statesim.views.timeline import timeline
from statesim.views.topology import topology

if TYPE_CHECKING:
    from pathlib import Path

    from statesim.analysis.record import RunRecord

RUNS = [*made.five_variants(), made.partition(), made.web_rollout()]


def test_the_same_run_gives_the_same_svg_byte_for_byte(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        save(timeline([made.patroni(duration_s=200)]), tmp_path / name)
    first = (tmp_path / "one.svg").read_bytes()
    assert first == (tmp_path / "two.svg").read_bytes()
    assert b"<svg" in first


def test_drawing_changes_no_global_setting(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    save(timeline(made.partition(), theme="dark"), tmp_path / "x.png", dpi=30)
    assert dict(mpl.rcParams) == before


def test_the_figure_grows_with_what_it_shows() -> None:
    one, five = timeline(made.statefulset()), timeline(made.five_variants())
    assert five.get_figheight() > 3 * one.get_figheight()
    assert five.get_figwidth() == one.get_figwidth()


def test_few_artists_draw_many_bars() -> None:
    axes = timeline(made.web_rollout()).axes[0]
    assert len(axes.collections) < 60


def test_a_timeline_can_be_drawn_into_given_axes() -> None:
    figure = Figure(figsize=(12, 5))
    axes = figure.add_axes((0.15, 0.2, 0.8, 0.7))
    assert timeline(made.statefulset(), ax=axes, window=(50, 200)) is figure
    assert axes.get_xlim() == (50, 200)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.variant)
def test_every_moment_can_be_drawn_with_all_machines_and_pods_by_name(run: RunRecord, tmp_path: Path) -> None:
    for t_us in (0, 61_000_000, round(run.duration_s * 1e6)):
        figure = topology(run, t_us)
        save(figure, tmp_path / "x.png", dpi=20)
        placed = place(state_at(run.events, t_us))
        pods = [name.removeprefix("pod/") for name in placed.at if name.startswith("pod/")]
        told = "\n".join(text.get_text() for text in figure.axes[0].texts)
        assert [name for name in (*placed.nodes, *pods) if name not in told] == []


def test_a_volume_lies_in_the_node_that_holds_it_and_a_waiting_pod_points_at_it() -> None:
    state = state_at(made.deployment_rwo().events, 500_000_000)
    placed = place(state)
    x, y, width, height = placed.nodes["n-a-1"]
    at = placed.at["volume/pvc-31f0"]
    assert x < at[0] < x + width
    assert y < at[1] < y + height
    edges = {frozenset((a, b)): data["kind"] for a, b, data in placed.graph.edges(data=True)}
    assert edges[frozenset(("volume/pvc-31f0", "pod/pg-54d7-m8c5t"))] == "waits"
    assert edges[frozenset(("volume/pvc-31f0", "pod/pg-54d7-7hw2z"))] == "attached"


def test_no_two_states_of_a_kind_look_alike() -> None:
    for table in LOOKS.values():
        looks = [(look.fill, look.hatch) for look in table.values()]
        assert len(set(looks)) == len(looks)


def test_words_on_a_short_outage_stand_above_the_curve_and_cover_none_of_it() -> None:
    figure = timeline(made.patroni())
    axes = figure.axes[0]
    (said,) = (text for text in axes.texts if text.get_text() == "no writes for 27.3 s")
    box = said.get_window_extent().transformed(axes.transData.inverted())
    fill = to_rgba(CURVE["answered"].fill)
    grey = [one for one in axes.collections if [tuple(rgba) for rgba in one.get_facecolor()] == [fill]]
    curve = max(grey, key=lambda one: len(one.get_paths()[0].vertices))  # the other is the legend's sample
    top = min(path.vertices[:, 1].min() for path in curve.get_paths())
    assert max(box.y0, box.y1) < top  # inches from the top of the axes


@pytest.mark.parametrize("theme", ["paper", "slides"])
def test_a_title_stands_over_the_panels_also_where_each_has_its_own_list_of_what_happened(theme: str) -> None:
    stories = []
    for number, at in enumerate((20, 30)):
        story = made.Story(f"story {number}", 100)
        story.nodes()
        story.say(at, "Fault/1-patch", "Started", do="patch", label="an edit")
        stories.append(story.record())
    figure = timeline(stories, theme=theme)
    figure.draw_without_rendering()
    texts = figure.axes[0].texts
    boxes = {text.get_text(): text.get_window_extent() for text in texts}
    title = stories[0].metadata.get("scenario_title", stories[0].scenario)
    assert boxes["story 0"].y1 <= boxes[title].y0
    assert boxes[title].y1 <= figure.bbox.y1


def test_words_wider_than_their_outage_point_at_it() -> None:
    (ax,) = timeline([made.patroni(duration_s=6000)]).axes
    tips = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "v"]
    (words,) = (text for text in ax.texts if text.get_text() == "no writes for 27.3 s")

    assert len(tips) == 1
    assert 0 < tips[0] - words.get_position()[0] < 60  # in the outage, which begins where the words do


def test_the_numbers_of_faults_hide_none_of_each_other() -> None:
    story = made.Story("crowded", 600)
    story.nodes()
    for number, at in enumerate((300, 300, 301, 302, 304), start=1):
        story.say(at, f"Fault/{number}-patch", "Started", do="patch", label=f"edit {number}")
    figure = timeline(story.record())
    figure.draw_without_rendering()
    axes = figure.axes[0]
    badges = [text for text in axes.texts if text.get_text() in "12345" and text.get_position()[1] > 0]
    boxes = sorted((text.get_bbox_patch().get_window_extent() for text in badges), key=lambda box: box.x0)
    assert len(boxes) == 5
    assert all(left.x1 <= right.x0 for left, right in pairwise(boxes))
