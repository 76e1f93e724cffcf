"""The command that runs a scenario once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from statesim.cli.common import (
    LangOption,
    ScenarioArgument,
    SeedOption,
    SettingOption,
    ThemeOption,
    VariantsOption,
    command,
    complain,
    console,
    look_for,
    speaks,
    wrote,
)
from statesim.cli.watch import SpeedOption, StepOption, asked, play_records

if TYPE_CHECKING:
    from collections.abc import Iterator

OutOption = Annotated[Path | None, typer.Option(help="Write trace, history, metrics and pictures here.")]


@speaks
def run(
    scenario: ScenarioArgument,
    out: OutOption = None,
    seed: SeedOption = None,
    variant: VariantsOption = None,
    set_: SettingOption = None,
    pictures: Annotated[bool, typer.Option(help="Draw the timeline (with --out).")] = True,
    theme: ThemeOption = "paper",
    lang: LangOption = "en",
    watch: Annotated[
        bool,
        typer.Option("--watch", "-w", help="Play it in the terminal, in scaled time, before its summary."),
    ] = False,
    speed: SpeedOption = None,
    step: StepOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but problems.")] = False,
) -> None:
    """Run a scenario with all its variants; exit 1 if an expectation fails.

    Expectations are written for the scenario's own seed and values; what they say of a run with --seed or
    --set is marked as that.
    """
    from statesim.analysis.as_written import expected
    from statesim.api import Result
    from statesim.experiment.loading import load_with
    from statesim.experiment.run import run_variants
    from statesim.scenario.settings import parse_values
    from statesim.views.outputs import writable
    from statesim.views.tables import expectation_lines, finding_lines, look_for_heading, points, summary

    watch = asked(speed, watch=watch, step=step, quiet=quiet)
    if out is not None:
        writable(out)
    values = parse_values(set_ or ())
    loaded = load_with(scenario, values, only=variant or ())
    complain(loaded.warnings, "warning")
    screen = console()
    with screen.status("starting") as status:
        records = run_variants(
            loaded,
            seed=seed,
            only=variant or (),
            started=lambda v: status.update(f"running {v.name}"),
        )
        result = Result(records, *expected(loaded, [each.variant for each in records], seed, values))
        if out is not None:
            status.update("drawing" if pictures else "writing")
            paths = result.save(out, pictures=pictures, theme=theme, language=lang)
    if watch:
        play_records(records, speed, step=step)
    if quiet:
        told = [line for _, line, passed in expectation_lines(result.metrics) if not passed]
        for word, lines in (("finding", finding_lines(result.metrics)), ("failed", told)):
            for line in lines:
                print(f"{word}: {line}", file=sys.stderr)
    else:
        screen.print(summary(result.metrics, {each.variant: each.title_in(lang) for each in records}))
        if told := look_for(loaded.base.metadata.said_in(lang), out, result.metrics):
            screen.print(points(look_for_heading(result.metrics), told), crop=False)
        if out is not None:
            for line in _left(out, paths, result.removed):
                screen.print(line, soft_wrap=True, markup=False)
    if not result.passed:
        raise typer.Exit(1)


def _left(out: Path, made: list[Path], removed: list[Path]) -> Iterator[str]:
    """Tell what lies in a directory now: how many files, and by name those that people open."""
    from statesim.views.leftovers import REPLAY
    from statesim.views.speech import say, word

    telling = [path.name for path in made if path.parent == out and path.suffix in (".png", ".html")]
    yield wrote(len(made), out, telling)
    if removed:
        names = word(", ").join(str(path.relative_to(out)) for path in removed)
        yield say("removed {count} of an earlier run: {names}", count=len(removed), names=names)
    if out / REPLAY in removed:
        again = f"{command()} replay {out}"
        told = "{replay} would have played the earlier run; {again} makes it again"
        yield say(told, replay=REPLAY, again=again)
