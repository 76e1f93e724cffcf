"""The commands that look at a finished run: plot and explain. Nothing is simulated again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from statesim.cli.common import DirArgument, variant_of
from statesim.errors import StatesimError


def plot(
    directory: DirArgument,
    to: Annotated[
        Path | None,
        Path | None,
        typer.Option(help="Picture to write (.svg, .png, .pdf); default: a PNG there."),
    ] = None,
    at: Annotated[str | None, typer.Option(help="Draw the cluster at this instant (84s) instead.")] = None,
    variant: Annotated[str | None, typer.Option(help="Only this variant.")] = None,
    window: Annotated[str | None, typer.Option(help="Only this stretch of time, as 50s-120s.")] = None,
) -> None:
    """Draw again what a run left behind; nothing is simulated."""
    from statesim.api import Result, read
    from statesim.scenario.units import parse_duration
    from statesim.views.style import save

    if to is not None and to.suffix.lower() not in (".svg", ".png", ".pdf"):
        raise typer.BadParameter(f"{to}: a picture's name ends in .svg, .png or .pdf", param_hint="--to")
    result = read(directory)
    if at is not None and variant is None and len(result.variants) > 1:
        names = ", ".join(result.variants)
        raise typer.BadParameter(f"an instant is one variant's: say which of {names}", param_hint="--variant")
    if variant is not None:
        result = Result([variant_of(result, variant).record])
    if at is not None:
        seconds = parse_duration(at) / 1_000_000
        figure = result.topology(seconds)
        path = to or directory / f"topology-{at}.png"
    else:
        options: dict[str, Any] = {}
        if window is not None:
            low, _, high = window.partition("-")
            options["window"] = (parse_duration(low) / 1_000_000, parse_duration(high) / 1_000_000)
        figure = result.timeline(**options)
        parts = [part for part in ("timeline", variant, window) if part]
        path = to or directory / ("-".join(parts) + ".png")
    save(figure, path)
    print(f"wrote {path}")


def explain(
    directory: DirArgument,
    obj: Annotated[str, typer.Argument(metavar="OBJECT", help="Kind/name, as Pod/pg-0.")],
    at: Annotated[str | None, typer.Option(help="At this instant (84s); default: the end.")] = None,
    variant: Annotated[
        str | None, typer.Option(help="In this variant; default: every one that knows it.")
    ] = None,
) -> None:
    """Print the chain of causes that led to an object's state."""
    from statesim.api import read
    from statesim.scenario.units import parse_duration

    result = read(directory)
    seconds = None if at is None else parse_duration(at) / 1_000_000
    chosen = [variant_of(result, variant)] if variant else list(result.variants.values())
    problems = []
    for one in chosen:
        try:
            text = one.why(obj, seconds)
        except (StatesimError, LookupError) as error:
            problems.append(str(error))
            continue
        print(f"{one.title or one.name}\n{text}\n")
    if len(problems) == len(chosen):
        print(f"error: {problems[0]}", file=sys.stderr)
        raise typer.Exit(2)
