"""Every kind of picture stays within axes that are given, and no word of it covers another."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import statesim
from statesim import plot
from statesim.views.legend import WORD, entries
from statesim.views.letters import inches
from statesim.views.sizes import PAPER, SLIDE
from statesim.views.style import LOOKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

    from statesim.api import Result
    from statesim.compared import Comparison

GRIDS = [
    ("paper", (12, 6.5), (1, 2)),
    ("paper", (16, 9), (2, 2)),
    ("paper", (16, 4), (1, 4)),
    ("slides", (16, 9), (2, 2)),
]
KINDS = ("timeline", "roles", "sessions", "drift", "lamport", "topology", "ecdf", "nines", "compare")
MORE: dict[str, dict[str, Any]] = {
    "topology": {"at": "90s", "variant": "patroni-sync"},
    "lamport": {"variant": "patroni-sync"},
    "timeline": {"drift": True},
}
VARIANTS = ["patroni-sync", "patroni-async"]


@pytest.fixture(scope="module")
def result() -> Result:
    return statesim.run("pg-node-crash", variants=VARIANTS)


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return statesim.compare("pg-node-crash", seeds=2, jobs=1, variants=VARIANTS)


def drawn(figure: Figure, others: list[Axes]) -> list[tuple[object, Bbox]]:
    """Return what is drawn beside the other axes, and where."""
    figure.draw_without_rendering()
    strange = {id(each) for axes in others for each in axes.findobj()} | {id(figure), id(figure.patch)}
    shown = [each for each in figure.findobj() if id(each) not in strange and each.get_visible()]
    boxes = [(each, each.get_tightbbox()) for each in shown if not isinstance(each, Text) or each.get_text()]
    return [(each, box) for each, box in boxes if box is not None and box.width > 0 and box.height > 0]


@pytest.mark.filterwarnings("ignore:.*cannot be read")
@pytest.mark.parametrize(("theme", "size", "grid"), GRIDS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_leaves_its_neighbours_alone(
    kind: str,
    size: tuple[float, float],
    grid: tuple[int, int],
    theme: str,
    result: Result,
    compared: Comparison,
) -> None:
    figure = Figure(figsize=size)
    axes, *others = figure.subplots(*grid, squeeze=False).flat
    whole = axes.get_window_extent().frozen()
    draw: Callable[..., Axes] = getattr(plot, kind)
    draw(compared if kind in KINDS[-3:] else result, ax=axes, theme=theme, **MORE.get(kind, {}))
    found = drawn(figure, others)
    for each, box in found:
        assert whole.x0 - 2 <= box.x0, each
        assert box.x1 <= whole.x1 + 2, each
        assert whole.y0 - 2 <= box.y0, each
        assert box.y1 <= whole.y1 + 2, each
    words = [(each.get_text(), box) for each, box in found if isinstance(each, Text)]
    assert words
    for (one, box), (other, beside) in combinations(words, 2):
        wide = min(box.x1, beside.x1) - max(box.x0, beside.x0)
        high = min(box.y1, beside.y1) - max(box.y0, beside.y0)
        assert wide <= 2 or high <= 3, (one, other)


COLUMN, WIDE = (3.4, 2.4), (6.5, 3.5)  # inches: one column of a paper, and two


def least(axes: Axes) -> float:
    """Return the points of the smallest letters, but for the numbers in discs."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    texts = [*figure.texts, *axes.texts, *axes.get_xticklabels()]
    return min(float(x.get_fontsize()) for x in texts if x.get_text() and not x.get_text().isdecimal())


@pytest.mark.parametrize("size", [COLUMN, WIDE], ids=str)
@pytest.mark.parametrize("kind", ["timeline", "topology", "lamport"])
def test_letters_too_small_to_read_are_told_with_a_size_that_is_large_enough(
    kind: str, size: tuple[float, float], result: Result
) -> None:
    one, more = result.variants["patroni-async"], {"at": "90s"} if kind == "topology" else {}
    draw: Callable[..., Axes] = getattr(plot, kind)
    with pytest.warns(UserWarning, match=rf"^{kind}: letters of .* cannot be read.*theme=\"slides\"") as told:
        draw(one, ax=Figure(figsize=size).add_axes((0, 0, 1, 1)), **more)
    (large,) = re.findall(r"6 pt take ([\d.]+) x ([\d.]+)", str(told[0].message))
    enough = tuple(float(each) + 0.35 for each in large)
    assert least(draw(one, ax=Figure(figsize=enough).add_axes((0, 0, 1, 1)), **more)) >= 6  # and no warning


@pytest.mark.parametrize("kind", ["timeline", "roles", "sessions", "lamport"])
def test_a_column_of_a_paper_has_room_for_what_a_slide_says(kind: str, result: Result) -> None:
    axes = Figure(figsize=COLUMN).add_axes((0, 0, 1, 1))
    getattr(plot, kind)(result.variants["patroni-async"], ax=axes, theme="slides")
    assert least(axes) >= 6


def test_two_low_pictures_share_a_slide_and_can_be_read(result: Result) -> None:
    figure = Figure(figsize=(13.33, 7.5))
    for bottom, kind in ((0.5, "roles"), (0.0, "sessions")):
        axes = figure.add_axes((0, bottom, 1, 0.5))
        one = result.variants["patroni-async"]
        getattr(plot, kind)(one, window=("50s", "2m"), ax=axes, theme="slides")
        assert least(axes) >= 20


def test_a_distribution_fills_flat_axes(compared: Comparison) -> None:
    """Axes a little flatter than the picture: its letters are as large as the height allows."""
    figure = Figure(figsize=(16, 9))
    axes = plot.ecdf(compared, ax=figure.add_subplot())
    assert min(float(text.get_fontsize()) for text in axes.texts) > 8


@pytest.mark.parametrize("width", [3.0, 5.0, 7.5, 15.5])
@pytest.mark.parametrize("few", [True, False])
def test_a_legend_keeps_to_its_width_and_no_entry_covers_another(width: float, few: bool) -> None:
    used = [(table, kind) for table, looks in LOOKS.items() for kind in looks]
    lines: dict[int, list[tuple[float, float]]] = {}
    for entry in entries(used, width, few=few, more="not shown: 12 disks, 3 nodes, 14 pods"):
        begin = entry.x + (WORD if entry.look else 0)
        end = begin + inches(entry.word, (SLIDE if few else PAPER).legend_pt, bold=entry.bold)
        lines.setdefault(entry.line, []).append((entry.x, end))
    assert sorted(lines) == list(range(len(lines)))
    for places in lines.values():
        assert all(left[1] < right[0] for left, right in pairwise(places))
        assert max(end for _, end in places) <= width


def test_a_legend_with_room_beside_its_headings_uses_it() -> None:
    looks = {("drift", kind) for kind in list(LOOKS["drift"])[:2]}
    assert {entry.line for entry in entries(looks, 15.5)} == {0}
    assert {entry.line for entry in entries(looks, 6.0)} == {0, 1, 2}
