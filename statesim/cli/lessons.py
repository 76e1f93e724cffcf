"""The command of the course: list the lessons, tell of one, copy them out."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from statesim.cli.common import command, console, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from statesim.lessons.course import Lesson

_HEADS = {
    "en": ("lesson", "min", "title", "what is learned"),
    "zh": ("课程", "分钟", "标题", "学到什么"),
}


def lessons(
    name: Annotated[
        str | None, typer.Argument(help="Tell of this one: 02-storage, 2 or storage. The default lists all.")
    ] = None,
    lang: Annotated[str, typer.Option(help="en (English) or zh (简体中文).")] = "en",
    track: Annotated[
        int | None, typer.Option(help="Only what fits into 20, 45 or 90 minutes.", metavar="MINUTES")
    ] = None,
    copy: Annotated[
        Path | None, typer.Option(help="Copy the notebooks and the speaker's notes to this folder.")
    ] = None,
    replays: Annotated[
        bool | None,
        typer.Option(
            "--replays/--no-replays",
            help="With --copy: also the runs that are shown, to play without statesim. The default.",
        ),
    ] = None,
    solutions: Annotated[
        bool, typer.Option("--solutions", help="With --copy: with the exercises solved.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --copy: overwrite notebooks that are there.")
    ] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Print the speaker's notes.")] = False,
) -> None:
    """List the lessons of the workshop, tell of one, or copy them out as notebooks.

    Each lesson is a notebook: predict, run, see, and an exercise that is checked by running the answer. The
    course fits into 20, 45 or 90 minutes.
    """
    from statesim.lessons.course import course, lesson

    told = [lesson(name, lang)] if name is not None else course(lang, track)
    if copy is None and (replays is not None or solutions or force):
        raise typer.BadParameter("it belongs to --copy DIR", param_hint="--replays, --solutions, --force")
    if copy is not None:
        _copy(copy, told, track, solutions, force, replays is not False)
    elif notes:
        _print_notes(told)
    elif name is not None:
        _tell(told[0])
    else:
        screen = console()
        screen.print(_listing(told, lang))
        screen.print(f"\nCopy them out:  {command()} lessons --copy workshop", soft_wrap=True, markup=False)


def _copy(
    out: Path, told: Sequence[Lesson], track: int | None, solutions: bool, force: bool, replays: bool
) -> None:
    from statesim.lessons.copying import copy_out

    made = copy_out(out, told, track, solved=solutions, force=force)
    print(f"copied {len(made)} files to {out}: {', '.join(path.name for path in made)}")
    if replays:
        _make_replays(out / "replays", told)
    print(f"\nOpen them:  jupyter lab {out}")


def _make_replays(out: Path, told: Sequence[Lesson]) -> None:
    """Run what the lessons show, with a bar: that takes some seconds."""
    from statesim.lessons.replays import make, shown

    screen, made = console(), []
    if screen.is_terminal:
        from rich.progress import track

        for paths in track(make(out, told), "what they show", shown(told), console=screen, transient=True):
            made += paths
    else:
        for paths in make(out, told):
            made += paths
    pages = sum(path.suffix == ".html" for path in made)
    pictures = counted(len(made) - pages, "picture")
    print(f"made {counted(pages, 'page')} and {pictures} of what they show, in {out}; they need no statesim")


def _print_notes(told: Sequence[Lesson]) -> None:
    from statesim.lessons.notes import lesson_notes, notes_page

    print(lesson_notes(told[0]) if len(told) == 1 else notes_page(told))


def _tell(lesson: Lesson) -> None:
    told = lesson.hint("minutes")
    minutes = ", ".join(told.format(took=took, track=track) for track, took in lesson.minutes.items())
    shown = ", ".join(run["scenario"] for run in lesson.runs)
    print(f"{lesson.name}: {lesson.title}\n\n{lesson.learned}\n\n{minutes}\nscenarios: {shown}")
    print(f"\nCopy it out:  {command()} lessons {lesson.name} --copy workshop")


def _listing(told: Sequence[Lesson], lang: str) -> Table:
    from rich.table import Table

    from statesim.lessons.course import TRACKS

    first, unit, title, learned = _HEADS[lang]
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for track in TRACKS:
        table.add_column(f"{track} {unit}", justify="right", no_wrap=True)
    table.add_column(title, style="bold", overflow="fold")
    table.add_column(learned, overflow="fold")
    for each in told:
        minutes = [str(each.minutes.get(track, "-")) for track in TRACKS]
        table.add_row(each.name, *minutes, each.title, each.learned)
    return table
