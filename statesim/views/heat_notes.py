"""What is said below a heat map: whether its cells differ, and how sure its numbers are."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from statesim.analysis.seed_by_seed import seed_by_seed
from statesim.views.speech import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statesim.analysis.statistics import Interval


class Sampled(NamedTuple):
    """A cell's number and where it is from.

    Attributes
    ----------
    parts
        Of its name: ``patroni``, ``ttl 30s``, ``loop_wait 10s``.
    by_seed
        Gives its value for each seed, when that is needed.
    """

    parts: tuple[str, ...]
    found: Interval
    by_seed: Callable[[], Mapping[int, float]]


def unlike(cells: Sequence[Sampled], *, means: bool) -> tuple[str, ...]:
    """Return what is to be said where the cells do not differ, or their intervals do not tell.

    Parameters
    ----------
    means
        Whether the numbers are means: only these are compared seed by seed.
    """
    found = [cell.found for cell in cells]
    if len(found) < 2 or any(not isfinite(each.estimate) for each in found):
        return ()
    if len({(each.estimate, each.low, each.high) for each in found}) == 1:
        return (say("Nothing differs: all cells have the same value."),)
    if max(each.low for each in found) > min(each.high for each in found):
        return ()
    return (say("The intervals of all cells overlap") + (_by_seed(cells) if means else say(".")),)


def _by_seed(cells: Sequence[Sampled]) -> str:
    compared = seed_by_seed([cell.by_seed() for cell in cells])
    if compared is None:
        return say(".")
    pair = compared.found
    if pair is None or compared.higher is None or compared.lower is None:
        several = compared.pairs > 1
        how = say("{count:,} pairs, Bonferroni", count=compared.pairs) if several else say("paired t")
        return say("; seed by seed no two differ by more than chance ({how}).", how=how)
    higher, lower = _names(cells[compared.higher].parts, cells[compared.lower].parts)
    return say(
        ", but seed by seed {higher} is higher than {lower}: in {count:,} of {seeds:,} seeds.",
        higher=higher, lower=lower, count=pair.higher, seeds=pair.n,
    )  # fmt: skip


def _names(one: Sequence[str], other: Sequence[str]) -> tuple[str, str]:
    """Return the names of two cells without what they have in common."""
    pairs = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return ", ".join(a for a, _ in pairs), ", ".join(b for _, b in pairs)
