"""The scenarios that come with statesim."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """Return where the shipped scenarios lie: in the wheel, or beside the package in a checkout."""
    here = Path(__file__).parent
    shipped = here / "_scenarios"
    return shipped if shipped.is_dir() else here.parent / "scenarios"


def shipped() -> list[Path]:
    """Return the shipped scenario files, by name."""
    return sorted(folder().glob("*.yaml"))


def locate(name: str | Path) -> Path:
    """Return the file that a name means: a path, or the name of a shipped scenario."""
    path = Path(name)
    if path.is_file() or path.suffix:
        return path
    found = folder() / f"{name}.yaml"  # also where a run of it lies in a folder of its name
    return found if found.exists() else path
