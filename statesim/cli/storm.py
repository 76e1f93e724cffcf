"""The command that runs storms: faults by lot, then calm."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from statesim.cli.common import console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from statesim.experiment.storm_runs import Outcome

FEW = 25


def storm(
    seed: Annotated[int, typer.Option(help="The storm, or the first of them.", min=0)] = 1,
    seeds: Annotated[int, typer.Option(help="How many storms, one seed after the other.", min=1)] = 1,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Draw also forced deletions of pods whose machine may still run.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write what a single storm, or each that failed, leaves behind.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="Write the storm as a scenario instead of running it.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Over how many processes; default: all.", min=1)] = None,
) -> None:
    """Run storms: faults by lot, then all is put right. Exit 1 if a rule broke or anything stayed wrong."""
    from statesim.views.outputs import writable

    if write is not None:
        if seeds > 1:
            raise typer.BadParameter("one storm at a time is written", param_hint="--write")
        _write(seed, write, unsafe=unsafe)
        return
    if out is not None:
        writable(out)
    screen = console()
    outcomes = _run(range(seed, seed + seeds), screen, unsafe=unsafe, jobs=jobs or os.cpu_count() or 1)
    tell(outcomes, screen)
    failed = [one for one in outcomes if not one.passed]
    if out is not None:
        for one in outcomes if seeds == 1 else failed:
            _save(one, out if seeds == 1 else out / f"storm-{one.seed}", screen)
    if failed:
        raise typer.Exit(1)


def _write(seed: int, path: Path, *, unsafe: bool) -> None:
    from statesim.experiment.storm import storm as draw
    from statesim.scenario.written import to_yaml

    text = to_yaml(draw(seed, unsafe=unsafe).to_dict())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"wrote {path}")


def _run(seeds: range, screen: Console, *, unsafe: bool, jobs: int) -> list[Outcome]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    from statesim.experiment.storm_runs import weathers

    columns = ("[progress.description]{task.description}", BarColumn(), MofNCompleteColumn())
    outcomes: list[Outcome] = []
    failed = 0
    with Progress(*columns, TimeElapsedColumn(), console=screen, transient=True) as progress:
        task = progress.add_task("storms", total=len(seeds))
        for one in weathers(seeds, unsafe=unsafe, jobs=jobs):
            outcomes.append(one)
            failed += not one.passed
            told = f"storms, {failed} failed" if failed else "storms"
            progress.update(task, advance=1, description=told)
    return outcomes


def tell(outcomes: list[Outcome], screen: Console) -> None:
    """Print a row for each of a few storms, or for each that failed, and how to see those."""
    from rich.table import Table

    failed = [one for one in outcomes if not one.passed]
    shown: Iterable[Outcome] = outcomes if len(outcomes) <= FEW else failed
    table = Table(box=None, header_style="bold")
    for column, justify in (("seed", "right"), ("rows", "right"), ("events", "right"), ("outcome", "left")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for one in shown:
        told = "[green]calm[/]" if one.passed else f"[red]failed[/]: {one.first}"
        table.add_row(str(one.seed), str(one.rows), f"{one.events:,}", told)
    if table.row_count:
        screen.print(table)
    for one in failed:
        screen.print(f"see storm {one.seed}:  {one.command}", soft_wrap=True, markup=False)
    events = sum(one.events for one in outcomes)
    excused = Counter(lesson for one in outcomes for lesson in one.lessons)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(excused.items()))
    lessons = f"; broken rules that people had been warned of: {kinds}" if kinds else ""
    storms = "1 storm" if len(outcomes) == 1 else f"{len(outcomes)} storms"
    screen.print(f"{storms}, {events:,} events, {len(failed)} failed{lessons}")


def _save(one: Outcome, out: Path, screen: Console) -> None:
    from statesim.api import run
    from statesim.experiment.storm import storm as draw

    for path in run(draw(one.seed, unsafe=one.unsafe)).save(out):
        screen.print(f"wrote {path}", soft_wrap=True)
