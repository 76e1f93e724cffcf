"""The text form of a lesson: cells of prose and code in one Markdown file.

It is the form of MyST-NB (its docs, "Text-based notebooks"): front matter in YAML, ``+++ {"id": …}`` before a
cell of prose, and a fence ``{code-cell}`` around a cell of code, whose first lines may be options:
``:name: value``. Every cell here has an ``id``, by which its translation and its solution find it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BREAK = re.compile(r"\+\+\+ (\{.*\})\s*")
_FENCE = "```{code-cell}"
_OPTION = re.compile(r":([a-z]+): (.+)")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it was written.

    Attributes
    ----------
    code
        Whether it is code; else it is prose.
    options
        What stands before it: ``role``, ``track``, ``solves``, ``of``.
    """

    id: str
    code: bool
    text: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """Return what it is for: predict, run, reveal, exercise, hint, notes, …; empty if nothing is said."""
        return str(self.options.get("role", ""))

    @property
    def digest(self) -> str:
        """Return what a translation of this text remembers of it."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class Document:
    """A file of cells, with what its front matter says."""

    front: Mapping[str, Any]
    cells: tuple[Cell, ...]

    def cell(self, name: str) -> Cell | None:
        """Return the cell of that id, if there is one."""
        return next((cell for cell in self.cells if cell.id == name), None)


def parse(text: str, name: str) -> Document:
    """Read a document.

    Parameters
    ----------
    name
        What messages call it.

    Raises
    ------
    StatesimError
        With the line that cannot be read.
    """
    lines = text.splitlines()
    if not lines or lines[0] != "---" or "---" not in lines[1:]:
        raise StatesimError(f"{name}:1: expected front matter between two lines of ---")
    end = lines.index("---", 1)
    front = yaml.safe_load("\n".join(lines[1:end])) or {}
    cells = tuple(_cells(lines, end + 1, name))
    twice = {cell.id for cell in cells if sum(cell.id == other.id for other in cells) > 1}
    if twice:
        raise StatesimError(f"{name}: more than one cell is called {', '.join(sorted(twice))}")
    return Document(front, cells)


def _cells(lines: list[str], start: int, name: str) -> Iterator[Cell]:
    at = start
    while at < len(lines):
        line = lines[at]
        if found := _BREAK.fullmatch(line):
            options = json.loads(found[1])
            end = at + 1
            while end < len(lines) and not _BREAK.fullmatch(lines[end]) and lines[end] != _FENCE:
                end += 1
            yield _cell(options, "\n".join(lines[at + 1 : end]).strip(), False, f"{name}:{at + 1}")
            at = end
        elif line == _FENCE:
            if "```" not in lines[at:]:
                raise StatesimError(f"{name}:{at + 1}: this cell of code has no end")
            end = lines.index("```", at)
            body = lines[at + 1 : end]
            options = {}
            while body and (found := _OPTION.fullmatch(body[0])):
                options[found[1]] = yaml.safe_load(found[2])
                body.pop(0)
            yield _cell(options, "\n".join(body).strip("\n"), True, f"{name}:{at + 1}")
            at = end + 1
        elif line.strip():
            raise StatesimError(f'{name}:{at + 1}: expected +++ {{"id": …}} before prose')
        else:
            at += 1


def _cell(options: Mapping[str, Any], text: str, code: bool, place: str) -> Cell:
    if not isinstance(options.get("id"), str):
        raise StatesimError(f"{place}: this cell has no id")
    rest = {key: value for key, value in options.items() if key != "id"}
    return Cell(options["id"], code, text, rest)
