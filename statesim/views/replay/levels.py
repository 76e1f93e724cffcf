"""How much an event of a replay matters: a step from event to event may leave the noise out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.views.telling import is_telling

if TYPE_CHECKING:
    from statesim.kernel.trace import TraceEvent

NOISE, NORMAL, NOTABLE, FAULT = range(4)
# what people do and what clients feel
_FAULTS = {
    "Fault": {"Started", "Ended", "Skipped"},
    "Client": {"Outage", "Recovered", "Lost"},
    "Finding": {"Violated"},
}
# what only keeps books, or happens a hundred times alike
_NOISE = {
    "Client": {"SessionOpened", "SessionClosed", "SessionBroken", "Traffic", "Workload", "LoggedOut"},
    "Node": {"VolumesInUse", "Learned"},
    "Pod": {"Labelled", "ProbeFailed", "ProbeEnded", "Pulled", "InitStarted", "DisruptionTarget"},
    "PersistentVolumeClaim": {"SelectedNode", "WaitForFirstConsumer", "ExternalProvisioning"},
    "VolumeAttachment": {"Unneeded", "Needed"},
    "EndpointSlice": {"TerminatingChanged"},
}
_ALWAYS_NOISE = frozenset({"Status", "OwnerChanged", "Unprotected"})


def level(event: TraceEvent) -> int:
    """Return 0 for noise, 1 for what is normal, 2 for what is worth telling, 3 for faults and outages."""
    kind = event.object.partition("/")[0]
    if event.event in _FAULTS.get(kind, ()):
        return FAULT
    if event.event in _ALWAYS_NOISE or event.event in _NOISE.get(kind, ()):
        return NOISE
    if event.event == "Created" and event.cause is None:
        return NOISE
    return NOTABLE if is_telling(event) else NORMAL
