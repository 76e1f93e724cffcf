"""What people are told to type about the shipped scenarios."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import statesim

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs/reference/scenarios.md"
COMMAND = re.compile(r"`(statesim \w+ out/[^`]*)`")
ENDING = re.compile(COMMAND.pattern + r" ends with: ([^.]+)\.")


@cache
def rows() -> dict[str, str]:
    """Return the list's rows by the scenario that they name first."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = ((re.match(r"\| `([a-z0-9-]+)` \|", line), line) for line in lines)
    return {match[1]: line for match, line in found if match}


def commands(name: str, path: Path) -> Iterator[str]:
    """Yield every command that the list and the scenario itself tell people to type."""
    told = [rows().get(name, ""), *(statesim.load(path).base.metadata.look_for or ())]
    for text in told:
        yield from COMMAND.findall(text)


def ending(path: Path, command: str) -> str:
    """Return with what a scenario says that a command's answer ends; empty if it does not say."""
    told = dict(ENDING.findall("\n".join(statesim.load(path).base.metadata.look_for or ())))
    return told.get(command, "")
