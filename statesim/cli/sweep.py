"""The command that runs a scenario a thousand times."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from statesim.cli.common import (
    ScenarioArgument,
    ThemeOption,
    VariantsOption,
    command,
    complain,
    console,
    wrote,
)
from statesim.cli.work import (
    INTERRUPTED,
    DaskOption,
    JobsOption,
    ResumeOption,
    announce,
    drawn,
    executor_at,
    kept,
    one_interrupt,
    stopped,
    work_on,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from statesim.swept import Sweep, Sweeping

FEW = 10


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
    resume: ResumeOption = False,
    pictures: Annotated[bool, typer.Option(help="Draw the distributions (with --out).")] = True,
    theme: ThemeOption = "paper",
    jobs: JobsOption = None,
    dask: DaskOption = None,
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
        resume=resume,
        metrics=metric or (),
    )
    complain(going.plan.warnings, "warning")
    screen = console()
    with one_interrupt():
        try:
            with executor_at(dask) as executor:
                _announce(going, screen)
                work_on(going, screen, executor=executor, jobs=jobs)
        except KeyboardInterrupt:
            if going.done:
                _so_far(going, screen, metric or (), out)
            kept(stopped(going), going, out, screen)
            raise typer.Exit(INTERRUPTED) from None
        result = going.result()
        tell(result, screen, metric or (), workers=None if dask else jobs or cores())
        if out is not None:
            _saved(result, screen, out, pictures=pictures, theme=theme)
    if result.failed:
        _failures(result)
        raise typer.Exit(1)


def _so_far(going: Sweeping, screen: Console, metrics: Sequence[str], out: Path | None) -> None:
    """Print the tables of work that was stopped, and write those of all its runs if there is a place."""
    screen.print(f"{stopped(going)}: what follows is of those")
    result = going.result()
    if out is not None:
        result.save(out, pictures=False)
    tell(result, screen, metrics)


def _announce(going: Sweeping, screen: Console) -> None:
    """Say what will be run, where a variant has no place for a setting, and what is there already."""
    outline = going.plan.outline
    cases = len(outline.cases)
    seeds = len(going.seeds)
    each = f"{seeds:,} seed{'s' if seeds != 1 else ''} for each of {cases} case{'s' if cases > 1 else ''}"
    announce(going, screen, f"{outline.scenario}: {each}")
    by_paths: dict[tuple[str, ...], list[str]] = {}
    for name, paths in going.plan.idle.items():
        by_paths.setdefault(tuple(paths), []).append(name)
    for paths, names in by_paths.items():
        screen.print(
            f"without {', '.join(paths)}, for which there is no place: {', '.join(names)}", style="dim"
        )


def tell(result: Sweep, screen: Console, metrics: Sequence[str] = (), *, workers: int | None = None) -> None:
    """Print the distributions, the effort, and the commands that show the worst runs."""
    from statesim.views.sweep_tables import effort_text, sweep_summary, worst_lines

    outline = result.outline
    there = [metric for metric in metrics if metric in result.runs.columns]
    for metric in [metric for metric in metrics if metric not in there]:
        screen.print(f"no run has a value of {metric}", style="dim")
    found = result.distributions(*there)
    screen.print(sweep_summary(found, outline.cases))
    if result.effort is not None and result.effort.runs:
        screen.print(effort_text(result.effort, workers))
    lines = worst_lines(found, outline.cases, command(), outline.source)
    if lines:
        screen.print("the worst run of each, and how to see it:", style="bold")
    for line in lines[:FEW]:
        screen.print(line, soft_wrap=True, markup=False)
    if len(lines) > FEW:
        screen.print(f"{len(lines) - FEW} more cases: their worst seeds stand in the table")


def _saved(result: Sweep, screen: Console, out: Path, *, pictures: bool, theme: str) -> None:
    from statesim.views.sweep_outputs import HINT, parquet

    with screen.status("writing"):
        paths = result.save(out, pictures=False)
    if pictures:
        again = f"To draw: {command()} plot {shlex.quote(str(out))}"
        paths += drawn(lambda: result.draw(out, theme=theme), screen, again)
    _wrote(paths, out, screen)
    if not parquet():
        screen.print(HINT, markup=False, style="dim")


def _wrote(paths: list[Path], out: Path, screen: Console) -> None:
    named = [path.name for path in paths if path.suffix != ".svg"]
    screen.print(wrote(len(paths), out, named), soft_wrap=True, markup=False)


def draw_again(
    directory: Path, theme: str, metrics: Sequence[str] = (), variants: Sequence[str] = ()
) -> None:
    """Draw the pictures of the sweep that lies in a directory, and print its tables; nothing is simulated.

    With metrics or variants only the distributions of those are drawn, beside the pictures that are there.
    """
    from statesim.swept import read_sweep

    result, screen = read_sweep(directory).only(variants), console()
    chosen = result.known(metrics)
    tell(result, screen, chosen)

    def draw() -> list[Path]:
        if not metrics and not variants:
            return result.draw(directory, theme=theme)
        return result.draw_distributions(directory, *chosen, named=variants, theme=theme)

    with one_interrupt():
        paths = drawn(draw, screen, "The same command draws them again.")
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
