"""Where the events of a space-time diagram stand, and their words: no word covers another or an arrow's head.

Events stand in their order. Words stand right of their event, above its line; below it where its own arrow
leads upwards. What arrives at a line has room there for its head.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from statesim.views.letters import inches, wrapped
from statesim.views.sizes import BACK_ROW
from statesim.views.style import AXIS_PT, BAR_PT, LANE_PT, TITLE_PT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.views.lamport import LamportMarks, Mark

ABOVE, BELOW = -1, 1
EDGE = 0.3  # inches from the left edge to the first mark
GAP, HEAD = 0.18, 0.3  # inches after words to the next mark; to one at which an arrow arrives
DISC = 0.11
WORDS = (1.25, 1.8, 2.4, 3.2)  # inches of words in a line: the first at which two lines are enough
ORPHAN = 2  # so few letters do not stand alone in the second line
CONNECTS = 0.22  # inches to the right that the end of a session's arrow lies
_COMMA = "\N{FULLWIDTH COMMA}"  # Chinese lines may end between any two characters
_WIDER = 1.04  # letters that are drawn are a little wider than their outlines
_LINE = 1.16 / 72  # inches of height of a line of words, a point


@dataclass(frozen=True, slots=True)
class Sizes:
    """Points of letters, and inches of what holds them.

    Attributes
    ----------
    title_pt, name_pt, word_pt, axis_pt, note_pt
        Letters of: the title, names of lines, words of events, times, what is said at the foot.
    edge
        Beside everything.
    title, top, foot, note
        The title's middle; above the first line's words; times; each line at the foot.
    row
        From line to line at least.
    off, head
        From a line to its words; what an arrow's head needs at a line.
    step
        Between two events at least.
    """

    title_pt: float
    name_pt: float
    word_pt: float
    axis_pt: float
    note_pt: float
    edge: float
    title: float
    top: float
    foot: float
    note: float
    row: float
    off: float
    head: float
    step: float


PAPER = Sizes(
    title_pt=TITLE_PT + 2, name_pt=LANE_PT, word_pt=BAR_PT, axis_pt=AXIS_PT, note_pt=BAR_PT,
    edge=0.2, title=0.36, top=0.68, foot=0.5, note=0.22, row=0.72, off=0.1, head=0.24, step=0.42,
)  # fmt: skip
SLIDE = Sizes(
    title_pt=13.6, name_pt=BACK_ROW, word_pt=BACK_ROW, axis_pt=BACK_ROW, note_pt=BACK_ROW,
    edge=0.12, title=0.18, top=0.34, foot=0.34, note=0.2, row=0.3, off=0.07, head=0.2, step=0.3,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mark stands (inches from the left), its words in lines, and whether they are above or below."""

    x: float
    words: tuple[str, ...]
    side: int = ABOVE


@dataclass(frozen=True, slots=True)
class Arranged:
    """A whole picture, in inches.

    Attributes
    ----------
    places
        Of each mark.
    lines
        How far below the top of the axes each line is.
    width, height
        Of the axes.
    """

    places: tuple[Place, ...]
    lines: tuple[float, ...]
    width: float
    height: float

    def spread(self, width: float, height: float) -> Arranged:
        """Return it in axes of that size: marks and lines are further apart if there is room."""
        more = max(1.0, min(1.6, width / self.width))
        down = max(0.0, height - self.height) / (len(self.lines) + 1)
        places = tuple(replace(place, x=place.x * more) for place in self.places)
        lines = tuple(y + down * (number + 1) for number, y in enumerate(self.lines))
        return Arranged(places, lines, width, height)


def in_lines(words: str, points: float = BAR_PT, *, bold: bool = True, least: float = 0.0) -> tuple[str, ...]:
    """Return a mark's words in lines, two if they can be; the first `least` inches wide at least."""
    widths = [wide for wide in WORDS if wide >= least] or [WORDS[-1]]
    tried = (_parted(words, wide, points, bold=bold) for wide in widths)
    fitting = (lines for lines in tried if len(lines) == 1 or (len(lines) == 2 and len(lines[1]) > ORPHAN))
    return tuple(next(fitting, wrapped(words, WORDS[-1], points, bold=bold)))


