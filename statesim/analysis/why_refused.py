"""Why evictions were refused: every refusal of a disruption budget, those that are alike counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.chinese import reason
from statesim.analysis.telling import IN_ENGLISH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.telling import Telling
    from statesim.kernel.trace import TraceEvent


def refusals(events: Sequence[TraceEvent], budget: str, at_us: int, say: Telling = IN_ENGLISH) -> str:
    """Return a line for each pod whose eviction a budget has refused, and each reason; "" if there is none.

    Parameters
    ----------
    budget
        ``PodDisruptionBudget/name``.
    at_us
        The instant, in microseconds: what came later is left out.
    say
        Whose words it is told in.
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
    lines = [say("refused", at=say.instant(at_us), name=name)]
    for (pod, why), times in alike.items():
        first, last = say.instant(times[0]), say.instant(times[-1])
        when = say("when_at", at=first) if len(times) == 1 else say("when_from", first=first, last=last)
        told = say("because", why=reason(why) if say.language == "zh" else why) if why else ""
        lines.append(say("refusal", pod=pod, often=say.often(len(times)), when=when, why=told))
    return "\n".join(lines)
