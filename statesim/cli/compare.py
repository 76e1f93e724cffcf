"""The command that puts variants and scenarios side by side: one run of each, or many seeds."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from statesim.cli.common import (
    SeedOption,
    SettingOption,
    VariantsOption,
    command,
    complain,
    console,
)
from statesim.cli.work import INTERRUPTED, Work, drawn, kept, one_interrupt, stopped, work, works

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from statesim.api import Result
    from statesim.compared import Comparing, Comparison

MOST_TELLING = 12
OVER_SEEDS = 4  # metrics in the table over many seeds: each takes as many lines as there are variants
_FEW = 5


@works
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
        typer.Option(
            help="With --seeds: compare this metric (clients.shop.lost), in a picture of its own with --out; "
            "may be repeated."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="With --seeds: keep every finished run here; write the comparison and its picture."
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Print every metric that differs.")] = False,
    *,
    how: Work,
) -> None:
    """Run scenarios side by side and print the differences that matter; with --seeds how sure they are.

    With --seeds, Ctrl-C ends with the seeds that all variants have finished; with --out all finished runs are
    kept, and --resume goes on.
    """
    from statesim.asked import seeds_of
    from statesim.compared import Comparing
    from statesim.compared import compare as compare_runs
    from statesim.scenario.settings import parse_values
    from statesim.views.speech import word

    settings = parse_values(set_ or ())
    if seeds is not None:
        going = Comparing(
            scenarios,
            seeds_of(seeds, seed),
            baseline=baseline,
            metrics=metric or (),
            variants=variant or (),
            settings=settings,
            out=out,
            resume=how.resume,
        )
        compare_over_seeds(going, how, metric or [], out, every=every)
        return
    given = {
        "--baseline": baseline,
        "--metric": metric,
        "--out": out,
        "--resume": how.resume,
        "--jobs": how.jobs,
        "--dask": how.dask,
    }
    for option, value in given.items():
        if value:
            raise typer.BadParameter("that is for many seeds: add --seeds 200", param_hint=option)
    screen = console()
    with screen.status(word("running")):
        result = compare_runs(*scenarios, seed=seed, variants=variant or (), settings=settings)
    _print_once(result, screen, every=every)


def _print_once(result: Result, screen: Console, *, every: bool) -> None:
    from statesim.analysis.compare import differences
    from statesim.views.speech import say
    from statesim.views.tables import comparison

    rows = differences(result.metrics["variants"])
    screen.print(comparison(rows if every else rows[:MOST_TELLING]))
    if not every and len(rows) > MOST_TELLING:
        screen.print(say("{more} more differ: --all shows them", more=len(rows) - MOST_TELLING))


def compare_over_seeds(
    going: Comparing, how: Work, metrics: list[str], out: Path | None, *, every: bool
) -> None:
    """Do the work, print and write what came of it; after Ctrl-C of the seeds that all variants have."""
    from statesim.analysis.over_seeds import OUTCOMES
    from statesim.views.speech import say

    for each in going.plans:
        complain(each.warnings, "warning")
    screen = console()
    told = "{seeds:,} seeds for each of {count} variant{s}"
    with one_interrupt():
        whole = work(going, screen, say(told, seeds=len(going.seeds), count=len(going.names)), how)
        if not whole and not _some(going, screen, out):
            raise typer.Exit(INTERRUPTED)
        result = going.result()
        there = [metric for metric in metrics if result.has(metric)]
        for metric in [metric for metric in metrics if metric not in (*there, *OUTCOMES)]:
            screen.print(say("no run has a value of {metric}", metric=metric), style="dim")
        pictured = [metric for metric in metrics if metric in (*there, *OUTCOMES)]
        _tell(result, screen, there, every=every)
        if out is not None:
            _saved(result, screen, out, there, pictured if whole else None, how)
    _failures(result)
    if not whole:
        kept(stopped(going), going, out, screen)
        raise typer.Exit(INTERRUPTED)
    if result.failures:
        raise typer.Exit(1)


def _some(going: Comparing, screen: Console, out: Path | None) -> bool:
    """Say what is left of work that was stopped; tell whether it is enough to compare anything."""
    from statesim.views.speech import say

    whole, told = len(going.whole), stopped(going)
    if not whole:
        kept(say("{stopped}: no seed is finished in all variants", stopped=told), going, out, screen)
        return False
    said = "{stopped}: what follows is of the {whole:,} seeds that all variants have finished"
    screen.print(say(said, stopped=told, whole=whole))
    return True


def _tell(result: Comparison, screen: Console, metrics: list[str], *, every: bool) -> None:
    from statesim.views.seeds_table import seeds_tables
    from statesim.views.speech import say

    chosen = metrics or (result.metrics if every else result.metrics[:OVER_SEEDS])
    screen.print(seeds_tables(result.quick(*chosen), result.baseline, len(result.seeds)))
    more = len(result.metrics) - len(chosen)
    if not metrics and more > 0:
        told = "{more} more metrics differ: --all shows them, --metric one of them"
        screen.print("\n" + say(told, more=more))


def _saved(
    result: Comparison,
    screen: Console,
    out: Path,
    metrics: list[str],
    pictured: list[str] | None,
    how: Work,
) -> None:
    """Write what there is; `pictured`: outcomes with a picture; ``None``: nothing is drawn or run again."""
    from statesim.analysis.over_seeds import OUTCOMES
    from statesim.views.speech import say, word

    with screen.status(word("writing")):
        made = result.save(out, *metrics, pictures=False)
    if pictured is not None:
        again = word("The same command with --resume draws them.")
        made += _drawn(result, screen, out, how, pictured, again)
    _wrote(made, out, screen)
    if pictured is not None:
        _seed_drawn(result, out, screen)
    if pictured == [] and how.theme.startswith("slides"):
        told = "The slide is of what matters most; --metric draws others: {others}"
        screen.print(say(told, others=word(", ").join(OUTCOMES)), soft_wrap=True)


def _drawn(
    result: Comparison, screen: Console, out: Path, how: Work, pictured: Sequence[str], again: str
) -> list[Path]:
    def draw() -> list[Path]:
        return result.draw(out, theme=how.theme, language=how.lang, outcomes=pictured)

    return drawn(draw, screen, again)


def _wrote(made: list[Path], out: Path, screen: Console) -> None:
    from statesim.views.speech import say, word

    names = word(", ").join(path.name for path in made if path.parent == out)
    screen.print(say("wrote {names} to {out}", names=names, out=out), soft_wrap=True, markup=False)


def _seed_drawn(result: Comparison, out: Path, screen: Console) -> None:
    from statesim.compared import TIMELINES
    from statesim.views.speech import say

    told = say("The timelines are those of seed {seed}, the most typical:", seed=result.typical_seed)
    there = shlex.quote(str(out / TIMELINES))
    screen.print(f"{told} {command()} plot {there}", soft_wrap=True, markup=False)


def draw_comparison_again(directory: Path, how: Work, metrics: Sequence[str] = ()) -> None:
    """Draw the picture of the comparison in a directory, and print its tables; nothing is simulated.

    Parameters
    ----------
    metrics
        Outcomes that have a picture of their own.
    """
    from statesim.compared import read_comparison
    from statesim.views.speech import word

    result, screen = read_comparison(directory), console()
    pictured = list(dict.fromkeys(_pictured(result, metrics)))
    _tell(result, screen, [each for each in pictured if result.has(each)], every=False)
    with one_interrupt():
        made = _drawn(result, screen, directory, how, pictured, word("The same command draws it again."))
    _wrote(made, directory, screen)
    _seed_drawn(result, directory, screen)


def _pictured(result: Comparison, metrics: Sequence[str]) -> Iterator[str]:
    """Yield the metrics that can have a picture.

    Raises
    ------
    typer.BadParameter
        If no run has one of them.
    """
    from statesim.analysis.over_seeds import OUTCOMES
    from statesim.scenario.words import did_you_mean

    for metric in metrics:
        if metric not in OUTCOMES and not result.has(metric):
            said = f"no run has a value of {metric}; {did_you_mean(metric, [*OUTCOMES, *result.metrics])}"
            raise typer.BadParameter(said, param_hint="--metric")
        yield metric


def _failures(result: Comparison) -> None:
    """Name the runs that ended in an error of the program."""
    for row, source, variant in result.failures[:_FEW]:
        shown = f"{command()} run {source} --variant {variant} --seed {row.seed}"
        print(f"failed: {row.failed}: {shown}", file=sys.stderr)
    if len(result.failures) > _FEW:
        print(f"failed: {len(result.failures) - _FEW} more", file=sys.stderr)
    if result.failures:
        print("the seeds of failed runs are left out, in all variants", file=sys.stderr)
