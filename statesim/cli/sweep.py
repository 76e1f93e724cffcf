"""The command that runs a scenario a thousand times."""

from __future__ import annotations

import shlex
import sys
from contextlib import closing
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from statesim.cli.common import ScenarioArgument, VariantsOption, command, complain, console, wrote
from statesim.cli.work import DaskOption, JobsOption, executor_at, one_interrupt

if TYPE_CHECKING:
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
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the sweep in --out: run only what is missing.")
    ] = False,
    pictures: Annotated[bool, typer.Option(help="Draw the distributions (with --out).")] = True,
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
            _announce(going, screen)
            with executor_at(dask) as executor:
                _work(going, screen, executor=executor, jobs=jobs)
        except KeyboardInterrupt:
            _interrupted(going, screen, out)
            raise typer.Exit(130) from None
    result = going.result()
    tell(result, screen, metric or (), workers=None if dask else jobs or cores())
    if out is not None:
        _saved(result, screen, out, pictures=pictures)
    if result.failed:
        _failures(result)
        raise typer.Exit(1)


def _announce(going: Sweeping, screen: Console) -> None:
    """Say what will be run, where a variant has no place for a setting, and what is there already."""
    outline = going.plan.outline
    cases = len(outline.cases)
    told = (
        f"{outline.scenario}: {len(going.seeds):,} seeds for each of {cases} case{'s' if cases > 1 else ''}"
    )
    there = f", {going.before:,} of them finished before" if going.before else ""
    screen.print(f"{told} = {going.total:,} runs{there}")
    if going.beside:
        screen.print(f"{going.beside:,} finished runs of other seeds lie there too: they stay in the tables")
    by_paths: dict[tuple[str, ...], list[str]] = {}
    for name, paths in going.plan.idle.items():
        by_paths.setdefault(tuple(paths), []).append(name)
    for paths, names in by_paths.items():
        screen.print(
            f"without {', '.join(paths)}, for which there is no place: {', '.join(names)}", style="dim"
        )


def _work(going: Sweeping, screen: Console, *, executor: Any, jobs: int | None) -> None:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, transient=True, speed_estimate_period=60) as progress:
        task = progress.add_task("runs", total=going.total, completed=going.before, rate="")
        with closing(going.work(executor=executor, jobs=jobs)) as rows:
            for _ in rows:
                failed = f", {len(going.failed)} failed" if going.failed else ""
                rate = f"{going.effort.rate:.1f} runs/s{failed}"
                progress.update(task, advance=1, rate=rate)


def tell(
    result: Sweep, screen: Console, metrics: list[str] | tuple[str, ...] = (), *, workers: int | None = None
) -> None:
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


def _saved(result: Sweep, screen: Console, out: Path, *, pictures: bool) -> None:
    from statesim.views.sweep_outputs import HINT, parquet

    with screen.status("drawing" if pictures else "writing"):
        paths = result.save(out, pictures=pictures)
    _wrote(paths, out, screen)
    if not parquet():
        screen.print(HINT, markup=False, style="dim")


def _wrote(paths: list[Path], out: Path, screen: Console) -> None:
    named = [path.name for path in paths if path.suffix != ".svg"]
    screen.print(wrote(len(paths), out, named), soft_wrap=True, markup=False)


def draw_again(directory: Path) -> None:
    """Draw the pictures of the sweep that lies in a directory, and print its tables; nothing is simulated."""
    from statesim.swept import read_sweep

    result, screen = read_sweep(directory), console()
    tell(result, screen)
    with screen.status("drawing"):
        paths = result.draw(directory)
    _wrote(paths, directory, screen)


def _interrupted(going: Sweeping, screen: Console, out: Path | None) -> None:
    """Say what is kept, and how to go on."""
    done = len(going.rows) - going.beside
    told = f"stopped after {done:,} of {going.total:,} runs"
    if out is None:
        print(
            f"{told}; nothing is kept: with --out DIR it would be, and --resume would go on", file=sys.stderr
        )
        return
    if not going.rows:
        print(f"{told}: the same command begins again", file=sys.stderr)
        return
    if done:
        going.result().save(out, pictures=False)
    asked = [word for word in sys.argv[1:] if word != "--resume"]
    again = f"{command()} {shlex.join([*asked, '--resume'])}"
    screen.print(f"{told}; they are kept in {out}. To go on:", soft_wrap=True, markup=False)
    screen.print(f"  {again}", soft_wrap=True, markup=False)


def _failures(result: Sweep) -> None:
    """Name the runs that ended in an error of the program; the tables do not have them."""
    from statesim.views.sweep_tables import run_command

    outline = result.outline
    for row in result.failed[:FEW]:
        shown = run_command(command(), outline.source, outline.cases[row.case], row.seed)
        print(f"failed: {row.failed}: {shown}", file=sys.stderr)
    if len(result.failed) > FEW:
        print(f"failed: {len(result.failed) - FEW} more", file=sys.stderr)
