"""A sweep at the terminal: a table for each metric, the effort, and the commands that show the worst runs."""

from __future__ import annotations

import shlex
from itertools import groupby
from math import isinf
from typing import TYPE_CHECKING

from statesim.scenario.settings import setting_text
from statesim.views.metric_words import metric_words
from statesim.views.one_form import told_apart
from statesim.views.speech import duration, say, word
from statesim.views.whole_table import Column, WholeTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from statesim.analysis.statistics import Interval
    from statesim.analysis.sweep_record import Case, Effort
    from statesim.analysis.sweep_summary import Distribution
    from statesim.views.metric_words import MetricWords

LEGEND = (
    "p95: what 95 of 100 runs keep, p99: 99 of 100. Below stand 95 % intervals: of these by order statistics "
    "(unknown: too few runs for a bound), of the mean by the bootstrap. "
    "Never, not over: not before the run ended; the mean is of the others."
)


def sweep_summary(found: Sequence[Distribution], cases: Sequence[Case]) -> RenderableType:
    """Return a table for each metric: a row for each variant with its settings."""
    from rich.console import Group  # noqa: PLC0415 - only needed at a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    tables = [
        _table(metric, list(rows), cases) for metric, rows in groupby(found, key=lambda each: each.metric)
    ]
    if not tables:
        return Text(word("no run has a value of these metrics"))
    spaced = [part for each in tables for part in (each, Text())]
    return Group(*spaced, Text(f"{word(LEGEND)}\n", style="dim"))


def _table(metric: str, rows: Sequence[Distribution], cases: Sequence[Case]) -> WholeTable:
    words = metric_words(metric)
    title = say("{title}: {metric}", title=words.title, metric=metric)
    title += say(" ({which})", which=words.which_is_better) if words.better > 0 else ""
    names = ["\n  ".join(_named(cases, row.case)) for row in rows]
    cells = zip(*(_cells(row, words) for row in rows), strict=True)
    heads = (word("median"), "p95", "p99", word("worst"), word("mean"))
    columns = [Column(*each) for each in zip(heads, cells, strict=True)]
    return WholeTable(word("variant"), names, columns, title=title)


def _cells(row: Distribution, words: MetricWords) -> tuple[str, ...]:
    median, *tail, worst = told_apart(words, (row.median, *row.tail, row.worst))
    tails = (
        "\n".join((told, *_bounds(each, words, row.never)))
        for told, each in zip(tail, row.bounds, strict=True)
    )
    return median, *tails, f"{worst}\n{say('seed {seed}', seed=row.seed)}", _mean(row, words)


def _named(cases: Sequence[Case], index: int) -> list[str]:
    """Return a case's variant, and those of its settings that are not the same in all cases."""
    case = cases[index]
    varied = {
        p for each in cases for p, value in each.settings.items() if value != case.settings.get(p, value)
    }
    return [case.variant, *(f"{last(p)}={value}" for p, value in case.settings.items() if p in varied)]


def last(path: str) -> str:
    """Return the last word of a path."""
    return path.rpartition(".")[2]


def _bounds(found: Interval, words: MetricWords, never: int) -> tuple[str, ...]:
    """Return the lines of an estimate's bounds, where these say more than the estimate does.

    Parameters
    ----------
    never
        In how many runs it had no end: then an infinite bound is one.
    """
    values = (found.estimate, found.low, found.high)
    low, high = (
        word("unknown") if isinf(bound) and not (bound > 0 and never) else told
        for bound, told in zip(values[1:], told_apart(words, values)[1:], strict=True)
    )
    return () if low == high else (say("from {low}", low=low), say("to {high}", high=high))


def _mean(row: Distribution, words: MetricWords) -> str:
    told: list[str] = []
    if row.mean is not None:
        values = (row.mean.estimate, row.mean.low, row.mean.high)
        told += [told_apart(words, values)[0], *_bounds(row.mean, words, row.never)]
    if row.never:
        told += [words.open_, say("in {count:,} of {all:,}", count=row.never, all=row.n - row.none)]
    if row.none:
        told += [word("none"), say("in {count:,} of {all:,}", count=row.none, all=row.n)]
    return "\n".join(told)


def effort_text(effort: Effort, workers: int | None) -> str:
    """Return how fast a sweep was, and how much of the machine it used.

    Parameters
    ----------
    workers
        On how many processors it worked, if that is known.
    """
    busy = say("{processors:.2f} processors busy", processors=effort.processors)
    if workers:
        share = 100 * effort.processors / workers
        busy = say("{share:.0f} % of {count} core{s} used", share=share, count=workers)
    return say(
        "{runs} in {time}: {rate:.1f} runs/s, {each:.0f} ms of processor time each, {busy}",
        runs=say("{count:,} run{s}", count=effort.runs),
        time=duration(effort.wall_s),
        rate=effort.rate,
        each=1000 * effort.cpu_s / max(1, effort.runs),
        busy=busy,
    )


def run_command(command: str, source: str, case: Case, seed: int) -> str:
    """Return the command that shows one run of a sweep."""
    words = [source, "--seed", str(seed)]
    if case.variant != "default":
        words += ["--variant", case.variant]
    for path, value in case.settings.items():
        words += ["--set", setting_text(path, value)]
    return f"{command} run {shlex.join(words)}"


def worst_lines(found: Sequence[Distribution], cases: Sequence[Case], command: str, source: str) -> list[str]:
    """Return each case's worst run, by the most telling metric, and the command that shows it."""
    metric = _telling(found)
    words = metric_words(metric)
    rows = [row for row in found if row.metric == metric]
    return [
        say(
            "{value}: {command}",
            value=words.shown(row.worst),
            command=run_command(command, source, cases[row.case], row.seed),
        )
        for row in rows
    ]


def _telling(found: Sequence[Distribution]) -> str:
    """Return the metric whose worst runs are named: how long clients had no service, if there is one."""
    metrics = list(dict.fromkeys(row.metric for row in found))
    return next((name for name in metrics if last(name) == "unavailable_s"), metrics[0] if metrics else "")
