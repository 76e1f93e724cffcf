"""A sweep at the terminal: a table for each metric, the effort, and the commands that show the worst runs."""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import TYPE_CHECKING

from statesim.analysis.expectations import shown
from statesim.analysis.outcome import duration_text
from statesim.analysis.sweep_summary import better_high
from statesim.scenario.settings import setting_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType
    from rich.table import Table

    from statesim.analysis.sweep_record import Case, Effort
    from statesim.analysis.sweep_summary import Distribution

NEVER = "never"
LEGEND = (
    "p95: what 95 of 100 runs keep, p99: 99 of 100. Below the mean stands its 95 % band (bootstrap). "
    "Never: not before the run ended; the mean is of the others."
)


def sweep_summary(found: Sequence[Distribution], cases: Sequence[Case]) -> RenderableType:
    """Return a table for each metric: a row for each variant with its settings."""
    from rich.console import Group  # noqa: PLC0415 - only needed at a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    tables = [
        _table(metric, list(rows), cases) for metric, rows in groupby(found, key=lambda each: each.metric)
    ]
    if not tables:
        return Text("no run has a value of these metrics")
    return Group(*tables, Text(f"{LEGEND}\n", style="dim"))


def _table(metric: str, rows: Sequence[Distribution], cases: Sequence[Case]) -> Table:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    title = f"{metric} (more is better)" if better_high(metric) else metric
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("variant", min_width=12, overflow="fold")
    for heading in ("median", "p95", "p99", "worst", "mean, its band"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        case = cases[row.case]
        settings = "".join(f"\n  {last(path)}={value}" for path, value in case.settings.items())
        values = [number(metric, value) for value in (row.median, *row.tail, row.worst)]
        values[-1] += f"\nseed {row.seed}"
        table.add_row(f"{case.variant}{settings}", *values, _mean(row))
    return table


def last(path: str) -> str:
    """Return the last word of a path."""
    return path.rpartition(".")[2]


def _mean(row: Distribution) -> str:
    told = []
    if row.mean is not None:
        low, high = (number(row.metric, bound) for bound in (row.mean.low, row.mean.high))
        told.append(number(row.metric, row.mean.estimate))
        told.append(f"{low} to {high}" if low != high else "")
    told.append(f"{NEVER} in {row.never:,} of {row.n - row.none:,}" if row.never else "")
    told.append(f"none in {row.none:,} of {row.n:,}" if row.none else "")
    return "\n".join(text for text in told if text)


def number(metric: str, value: float) -> str:
    """Return a value of a metric as a person says it."""
    if value == float("inf"):
        return NEVER
    name = last(metric)
    if name.endswith("availability"):
        return f"{100 * value:.3f} %"
    if name.endswith("_s"):
        return "0" if not value else f"{1000 * value:.0f} ms" if value < 1 else duration_text(value)
    return f"{int(value):,}" if value == int(value) else shown(value)


def effort_text(effort: Effort, workers: int | None) -> str:
    """Return how fast a sweep was, and how much of the machine it used.

    Parameters
    ----------
    workers
        On how many processors it worked, if that is known.
    """
    busy = f"{effort.processors:.2f} processors busy"
    if workers:
        busy = f"{100 * effort.processors / workers:.0f} % of {workers} core{'s' if workers > 1 else ''} used"
    return (
        f"{effort.runs:,} runs in {duration_text(effort.wall_s)}: {effort.rate:.1f} runs/s, "
        f"{1000 * effort.cpu_s / max(1, effort.runs):.0f} ms of processor time each, {busy}"
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
    rows = [row for row in found if row.metric == metric]
    return [
        f"{number(metric, row.worst)}: {run_command(command, source, cases[row.case], row.seed)}"
        for row in rows
    ]


def _telling(found: Sequence[Distribution]) -> str:
    """Return the metric whose worst runs are named: how long clients had no service, if there is one."""
    metrics = list(dict.fromkeys(row.metric for row in found))
    return next((name for name in metrics if last(name) == "unavailable_s"), metrics[0] if metrics else "")
