"""What people are told to look at in a run: sentences of the scenario's author, with commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_VARIANT = re.compile(r"--variant[ =]([A-Za-z0-9._-]*[A-Za-z0-9])")


def applicable(lines: Iterable[str], variants: Collection[str]) -> list[str]:
    """Return the sentences whose commands all find their variant among those that were run."""
    return [line for line in lines if set(_VARIANT.findall(line)) <= {*variants}]
