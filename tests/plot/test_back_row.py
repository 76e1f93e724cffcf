"""Every kind of picture of a run on a slide: its smallest letters can be read from the back row."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection

import statesim
from statesim import plot
from statesim.analysis.states import state_at
from statesim.views.heatmap import heatmap
from statesim.views.nines import draw_axes
from statesim.views.nines_marks import nines_marks
from statesim.views.speech import drawn_in
from statesim.views.style import SLIDE, figure_of
from statesim.views.topology_columns import slide_of
from tests.views.sweeps import AVAILABLE, OUT, TTL, WAIT, grid, runs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

# points on a slide of the smallest letters; the nominal size is 24
LEAST_PT = {"timeline": 21, "roles": 21, "sessions": 21, "drift": 21, "lamport": 21, "topology": 20}
MANY_PT = 21
# scenario, variant, an instant at which something differs
RUNS = {
    "pg-node-crash": ("patroni-async", "90s"),
    "web-rolling-update": ("no-pause", "36s"),
    "galera-bootstrapped-twice": ("wrong-member", "4m"),
    "galera-rollout": ("emptydir", "3m"),
    "patroni-partitioned": ("asynchronous", "90s"),
    "drain-blocked": ("crash-loop", "3m"),
    "cassandra-back-too-late": ("four-hours-quorum", "1h"),
}


@pytest.fixture(scope="module", params=RUNS)
def ran(request: pytest.FixtureRequest) -> tuple[statesim.Result, str]:
    variant, at = RUNS[request.param]
    return statesim.run(request.param, variants=[variant]), at


def written(axes: Axes) -> list[Text]:
    """Return all words of a picture."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    texts = [*figure.texts]
    for each in [one for axes in figure.axes for one in (axes, *axes.child_axes)]:
        texts += [*each.texts, *(each.get_xticklabels() + each.get_yticklabels() if each.axison else ())]
    return [text for text in texts if text.get_text().strip()]


def outside(axes: Axes) -> list[str]:
    """Return the words that leave the picture."""
    texts = written(axes)
    whole = figure_of(axes).bbox
    boxes = [(text.get_window_extent(), text.get_text()) for text in texts]
    return [
        words
        for box, words in boxes
        if min(box.x0, box.y0) < whole.x0 - 2 or box.x1 > whole.x1 + 2 or box.y1 > whole.y1 + 2
    ]


def smallest(axes: Axes) -> tuple[float, str]:
    """Return the points that the smallest letters have where the picture fills a slide, and what they say."""
    texts = written(axes)
    grown = SLIDE / figure_of(axes).get_figwidth()
    told = [(text.get_fontsize() * grown, text.get_text()) for text in texts]
    return min(each for each in told if not each[1].isdecimal())  # numbers stand in discs


@pytest.mark.parametrize(
    ("theme", "language"), [("slides", "en"), ("slides", "zh"), ("slides-dark", "en")], ids=str
)
@pytest.mark.parametrize("kind", LEAST_PT)
def test_the_smallest_letters_of_a_slide_can_be_read_from_the_back_row(
    ran: tuple[statesim.Result, str], kind: str, theme: str, language: str
) -> None:
    result, at = ran
    more = {"at": at} if kind == "topology" else {}
    axes = getattr(plot, kind)(result, theme=theme, language=language, **more)
    wide, high = figure_of(axes).get_size_inches()
    assert high / wide == pytest.approx(9 / 16)
    assert outside(axes) == []
    points, words = smallest(axes)
    assert points >= LEAST_PT[kind], words


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("count", [1, 3, 5, 10, 14])
def test_nines_on_a_slide_can_be_read_and_those_without_room_are_named(count: int, language: str) -> None:
    values = {
        f"variant-{chr(97 + n)}": [0.999, 0.9995 + n / 30000, 1.0 if n else 0.9991] for n in range(count)
    }
    with drawn_in(language):
        axes = draw_axes(nines_marks(runs(values, AVAILABLE), AVAILABLE), theme="slides")
    points, words = smallest(axes)
    assert points >= MANY_PT, words
    shown = [text.get_text() for text in axes.texts if text.get_text() in values]
    figure = axes.get_figure(root=True)
    assert figure is not None
    told = " ".join(text.get_text() for text in figure.texts)
    assert shown == list(values)[: len(shown)]
    assert len(shown) >= min(count, 8)
    assert [name for name in values if name in told] == list(values)[len(shown) :]


