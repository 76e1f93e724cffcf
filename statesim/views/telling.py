"""Which events are worth telling to whoever was not there, by kind of object."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statesim.kernel.trace import TraceEvent

_TELLING = {
    "Fault": {"Started", "Ended", "Skipped"},
    "Node": {"NotReady", "Ready", "Crashed", "Paused", "Recovered", "CutOff", "Reconnected", "Deleted"}
    | {"Cordoned", "Uncordoned", "Drained", "DrainFailed"},
    "PodDisruptionBudget": {"Refused"},
    "Pod": {"Terminating", "Evicted", "Deleted", "Failed", "Created", "Ready"},
    "Member": {"Expelled", "MajorityLost", "LeftGroup"}
    | {"Role", "Promoted", "Demoted", "Diverged", "Rewound", "Cloned"}
    | {"FlowsMoved", "FlowsLost"}
    | {"Bootstrapped", "Overwritten"}
    | {"SemiSyncOff", "SemiSyncOn", "RelayLogDropped"},
    "System": {"LeaseExpired", "Elected", "PrimaryLost", "SessionsLost", "Rebalanced"}
    | {"Recovering"}
    | {"DeadSource", "Fenced"}
    | {"MembershipForced"},
    "VolumeAttachment": {"MultiAttach", "Detached"},
    "PersistentVolume": {"Lost"},
    "DataDirectory": {"Initialised", "Restored", "Corrupted", "TailLost", "Lost"},
    "Client": {"Outage", "Recovered", "Lost", "StaleAddress"},
    "Finding": {"Violated"},
}


def is_telling(event: TraceEvent) -> bool:
    """Tell whether an event is one of those."""
    return event.event in _TELLING.get(event.object.partition("/")[0], ())
