"""The command that looks for failures."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from statesim.cli.common import ScenarioArgument, command, complain, console
from statesim.cli.now_and_then import now_and_then, progress_line
from statesim.cli.work import DaskOption, JobsOption, executor_at, one_interrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from statesim.experiment.search import Found, Progress
    from statesim.experiment.search_runs import Question
    from statesim.searched import SearchResult

NOT_FOUND, INTERRUPTED = 1, 130

HELP = """Look for a failure, and keep the fewest faults that show it.

Faults are drawn by lot over the scenario's own cluster, one plan a seed (swarm testing), until a run
shows what --for says. That plan is shrunk by delta debugging: the fewest faults, on the fewest targets,
the shortest, the earliest. Whatever is left is needed. It is written as a scenario to run and to show.

\b
Examples:
  statesim search pg-node-crash --variant patroni-async --for "clients.shop.lost > 0"
  statesim search S.yaml --for "clients.shop.longest_outage_s > 60 and nodes.down_s == 0"
  statesim search S.yaml --for "findings.total > 0" --faults node-pause,process-pause --all

Exit code: 0 = found, 1 = not found (which proves nothing), 2 = the input is wrong, 130 = interrupted.
"""


def search(
    scenario: ScenarioArgument,
    looked_for: Annotated[
        str,
        typer.Option(
            "--for",
            help="What a run shall show: metrics as in expect:, compared by <, <=, >, >=, ==, !=, "
            "joined by and, or.",
        ),
    ],
    variant: Annotated[
        str | None, typer.Option(help="Which variant; needed where there are several.")
    ] = None,
    but_not: Annotated[
        str | None,
        typer.Option(metavar="VARIANT", help="Another variant, in which the same faults shall not show it."),
    ] = None,
    faults: Annotated[
        str | None,
        typer.Option(
            help="What is drawn from, with commas: words of the timeline (node-crash), force-delete, or "
            "faults (what breaks by itself; the default), actions (what people do), all."
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="How many plans are tried at most.", min=1)] = 1_000,
    seed: Annotated[int, typer.Option(help="The first plan's seed, which its run has as well.", min=0)] = 1,
    most: Annotated[int, typer.Option(help="How many faults a plan has at most.", min=1)] = 12,
    keep_timeline: Annotated[
        bool, typer.Option("--keep-timeline", help="Let the scenario's own timeline happen as well.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Try all seeds, to learn how many show it; the first is shrunk.")
    ] = False,
    shrink_runs: Annotated[
        int, typer.Option(help="How many runs shrinking may take; 0 = do not shrink.", min=0)
    ] = 400,
    out: Annotated[
        Path | None, typer.Option(help="Where what is found is written; default: NAME-found.yaml here.")
    ] = None,
    jobs: JobsOption = None,
    dask: DaskOption = None,
) -> None:
    """Look for a failure; `HELP` is what people read."""
    from statesim.api import load
    from statesim.searched import search as look

    loaded = load(scenario)
    complain(loaded.warnings, "warning")
    words = [] if faults is None else [word.strip() for word in faults.split(",")]
    if "" in words:
        said = f"{faults!r} has a comma with no word before or after it"
        raise typer.BadParameter(said, param_hint="--faults")
    path = _free(loaded.base.metadata.name) if out is None else _writable(out)
    screen = console()
    with one_interrupt():
        with executor_at(dask) as executor, _progress(screen, seeds) as told:
            result = look(
                scenario,
                looked_for,
                variant=variant,
                but_not=but_not,
                faults=words,
                seeds=seeds,
                seed=seed,
                most=most,
                keep_timeline=keep_timeline,
                every=every,
                most_runs=shrink_runs,
                jobs=jobs,
                executor=executor,
                told=told,
            )
        for line in told_lines(result, range(seed, seed + seeds)):
            screen.print(line, soft_wrap=True, markup=False)
        if result.found:
            result.save(path)
            ran = f"{command()} run {path} --out out/{path.stem}"
            screen.print(f"wrote {path}; see it:  {ran}", soft_wrap=True, markup=False)
    if result.details.interrupted:
        raise typer.Exit(INTERRUPTED)
    if not result.found:
        raise typer.Exit(NOT_FOUND)


def _free(name: str) -> Path:
    """Return a file's name that nothing has yet: what was found before is kept."""
    return next(path for number in count(1) if not (path := Path(_numbered(name, number))).exists())


def _numbered(name: str, number: int) -> str:
    return f"{name}-found{'' if number == 1 else f'-{number}'}.yaml"


def _writable(path: Path) -> Path:
    """Return a file that can be written, as far as that can be known before the work is done."""
    if path.is_dir():
        raise typer.BadParameter(
            f"{path} is a folder; a file is written, like {path}/found.yaml", param_hint="--out"
        )
    if path.exists():
        said = f"{path} is there already, and is not overwritten: name another file, or remove it"
        raise typer.BadParameter(said, param_hint="--out")
    from statesim.views.outputs import writable

    writable(path.parent)
    return path


