"""The exercises of each lesson, in order: functions from an answer to what a run of it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.lessons.checks.storage import kept_by_the_volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statesim.lessons.verdict import Judged

CHECKS: Mapping[str, Sequence[Callable[[Any], Judged]]] = {
    "02-storage": (kept_by_the_volume,),
}
