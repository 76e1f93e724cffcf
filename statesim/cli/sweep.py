"""The command that runs a scenario a thousand times."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from statesim.cli.common import ScenarioArgument, VariantsOption, command, complain, console, wrote
from statesim.cli.work import INTERRUPTED, Work, drawn, kept, one_interrupt, stopped, work, works

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from statesim.swept import Sweep, Sweeping

FEW = 10


@works
def sweep(
    scenario: ScenarioArgument,
    seeds: Annotated[int, typer.Option(help="How many seeds, one after the other.", min=1)] = 1000,
    seed: Annotated[int, typer.Option(help="The first of them.", min=0)] = 1,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=A,B",
            help="Try each of these values of the scenario: systems.pg.parameters.ttl=30s,60s. "
            "May be repeated: then all combinations are tried.",
        ),
    ] = None,
    variant: VariantsOption = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="Tell of this metric (clients.shop.sessions_broken); may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep every finished run here; write runs.csv and runs.parquet.")
    ] = None,
    pictures: Annotated[bool, typer.Option(help="Draw the distributions (with --out).")] = True,
    *,
    how: Work,
) -> None:
    """Run a scenario with many seeds: outages, losses and availability as distributions.

    Every variant and every combination of settings sees the same seeds. Ctrl-C keeps what is finished, in
    --out, and --resume goes on.
    """
    from statesim.experiment.executors import cores
    from statesim.scenario.settings import parse_settings
    from statesim.swept import prepare

    going = prepare(
        scenario,
        seeds=range(seed, seed + seeds),
        settings=parse_settings(set_ or ()),
        variants=variant or (),
        out=out,
        resume=how.resume,
        metrics=metric or (),
    )
    complain(going.plan.warnings, "warning")
    screen = console()
    _idle(going, screen)
    with one_interrupt():
        if not work(going, screen, _told(going), how):
            if going.done:
                _so_far(going, screen, metric or (), out)
            kept(stopped(going), going, out, screen)
            raise typer.Exit(INTERRUPTED)
        result = going.result()
        tell(result, screen, metric or (), workers=None if how.dask else how.jobs or cores())
        if out is not None:
            _saved(result, screen, out, how, pictures=pictures)
    if result.failed:
        _failures(result)
        raise typer.Exit(1)


def _so_far(going: Sweeping, screen: Console, metrics: Sequence[str], out: Path | None) -> None:
    """Print the tables of work that was stopped, and write those of all its runs if there is a place."""
    from statesim.views.speech import say

    screen.print(say("{stopped}: what follows is of those", stopped=stopped(going)))
    result = going.result()
    if out is not None:
        result.save(out, pictures=False)
    tell(result, screen, metrics)


def _told(going: Sweeping) -> str:
    """Return what will be run."""
    from statesim.views.speech import say

    outline = going.plan.outline
    seeds = say("{count:,} seed{s}", count=len(going.seeds))
    told = "{scenario}: {seeds} for each of {count} case{s}"
    return say(told, scenario=outline.scenario, seeds=seeds, count=len(outline.cases))


def _idle(going: Sweeping, screen: Console) -> None:
    """Say where a variant has no place for a setting."""
    from statesim.views.speech import say, word

    by_paths: dict[tuple[str, ...], list[str]] = {}
    for name, paths in going.plan.idle.items():
        by_paths.setdefault(tuple(paths), []).append(name)
    for paths, names in by_paths.items():
        told = "without {paths}, for which there is no place: {names}"
        said = say(told, paths=word(", ").join(paths), names=word(", ").join(names))
        screen.print(said, style="dim")


def tell(result: Sweep, screen: Console, metrics: Sequence[str] = (), *, workers: int | None = None) -> None:
    """Print the distributions, the effort, and the commands that show the worst runs."""
    from statesim.views.speech import say, word
    from statesim.views.sweep_tables import effort_text, sweep_summary, worst_lines

    outline = result.outline
    there = [metric for metric in metrics if metric in result.runs.columns]
    for metric in [metric for metric in metrics if metric not in there]:
        screen.print(say("no run has a value of {metric}", metric=metric), style="dim")
    found = result.distributions(*there)
    screen.print(sweep_summary(found, outline.cases))
    if result.effort is not None and result.effort.runs:
        screen.print(effort_text(result.effort, workers))
    lines = worst_lines(found, outline.cases, command(), outline.source)
    if lines:
        screen.print(word("the worst run of each, and how to see it:"), style="bold")
    for line in lines[:FEW]:
        screen.print(line, soft_wrap=True, markup=False)
    if len(lines) > FEW:
        told = "{more} more cases: their worst seeds stand in the table"
        screen.print(say(told, more=len(lines) - FEW))


def _saved(result: Sweep, screen: Console, out: Path, how: Work, *, pictures: bool) -> None:
    from statesim.views.speech import say, word
    from statesim.views.sweep_outputs import HINT, parquet

    with screen.status(word("writing")):
        paths = result.save(out, pictures=False)
    if pictures:
        again = say("To draw: {command}", command=f"{command()} plot {shlex.quote(str(out))}")
        paths += drawn(lambda: result.draw(out, theme=how.theme, language=how.lang), screen, again)
    _wrote(paths, out, screen)
    if not parquet():
        screen.print(word(HINT), markup=False, style="dim")


def _wrote(paths: list[Path], out: Path, screen: Console) -> None:
    named = [path.name for path in paths if path.suffix != ".svg"]
    screen.print(wrote(len(paths), out, named), soft_wrap=True, markup=False)


def draw_again(directory: Path, how: Work, metrics: Sequence[str] = (), variants: Sequence[str] = ()) -> None:
    """Draw the pictures of the sweep that lies in a directory, and print its tables; nothing is simulated.

    With metrics or variants only the distributions of those are drawn, beside the pictures that are there.
    """
    from statesim.swept import read_sweep
    from statesim.views.speech import word

    result, screen = read_sweep(directory).only(variants), console()
    chosen = result.known(metrics)
    tell(result, screen, chosen)

    def draw() -> list[Path]:
        look = {"theme": how.theme, "language": how.lang}
        if not metrics and not variants:
            return result.draw(directory, **look)
        return result.draw_distributions(directory, *chosen, named=variants, **look)

    with one_interrupt():
        paths = drawn(draw, screen, word("The same command draws them again."))
    _wrote(paths, directory, screen)


def _failures(result: Sweep) -> None:
    """Name the runs that ended in an error of the program; the tables do not have them."""
    from statesim.views.sweep_tables import run_command

    outline = result.outline
    for row in result.failed[:FEW]:
        shown = run_command(command(), outline.source, outline.cases[row.case], row.seed)
        print(f"failed: {row.failed}: {shown}", file=sys.stderr)
    if len(result.failed) > FEW:
        print(f"failed: {len(result.failed) - FEW} more", file=sys.stderr)
