"""The command that writes a scenario to begin with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from statesim.cli.common import command

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def new(
    name: Annotated[str, typer.Argument(help="What to call it: small letters, digits, dashes.")],
    system: Annotated[
        str, typer.Option(help="What runs: postgres, patroni, web, cassandra, mysql-async, rds, ...")
    ] = "postgres",
    fault: Annotated[
        str, typer.Option(help="What goes wrong: node-crash, pod-kill, drain, node-pause, cut-off, none.")
    ] = "node-crash",
    to: Annotated[
        Path | None, typer.Option("--to", "-o", help="File to write; default: NAME.yaml here.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write a scenario of your own to begin with: whole, commented, and running at once."""
    from statesim.scaffold import scaffold
    from statesim.views.outputs import writable, write_text

    if not _NAME.fullmatch(name):
        told = f"{name!r}: expected small letters, digits and dashes, like pg-in-three-zones"
        raise typer.BadParameter(told, param_hint="NAME")
    path = to or Path(f"{name}.yaml")
    if path.exists() and not force:
        raise typer.BadParameter(f"{path} is there already; choose another name, or add --force")
    text = scaffold(name, system, fault)
    writable(path.parent)
    write_text(path, text)
    print(f"wrote {path}\n\nRun it:  {command()} run {path} --out out/{name}")
