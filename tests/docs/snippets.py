"""The snippets of the documentation: found, and run as a reader would run them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "frontend/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
# a thousand seeds show what a page says of them; two show that its commands are what the program takes
FEWER = 2
_FENCE = re.compile(r"^ *```([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_MANY = re.compile(r"(--seeds[ =]|seeds=)(range\([\d_, ]+\)|[\d_]+)")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fenced block: its language, its text, and the line on which it begins."""

    language: str
    text: str
    line: int


def snippets(page: Path) -> list[Snippet]:
    """Return the fenced blocks of a page, from top to bottom."""
    text = page.read_text(encoding="utf-8")
    return [
        Snippet(found[1], found[2], text.count("\n", 0, found.start()) + 2) for found in _FENCE.finditer(text)
    ]


def commands(snippet: Snippet) -> Iterator[list[str]]:
    """Yield the words of each command of the program in a block: what follows ``statesim``."""
    joined = snippet.text.replace("\\\n", " ")
    for line in joined.splitlines():
        bare = line.strip().removeprefix("$ ").removeprefix(".venv/bin/")
        if bare.startswith("statesim "):
            yield [each for word in shlex.split(bare, comments=True)[1:] for each in _expanded(word)]


def _expanded(word: str) -> list[str]:
    """Return what a shell makes of a word: the files that fit it, if it is a pattern."""
    return sorted(map(str, Path().glob(word))) if "*" in word and "/" in word else [word]


def with_few_seeds(text: str) -> str:
    """Return a command or a program that runs a few seeds instead of many."""

    def few(found: re.Match[str]) -> str:
        first = re.match(r"range\((\d+)", found[2])
        seeds = f"range({first[1]}, {int(first[1]) + FEWER})" if first else str(FEWER)
        return found[1] + (seeds if first or int(found[2].replace("_", "")) > FEWER else found[2])

    return _MANY.sub(few, text)


def in_few(words: list[str]) -> list[str]:
    """Return a command that runs a few seeds, where it would run many unless told otherwise."""
    few = shlex.split(with_few_seeds(shlex.join(words)))
    many = few[0] in ("sweep", "search") and "--seeds" not in few
    return [*few, "--seeds", str(FEWER)] if many else few


def is_scenario(document: Any) -> bool:
    """Tell whether a block of YAML is a whole scenario, and not a part of one."""
    return isinstance(document, dict) and document.get("kind") == "Scenario"
