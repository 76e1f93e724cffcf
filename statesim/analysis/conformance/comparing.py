"""How two stories, or two numbers over time, are laid side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.conformance.pair import Mismatch
from statesim.analysis.conformance.paths import COALESCED_S, distinct, stray, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.analysis.conformance.pair import Pair
    from statesim.analysis.conformance.paths import Paths
    from statesim.analysis.conformance.stories import Moment

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


def strays(pair: Pair, theirs: Paths, ours: Paths, *, late_s: float = 0.0) -> list[Mismatch]:
    """Compare numbers over time: neither world strays from the other's path, give or take `late_s` more."""

    def slack(t: float) -> float:
        return pair.recording.tolerance_s(t) + late_s

    wrong = []
    for name in sorted({*theirs, *ours}):
        real, simulated = theirs.get(name, []), ours.get(name, [])
        for told, found in (
            ("recorded", stray(real, simulated, slack)),
            ("simulated", stray(simulated, real, slack)),
        ):
            wrong += [Mismatch(name, f"{name} {number} at {t:.2f} s only as {told}") for t, number in found]
    return wrong


def series(
    theirs: Mapping[str, Sequence[tuple[float, Any]]], ours: Mapping[str, Sequence[tuple[float, Any]]]
) -> list[Mismatch]:
    """Compare values over time: what lasts in one world is seen in the other, and both end alike."""
    wrong = []
    for name in sorted({*theirs, *ours}):
        real, simulated = theirs.get(name, ()), ours.get(name, ())
        lasting = distinct(real, COALESCED_S), distinct(simulated, COALESCED_S)
        every = distinct(real), distinct(simulated)
        alike = within(lasting[0], every[1]) and within(lasting[1], every[0])
        if not alike or every[0][-1:] != every[1][-1:]:
            wrong.append(Mismatch(name, f"{name}: other values, or in another order"))
    return wrong