@contextmanager
def _progress(screen: Console, seeds: int) -> Iterator[Callable[[Progress], None]]:
    """Show how far the search is; each stage has a bar."""
    if not screen.is_terminal:
        with _lines(seeds) as told:
            yield told
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = ("[progress.description]{task.description}", BarColumn(), MofNCompleteColumn())
    with Bars(*columns, TimeElapsedColumn(), console=screen, transient=True) as bars:
        tasks: dict[str, Any] = {"search": bars.add_task("plans", total=seeds)}

        def told(progress: Progress) -> None:
            stage = progress.stage
            if stage not in tasks:
                tasks[stage] = bars.add_task("shrinking", total=progress.of)
            words = {
                "search": f"plans, {progress.found} found" if progress.found else "plans",
                "shrink": f"shrinking, {_faults(progress.faults)} left",
            }
            bars.update(tasks[stage], completed=progress.done, description=words[stage])

        yield told


@contextmanager
def _lines(seeds: int) -> Iterator[Callable[[Progress], None]]:
    """Say how far the search is, a line now and then."""
    latest: list[Progress] = []

    def line(passed_s: float) -> str:
        if not latest:
            return progress_line(0, seeds, "plans", passed_s)
        shrinking = f"runs to shrink ({_faults(latest[0].faults)} left)"
        word = "plans" if latest[0].stage == "search" else shrinking
        return progress_line(latest[0].done, latest[0].of, word, passed_s)

    def told(progress: Progress) -> None:
        latest[:] = [progress]

    with now_and_then(line):
        yield told


def _faults(number: int) -> str:
    return "1 fault" if number == 1 else f"{number} faults"


def told_lines(result: SearchResult, seeds: range) -> Iterator[str]:
    """Yield what a search found out, a line each."""
    from statesim.analysis.expectations import shown
    from statesim.analysis.statistics import CONFIDENCE, proportion_interval

    found = result.details
    predicate = found.question.predicate
    stopped = ", then it was interrupted" if found.interrupted and found.shrunk is None else ""
    plans = f"{found.tried} plan{'s' * (found.tried != 1)} tried{stopped}"
    if found.anyway:
        yield f"{found.anyway} showed it without their faults as well, by chance; that is not counted"
    if not result.found:
        if not found.tried:
            yield "interrupted before a plan had been tried"
            return
        yield f"{plans}: none shows {predicate}{_not_under(found.question)}"
        if found.question.other is not None:
            yield _in_both(found)
        most = proportion_interval(0, found.tried).high
        yield f"  that is no proof: up to {_share(most)} of such plans may ({CONFIDENCE:.0%} sure)"
        yield f"  drawn from {', '.join(found.words)}, between {found.begin_s} s and {found.end_s} s"
        yield f"  look further: --seed {seeds.start + found.tried}, --faults all, --most 30"
        return
    first = found.violating[0]
    shows = f"{len(found.violating)} of them show" if len(found.violating) > 1 else "one shows"
    rate = f" ({_share(len(found.violating) / found.tried)})" if found.tried == len(seeds) else ""
    of_first = f"seed {first.seed}, {_faults(len(first.plan.rows))}"
    yield f"{plans}, {shows}{rate} {predicate}; the first: {of_first}"
    if found.shrunk is not None:
        yield _shrunk(result)
    yield from (f"  {line}" for line in acts(result))
    yield "  " + ", ".join(f"{path} is {shown(value)}" for path, value in result.values.items())
    if found.question.other is not None:
        told = ", ".join(f"{path} is {shown(value)}" for path, value in result.smallest.elsewhere.items())
        yield f"  under {found.question.other.name}: {told}"


def _not_under(question: Question) -> str:
    """Return in which variant it shall be there, and in which not; nothing if there is one variant."""
    return (
        "" if question.other is None else f" under {question.base.name} and not under {question.other.name}"
    )


def _in_both(found: Found) -> str:
    base, other = found.question.base.name, (found.question.other or found.question.base).name
    if not found.both:
        return f"  none of them shows it under {base} at all, whatever {other} does"
    plans = f"{found.both} of them {'shows' if found.both == 1 else 'show'} it"
    return f"  {plans} under {base}, and under {other} as well"


def _shrunk(result: SearchResult) -> str:
    left = len(result.timeline)
    whole = f"shrunk to {_faults(left)} in {result.runs} runs"
    if result.minimal:
        needed = "without it the same run shows nothing" if left == 1 else "each of them is needed"
        return f"{whole}; {needed}"
    if result.details.failed:
        return f"{whole}; then a run failed ({result.details.failed}), so that some may not be needed"
    why = "interrupted" if result.details.interrupted else "that many were granted (--shrink-runs)"
    return f"{whole}; {why}, so that some may not be needed"


def acts(result: SearchResult) -> Iterator[str]:
    """Yield the faults of the smallest plan, with their times."""
    from statesim.experiment.search_shown import label
    from statesim.kernel.spans import SECOND
    from statesim.scenario.units import format_duration

    for row in result.timeline:
        lasts = f" for {format_duration(row['for'] * SECOND)}" if "for" in row else ""
        yield f"{format_duration(row['at'] * SECOND):>6}  {label(row)}{lasts}"


def _share(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else f"{share:.3%}"
