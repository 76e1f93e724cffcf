"""Where the names of curves stand: beside them, over no other curve and no other name."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Point = tuple[float, float]

_CROSSING = 3.0  # inches off that a name may rather stand than on a curve
_BESIDE = 0.4  # inches off that a name may rather stand than as near to another curve as to its own
_TRIED = 24  # points of a curve beside which its name is tried
_GAP = 0.12  # inches between a curve and its name


class Room(NamedTuple):
    """A rectangle, in inches: left, bottom, right, top."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Room) -> bool:
        """Tell whether two rectangles have something in common."""
        beside = self.right <= other.left or other.right <= self.left
        return not beside and self.bottom < other.top and other.bottom < self.top

    def holds(self, point: Point) -> bool:
        """Tell whether a point lies within it."""
        return self.left <= point[0] <= self.right and self.bottom <= point[1] <= self.top


def places(
    curves: Sequence[Sequence[Point]],
    sizes: Sequence[Point],
    room: Room,
    taken: Sequence[Room] = (),
    dots: Sequence[Point] = (),
) -> list[Room]:
    """Return where each curve's name stands: near its middle, where the fewest curves run through it.

    Parameters
    ----------
    curves
        Points in inches, as dense as they shall be seen.
    sizes
        Width and height of each name, in inches.
    room
        What no name may leave.
    taken
        Where no name may stand at all.
    dots
        Marks on the curves, which no name shall cover.
    """
    placed: list[Room] = list(taken)
    found = []
    for index, (curve, size) in enumerate(zip(curves, sizes, strict=True)):
        best = min(
            _candidates(curve, size, room),
            key=lambda each: _cost(each, index, curves, placed, room, dots),
            default=Room(room.left, room.bottom, room.left + size[0], room.bottom + size[1]),
        )
        placed.append(best)
        found.append(best)
    return found


def _candidates(curve: Sequence[Point], size: Point, room: Room) -> Iterator[Room]:
    """Yield rectangles to the right and to the left of the curve's points, none outside `room`."""
    width, height = size
    for x, y in curve[:: max(1, len(curve) // _TRIED)]:
        for lifted in (0.0, 1.0, 2.0, -1.0):
            bottom = min(max(y + (lifted - 0.5) * height, room.bottom), room.top - height)
            for left in (x + _GAP, x - _GAP - width):
                if room.left <= left and left + width <= room.right:
                    yield Room(left, bottom, left + width, bottom + height)


def _cost(
    place: Room,
    own: int,
    curves: Sequence[Sequence[Point]],
    placed: Sequence[Room],
    room: Room,
    dots: Sequence[Point],
) -> tuple[int, float]:
    """Rank a place: names and marks it covers; then curves through and beside it, how far off it stands."""
    covered = sum(place.overlaps(other) for other in placed)
    crossed = sum(any(map(place.holds, curve)) for curve in curves)
    around = Room(*(edge + way * (_GAP + 0.01) for edge, way in zip(place, (-1, -1, 1, 1), strict=True)))
    beside = sum(any(map(around.holds, curve)) for n, curve in enumerate(curves) if n != own)
    covered += sum(map(around.holds, dots))
    middle = (room.bottom + room.top) / 2
    high = abs((place.bottom + place.top) / 2 - middle)
    return covered, _CROSSING * crossed + _BESIDE * beside + 2 * distance(place, curves[own])[0] + 0.5 * high


def distance(place: Room, curve: Sequence[Point]) -> tuple[float, Point]:
    """Return how far a rectangle is from a curve, and the curve's point that is nearest to it."""
    return min((hypot(*_beside(place, point)), point) for point in curve)


def _beside(place: Room, point: Point) -> Point:
    x, y = point
    return max(place.left - x, 0.0, x - place.right), max(place.bottom - y, 0.0, y - place.top)
