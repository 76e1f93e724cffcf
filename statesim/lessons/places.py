"""Where the course lies: in the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

from statesim.errors import StatesimError
from statesim.scenario.words import did_you_mean


def folder() -> Path:
    """Return the folder of notebooks, their sources and their data."""
    here = Path(__file__).parent.parent
    shipped = here / "_notebooks"
    return shipped if shipped.is_dir() else here.parent / "notebooks"


def data(name: str) -> Path:
    """Return a file of numbers that a lesson looks at.

    Raises
    ------
    StatesimError
        If there is none of that name.

    Examples
    --------
    >>> data("how-many-nines.csv").name
    'how-many-nines.csv'
    """
    path = folder() / "data" / name
    if not path.is_file():
        hint = did_you_mean(name, [each.name for each in (folder() / "data").iterdir()])
        raise StatesimError(f"the lessons have no data called {name}" + (f"; {hint}" if hint else ""))
    return path
