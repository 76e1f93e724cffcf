"""What the commands share that run a scenario many times: their options, the work, and what Ctrl-C does."""

from __future__ import annotations

import inspect
import shlex
import signal
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from statesim.cli.common import LangOption, ThemeOption, command
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


@dataclass(frozen=True)
class Work:
    """How many runs are done, and how what comes of them is shown: options of every command that `works`."""

    theme: ThemeOption = "paper"
    lang: LangOption = "en"
    resume: ResumeOption = False
    jobs: JobsOption = None
    dask: DaskOption = None


def works(asked: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Work`; it gets them as one, as `how`, and speaks their language."""
    options = inspect.signature(Work, eval_str=True).parameters
    own = inspect.signature(asked, eval_str=True).parameters

    @wraps(asked)
    def given(**values: Any) -> None:
        from statesim.views.speech import speaking

        how = Work(**{name: values.pop(name) for name in options})
        with speaking(how.lang):
            asked(**values, how=how)

    named = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (own | options).values()]
    told = [each for each in named if each.name != "how"]
    given.__signature__ = inspect.Signature(told)  # type: ignore[attr-defined] # it is what typer reads
    given.__annotations__ = {each.name: each.annotation for each in told}
    return given


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


def work(going: Underway, screen: Console, told: str, how: Work) -> bool:
    """Announce work and do it; tell whether it came to its end, which is not Ctrl-C."""
    try:
        with executor_at(how.dask) as executor:
            announce(going, screen, told)
            work_on(going, screen, executor=executor, jobs=how.jobs)
    except KeyboardInterrupt:
        return False
    return True


def announce(going: Underway, screen: Console, told: str) -> None:
    """Say what will be run, and what of it is there already."""
    from statesim.views.speech import say

    there = say(", {before:,} of them finished before", before=going.before) if going.before else ""
    runs = say("{count:,} run{s}", count=going.total)
    screen.print(f"{told} = {runs}{there}")
    if going.beside:
        told = "{beside:,} finished runs of other seeds lie there too: they stay in the tables"
        screen.print(say(told, beside=going.beside))


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
    from statesim.views.speech import say

    return say("stopped after {done:,} of {count:,} run{s}", done=going.done, count=going.total)


def kept(told: str, going: Underway, out: Path | None, screen: Console) -> None:
    """Say what is kept of work that was stopped, and how to go on with it."""
    from statesim.views.speech import say

    if out is None:
        said = "{told}; nothing is kept: with --out DIR it would be, and --resume would go on"
        print(say(said, told=told), file=sys.stderr)
    elif not going.done + going.beside:
        print(say("{told}; nothing is kept: the same command begins again", told=told), file=sys.stderr)
    else:
        asked = [each for each in sys.argv[1:] if each != "--resume"]
        said = say("{told}; they are kept in {out}. To go on:", told=told, out=out)
        screen.print(said, soft_wrap=True, markup=False)
        screen.print(f"  {command()} {shlex.join([*asked, '--resume'])}", soft_wrap=True, markup=False)


def drawn(draw: Callable[[], list[Path]], screen: Console, again: str) -> list[Path]:
    """Draw pictures; Ctrl-C ends that, with 130, where all numbers are written.

    Parameters
    ----------
    again
        How to have them later.
    """
    from statesim.views.speech import say, word

    try:
        with screen.status(word("drawing")):
            return draw()
    except KeyboardInterrupt:
        said = say("stopped while drawing; all numbers are written. {again}", again=again)
        screen.print(said, soft_wrap=True, markup=False)
        raise typer.Exit(INTERRUPTED) from None
