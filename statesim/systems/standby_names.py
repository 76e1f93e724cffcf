"""``synchronous_standby_names``: which standbys a commit waits for.

Source: PostgreSQL docs, Replication (runtime-config-replication), ``synchronous_standby_names``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FORM = re.compile(r"(?:(?P<how>FIRST|ANY)\s+)?(?P<count>\d+)\s*\((?P<names>[^()]*)\)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_.-]+|\*")


class Standbys(NamedTuple):
    """What the setting says.

    Attributes
    ----------
    quorum
        ANY: whichever of them answer first; otherwise the first in the list that are there.
    number
        How many must have a commit; 0 = none: commits are asynchronous.
    names
        Which standbys count, as they call themselves: by the names of their pods; ``*`` = every one.
    """

    quorum: bool
    number: int
    names: tuple[str, ...]

    def rank(self, name: str) -> int | None:
        """Return a standby's place in the list; ``None`` if it does not count."""
        for place, each in enumerate(self.names):
            if each in ("*", name):
                return place
        return None

    def confirmed(self, positions: list[tuple[str, int, bool]]) -> int:
        """Return up to where enough standbys have the log.

        Parameters
        ----------
        positions
            Of each standby that the primary believes to be there: its name, how far it has come, and whether
            it has caught up. A list of priorities passes over those that have not.
        """
        ranked = [(self.rank(name), position, live) for name, position, live in positions]
        counted = [row for row in ranked if row[0] is not None]
        if len(counted) < self.number:
            return 0
        if self.quorum:
            chosen = sorted((position for _, position, _ in counted), reverse=True)[: self.number]
        else:
            chosen = [position for _, position, live in sorted(counted) if live][: self.number]
        return min(chosen) if len(chosen) == self.number else 0


def parse(text: str) -> Standbys:
    """Return what ``FIRST n (a, b)``, ``ANY n (a, b)``, ``n (a, b)``, ``a, b`` or nothing means.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    text = text.strip()
    if not text:
        return Standbys(quorum=False, number=0, names=())
    form = _FORM.fullmatch(text)
    listed = form["names"] if form else text
    names = tuple(name.strip() for name in listed.split(","))
    count = int(form["count"]) if form else 1
    if count < 1 or not all(_NAME.fullmatch(name) for name in names):
        raise ValueError(f"{text!r} is not a list of standbys, like FIRST 1 (pg-1, pg-2), ANY 1 (*) or pg-1")
    return Standbys(bool(form and (form["how"] or "").upper() == "ANY"), count, names)