@pytest.fixture(scope="module")
def compared() -> statesim.Comparison:
    return statesim.compare("pg-node-crash", seeds=2, jobs=1, variants=["statefulset", "patroni-async"])


@pytest.mark.parametrize(
    ("theme", "language"), [("slides", "en"), ("slides", "zh"), ("slides-dark", "en")], ids=str
)
@pytest.mark.parametrize("kind", ["ecdf", "nines", "compare"])
def test_slides_of_many_runs_can_be_read_from_the_back_row(
    compared: statesim.Comparison, kind: str, theme: str, language: str
) -> None:
    points, words = smallest(getattr(plot, kind)(compared, theme=theme, language=language))
    assert points >= MANY_PT, words


@pytest.mark.parametrize(("theme", "language"), [("slides", "en"), ("slides-dark", "zh")], ids=str)
@pytest.mark.parametrize(("names", "columns", "rows"), [("a", 3, 3), ("ab", 5, 3), ("abcd", 5, 4)])
def test_a_map_of_two_settings_on_a_slide_can_be_read_and_variants_without_room_are_named(
    names: str, columns: int, rows: int, theme: str, language: str
) -> None:
    ttls, waits = [f"{15 * n}s" for n in range(1, columns + 1)], [f"{5 * n}s" for n in range(1, rows + 1)]
    frame = pd.concat([grid(ttls, waits, variant=f"variant-{name}") for name in names])
    figure = heatmap(frame, OUT, TTL, WAIT, theme=theme, language=language)
    wide, high = figure.get_size_inches()
    assert high / wide == pytest.approx(9 / 16)
    axes = figure.axes[0]
    assert outside(axes) == []
    points, words = smallest(axes)
    assert points >= MANY_PT, words
    told = [text.get_text() for text in written(axes)]
    assert {*ttls, *waits, "ttl", "loop_wait"} <= set(told)
    if len(names) > 1:
        assert [f"variant-{name}" for name in names if f"variant-{name}" not in " ".join(told)] == []
    boxes = [(text.get_window_extent(), text.get_text()) for text in written(axes)]
    for (one, said), (other, beside) in combinations(boxes, 2):
        covered = min(one.x1, other.x1) - max(one.x0, other.x0), min(one.y1, other.y1) - max(one.y0, other.y0)
        assert min(covered) <= 0.035 * figure.dpi, (said, beside)


@pytest.mark.parametrize(
    ("language", "told", "never"),
    [("en", "Runs of 20 min with failures in them: no forecast of a year.", " a year"), ("zh", "", "每年")],
)
def test_a_slide_of_nines_says_nothing_of_a_year_where_runs_are_short(
    compared: statesim.Comparison, language: str, told: str, never: str
) -> None:
    axes = plot.nines(compared, theme="slides", language=language)
    words = [text.get_text() for text in written(axes)]
    assert not told or told in words
    assert [each for each in words if never in each and each != told] == []
    assert "down in 20 min" in words or "20 分钟中的停机时间" in words
    downs = re.findall(r"down (\d+) min (\d+) s", " ".join(words))
    assert all(60 * int(minutes) + int(s) <= 20 * 60 for minutes, s in downs)
    year = 365 * 24 * 3600
    long = runs({"a": [0.999] * 3, "b": [0.9999] * 3}, AVAILABLE)
    whole = draw_axes(nines_marks(long, AVAILABLE, duration_s=year), theme="slides")
    assert "99.900 %, down 8 h 46 min a year" in [text.get_text() for text in whole.texts]


def ink(axes: Axes, only: Text) -> tuple[float, float]:
    """Return the lowest and highest dots that a text has when everything else is hidden."""
    figure = figure_of(axes)
    for each in figure.findobj(Artist):
        each.set_visible(each is figure or each is axes or each is only)
    axes.set_axis_off()
    figure.set_dpi(200)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    dots = np.asarray(canvas.buffer_rgba())
    rows = np.flatnonzero((dots[..., 3] > 40).any(axis=1))  # what is hidden leaves no paper either
    return dots.shape[0] - 1 - float(rows.max()), dots.shape[0] - float(rows.min())


