"""The exercises of each lesson, in order: functions from an answer to what a run of it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.lessons.checks.cluster_role import a_lease_for_both
from statesim.lessons.checks.design import a_design_for_two_hard_years
from statesim.lessons.checks.identity import fenced_before_replaced
from statesim.lessons.checks.operating import a_drain_that_ends, what_a_restore_costs
from statesim.lessons.checks.session import an_end_to_every_wait
from statesim.lessons.checks.split_brain import one_writer_and_nothing_lost
from statesim.lessons.checks.storage import kept_by_the_volume
from statesim.lessons.checks.what_state_is import sessions_elsewhere, who_may_go

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statesim.lessons.verdict import Judged

CHECKS: Mapping[str, Sequence[Callable[[Any], Judged]]] = {
    "01-what-state-is": (who_may_go, sessions_elsewhere),
    "02-storage": (kept_by_the_volume,),
    "03-identity": (fenced_before_replaced,),
    "04-session": (an_end_to_every_wait,),
    "05-cluster-role": (a_lease_for_both,),
    "06-split-brain": (one_writer_and_nothing_lost,),
    "07-operating": (a_drain_that_ends, what_a_restore_costs),
    "08-how-many-nines": (a_design_for_two_hard_years,),
}
