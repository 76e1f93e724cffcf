"""Why evictions were refused: every refusal of a disruption budget, those that are alike counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.instants import instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.kernel.trace import TraceEvent


def refusals(events: Sequence[TraceEvent], budget: str, at_us: int) -> str:
    """Return a line for each pod whose eviction a budget has refused, and each reason; "" if there is none.

    Parameters
    ----------
    budget
        ``PodDisruptionBudget/name``.
    at_us
        The instant, in microseconds: what came later is left out.
    """
    alike: dict[tuple[str, str], list[int]] = {}
    for event in events:
        if event.t_us > at_us:
            break
        if event.object == budget and event.event == "Refused":
            key = (str(event.fields.get("pod", "?")), str(event.fields.get("why", "")))
            alike.setdefault(key, []).append(event.t_us)
    if not alike:
        return ""
    name = budget.partition("/")[2]
    lines = [f"Up to {instant(at_us)} {name} has refused:"]
    for (pod, why), times in alike.items():
        often = "once" if len(times) == 1 else f"{len(times)} times"
        when = (
            f"at {instant(times[0])}"
            if len(times) == 1
            else f"from {instant(times[0])} to {instant(times[-1])}"
        )
        lines.append(f"  the eviction of {pod} {often}, {when}{f': {why}' if why else ''}")
    return "\n".join(lines)
