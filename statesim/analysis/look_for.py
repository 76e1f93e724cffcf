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


def _named(variant: str, line: str) -> bool:
    name = re.escape(variant)
    found = rf"(?<![\w-]){name}(?![\w-])" if "-" in variant else rf"/{name}[/`]|`{name}`"
    return re.search(found, line) is not None
