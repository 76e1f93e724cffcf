"""The commands that look at a finished run as kubectl looks at a cluster: get and describe."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from statesim.cli.common import AtOption, DirArgument, reads_a_run, variant_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.analysis.object_record import ObjectRecord
    from statesim.views.kubectl.get import Answer, Query

WhatArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="TYPE[,TYPE] [NAME...] | TYPE/NAME...",
        help="pods, sts, pvc, … (short names as in kubectl), all, or statefulset/pg.",
    ),
]
SelectorOption = Annotated[
    str, typer.Option("--selector", "-l", help="Only objects with these labels: app=db,tier!=web.")
]
NamespaceOption = Annotated[
    str, typer.Option("--namespace", "-n", help="Of this namespace; all objects of a run are in default.")
]
EverywhereOption = Annotated[
    bool, typer.Option("--all-namespaces", "-A", help="Of all namespaces, with a column that says which.")
]
VariantOption = Annotated[
    str | None, typer.Option(help="In this variant; default: each in turn under its title.")
]


def _each(directory: Path, variant: str | None, *, titled: bool) -> Iterator[ObjectRecord]:
    """Yield the variants that are asked for, and say whose objects follow where there are several."""
    from statesim.analysis.object_record import ObjectRecord
    from statesim.views.outputs import read_runs

    records = {record.variant: record for record in read_runs(directory)}
    chosen = list(records.values()) if variant is None else [variant_of(records, variant)]
    for index, record in enumerate(chosen):
        one = ObjectRecord(record)
        if titled and len(chosen) > 1:
            print(("\n" if index else "") + one.title)
        yield one


GET_HELP = """Show the objects of a finished run at any instant, as `kubectl get` shows those of a cluster.

Nothing is simulated again: the objects are read from objects.jsonl.

\b
  statesim get out/pg-node-crash pods --at 84s -o wide
  statesim get out/pg-node-crash pods,pvc,sts --variant patroni-sync
  statesim get out/pg-node-crash pod/pg-0 --at 6m50s -o yaml
  statesim get out/pg-node-crash pods -w -l app=pg --until 2m
  statesim get out/pg-node-crash events
  statesim get out/bare-container containers --at 4m
"""


@reads_a_run
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
    watch_events: Annotated[
        bool, typer.Option("--output-watch-events", help="With -w: say ADDED, MODIFIED or DELETED.")
    ] = False,
    selector: SelectorOption = "",
    namespace: NamespaceOption = "default",
    everywhere: EverywhereOption = False,
    show_labels: Annotated[bool, typer.Option("--show-labels", help="With a column of labels.")] = False,
    variant: VariantOption = None,
    sort_by: Annotated[str | None, typer.Option("--sort-by", hidden=True)] = None,
) -> None:
    """Show objects at an instant (`GET_HELP` is what people read)."""
    from statesim.views.kubectl.get import get, query

    bare = _bare(what)
    if bare is not None:
        _containers(directory, bare, at, variant)
        return
    if sort_by is not None:
        raise typer.BadParameter(
            "this is not done here: objects stand by name, Events by when they were last seen; "
            "-o json gives every field to sort by",
            param_hint="--sort-by",
        )
    _check_watch(watch=watch, at=at, until=until, watch_events=watch_events)
    asked = query(what, selector, output, "" if everywhere else namespace, show_labels=show_labels)
    missing = False
    for one in _each(directory, variant, titled=output not in ("yaml", "json", "name")):
        if watch:
            answer = _watched(asked, one, at, until, verbs=watch_events)
        else:
            instant = one.record.instant(at)
            answer = get(asked, one.objects_at(instant, events=asked.events), instant)
        missing = _print(answer) or missing
    if missing and asked.asked.named:
        raise typer.Exit(1)


def _bare(what: list[str]) -> list[str] | None:
    """Return the names of containers that were started by hand, if such are asked for; none named = all."""
    kind, _, name = what[0].partition("/")
    return [*([name] if name else []), *what[1:]] if kind.lower() in ("container", "containers") else None


def _containers(directory: Path, names: list[str], at: str | None, variant: str | None) -> None:
    """Print what `docker ps --all` would show: these are no objects of Kubernetes."""
    from statesim.views.docker_ps import docker_ps

    missing = False
    for one in _each(directory, variant, titled=True):
        lines = docker_ps(one.record.events, one.record.instant(at), names)
        missing = missing or not lines
        print("\n".join(lines or ["nobody has started such a container by hand"]))
    if missing and names:
        raise typer.Exit(1)


def _check_watch(*, watch: bool, at: str | None, until: str | None, watch_events: bool) -> None:
    """Refuse what goes with ``-w`` only, and an end before the beginning."""
    from statesim.scenario.units import parse_duration

    if watch_events and not watch:
        raise typer.BadParameter("this goes with -w", param_hint="--output-watch-events")
    if until is None:
        return
    if not watch:
        raise typer.BadParameter("this goes with -w; for one instant say --at", param_hint="--until")
    if parse_duration(until) < parse_duration(at or 0):
        raise typer.BadParameter(f"{until} is before --at {at}", param_hint="--until")


def _watched(asked: Query, one: ObjectRecord, at: str | None, until: str | None, *, verbs: bool) -> Answer:
    from statesim.views.kubectl.get import Answer, find
    from statesim.views.kubectl.watch import watch_lines

    changes = one.changes(events=asked.events)
    first, last = one.record.instant(at or 0), one.record.instant(until)
    lines = list(watch_lines(asked, changes, first, last, verbs=verbs))
    return Answer(lines, [] if lines else find(asked, []).errors or [asked.nothing()])


DESCRIBE_HELP = """Show what is known of objects at any instant, Events included, as `kubectl describe` does.

\b
  statesim describe out/pg-node-crash pod/pg-0 --at 6m50s
  statesim describe out/pg-node-crash node n-a-1 --at 2m
  statesim describe out/pg-node-crash pvc -l app=pg
"""


@reads_a_run
def describe(
    directory: DirArgument,
    what: WhatArgument,
    at: AtOption = None,
    selector: SelectorOption = "",
    namespace: NamespaceOption = "default",
    everywhere: EverywhereOption = False,
    variant: VariantOption = None,
) -> None:
    """Show what is known of objects (`DESCRIBE_HELP` is what people read)."""
    from statesim.views.kubectl.describe import describe
    from statesim.views.kubectl.get import query

    asked = query(what, selector, namespace="" if everywhere else namespace)
    missing = False
    for one in _each(directory, variant, titled=True):
        instant = one.record.instant(at)
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
