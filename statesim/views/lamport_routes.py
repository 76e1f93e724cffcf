"""Which way an arrow of a space-time diagram bends, so that it touches no mark but its own, and few words.

An arrow that touches a mark on its way reads as if it came from there: that is worse than a curve.
"""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from statesim.views.lamport_places import CONNECTS, DISC, high, is_bold, wide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.views.lamport import LamportMarks
    from statesim.views.lamport_places import Arranged, Place, Sizes

BENDS = (
    0.0,
    0.04,
    -0.04,
    0.08,
    -0.08,
    0.16,
    -0.16,
    0.26,
    -0.26,
    0.4,
    -0.4,
)  # of "arc3"
CLEAR = 0.13  # inches between an arrow and the middle of a mark that is not its own
_STEPS = 40  # points of an arrow that are looked at
_MARK, _WORDS, _BENT = 10.0, 0.25, 1.5  # what it costs to touch a mark; a point on words; to bend by an inch

Point = tuple[float, float]


def ends_of(marks: LamportMarks, at: Arranged, start: int, to: int) -> tuple[Point, Point]:
    """Return where an arrow begins and ends (inches from the upper left corner)."""
    begin = at.places[start].x, at.lines[marks.marks[start].line]
    if to < 0:
        return begin, (begin[0] + CONNECTS, at.lines[-1 - to])
    return begin, (at.places[to].x, at.lines[marks.marks[to].line])


def path(begin: Point, end: Point, bend: float) -> Iterator[Point]:
    """Yield points of an arrow that bends: a parabola, as matplotlib's ``arc3`` draws it."""
    (x0, y0), (x1, y1) = begin, end
    # upwards is negative here, and positive there
    x, y = (x0 + x1) / 2 - bend * (y1 - y0), (y0 + y1) / 2 + bend * (x1 - x0)
    for step in range(1, _STEPS):
        t = step / _STEPS
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        yield a * x0 + b * x + c * x1, a * y0 + b * y + c * y1


def bends(marks: LamportMarks, at: Arranged, sizes: Sizes) -> list[float]:
    """Return how each arrow bends; straight where nothing is in its way."""
    return [_bend(marks, at, sizes, start, to) for start, to, _ in marks.arrows]


def touched(marks: LamportMarks, at: Arranged, start: int, to: int, bend: float) -> list[int]:
    """Return the marks that an arrow touches on its way, by number."""
    begin, end = ends_of(marks, at, start, to)
    points = list(path(begin, end, bend))
    return [
        number
        for number, (mark, place) in enumerate(zip(marks.marks, at.places, strict=True))
        if number not in (start, to)
        and any(hypot(x - place.x, y - at.lines[mark.line]) < CLEAR for x, y in points)
    ]


def _bend(marks: LamportMarks, at: Arranged, sizes: Sizes, start: int, to: int) -> float:
    begin, end = ends_of(marks, at, start, to)
    length = hypot(end[0] - begin[0], end[1] - begin[1])
    if to >= 0 and begin[1] == end[1]:
        return 0.0
    words = [
        _box(place, at.lines[mark.line], sizes, bold=is_bold(mark))
        for mark, place in zip(marks.marks, at.places, strict=True)
    ]

    def cost(bend: float) -> float:
        within = sum(
            left < x < right and upper < y < lower
            for x, y in path(begin, end, bend)
            for left, upper, right, lower in words
        )
        return _MARK * len(touched(marks, at, start, to, bend)) + _WORDS * within + _BENT * abs(bend) * length

    return min(BENDS, key=cost)


def _box(place: Place, line: float, sizes: Sizes, *, bold: bool) -> tuple[float, float, float, float]:
    """Return where a mark's words are: left, upper, right, lower."""
    left, near = place.x + DISC, line + place.side * sizes.off
    far = near + place.side * high(place.words, sizes.word_pt)
    return left, min(near, far), left + wide(place.words, sizes.word_pt, bold=bold), max(near, far)
