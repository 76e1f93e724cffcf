"""What people are told to look at in a run: sentences of the scenario's author, with commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_VARIANT = re.compile(r"--variant[ =]([A-Za-z0-9._-]*[A-Za-z0-9])")


def applicable(lines: Iterable[str], variants: Collection[str], left_out: Collection[str] = ()) -> list[str]:
    """Return the sentences that speak of no variant but those that were run.

    Parameters
    ----------
    left_out
        The scenario's other variants. Names like ``one`` are words of the language as well: they count in
        commands, and where they stand alone in a path or between backticks.
    """
    return [
        line
        for line in lines
        if set(_VARIANT.findall(line)) <= {*variants} and not any(_named(name, line) for name in left_out)
    ]


def moved(line: str, name: str, directory: str, alone: str | None = None) -> str:
    """Return a sentence that says ``out/NAME`` with the directory that the run was written to, in each path.

    What follows the name stays: ``out/NAME/one/history.jsonl`` is a file of that directory. Other names and
    files that only begin so (``out/NAME-two``, ``out/NAME.yaml``) are something else.

    Parameters
    ----------
    alone
        The variant that was run, if there was no other: its files lie in the directory itself.

    Examples
    --------
    >>> moved("`grep -c x out/small/one/history.jsonl`", "small", "/tmp/here")
    '`grep -c x /tmp/here/one/history.jsonl`'
    >>> moved("`grep -c x out/small/one/history.jsonl`", "small", "/tmp/here", "one")
    '`grep -c x /tmp/here/history.jsonl`'
    """
    own = "" if alone is None else rf"(?:/{re.escape(alone)}(?=/))?"
    return re.sub(rf"(?<![\w./-])out/{re.escape(name)}(?![\w-]|\.\w){own}", lambda _: directory, line)


def _named(variant: str, line: str) -> bool:
    name = re.escape(variant)
    found = rf"(?<![\w-]){name}(?![\w-])" if "-" in variant else rf"/{name}[/`]|`{name}`"
    return re.search(found, line) is not None
