"""The command that puts variants and scenarios side by side: one run of each, or many seeds."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from statesim.cli.common import SeedOption, SettingOption, VariantsOption, command, complain, console

if TYPE_CHECKING:
    from rich.console import Console

    from statesim.api import Result
    from statesim.compared import Comparing, Comparison

MOST_TELLING = 12
OVER_SEEDS = 4  # metrics in the table over many seeds: each takes as many lines as there are variants
_FEW = 5


def compare(
    scenarios: Annotated[
        list[str], typer.Argument(help="Scenario files or names; one with variants is enough.")
    ],
    seed: SeedOption = None,
    variant: VariantsOption = None,
    set_: SettingOption = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            help="Run every variant with so many seeds and compare them seed by seed: the same failures and "
            "arrivals for all.",
            min=2,
        ),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="With --seeds: the variant that the others are compared with.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="With --seeds: compare this metric (clients.shop.lost); may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="With --seeds: write the runs, the comparison and its picture here.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(help="With --seeds: over how many processes; default: one for each core.", min=1),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Print every metric that differs.")] = False,
) -> None:
    """Run scenarios side by side and print the differences that matter; with --seeds how sure they are."""
    from statesim.compared import Comparing
    from statesim.compared import compare as compare_runs
    from statesim.scenario.settings import parse_values

    settings = parse_values(set_ or ())
    if seeds is not None:
        chosen = range(seed or 1, (seed or 1) + seeds)
        going = Comparing(
            scenarios,
            chosen,
            baseline=baseline,
            metrics=metric or (),
            variants=variant or (),
            settings=settings,
        )
        _over_seeds(going, metric or [], out, jobs, every=every)
        return
    given = {"--baseline": baseline, "--metric": metric, "--out": out, "--jobs": jobs}
    for option, value in given.items():
        if value:
            raise typer.BadParameter("that is for many seeds: add --seeds 200", param_hint=option)
    screen = console()
    with screen.status("running"):
        result = compare_runs(*scenarios, seed=seed, variants=variant or (), settings=settings)
    _print_once(result, screen, every=every)


def _print_once(result: Result, screen: Console, *, every: bool) -> None:
    from statesim.analysis.compare import differences
    from statesim.views.tables import comparison

    rows = differences(result.metrics["variants"])
    screen.print(comparison(rows if every else rows[:MOST_TELLING], screen.width))
    if not every and len(rows) > MOST_TELLING:
        screen.print(f"{len(rows) - MOST_TELLING} more differ: --all shows them")


def _over_seeds(
    going: Comparing, metrics: list[str], out: Path | None, jobs: int | None, *, every: bool
) -> None:
    from statesim.compared import TIMELINES
    from statesim.views.outputs import writable
    from statesim.views.seeds_table import seeds_tables

    if out is not None:
        writable(out)
    for each in going.plans:
        complain(each.warnings, "warning")
    screen = console()
    stopped = not _work(going, screen, jobs)
    result = going.result()
    if stopped:
        screen.print(f"stopped: the {len(result.seeds):,} seeds that all variants have finished")
    chosen = metrics or (result.metrics if every else result.metrics[:OVER_SEEDS])
    screen.print(seeds_tables(result.quick(*chosen), result.baseline, len(result.seeds)))
    more = len(result.metrics) - len(chosen)
    if not metrics and more > 0:
        screen.print(f"\n{more} more metrics differ: --all shows them, --metric one of them")
    if out is not None:
        with screen.status("drawing"):
            made = [path.name for path in result.save(out, *metrics) if path.parent == out]
        screen.print(f"wrote {', '.join(made)} to {out}", soft_wrap=True, markup=False)
        told = f"The timelines are those of seed {result.typical_seed}, the most typical:"
        there = shlex.quote(str(out / TIMELINES))
        screen.print(f"{told} {command()} plot {there}", soft_wrap=True, markup=False)
    _failures(result)
    if stopped:
        raise typer.Exit(130)


def _work(going: Comparing, screen: Console, jobs: int | None) -> bool:
    """Do the work; tell whether it was done to the end, and not stopped by Ctrl-C."""
    from rich.progress import Progress

    with Progress(console=screen, transient=True) as progress:
        task = progress.add_task(f"{going.total:,} runs", total=going.total)
        try:
            for _ in going.work(jobs=jobs):
                progress.advance(task)
        except KeyboardInterrupt:
            return False
    return True


def _failures(result: Comparison) -> None:
    """Name the runs that ended in an error of the program; exit 1 if there were any."""
    for row, source, variant in result.failures[:_FEW]:
        shown = f"{command()} run {source} --variant {variant} --seed {row.seed}"
        print(f"failed: {row.failed}: {shown}", file=sys.stderr)
    if len(result.failures) > _FEW:
        print(f"failed: {len(result.failures) - _FEW} more", file=sys.stderr)
    if result.failures:
        print("the seeds of failed runs are left out, in all variants", file=sys.stderr)
        raise typer.Exit(1)
