"""The command that tells of the four kinds of state."""

from __future__ import annotations

from typing import Annotated

import typer

from statesim.cli.common import console

WIDE = 150  # columns of a terminal in which six of a table's have room for their words


def states(
    kind: Annotated[
        str | None,
        typer.Argument(help="More of this one: what a naive Deployment loses, its states."),
    ] = None,
) -> None:
    """Show the four kinds of state of each system: who provides them, and what is lost without care.

    Storage, identity, session and cluster role: by the application, the orchestrator, or glue between them.
    """
    from statesim.scenario.words import did_you_mean
    from statesim.systems.catalogue import CATALOGUE
    from statesim.views.portraits import blocks, losses, matrix, one

    known = {name: driver.portrait for name, driver in CATALOGUE.shipped().items() if driver.portrait}
    if kind is None:
        screen = console()
        if screen.width < WIDE:
            screen.print("[bold]who provides what, and what a Deployment without care loses[/]\n")
            screen.print(*blocks(known.items()))
        else:
            screen.print(matrix(known.items()), losses(known.items()))
        return
    if kind not in known:
        hint = did_you_mean(kind, known)
        raise typer.BadParameter(f"there is no system {kind}" + (f"; {hint}" if hint else ""))
    print("\n".join(one(kind, known[kind])))
