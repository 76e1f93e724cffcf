"""A scenario in another place: the files that it names are found from there, or stand in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from statesim.errors import ScenarioError
from statesim.scenario.positions import read_yaml
from statesim.scenario.sources import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from statesim.errors import Finding


def moved(scenario: Mapping[str, Any], folder: Path, to: Path | None) -> dict[str, Any]:
    """Return a scenario's plain data with its manifests as they are found from a folder.

    Parameters
    ----------
    scenario
        Plain data, as of `Scenario.to_dict`.
    folder
        From where its files are found.
    to
        From where they shall be found; ``None`` = from anywhere: what the files hold stands in the scenario,
        and at its end, where it is in nobody's way.

    Raises
    ------
    ScenarioError
        If a file cannot be read.
    """
    found = _moved(scenario, folder, to)
    if "variants" in found:
        found["variants"] = [
            {**row, "patch": _moved(row["patch"], folder, to)} if "patch" in row else row
            for row in found["variants"]
        ]
    if to is None and "manifests" in found:
        found["manifests"] = found.pop("manifests")
    return found


def _moved(part: Mapping[str, Any], folder: Path, to: Path | None) -> dict[str, Any]:
    """Return a scenario, or a patch of one, with other manifests."""
    found = dict(part)
    if found.get("timeline"):
        found["timeline"] = [
            {**row, "manifests": list(_rows(row["manifests"], folder, to))} if "manifests" in row else row
            for row in found["timeline"]
        ]
    if found.get("manifests"):
        found["manifests"] = list(_rows(found["manifests"], folder, to))
    return found


def _rows(rows: Iterable[Mapping[str, Any]], folder: Path, to: Path | None) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        if "file" not in row:
            yield row
        elif to is None:
            yield from _documents(folder / row["file"])
        else:
            path = os.path.relpath(folder / row["file"], to)
            yield {"file": path.replace(os.sep, "/")}


def _documents(file: Path) -> Iterator[Mapping[str, Any]]:
    findings: list[Finding] = []
    text = read_text(file, findings)
    documents = [] if text is None else read_yaml(text, str(file), findings)
    if findings:
        raise ScenarioError(findings)
    yield from (document.data for document in documents if document.data is not None)
