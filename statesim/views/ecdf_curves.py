"""Curves of a picture of distributions: what is told of each, and which of them are one for the eye."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from statesim.analysis.statistics import Ecdf, Interval, ecdf, quantile_interval
from statesim.views.letters import inches
from statesim.views.speech import say
from statesim.views.style import AXIS_PT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.tidy import Group
    from statesim.views.metric_words import MetricWords
    from statesim.views.series import Series
    from statesim.views.value_axis import ValueAxis

PERCENTILES = ((0.5, "o", "● p50"), (0.95, "s", "■ p95"), (0.99, "D", "◆ p99"))
_TAIL = tuple(mark for _, _, mark in PERCENTILES[1:])
_ALONG = tuple(n / 20 for n in range(1, 20))  # shares at which curves are compared,
_NEAR = 0.015  # and how far apart they may be there, of the axis' length, to be one for the eye


@dataclass(frozen=True, slots=True)
class Curve:
    """One group's distribution.

    Attributes
    ----------
    percentiles
        The 50th, 95th and 99th, each with its interval.
    told
        The lines below the name: its percentiles in words.
    open_
        The share of runs that had no value before they ended.
    under
        How many curves that are the same are drawn over this one: it is so much wider.
    same_as
        The number of the first curve that is the same, if that is another one: both have one label.
    nearly
        It is not quite the same, but nobody can see a difference.
    """

    name: str
    told: tuple[str, ...]
    steps: Ecdf
    percentiles: tuple[Interval, ...]
    open_: float
    look: Series
    under: int = 0
    same_as: int | None = None
    nearly: bool = False


def curve_of(group: Group, words: MetricWords, look: Series) -> Curve:
    """Return what is told of one group."""
    open_ = sum(value == inf for value in group.values) / len(group.values)
    found = tuple(quantile_interval(group.values, q) for q, _, _ in PERCENTILES)
    shown = [
        f"{name} {words.shown(each.estimate)}{'*' if each.high == inf != each.estimate else ''}"
        for each, (_, _, name) in zip(found, PERCENTILES, strict=True)
    ]
    same = len({each.estimate for each in found}) == 1 and found[0].estimate == min(group.values)
    told = (say("always {value}", value=words.shown(found[0].estimate)),) if same else tuple(shown)
    told += (say("{what} in {share:.3g} %", what=words.open_, share=100 * open_),) if 0 < open_ < 1 else ()
    told = (say("{what} in any run", what=words.open_),) if open_ == 1 else told
    return Curve(group.name, told, ecdf(group.values), found, open_, look)


def told_apart(curves: Sequence[Curve], axis: ValueAxis) -> tuple[Curve, ...]:
    """Return curves of which those that are the same, or look so, say so, the first of them the widest."""
    firsts: list[int] = []  # of each curve the first that looks like it
    for index, curve in enumerate(curves):
        alike = (n for n in dict.fromkeys(firsts) if _looks_alike(curves[n], curve, axis))
        firsts.append(next(alike, index))
    found = []
    for index, (curve, first) in enumerate(zip(curves, firsts, strict=True)):
        under = sum(each == first for each in firsts[index + 1 :])
        if first == index:
            found.append(replace(curve, under=under))
            continue
        model = curves[first]
        same = (curve.steps, curve.open_) == (model.steps, model.open_)
        told = (say("same as {name}", name=model.name),) if same else curve.told
        found.append(replace(curve, told=told, under=under, same_as=first, nearly=not same))
    return tuple(found)


def _looks_alike(one: Curve, other: Curve, axis: ValueAxis) -> bool:
    """Tell whether two curves are the same, or so near each other all along that nobody can tell."""
    if (one.steps, one.open_) == (other.steps, other.open_):
        return True
    if one.open_ or other.open_ or not (one.steps.x and other.steps.x):
        return False
    places = [[axis.place(_at_share(each.steps, share)) for share in _ALONG] for each in (one, other)]
    return all(abs(a - b) <= _NEAR for a, b in zip(*places, strict=True))


def _at_share(steps: Ecdf, share: float) -> float:
    return next((x for x, there in zip(steps.x, steps.share, strict=True) if there >= share), steps.x[-1])


def labels(curves: Sequence[Curve], *, few: bool = False) -> list[list[tuple[str, bool, Series]]]:
    """Return the lines beside each curve: words, whether they are a name, and whose colour they have.

    Curves that are the same have one label: all their names, and once what is told of them. With few words
    that is the median; the tail can be seen.
    """
    found = []
    for index, curve in enumerate(curves):
        if curve.same_as is not None:
            continue
        twins = [each for each in curves if each.same_as == index]
        lines = [(words, True, each.look) for each in (curve, *twins) for words in _name_lines(each.name)]
        count, nearly = len(twins) + 1, any(each.nearly for each in twins)
        both = ""
        if twins and nearly:
            both = (
                say("both nearly the same: ")
                if count == 2
                else say("all {count} nearly the same: ", count=count)
            )
        elif twins:
            both = say("both the same: ") if count == 2 else say("all {count} the same: ", count=count)
        told = _together(curve, [each for each in twins if each.nearly])
        told = [f"{both}{told[0]}", *told[1:]]
        told = [words for words in told if not (few and words.startswith(_TAIL))]
        found.append(lines + [(words, False, curve.look) for words in told])
    return found


def _together(curve: Curve, others: Sequence[Curve]) -> list[str]:
    """Return the lines of curves that are nearly the same: what differs is told of each, in order."""
    lines = [
        list(dict.fromkeys(each)) for each in zip(curve.told, *(each.told for each in others), strict=False)
    ]
    return [
        ", ".join([first, *(each.rpartition(f"{first[:5]} ")[2] for each in rest)]) for first, *rest in lines
    ]


def _name_lines(name: str) -> list[str]:
    """Return a curve's name in lines: a variant that is swept has its settings below it."""
    first, _, rest = name.partition(", ")
    return [first, rest] if rest and inches(name, AXIS_PT, bold=True) > 2 else [name]
