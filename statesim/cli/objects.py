"""The commands that look at a finished run as kubectl looks at a cluster: get and describe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.objects import ObjectRecord
    from statesim.views.kubectl.get import Answer

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
    from statesim.scenario.units import parse_duration

    return None if text is None else parse_duration(text) / 1_000_000


def _chosen(directory: Path, variant: str | None) -> Sequence[ObjectRecord]:
    from statesim.analysis.objects import ObjectRecord
    from statesim.scenario.words import did_you_mean
    from statesim.views.outputs import read_runs

    records = {record.variant: record for record in read_runs(directory)}
    if variant is not None and variant not in records:
        hint = did_you_mean(variant, records)
        raise typer.BadParameter(f"there is no variant {variant!r}" + (f"; {hint}" if hint else ""))
    chosen = records.values() if variant is None else [records[variant]]
    return [ObjectRecord(record) for record in chosen]


GET_HELP = """Show the objects of a finished run at any instant, as `kubectl get` shows those of a cluster.

Nothing is simulated again: the objects are read from objects.jsonl.

\b
  statesim get out/pg-node-crash pods --at 84s -o wide
  statesim get out/pg-node-crash pods,pvc,sts --variant patroni-sync
  statesim get out/pg-node-crash pod/pg-0 --at 6m50s -o yaml
  statesim get out/pg-node-crash pods -w -l app=pg --until 2m
  statesim get out/pg-node-crash events
"""


def get(
    directory: DirArgument,
    what: WhatArgument,
    at: AtOption = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="wide|yaml|json|name", help="In this form.")
    ] = "",
    watch: Annotated[
        bool,
        typer.Option("--watch", "-w", help="Then every change from --at (default: the beginning) on."),
    ] = False,
    until: Annotated[str | None, typer.Option(help="With -w: up to this instant; default: the end.")] = None,
    selector: Annotated[
        str, typer.Option("--selector", "-l", help="Only objects with these labels: app=db,tier!=web.")
    ] = "",
    variant: VariantOption = None,
) -> None:
    """Show objects at an instant (`GET_HELP` is what people read)."""
    from statesim.views.kubectl.get import get, query, watch_lines

    asked = query(what, selector, output)
    chosen = _chosen(directory, variant)
    events = any(kind == "Event" for kind, _ in asked.asked.kinds)
    missing = False
    for index, one in enumerate(chosen):
        _heading(one, index, len(chosen), plain=output not in ("yaml", "json", "name"))
        if watch:
            end = one.instant(_seconds(until))
            for line in watch_lines(asked, one.changes(events=events), one.instant(_seconds(at) or 0.0), end):
                print(line)
            continue
        instant = one.instant(_seconds(at))
        answer = get(asked, one.objects_at(instant, events=events), instant)
        missing = _print(answer) or missing
    if missing and asked.asked.named:
        raise typer.Exit(1)


DESCRIBE_HELP = """Show what is known of objects at any instant, Events included, as `kubectl describe` does.

\b
  statesim describe out/pg-node-crash pod/pg-0 --at 6m50s
  statesim describe out/pg-node-crash node n-a-1 --at 2m
  statesim describe out/pg-node-crash pvc -l app=pg
"""


def describe(
    directory: DirArgument,
    what: WhatArgument,
    at: AtOption = None,
    selector: Annotated[
        str, typer.Option("--selector", "-l", help="Only objects with these labels: app=db,tier!=web.")
    ] = "",
    variant: VariantOption = None,
) -> None:
    """Show what is known of objects (`DESCRIBE_HELP` is what people read)."""
    from statesim.views.kubectl.describe import describe
    from statesim.views.kubectl.get import query

    asked = query(what, selector)
    chosen = _chosen(directory, variant)
    missing = False
    for index, one in enumerate(chosen):
        _heading(one, index, len(chosen), plain=True)
        instant = one.instant(_seconds(at))
        answer = describe(asked, one.objects_at(instant, events=True), instant)
        missing = _print(answer) or missing
    if missing and asked.asked.named:
        raise typer.Exit(1)


def _print(answer: Answer) -> bool:
    """Print an answer; tell whether it has errors."""
    for line in answer.lines:
        print(line)
    sys.stdout.flush()
    for line in answer.errors:
        print(line, file=sys.stderr)
    return bool(answer.errors)


def _heading(one: ObjectRecord, index: int, count: int, *, plain: bool) -> None:
    """Say whose objects follow, where several variants are shown one after the other."""
    if count > 1 and plain:
        print(("\n" if index else "") + one.title)
