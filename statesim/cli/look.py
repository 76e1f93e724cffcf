"""The commands that look at a finished run: plot and explain. Nothing is simulated again."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from statesim.cli.common import (
    AtOption,
    DirArgument,
    LangOption,
    ThemeOption,
    reads_a_run,
    speaks,
    variant_of,
)
from statesim.cli.compare import draw_comparison_again
from statesim.cli.sweep import draw_again
from statesim.cli.work import Work
from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.api import Result, VariantResult

# what can be drawn of a run: each is a function of `statesim.plot`
KINDS = ("timeline", "roles", "sessions", "drift", "lamport", "topology")


@reads_a_run
@speaks
def plot(
    directory: DirArgument,
    to: Annotated[
        Path | None,
        typer.Option("--to", "-o", help="Picture to write (.svg, .png, .pdf); default: a PNG there."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(KINDS),
            help="What to draw: what happened; who held which role; who was connected with whom; how far "
            "containers have moved from their image; which event led to which; the cluster at an instant.",
        ),
    ] = None,
    at: Annotated[str | None, typer.Option(help="Draw the cluster at this instant (84s) instead.")] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Only this variant; may be repeated, to set some side by side.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="Of a sweep: draw this metric's distribution (clients.shop.failed); of a comparison: a row "
            "for each variant; may be repeated."
        ),
    ] = None,
    window: Annotated[str | None, typer.Option(help="Only this stretch of time, as 50s-120s.")] = None,
    drift: Annotated[
        bool, typer.Option("--drift", help="With how far containers have moved from their image.")
    ] = False,
    theme: ThemeOption = "paper",
    lang: LangOption = "en",
) -> None:
    """Draw again what a run, a sweep or a comparison left behind; nothing is simulated."""
    of_one_run = bool(to or kind or at or window or drift)
    if _of_many_runs(directory, of_one_run, metric or (), variant or (), Work(theme, lang)):
        return
    if metric:
        said = f"in {directory} lies no sweep: one run has no distribution"
        raise typer.BadParameter(said, param_hint="--metric")
    from statesim import plot as plots
    from statesim.api import Result, read
    from statesim.views.outputs import writable
    from statesim.views.speech import say, speaking
    from statesim.views.style import PICTURES, theme_named

    if to is not None and to.suffix.lower() not in PICTURES:
        said = f"{to}: a picture's name ends in .svg, .png or .pdf"
        raise typer.BadParameter(said, param_hint=["-o", "--to"])
    drawn = _kind(kind, at=at, window=window, drift=drift)
    result = read(directory)
    chosen = list(dict.fromkeys(variant or ()))
    if drawn in ("topology", "lamport") and len(chosen) != 1 and len(result.variants) > 1:
        names = ", ".join(result.variants)
        said = f"this picture is of one variant: say which of {names}"
        raise typer.BadParameter(said, param_hint="--variant")
    name = "-".join(chosen) if len(result.variants) > 1 else None
    if chosen:
        result = Result([variant_of(result.variants, each).record for each in chosen])
    if drawn == "topology":
        axes = plots.topology(result, at, theme=theme, language=lang)
    else:
        options = {"drift": drift} if drawn == "timeline" else {}
        within = None if window is None else _window(window)
        axes = getattr(plots, drawn)(result, window=within, theme=theme, language=lang, **options)
        if drawn == "timeline" and theme_named(theme).few and len(result.variants) > 1:
            _warn_of_a_crowd(directory, result, within, theme, drift=drift)
    instant = (at or "end") if drawn == "topology" else None
    how = [None if theme == "paper" else theme, None if lang == "en" else lang]
    parts = [drawn, name, instant, window, "drift" if drift else None, *how]
    path = to or directory / ("-".join(part for part in parts if part) + ".png")
    writable(path.parent).mkdir(parents=True, exist_ok=True)
    plots.save(axes, path)
    with speaking(lang):
        print(say("wrote {name}", name=path))
        if drawn == "lamport":
            _say_what_follows(result, within, theme)


def _of_many_runs(
    directory: Path,
    of_one_run: bool,
    metric: Sequence[str],
    variant: Sequence[str],
    how: Work,
) -> bool:
    """Draw what lies there if that is a sweep or a comparison; tell whether it was."""
    from statesim.analysis import comparison_journal, sweep_journal

    if sweep_journal.lies_in(directory):
        if of_one_run:
            said = "its pictures take --metric, --variant and --theme, and --lang"
            raise typer.BadParameter(f"in {directory} lies a sweep: {said}")
        draw_again(directory, how, metric, variant)
        return True
    if comparison_journal.lies_in(directory):
        if of_one_run or variant:
            said = "its pictures take --metric and --theme, and --lang"
            raise typer.BadParameter(f"in {directory} lies a comparison: {said}")
        draw_comparison_again(directory, how, metric)
        return True
    return False


def _warn_of_a_crowd(
    directory: Path, result: Result, window: tuple[float, float] | None, theme: str, *, drift: bool
) -> None:
    """Say on stderr what a slide of many variants does not show, and how to have a slide for each two."""
    from statesim.views.fewer import crowded
    from statesim.views.marks import timeline_marks

    why = crowded(timeline_marks(result.readings, window, drift=drift))
    if not why:
        return
    names = list(result.variants)
    print(f"warning: {why}\n  a slide for each two of them:", file=sys.stderr)
    for pair in (names[start : start + 2] for start in range(0, len(names), 2)):
        chosen = " ".join(f"--variant {name}" for name in pair)
        print(f"    statesim plot {directory} --theme {theme} {chosen}", file=sys.stderr)
    scenario = result.records[0].scenario
    print(f"  or, of a new run: statesim run {scenario} --theme {theme} --out DIR", file=sys.stderr)


def _say_what_follows(result: Result, window: tuple[float, float] | None, theme: str) -> None:
    """Say with which window what had no room in a space-time diagram is drawn."""
    from statesim.views.lamport_figure import fitting_marks
    from statesim.views.speech import say

    follows = fitting_marks(result.readings[0], window, theme=theme).follows
    if follows is not None:
        start, end = follows
        told = "not all events have room: --window {start}s-{end}s draws what follows"
        print(say(told, start=start, end=end))


def _kind(kind: str | None, *, at: str | None, window: str | None, drift: bool) -> str:
    """Return what is drawn, if everything that was asked for has a place in it."""
    drawn = kind or ("timeline" if at is None else "topology")
    if drawn not in KINDS:
        from statesim.scenario.words import did_you_mean

        raise typer.BadParameter(
            f"{drawn!r} is no picture; {did_you_mean(drawn, KINDS)}", param_hint="--kind"
        )
    if at is not None and window is not None:
        raise typer.BadParameter(
            "an instant is no stretch of time: give --at or --window", param_hint="--window"
        )
    if at is not None and drift:
        said = "drift is a curve: it has no place in the picture of an instant"
        raise typer.BadParameter(said, param_hint="--drift")
    if at is not None and drawn != "topology":
        raise typer.BadParameter(
            f"{drawn} is no picture of an instant: that is --kind topology", param_hint="--at"
        )
    if window is not None and drawn == "topology":
        raise typer.BadParameter("a topology is that of an instant: give --at 84s", param_hint="--window")
    if drift and drawn != "timeline":
        raise typer.BadParameter(
            "curves of drift belong to a timeline, or are --kind drift", param_hint="--drift"
        )
    return drawn


def _window(text: str) -> tuple[float, float]:
    from statesim.scenario.units import UnitError, parse_stretch

    try:
        low, high = parse_stretch(text)
    except UnitError as error:
        raise typer.BadParameter(str(error), param_hint="--window") from error
    return low / 1_000_000, high / 1_000_000


@reads_a_run
def explain(
    directory: DirArgument,
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="TYPE/NAME... | TYPE NAME...",
            help="As for get: pod/pg-0, pvc data-pg-0; or as the trace has it: System/pg, Client/shop.",
        ),
    ],
    at: AtOption = None,
    variant: Annotated[
        str | None, typer.Option(help="In this variant; default: every one that knows it.")
    ] = None,
    lang: Annotated[str, typer.Option(help="The language: en, or zh for Chinese.")] = "en",
) -> None:
    """Print the chain of causes that led to an object's state."""
    from statesim.analysis.phrases import known_language
    from statesim.analysis.why import not_in_trace
    from statesim.api import read
    from statesim.views.kubectl.resources import objects_named

    known_language(lang)
    variants = read(directory).variants
    chosen = [variant_of(variants, variant)] if variant else list(variants.values())
    known = frozenset[str]().union(*(one.known for one in chosen))
    objects = objects_named(what, {each.partition("/")[0] for each in known}, known)
    told = [
        _explained(obj, [one for one in chosen if obj in one.known], at, lang)
        for obj in objects
        if obj in known
    ]
    sys.stdout.flush()
    for obj in objects:
        if obj not in known:
            print(f"error: {not_in_trace(obj, known)}", file=sys.stderr)
    if not all(told) or len(told) < len(objects):
        raise typer.Exit(2)


def _explained(obj: str, variants: list[VariantResult], at: str | None, lang: str) -> bool:
    """Print why an object is as it is in each variant; tell whether there was anything to tell in one."""
    told = False
    for one in variants:
        try:
            text = one.why(obj, at, language=lang)
        except StatesimError as error:
            print(f"error: {error}", file=sys.stderr)
            continue
        print(f"{one.record.title_in(lang) or one.name}\n{text}\n")
        told = True
    return told
