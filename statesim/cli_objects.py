"""The commands that look at a finished run as kubectl looks at a cluster: get and describe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.api import VariantResult

DirArgument = Annotated[Path, typer.Argument(help="What `statesim run --out` wrote.")]
WhatArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="TYPE[,TYPE] [NAME...] | TYPE/NAME...",
        help="pods, sts, pvc, … (short names as in kubectl), all, or statefulset/pg.",
    ),
]
AtOption = Annotated[str | None, typer.Option(help="At this instant (84s, 6m45s); default: the end.")]
VariantOption = Annotated[
    str | None, typer.Option(help="In this variant; default: each in turn under its title.")
]


def _seconds(text: str | None) -> float | None:
    from statesim.scenario.units import parse_duration  # noqa: PLC0415

    return None if text is None else parse_duration(text) / 1_000_000


def _chosen(directory: Path, variant: str | None) -> Sequence[VariantResult]:
    from statesim.api import read_variants  # noqa: PLC0415
    from statesim.scenario.words import did_you_mean  # noqa: PLC0415

    found = read_variants(directory)
    if variant is None:
        return list(found.values())
    if variant not in found:
        hint = did_you_mean(variant, found)
        raise typer.BadParameter(f"there is no variant {variant!r}" + (f"; {hint}" if hint else ""))
    return [found[variant]]


def get(
    directory: DirArgument,
    what: WhatArgument,
    at: AtOption = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="wide|yaml|json|name", help="In this form.")
    ] = "",
    watch: Annotated[
        bool,
        typer.Option("--watch", "-w", help="Also every change from --at (default: the beginning) on."),
    ] = False,
    until: Annotated[str | None, typer.Option(help="With -w: up to this instant; default: the end.")] = None,
    selector: Annotated[
        str, typer.Option("--selector", "-l", help="Only objects with these labels: app=db,tier!=web.")
    ] = "",
    variant: VariantOption = None,
) -> None:
    """Show the objects of a finished run at any instant, as `kubectl get` shows those of a cluster.

    Nothing is simulated again: the objects are read from objects.jsonl.

    \b
    statesim get out/pg-node-crash pods --at 84s -o wide --variant patroni-sync
    statesim get out/pg-node-crash pods,pvc,sts --at 6m50s
    statesim get out/pg-node-crash pod/pg-0 --at 410s -o yaml --variant statefulset
    statesim get out/pg-node-crash pods -w -l app=pg --until 2m
    statesim get out/pg-node-crash events
    """
    from statesim.views.kubectl.get import Query, checked_output  # noqa: PLC0415
    from statesim.views.kubectl.resources import asked_for  # noqa: PLC0415
    from statesim.views.kubectl.selecting import parse_selector  # noqa: PLC0415

    query = Query(asked_for(what), parse_selector(selector) if selector else (), checked_output(output))
    begin, end = _seconds(at), _seconds(until)
    chosen = _chosen(directory, variant)
    problems: list[str] = []
    for index, one in enumerate(chosen):
        if len(chosen) > 1 and not query.output.endswith(("l", "n", "e")):
            print(("" if not index else "\n") + f"{one.title or one.name}")  # noqa: T201
        if watch:
            for line in one.watch(query, begin or 0.0, end):
                print(line)  # noqa: T201
            continue
        answer = one.get_text(query, begin)
        for line in answer.lines:
            print(line)  # noqa: T201
        for line in answer.errors:
            print(line, file=sys.stderr)  # noqa: T201
        problems += answer.errors if query.asked.named else []
    if problems:
        raise typer.Exit(1)
