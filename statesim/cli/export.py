"""The command that writes a finished run in the formats of other tools."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from statesim.cli.common import DirArgument, reads_a_run, variant_of


@reads_a_run
def export(
    directory: DirArgument,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="perfetto|csv|parquet|prometheus|edn|junit",
            help="perfetto: Trace Event JSON for ui.perfetto.dev; csv, parquet: the events as a "
            "table; prometheus: the metrics as OpenMetrics text; edn: a client's history for Jepsen's "
            "checkers; junit: the expectations. Default: as the name of the file ends.",
        ),
    ] = "",
    to: Annotated[
        Path | None, typer.Option("--to", "-o", help="File to write; default: one in the run's directory.")
    ] = None,
    variant: Annotated[str | None, typer.Option(help="Only this variant.")] = None,
    client: Annotated[str, typer.Option(help="With --format edn: whose history.")] = "",
) -> None:
    """Write a finished run for another tool: Perfetto, pandas, Prometheus, Jepsen, a build server.

    Nothing is simulated. docs/reference/exports.md says what each holds, and how to open it.
    """
    from statesim.api import read
    from statesim.exported import export as write
    from statesim.views.exports.formats import format_of
    from statesim.views.outputs import writable

    name, chosen = format_of(format_, to)
    result = read(directory)
    if variant is not None:
        variant_of(result.variants, variant)
    path = to or directory / chosen.file
    writable(path.parent).mkdir(parents=True, exist_ok=True)
    write(result, path, name, variant=variant or "", client=client)
    print(f"wrote {path}: {chosen.told}")
