"""The command that holds the simulator against recordings of real control planes."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from statesim.cli.common import console

TABLE_WIDTH = 120  # of a table whose rows must not be cut, in a narrow terminal or a file


def conformance(
    recordings: Annotated[
        Path, typer.Argument(metavar="DIR", help="A directory of recordings (*.json), or one of them.")
    ],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what differs.")] = False,
) -> None:
    """Replay recordings of real control planes and compare; exit 1 if one differs, 2 if one cannot be read.

    A recording holds manifests, actions with their times, and every change of every object that followed. The
    same manifests and actions are simulated; pods, revisions, nodes, volumes, endpoints, workload status and
    evictions must agree in order, and in time within 1.5 s plus 5 % of the time since the latest action.
    """
    from statesim.analysis.conformance.recording import find
    from statesim.experiment.conformance.judge import judge_file
    from statesim.views.conformance import details, table

    screen = console()
    paths = find(recordings)
    verdicts = []
    with screen.status("reading") as status:
        for path in paths:
            status.update(f"replaying {path.stem}")
            verdicts.append(judge_file(path))
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if not quiet:
        screen.width = max(screen.width, TABLE_WIDTH)
        screen.print(table(verdicts))
    for verdict in failed:
        screen.print(f"\n{details(verdict)}", soft_wrap=True, markup=False)
    if not quiet:
        screen.print(f"\n{len(verdicts) - len(failed)} of {len(verdicts)} recordings agree")
    if failed:
        raise typer.Exit(2 if any("replay" in verdict.found for verdict in failed) else 1)
