"""Where the pods of each owner are: counted as nodes change, so that nobody counts over all nodes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from statesim.cluster.objects import ZONE_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.control.nodeinfo import NodeInfo, Tenant

_Where = TypeVar("_Where", str, int)


class Siblings:
    """How many pods of each owner that are not Terminating the zones and the nodes hold.

    Attributes
    ----------
    by_zone, by_place
        By the owner's uid: counts by zone ("" = nodes in none), and by the node's place in the search. What
        holds none is not in it.
    """

    __slots__ = ("by_place", "by_zone")

    def __init__(self) -> None:
        self.by_zone: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self.by_place: defaultdict[str, dict[int, int]] = defaultdict(dict)

    def came(self, place: int, info: NodeInfo) -> None:
        """Count the pods of a node that nobody has counted."""
        self._add(place, info, 1)

    def replaced(self, place: int, old: NodeInfo, new: NodeInfo) -> None:
        """Count a node's pods as they are now."""
        zone = new.labels.get(ZONE_LABEL, "")
        if old.labels.get(ZONE_LABEL, "") != zone:
            self._add(place, old, -1)
            self._add(place, new, 1)
            return
        before, now = old.siblings, new.siblings
        for owner, count in now.items():
            more = count - before.get(owner, 0)
            if more:
                self._count(owner, zone, place, more)
        for owner, count in before.items():
            if owner not in now:
                self._count(owner, zone, place, -count)

    def changed(
        self, place: int, info: NodeInfo, changes: Iterable[tuple[Tenant | None, Tenant | None]]
    ) -> None:
        """Count pods of a node that have come, changed or gone: each as it was, and as it is now."""
        zone = info.labels.get(ZONE_LABEL, "")
        for before, now in changes:
            was = before.sibling_of if before is not None else ""
            is_now = now.sibling_of if now is not None else ""
            if was != is_now:
                if was:
                    self._count(was, zone, place, -1)
                if is_now:
                    self._count(is_now, zone, place, 1)

    def _add(self, place: int, info: NodeInfo, by: int) -> None:
        zone = info.labels.get(ZONE_LABEL, "")
        for owner, count in info.siblings.items():
            self._count(owner, zone, place, by * count)

    def _count(self, owner: str, zone: str, place: int, more: int) -> None:
        _change(self.by_zone, owner, zone, more)
        _change(self.by_place, owner, place, more)


def _change(counts: dict[str, dict[_Where, int]], owner: str, where: _Where, more: int) -> None:
    held = counts[owner]
    held[where] = held.get(where, 0) + more
    if not held[where]:
        del held[where]
        if not held:
            del counts[owner]
