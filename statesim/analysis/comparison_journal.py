"""Where a comparison over many seeds keeps its runs: each scenario's as a sweep's, in a directory of its own.

``runs/SCENARIO`` is what `sweep --out` would leave of that scenario before its tables, and is read and drawn
as such. ``comparison.json``, written last, says which of them are compared, and with what.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from statesim.analysis.sweep_journal import NAME, Journal, read_journal
from statesim.analysis.sweep_journal import lies_in as sweep_lies_in
from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from statesim.analysis.sweep_record import Outline, Row

JSON, RUNS = "comparison.json", "runs"


def lies_in(directory: Path) -> bool:
    """Tell whether a comparison lies in a directory, or the runs of one that did not come to its end."""
    return (directory / JSON).is_file() or bool(_there(directory))


def opened(directory: Path, outlines: Sequence[Outline], *, resume: bool = False) -> list[Journal]:
    """Begin the journals of a comparison, or go on with those that are there.

    A scenario of which no run had been finished before begins now.

    Raises
    ------
    StatesimError
        As `Journal.opened`; or if something else lies there, or other scenarios were compared.
    """
    if sweep_lies_in(directory):
        raise StatesimError(f"in {directory} lies a sweep, which is no comparison: take another --out")
    there, names = _there(directory), [outline.scenario for outline in outlines]
    if resume and not there:
        raise StatesimError(
            f"there is nothing to resume in {directory}: no comparison lies there (no {RUNS}/*/{NAME}); "
            "without --resume one is begun there"
        )
    if others := [name for name in there if name not in names]:
        told = f"it is of {', '.join(there)}, not of {', '.join(names)}"
        if resume:
            raise StatesimError(f"the comparison in {directory} cannot go on: {told}. Take another --out")
        raise StatesimError(
            f"in {directory} lies another comparison: {told}. Take another --out, or remove "
            + " and ".join(str(directory / RUNS / name) for name in others)
        )
    return [
        Journal.opened(directory / RUNS / name, outline, resume=name in there and resume)
        for name, outline in zip(names, outlines, strict=True)
    ]


def note(directory: Path, outlines: Sequence[Outline], found: Sequence[Collection[Row]]) -> None:
    """Note the runs that are not noted there yet.

    Raises
    ------
    StatesimError
        If something else lies there.
    """
    journals = opened(directory, outlines, resume=bool(_there(directory)))
    for journal, rows in zip(journals, found, strict=True):
        for row in rows:
            if row.key not in journal.rows:
                journal.write(row)
        journal.close()


def _there(directory: Path) -> list[str]:
    return sorted(path.parent.name for path in directory.glob(f"{RUNS}/*/{NAME}"))


def read_comparison_journals(directory: Path) -> tuple[dict[str, Any], list[tuple[Outline, list[Row]]]]:
    """Return what ``comparison.json`` says, and each scenario's outline and runs, in its order.

    Raises
    ------
    StatesimError
        If no comparison lies there that has come to an end.
    """
    if not (directory / JSON).is_file():
        there = _there(directory)
        told = (
            f"the comparison in {directory} has not come to an end: the same command with --resume goes on"
            if there
            else f"{directory}: no comparison lies here (no {JSON}); `statesim compare … --seeds 200 --out` "
            "leaves one"
        )
        raise StatesimError(told)
    path = directory / JSON
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        scenarios, seeds = list(document["scenarios"]), set(document["seeds"])
    except (ValueError, KeyError, TypeError) as error:
        raise StatesimError(f"{path} is not what a comparison leaves: {error!r}") from error
    found = [read_journal(directory / RUNS / name) for name in scenarios]
    return document, [(outline, [row for row in rows if row.seed in seeds]) for outline, rows in found]
