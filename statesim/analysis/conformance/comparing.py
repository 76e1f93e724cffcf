"""How two stories, or two numbers over time, are laid side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from statesim.analysis.conformance.pair import Mismatch
from statesim.analysis.conformance.paths import COALESCED_S, distinct, never, stray, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.analysis.conformance.pair import Pair
    from statesim.analysis.conformance.paths import Paths
    from statesim.analysis.conformance.stories import Moment

# of a workload: when the client of its controller had little left
Worn = Callable[[str], Callable[[float], bool]]
# how much later a number may come that a client wrote which had little left
WORN_LATE_S = 0.4
OTHER = "{}: other events, or in another order"


def stories(
    pair: Pair, theirs: Mapping[str, Sequence[Moment]], ours: Mapping[str, Sequence[Moment]]
) -> list[Mismatch]:
    """Compare stories by their names: the same events in the same order, at the same times."""
    return [
        wrong
        for name in sorted({*theirs, *ours})
        for wrong in moments(pair, name, theirs.get(name, ()), ours.get(name, ()))
    ]


def words(theirs: Mapping[str, Sequence[Moment]], ours: Mapping[str, Sequence[Moment]]) -> list[Mismatch]:
    """Compare stories by their names: the same events in the same order, whenever."""
    return [
        Mismatch(name, OTHER.format(name))
        for name in sorted({*theirs, *ours})
        if [told for told, _ in theirs.get(name, ())] != [told for told, _ in ours.get(name, ())]
    ]


def moments(pair: Pair, name: str, theirs: Sequence[Moment], ours: Sequence[Moment]) -> list[Mismatch]:
    """Compare one story."""
    if [told for told, _ in theirs] != [told for told, _ in ours]:
        return [Mismatch(name, OTHER.format(name))]
    return [
        Mismatch(name, f"{name} {told}: {t:.2f} s recorded, {simulated_t:.2f} s simulated")
        for (told, t), (_, simulated_t) in zip(theirs, ours, strict=True)
        if pair.apart(t, simulated_t)
    ]


def strays(
    pair: Pair, theirs: Paths, ours: Paths, *, late_s: float = 0.0, worn: Worn | None = None
) -> list[Mismatch]:
    """Compare numbers over time: neither world strays from the other's path, give or take `late_s` more.

    `worn`: when the client of a workload's controller had little left, its numbers may be one in twenty off,
    and come later.
    """
    wrong = []
    for name in sorted({*theirs, *ours}):
        near = worn(name) if worn is not None else never

        def slack(t: float, near: Callable[[float], bool] = near) -> float:
            return pair.recording.tolerance_s(t) + (WORN_LATE_S if near(t) else late_s)

        real, simulated = theirs.get(name, []), ours.get(name, [])
        for told, found in (
            ("recorded", stray(real, simulated, slack, near)),
            ("simulated", stray(simulated, real, slack, near)),
        ):
            wrong += [Mismatch(name, f"{name} {number} at {t:.2f} s only as {told}") for t, number in found]
    return wrong


def series(
    theirs: Mapping[str, Sequence[tuple[float, Any]]],
    ours: Mapping[str, Sequence[tuple[float, Any]]],
    worn: Worn,
) -> list[Mismatch]:
    """Compare values over time: what lasts in one world is seen in the other, and both end alike.

    What came when the client of the workload's controller was worn need not be seen.
    """
    wrong = []
    for name in sorted({*theirs, *ours}):
        worlds = theirs.get(name, ()), ours.get(name, ())
        real, simulated = (distinct(values, COALESCED_S, worn(name)) for values in worlds)
        every = [distinct(values) for values in worlds]
        alike = within(real, every[1]) and within(simulated, every[0])
        if not alike or every[0][-1:] != every[1][-1:]:
            wrong.append(Mismatch(name, f"{name}: other values, or in another order"))
    return wrong
