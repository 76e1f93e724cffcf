"""Where manifests come from: files beside the scenario, or objects written inside it."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from statesim.errors import Finding
from statesim.library import shipped
from statesim.scenario.manifests import Placed, parse_manifests
from statesim.scenario.positions import read_yaml
from statesim.scenario.specs import Manifest
from statesim.scenario.units import shown
from statesim.scenario.where import Spot, Within, finding
from statesim.scenario.words import did_you_mean, nearest

if TYPE_CHECKING:
    from statesim.scenario.manifests import Notes
    from statesim.scenario.positions import Document
    from statesim.scenario.where import Path, Where

_UNPLACED = Spot()


def read_text(file: FilePath, findings: list[Finding], place: Spot = _UNPLACED) -> str | None:
    """Return the text of a file; ``None`` (and a finding, at `place`) if it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        hint = _near(file, place) if file.suffix else did_you_mean(file.name, [one.stem for one in shipped()])
        if hint is None and not file.suffix:
            hint = "statesim scenarios lists those that there are"
        findings.append(Finding(f"there is no file {file}", *place, hint))
    except IsADirectoryError:
        ran = (file / "metrics.json").is_file()
        hint = "what is run and compared is scenarios, and a finished run lies there: name its scenario"
        findings.append(Finding(f"{file} is a folder, not a file", *place, hint if ran else None))
    except (OSError, UnicodeDecodeError):
        findings.append(Finding(f"{file} cannot be read as text", *place))
    return None


def _near(file: FilePath, place: Spot) -> str | None:
    """Return the hint that names the file beside it that is called most alike, the suffix aside.

    The scenario that names the file, at `place`, is not meant.
    """
    there = sorted(file.parent.glob("*.y*ml")) if file.parent.is_dir() else []
    names = {other.stem: other.name for other in there if place.file is None or other != FilePath(place.file)}
    stem = nearest(file.stem, names)
    return None if stem is None else f"did you mean {names[stem]}?"


class Files:
    """The manifest files of one scenario, each read once.

    Attributes
    ----------
    broken
        Names of files that could not be read to their end.
    """

    __slots__ = ("_folder", "_read", "broken")

    def __init__(self, folder: FilePath) -> None:
        self._folder = folder
        self._read: dict[str, list[Document]] = {}
        self.broken: set[str] = set()

    def documents(self, name: str, findings: list[Finding], place: Spot) -> list[Document]:
        """Return the documents of a file; what is wrong with it goes to `findings`."""
        if name not in self._read:
            file = self._folder / name
            before = len(findings)
            text = read_text(file, findings, place)
            self._read[name] = [] if text is None else read_yaml(text, str(file), findings)
            if len(findings) > before:
                self.broken.add(name)
        return self._read[name]


def parse_sources(
    rows: Any, files: Files, notes: Notes, findings: list[Finding], where: Where, path: Path
) -> list[Placed]:
    """Return every object of a ``manifests:`` list.

    Parameters
    ----------
    rows
        The list as plain data, standing at `path` of `where`.
    notes
        Takes what is wrong with objects, and what cannot be read of them.
    findings
        Takes what is wrong with files.
    """
    found: list[Placed] = []
    if not isinstance(rows, list | tuple):
        notes.broken.append({})
        rows = ()
    for index, row in enumerate(rows):
        spot: Path = (*path, index)
        if isinstance(row, Manifest):
            found.append(Placed(row, Within(where, spot)))
        elif isinstance(row, dict) and "kind" not in row and nearest("file", row):
            found += _from_file(row, files, notes, findings, where, spot)
        elif isinstance(row, dict):
            found += parse_manifests(row, notes, Within(where, spot))
        else:
            notes.broken.append({})
    seen: set[str] = set()
    for manifest, place in found:
        if manifest.key in seen:
            notes.where = place
            notes.error(("metadata", "name"), f"{manifest.key} is described a second time")
        seen.add(manifest.key)
    return found


def _from_file(
    row: dict[str, Any], files: Files, notes: Notes, findings: list[Finding], where: Where, spot: Path
) -> list[Placed]:
    written = nearest("file", row) or "file"
    for key in row:
        hint = "did you mean file?" if key == written else "a file stands alone"
        if key != "file":
            findings.append(finding(where, (*spot, key), "unknown key", hint, key=True))
    name = row[written]
    if not isinstance(name, str) or not name:
        findings.append(finding(where, (*spot, written), f"expected the name of a file, found {shown(name)}"))
        notes.broken.append({})
        return []
    documents = files.documents(name, findings, where.spot((*spot, written)))
    if name in files.broken:
        notes.broken.append({})
    return [placed for document in documents for placed in parse_manifests(document.data, notes, document)]
