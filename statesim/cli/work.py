"""What the commands share that run a scenario many times: over what, and what Ctrl-C does."""

from __future__ import annotations

import shlex
import signal
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from statesim.cli.common import command, counted
from statesim.cli.now_and_then import now_and_then, progress_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from rich.console import Console

    from statesim.underway import Underway

INTERRUPTED = 130

JobsOption = Annotated[
    int | None, typer.Option(help="Over how many processes; default: one for each core.", min=1)
]
DaskOption = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Run on a Dask cluster: tcp://scheduler:8786.")
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with what lies in --out: run only what is missing.")
]


@contextmanager
def one_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the work, and an impatient second one not end what keeps it."""

    def once(_: int, __: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, once)
    yield
    signal.signal(signal.SIGINT, before)  # not after an interrupt: the program is about to end


@contextmanager
def executor_at(address: str | None) -> Iterator[Any]:
    """Give what works: a Dask cluster if one is named, else (`None`) processes of this machine."""
    if address is None:
        yield None
        return
    from statesim.experiment.dask_cluster import connected

    with connected(address) as client:
        yield client


def announce(going: Underway, screen: Console, told: str) -> None:
    """Say what will be run, and what of it is there already."""
    there = f", {going.before:,} of them finished before" if going.before else ""
    screen.print(f"{told} = {counted(going.total, 'run')}{there}")
    if going.beside:
        screen.print(f"{going.beside:,} finished runs of other seeds lie there too: they stay in the tables")


def work_on(going: Underway, screen: Console, *, executor: Any, jobs: int | None) -> None:
    """Do the work under a bar that tells how far it is, and how fast; off a terminal with lines on stderr."""
    with closing(going.work(executor=executor, jobs=jobs)) as rows:
        if screen.is_terminal:
            _under_a_bar(going, rows, screen)
            return

        def line(passed_s: float) -> str:
            return progress_line(going.done, going.total, "runs", passed_s, going.effort.rate)

        with now_and_then(line):
            for _ in rows:
                pass


def _under_a_bar(going: Underway, rows: Iterable[Any], screen: Console) -> None:
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
        for _ in rows:
            failed = f", {len(going.failed)} failed" if going.failed else ""
            progress.update(task, advance=1, rate=f"{going.effort.rate:.1f} runs/s{failed}")


def stopped(going: Underway) -> str:
    """Return after how many runs it was stopped."""
    return f"stopped after {going.done:,} of {counted(going.total, 'run')}"


def kept(told: str, going: Underway, out: Path | None, screen: Console) -> None:
    """Say what is kept of work that was stopped, and how to go on with it."""
    if out is None:
        said = f"{told}; nothing is kept: with --out DIR it would be, and --resume would go on"
        print(said, file=sys.stderr)
    elif not going.done + going.beside:
        print(f"{told}; nothing is kept: the same command begins again", file=sys.stderr)
    else:
        asked = [word for word in sys.argv[1:] if word != "--resume"]
        screen.print(f"{told}; they are kept in {out}. To go on:", soft_wrap=True, markup=False)
        screen.print(f"  {command()} {shlex.join([*asked, '--resume'])}", soft_wrap=True, markup=False)


def drawn(draw: Callable[[], list[Path]], screen: Console, again: str) -> list[Path]:
    """Draw pictures; Ctrl-C ends that, with 130, where all numbers are written.

    Parameters
    ----------
    again
        How to have them later.
    """
    try:
        with screen.status("drawing"):
            return draw()
    except KeyboardInterrupt:
        screen.print(f"stopped while drawing; all numbers are written. {again}", soft_wrap=True, markup=False)
        raise typer.Exit(INTERRUPTED) from None