@pytest.mark.parametrize(("language", "theme"), [("en", "slides-dark"), ("zh", "slides")])
@pytest.mark.parametrize("kind", ["roles", "timeline"])
def test_letters_lie_on_their_bars_with_their_tails_and_all_strokes(
    kind: str, language: str, theme: str
) -> None:
    result = statesim.run("pg-node-crash", variants=["patroni-async"])
    axes = getattr(plot, kind)(result, window=("50s", "2m"), theme=theme, language=language)
    written(axes)
    figure_of(axes).set_dpi(200)
    bars = [
        path.get_extents(axes.transData)
        for each in axes.collections
        if isinstance(each, PolyCollection)
        for path in each.get_paths()
    ]
    words = [text for text in axes.texts if text.get_zorder() == 5]
    assert len(words) > 1
    for text in words:
        x, y = axes.transData.transform(text.get_position())
        on = [bar for bar in bars if bar.x0 <= x <= bar.x1 and bar.y0 <= y <= bar.y1]
        low, high = ink(axes, text)
        assert [bar for bar in on if bar.y0 - 1 <= low and high <= bar.y1 + 1], text.get_text()


def test_on_a_slide_of_an_instant_the_dead_and_the_not_ready_come_before_what_is_as_usual() -> None:
    (record,) = statesim.run("galera-bootstrapped-twice", variants=["wrong-member"]).records
    state = state_at(record.events, record.instant("4m"))
    assert [each.troubled for each in slide_of(state).columns] == [True] * 3
    (record,) = statesim.run("web-rolling-update", variants=["no-pause"]).records
    state = state_at(record.events, record.instant("36s"))
    well = replace(next(pod for pod in state.pods.values() if pod.api == "ready"), truth="serving")
    dead = [f"x-{n}" for n in range(4)]
    pods = {f"a-{n}": replace(well, name=f"a-{n}") for n in range(9)}
    pods |= {name: replace(well, name=name, truth="dead", api="not-ready") for name in dead}
    shown = slide_of(replace(state, pods=pods, sessions={}, volumes={}))
    assert {each.name for each in shown.columns} >= {*dead}
    assert len(shown.columns) < len(pods)


@pytest.mark.parametrize(
    ("language", "keys"),
    [("en", ("Dotted: sessions.", "Solid: where a Service leads.")), ("zh", ("点线：会话。", "实线："))],
)
def test_a_slide_of_an_instant_explains_its_lines_where_it_has_them(
    language: str, keys: tuple[str, ...]
) -> None:
    result = statesim.run("pg-node-crash", variants=["patroni-async"])
    axes = plot.topology(result, "90s", theme="slides", language=language)
    told = " ".join(text.get_text() for text in axes.texts)
    assert [key for key in keys if key not in told] == []
    before = plot.topology(result, "0s", theme="slides", language=language)
    assert keys[0] not in " ".join(text.get_text() for text in before.texts)


def test_a_slide_has_in_its_key_what_starts_where_that_can_be_seen() -> None:
    result = statesim.run("pg-node-crash", variants=["patroni-async"])
    for window, drawn in (None, True), (("50s", "2m"), False):
        axes = plot.timeline(result, theme="slides", window=window)
        assert ("starting" in [text.get_text() for text in axes.texts]) is drawn


def test_a_slide_of_an_instant_says_which_machines_and_pods_it_has_no_room_for(
    ran: tuple[statesim.Result, str],
) -> None:
    result, at = ran
    (record,) = result.records
    state = state_at(record.events, record.instant(at))
    shown = slide_of(state)
    assert {each.node for each in shown.columns if each.node} <= {pod.node for pod in state.pods.values()}
    for name in state.nodes:
        busy = any(pod.node == name for pod in state.pods.values())
        assert busy or name in shown.left_out or "idle machine" in shown.left_out
    if len(shown.columns) < len(state.pods):
        assert "not shown" in shown.left_out
