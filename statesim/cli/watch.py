"""The command that plays a run in the terminal, and what `run --watch` shares with it."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from statesim.cli.common import DirArgument, console, reads_a_run, variant_of
from statesim.cli.work import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.analysis.record import RunRecord
    from statesim.views.live.frame import Scene

SPEED_AUTO = "auto"
SpeedOption = Annotated[
    str | None,
    typer.Option(
        metavar="10x|auto",
        help="How fast to play: 10x is ten seconds of the run in one; auto (the default) hurries through "
        "quiet time and lingers where something happens, a minute in all.",
    ),
]
StepOption = Annotated[
    bool,
    typer.Option("--step", help="Stop at each notable event: Enter or Space goes on, b goes back, q ends."),
]


@reads_a_run
def watch(
    directory: DirArgument,
    speed: SpeedOption = None,
    step: StepOption = False,
    variant: Annotated[
        list[str] | None, typer.Option(help="Only this variant; may be repeated, to set some side by side.")
    ] = None,
) -> None:
    """Play a finished run in the terminal: pods as kubectl shows them, what is really so, and the clients.

    Without a terminal it prints what happens, a line each, at once, or at the speed that is asked for.
    """
    check(speed, step=step)
    from statesim.views.outputs import read_runs

    records = {record.variant: record for record in read_runs(directory)}
    names = list(dict.fromkeys(variant or records))
    play_records([variant_of(records, name) for name in names], speed, step=step)


def check(speed: str | None, *, step: bool) -> None:
    """Refuse what cannot be, before anything runs."""
    from statesim.cli.terminal import has_keys
    from statesim.views.live.course import speed_named

    try:
        speed_named(speed or SPEED_AUTO)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--speed") from error
    if step and speed is not None:
        raise typer.BadParameter("with --step you are the clock: leave --speed out", param_hint="--step")
    if step and not (has_keys() and console().is_terminal):
        said = "this waits for keys, and here is no terminal to press them in; without it the run is played"
        raise typer.BadParameter(said, param_hint="--step")


def asked(speed: str | None, *, watch: bool, step: bool, quiet: bool) -> bool:
    """Tell whether a run shall be played: a speed or steps mean that too."""
    if not (watch or step or speed is not None):
        return False
    check(speed, step=step)
    if quiet:
        raise typer.BadParameter("a run that is played is not quiet: leave one out", param_hint="--quiet")
    return True


def play_records(records: Iterable[RunRecord], speed: str | None, *, step: bool) -> None:
    """Play runs on the screen; where there is none, print them as lines. Ctrl-C ends with 130."""
    from statesim.analysis.object_record import ObjectRecord
    from statesim.analysis.reading import Reading
    from statesim.views.live.course import speed_named
    from statesim.views.live.frame import Scene
    from statesim.views.live.play import play, show, step_through

    scenes = [Scene(Reading(ObjectRecord(record).record)) for record in records]
    shown = show(scenes, speed_named(speed or SPEED_AUTO))
    screen = console()
    try:
        if not screen.is_terminal or screen.is_dumb_terminal:
            _print(scenes, speed)
            return
        from statesim.cli.terminal import taken

        with taken(screen) as terminal:
            if step:
                step_through(shown, terminal)
            else:
                play(shown, terminal, time.monotonic)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def _print(scenes: Iterable[Scene], speed: str | None) -> None:
    """Print runs as lines, one after the other: at once, or at the speed that is asked for."""
    from statesim.views.live.course import course, speed_named
    from statesim.views.live.lines import lines
    from statesim.views.live.play import tell

    for place, scene in enumerate(scenes):
        print(("\n" if place else "") + scene.title)
        paced = None if speed is None else course(scene.notable, scene.duration_us, speed_named(speed))
        tell(lines(scene), paced, partial(print, flush=paced is not None), time.sleep)
