"""The journal of a sweep: each run's numbers as soon as it is finished, so that nothing finished is lost.

``journal.jsonl`` begins with a line that tells what the sweep is about; then there is a line for each run, in
the order in which they were finished. Whoever goes on reads it first and does only what is missing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

from statesim.analysis.sweep_record import FORMAT, Outline, Row
from statesim.errors import StatesimError
from statesim.scenario.words import nearest

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from statesim.analysis.sweep_record import Key

NAME = "journal.jsonl"


class Journal:
    """A sweep's directory while it runs.

    Attributes
    ----------
    rows
        What is finished, by case and seed.
    """

    def __init__(self, directory: Path, outline: Outline) -> None:
        self.path = directory / NAME
        self.outline = outline
        self.rows: dict[Key, Row] = {}
        self._file: TextIO | None = None

    @classmethod
    def opened(cls, directory: Path, outline: Outline, *, resume: bool = False) -> Self:
        """Begin a journal in a directory, or go on with the one that is there.

        Parameters
        ----------
        resume
            Go on with what must be there; without it a journal that is there is an error, for it may hold
            hours of work.

        Raises
        ------
        StatesimError
            If the journal that is there is not to be gone on with, or is one of another sweep, or there is
            none to go on with.
        """
        journal = cls(directory, outline)
        if not journal.path.is_file():
            if resume:
                raise StatesimError(_nothing_in(directory))
            return journal
        there, rows, whole = _read(journal.path)
        if not resume:
            raise StatesimError(
                f"in {directory} lies a sweep of {there.scenario} with {len(rows):,} finished runs: go on "
                f"with it (--resume), take another --out, or remove {journal.path}"
            )
        if changes := _changes(there, outline):
            raise StatesimError(
                f"the sweep in {directory} cannot go on: {'; '.join(changes)}. Take another --out, or remove "
                f"{journal.path} to begin again"
            )
        journal.rows = rows
        with journal.path.open("r+b") as file:
            file.truncate(whole)  # a last line that is not whole was being written when the sweep was killed
        return journal

    def write(self, row: Row) -> None:
        """Note a finished run; one that failed is not noted, so that it is tried again."""
        if row.failed:
            return
        self.rows[row.key] = row
        if self._file is None:
            new = not self.path.exists()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a", encoding="utf-8", newline="\n")
            if new:
                self._file.write(json.dumps(self.outline.told, ensure_ascii=False) + "\n")
        told = {"case": row.case, "seed": row.seed, "numbers": row.numbers}
        self._file.write(json.dumps(told, separators=(",", ":"), ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def lies_in(directory: Path) -> bool:
    """Tell whether a sweep lies in a directory."""
    return (directory / NAME).is_file()


def outline_in(directory: Path) -> Outline:
    """Return what the sweep in a directory is about; its runs are not read.

    Raises
    ------
    StatesimError
        If its journal cannot be read.
    """
    path = directory / NAME
    with path.open("rb") as file:
        return _outline(path, file.readline())


def _outline(path: Path, line: bytes) -> Outline:
    try:
        told = json.loads(line)
        if told["sweep"] != FORMAT:
            raise StatesimError(f"{path} is of another format ({told['sweep']}): another statesim wrote it")
        return Outline.of(told)
    except (ValueError, KeyError, TypeError) as error:
        raise StatesimError(f"{path} is not the journal of a sweep: {error!r}") from error


def read_journal(directory: Path) -> tuple[Outline, list[Row]]:
    """Return what a sweep's directory tells: what it is about, and the runs that are finished.

    Raises
    ------
    StatesimError
        If no sweep lies there.
    """
    path = directory / NAME
    if not path.is_file():
        raise StatesimError(
            f"{directory}: no sweep lies here (no {NAME}); `statesim sweep … --out` leaves one"
        )
    outline, rows, _ = _read(path)
    return outline, list(rows.values())


def _read(path: Path) -> tuple[Outline, dict[Key, Row], int]:
    """Return what a journal is about, its runs, and how many bytes of it are whole lines."""
    text = path.read_bytes()
    whole = text.rfind(b"\n") + 1
    lines = text[:whole].splitlines()
    outline = _outline(path, lines[0] if lines else b"")
    try:
        found = [Row(**json.loads(line)).shared() for line in lines[1:]]
        return outline, {row.key: row for row in found}, whole
    except (ValueError, KeyError, TypeError) as error:
        raise StatesimError(f"{path} is not the journal of a sweep: {error!r}") from error


def _nothing_in(directory: Path) -> str:
    """Return that no sweep lies in a directory, and the nearest name beside it where one does."""
    beside = directory.parent.iterdir() if directory.parent.is_dir() else ()
    near = nearest(directory.name, [path.name for path in beside if lies_in(path)])
    meant = f"did you mean {directory.parent / near}? " if near else ""
    return (
        f"there is nothing to resume in {directory}: no sweep lies there (no {NAME}); {meant}"
        "without --resume one is begun there"
    )


def _changes(there: Outline, now: Outline) -> list[str]:
    """Return what differs between the sweep that is there and the one that is asked for, in sentences."""
    changes = []
    if there.scenario != now.scenario:
        return [f"it is of {there.scenario}, not of {now.scenario}"]
    if there.code != now.code:
        changes.append("statesim itself has changed since")
    changes += _drivers(there, now)
    if dict(there.settings) != dict(now.settings):
        changes.append(f"its settings are {_listed(there.settings)}, not {_listed(now.settings)}")
    before, after = (list(dict.fromkeys(case.variant for case in each.cases)) for each in (there, now))
    if before != after:
        changes.append(f"its variants are {', '.join(before)}, not {', '.join(after)}")
    if not changes and list(there.settings.items()) != list(now.settings.items()):
        order = f"{_listed(there.settings)}, not {_listed(now.settings)}"
        changes.append(f"its settings, of which one changes what another sets, stood in the order {order}")
    if not changes and there.digest != now.digest:
        changes.append(f"the scenario {now.scenario}, or a file that it names, has changed since")
    return changes


def _drivers(there: Outline, now: Outline) -> list[str]:
    """Return which drivers from outside are others than they were, or cannot be told to be the same."""
    if set(there.drivers) != set(now.drivers):
        before, after = (", ".join(each.drivers) or "none" for each in (there, now))
        return [f"its drivers are {before}, not {after}"]
    changes = []
    for name, digest in now.drivers.items():
        if digest is None or there.drivers[name] is None:
            changes.append(
                f"whether the driver {name} is still the same cannot be told without its source "
                "(put the class into a module of its own)"
            )
        elif digest != there.drivers[name]:
            changes.append(f"the source of the driver {name} has changed since")
    return changes


def _listed(settings: Any) -> str:
    told = [f"{path}={','.join(map(str, values))}" for path, values in settings.items()]
    return " ".join(told) or "none"
