"""Why evictions were refused: every refusal of a disruption budget, those that are alike counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    alike: dict[tuple[str, str], list[float]] = {}
    for event in events:
        if event.t_us > at_us:
            break
        if event.object == budget and event.event == "Refused":
            key = (str(event.fields.get("pod", "?")), str(event.fields.get("why", "")))
            alike.setdefault(key, []).append(event.t)
    if not alike:
        return ""
    name = budget.partition("/")[2]
    lines = [f"Up to {at_us / 1e6:g} s {name} has refused:"]
    for (pod, why), times in alike.items():
        often = "once" if len(times) == 1 else f"{len(times)} times"
        when = f"at {times[0]:g} s" if len(times) == 1 else f"from {times[0]:g} s to {times[-1]:g} s"
        lines.append(f"  the eviction of {pod} {often}, {when}{f': {why}' if why else ''}")
    return "\n".join(lines)
