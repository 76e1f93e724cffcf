"""A town that plans are drawn over, and tests of plans that need no run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.experiment.search_runs import Tried
from statesim.experiment.search_town import OwnTown, Target

if TYPE_CHECKING:
    from statesim.experiment.search_plans import Plan

NODES = {f"n-{zone}-{number}": zone for zone in "abc" for number in (1, 2)}
PG = Target(
    "StatefulSet", "pg", 3, "spilo", "each", "data", "patroni", "pg", {"app": "pg"}, {}, 0, True, True
)
WEB = Target("Deployment", "web", 2, "web", "", "", None, None, {"app": "web"}, {})
TOWN = OwnTown(NODES, (PG, WEB))


@dataclass(frozen=True)
class Shows:
    """A test of plans: it shows something if, for every want, a fault has those values, or at least those.

    ``for`` and ``at`` are bounds from below: the fault must last so long, or begin no earlier.
    """

    wants: tuple[tuple[tuple[str, Any], ...], ...]

    def __call__(self, plan: Plan) -> Tried:
        holds = bool(self.wants) and self._matched(self.wants, plan.rows)
        return Tried(1, plan, holds, {"m": 1}, ())

    def _matched(self, wants: tuple[Any, ...], rows: tuple[Any, ...]) -> bool:
        """Tell whether each want has a row of its own."""
        if not wants:
            return True
        return any(
            _meets(row, wants[0]) and self._matched(wants[1:], rows[:i] + rows[i + 1 :])
            for i, row in enumerate(rows)
        )


def _meets(row: dict[str, Any], want: tuple[tuple[str, Any], ...]) -> bool:
    return all(
        row.get(key, 0) >= value if key in ("for", "at") else row.get(key) == value for key, value in want
    )
