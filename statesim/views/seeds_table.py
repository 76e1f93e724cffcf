"""Variants over many seeds, for the terminal: a table for each metric, and what it says in plain words."""

from __future__ import annotations

from math import isfinite, isinf
from typing import TYPE_CHECKING

from statesim.views.metric_words import MetricWords, metric_words
from statesim.views.one_form import one_form
from statesim.views.speech import say, word
from statesim.views.tables import NOTHING
from statesim.views.whole_table import Column, WholeTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from statesim.analysis.over_seeds import Column as PerVariant
    from statesim.analysis.over_seeds import Compared
    from statesim.analysis.paired import Paired

LEGEND = (
    "± is a 95 % confidence interval of the mean difference, seed by seed (Student's t): where 0 is in it, "
    "these seeds do not show that the variant differs. Common seeds: all variants meet the same failures and "
    "arrivals; with seeds of their own the differences would vary that many times as much (their variance), "
    "and it would take that many times the runs to be as sure."
)


def seeds_tables(found: Sequence[Compared], baseline: str, seeds: int) -> RenderableType:
    """Return a table for each metric, and below them how to read them."""
    from rich.console import Group  # noqa: PLC0415 - only needed at a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    if not found:
        return Text(say("no metric differs between the variants in any of {seeds:,} seeds", seeds=seeds))
    parts: list[RenderableType] = []
    for each in found:
        words = metric_words(each.metric)
        told = say(" ({path}, {which})", path=words.path, which=words.which_is_better)
        if not words.which_is_better:
            told = say(" ({path})", path=words.path)
        parts.append(Text.assemble(("\n" + words.title, "bold"), (told, "dim")))
        parts.append(_table(each, words, baseline))
    parts += [Text(f"\n{line}") for line in conclusions(found, baseline, seeds)]
    parts.append(Text(f"\n{word(LEGEND)}", style="dim"))
    return Group(*parts)


def _table(found: Compared, words: MetricWords, baseline: str) -> WholeTable:
    counts = word("better/equal/\nworse seeds" if found.better else "lower/equal/\nhigher seeds")
    apart = say("difference to\n{baseline}", baseline=baseline)
    headings = (word("mean,\nmedian"), apart, counts, word("common\nseeds"))
    rows = [_lines(column, words, found.better) for column in found.columns]
    columns = [Column(heading, each) for heading, each in zip(headings, zip(*rows, strict=True), strict=True)]
    return WholeTable(word("variant"), [column.variant for column in found.columns], columns)


def _lines(column: PerVariant, words: MetricWords, better: int) -> tuple[str, ...]:
    mean, middle, apart, *rest = cells(column, words, better)
    for joint in (" ±", ", 0", "，包含"):
        apart = apart.replace(joint, "\n" + joint.lstrip(" ,，"))
    return f"{mean}\n{middle}", apart, *rest


def cells(column: PerVariant, words: MetricWords, better: int) -> tuple[str, str, str, str, str]:
    """Return a variant's mean, median, difference, counts of seeds, and what common seeds were worth."""
    bound = "≥ " if column.open_ and words.open_ == word("not over") else ""
    mean = NOTHING if column.mean is None else f"{bound}{words.shown(column.mean.estimate)}"
    middle = NOTHING if column.median is None else words.shown(column.median)
    middle = f"{bound}{middle}" if column.median is not None and isfinite(column.median) else middle
    if column.paired is None:
        return mean, middle, word("baseline"), "", ""
    paired = column.paired
    return mean, middle, difference(paired, words), counted(paired, better), gained(paired)


def difference(paired: Paired, words: MetricWords) -> str:
    """Return the mean difference and how sure it is: ``-12.3 s ± 0.4 s``."""
    if paired.mean is None:
        return NOTHING
    estimate, half = paired.mean.estimate, paired.mean.width / 2
    sign = "+" if estimate > 0 else ""
    if half == 0:
        fixed = say("always {sign}{value}", sign=sign, value=fine(estimate, words))
        return fixed if estimate else say("always the same")
    if isinf(half):
        return say("{value}, one seed", value=f"{sign}{fine(estimate, words)}")
    form = one_form(words, (estimate, half))
    told = f"{sign}{form.shown(estimate, half)} ± {form.shown(half, half)}"
    return told if paired.tells else say("{value}, 0 is in it", value=told)


def fine(value: float, words: MetricWords) -> str:
    """Return a difference: what is small in milliseconds, so that it is not shown as nothing."""
    if words.unit == "s" and 0 < abs(value) < 0.1:
        return f"{1000 * value:.2g} {word('ms')}"
    if not words.unit and abs(value) < 10 and value != round(value):
        return f"{value:.2g}"
    return words.shown(value)


def counted(paired: Paired, better: int) -> str:
    """Return in how many seeds it was better, equal and worse (or lower, equal and higher)."""
    if not paired.n:
        return NOTHING
    ends = (paired.higher, paired.lower) if better > 0 else (paired.lower, paired.higher)
    return f"{ends[0]:,}/{paired.equal:,}/{ends[1]:,}"


def in_words(paired: Paired, better: int) -> str:
    """Return the same in words: ``better in 39, equal in 21 of 60 seeds``."""
    ends = ("better", "worse") if better else ("lower", "higher")
    counts = (paired.higher, paired.lower) if better > 0 else (paired.lower, paired.higher)
    parts = [(ends[0], counts[0]), ("equal", paired.equal), (ends[1], counts[1])]
    some = [(word(how), count) for how, count in parts if count]
    if len(some) == 1:
        how, count = some[0]
        return say("{how} in all {count:,} seeds", how=how, count=count)
    told = ", ".join(say("{how} in {count:,}", how=how, count=count) for how, count in some)
    return say("{parts} of {count:,} seeds", parts=told, count=paired.n)


def gained(paired: Paired) -> str:
    """Return how many times as many independent seeds would be needed."""
    if paired.narrowed is None:
        return NOTHING
    if paired.narrowed > 1000:
        return "> 1000 x"
    return f"{paired.narrowed:.2g} x" if paired.narrowed < 10 else f"{paired.narrowed:,.0f} x"


def conclusions(found: Sequence[Compared], baseline: str, seeds: int) -> Iterator[str]:
    """Yield what is not shown, what was not over and what has no number, in sentences with their metrics."""
    told: dict[str, list[str]] = {}
    for each in found:
        words = metric_words(each.metric)
        for column in each.columns:
            for line in _said(column, words, baseline, seeds):
                told.setdefault(line, []).append(each.metric)
    for line, metrics in told.items():
        yield say("{line}: {metrics}", line=line, metrics=word(", ").join(metrics))


def _said(column: PerVariant, words: MetricWords, baseline: str, seeds: int) -> Iterator[str]:
    pair = column.paired
    if pair is not None and pair.mean is not None and pair.mean.width > 0 and not pair.tells:
        told = "the interval includes 0, {seeds:,} seeds do not tell {variant} from {baseline}"
        yield say(told, seeds=seeds, variant=column.variant, baseline=baseline)
    of = "{what} in {count:,} of {all:,} runs of {variant}"
    if column.open_:
        yield say(of, what=words.open_, count=column.open_, all=seeds, variant=column.variant)
    if column.runs < seeds:
        what, count = word("no such number"), seeds - column.runs
        yield say(of, what=what, count=count, all=seeds, variant=column.variant)