def _parted(words: str, width: float, points: float, *, bold: bool) -> list[str]:
    """Return words in lines; two of them are parted after a comma where that will do."""
    lines = wrapped(words, width, points, bold=bold)
    first, comma, rest = words.rpartition(_COMMA)
    if len(lines) == 2 and comma and max(inches(each, points, bold=bold) for each in (first, rest)) < width:
        return [first + comma, rest]
    return lines


def arranged(marks: LamportMarks, sizes: Sizes = PAPER, *, least: float = 0.0) -> Arranged:
    """Return where everything stands, as near to each other as it can be."""
    places = _places(marks, sizes, least)
    rooms = _rooms(marks, places, sizes)
    lines, y = [], 0.0
    for number in range(len(marks.lines)):
        before = rooms.get((number - 1, BELOW), 0.0) if number else 0.0
        apart = before + rooms.get((number, ABOVE), 0.0)
        y += max(apart, sizes.row) if number else max(apart, sizes.row / 2)
        lines.append(y)
    height = y + max(rooms.get((len(lines) - 1, BELOW), 0.0), sizes.row / 2)
    width = max(
        place.x + DISC + 0.1 + wide(place.words, sizes.word_pt, bold=is_bold(mark))
        for mark, place in zip(marks.marks, places, strict=True)
    )
    return Arranged(tuple(places), tuple(lines), width, height)


def is_bold(mark: Mark) -> bool:
    """Tell whether a mark's words are written bold."""
    return mark.level == 3


def wide(words: Iterable[str], points: float, *, bold: bool) -> float:
    """Return how wide (inches) lines of words are when they are drawn."""
    return max(inches(line, points, bold=bold) for line in words) * _WIDER


def high(words: Sequence[str], points: float) -> float:
    """Return how high (inches) lines of words are when they are drawn."""
    return points * _LINE * len(words)


def _places(marks: LamportMarks, sizes: Sizes, least: float) -> list[Place]:
    found: list[Place] = []
    taken: dict[int, float] = {}  # line -> where its last words end
    reached = {to for _, to, _ in marks.arrows}
    x = EDGE
    for index, mark in enumerate(marks.marks):
        bold = is_bold(mark)
        words = in_lines(mark.words, sizes.word_pt, bold=bold, least=least)
        later = index and mark.t_us > marks.marks[index - 1].t_us
        step = 0.0 if not index else sizes.step if later else sizes.step / 2
        gap = HEAD if index in reached else GAP
        x = max(x + step, taken.get(mark.line, EDGE - gap) + gap)
        found.append(Place(x, words, _side(marks, index)))
        taken[mark.line] = x + DISC + 0.06 + wide(words, sizes.word_pt, bold=bold)
    return found


def _side(marks: LamportMarks, index: int) -> int:
    """Return whether a mark's words stand above its line; below where its arrows all lead upwards."""
    own = marks.marks[index].line
    ends = [-1 - to if to < 0 else marks.marks[to].line for start, to, _ in marks.arrows if start == index]
    ends = [end for end in ends if end != own]  # one along the line has no words in its way
    return BELOW if ends and all(end < own for end in ends) else ABOVE


def _rooms(marks: LamportMarks, places: Sequence[Place], sizes: Sizes) -> dict[tuple[int, int], float]:
    """Return how much room (inches) is needed above and below each line, by its number and the side."""
    rooms: dict[tuple[int, int], float] = {}

    def needs(line: int, side: int, room: float) -> None:
        rooms[line, side] = max(rooms.get((line, side), 0.0), room)

    for mark, place in zip(marks.marks, places, strict=True):
        needs(mark.line, place.side, sizes.off + high(place.words, sizes.word_pt))
    for start, to, _ in marks.arrows:
        begin, end = marks.marks[start].line, -1 - to if to < 0 else marks.marks[to].line
        if begin != end:
            needs(end, ABOVE if begin < end else BELOW, sizes.head)
    return rooms
