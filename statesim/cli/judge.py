"""The command that judges what clients saw."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from statesim.cli.common import DirArgument, reads_a_run, variant_of


@reads_a_run
def judge(
    directory: DirArgument,
    client: Annotated[str | None, typer.Option(help="Only this client.")] = None,
    variant: Annotated[str | None, typer.Option(help="Only this variant.")] = None,
    edn: Annotated[
        Path | None,
        typer.Option(help="Write the history of --client there as EDN, for Jepsen's own checkers, instead."),
    ] = None,
) -> None:
    """Say what the clients' histories prove: writes lost, reads stale, orders that no single copy has.

    The checkers know nothing of faults or systems; docs/reference/checkers.md says what each looks for.
    """
    from statesim.analysis.reading import Reading
    from statesim.views.edn import edn_lines
    from statesim.views.outputs import read_runs, write_text
    from statesim.views.verdicts import verdict_lines

    variants = {record.variant: record for record in read_runs(directory)}
    chosen = [variant_of(variants, variant)] if variant else list(variants.values())
    if edn is not None and (client is None or len(chosen) > 1):
        raise typer.BadParameter("a history is one client's in one variant: say which", param_hint="--edn")
    for record in chosen:
        reading = Reading(record)
        if client is not None:
            variant_of(reading.clients, client, "client")
        if edn is not None and client is not None:
            write_text(edn, "".join(edn_lines(record.history, client)))
            print(f"wrote {edn}")
            continue
        print(record.title or record.variant)
        print("\n".join(verdict_lines(reading, client)) + "\n")
