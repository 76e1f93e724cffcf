"""What the callers of a client in an outage were told, and what they wait for: from its own history."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from statesim.analysis.telling import IN_ENGLISH
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.record import Operation
    from statesim.analysis.telling import Telling
    from statesim.kernel.trace import TraceEvent

_SHOWN = 3
_LONG_US = 5_000_000
# errors whose meaning is told, by how they begin; the first that fits
_MEANS = (
    "server login has been failing",
    "Connection is not available",
    "turned away",
    "connect timeout",
    "statement timeout",
)


def in_vain(
    events: Sequence[TraceEvent],
    history: Iterable[Operation],
    client: str,
    at_us: int,
    say: Telling = IN_ENGLISH,
) -> str:
    """Return what those were told who asked since a client's last success, and who still waits.

    Parameters
    ----------
    client
        The client's name.
    at_us
        The instant, in microseconds; "" is returned if there is no outage of the client then.
    say
        Whose words it is told in.
    """
    since = _outages(events, client, at_us)
    if not since:
        return ""
    told: Counter[str] = Counter()
    under_way: dict[int | str, int] = {}
    for t_us, process, who, type_, f, _value, error in history:
        if t_us > at_us:
            break
        if who != client or f not in since:
            continue
        if type_ == "invoke":
            under_way[process] = t_us
            continue
        under_way.pop(process, None)
        if type_ != "ok" and t_us > since[f]:
            told[error or "failed"] += 1
    said = [_told(told, say), _hanging(events, client, under_way, at_us, say)]
    return "\n".join(sentence for sentence in said if sentence)


def _outages(events: Sequence[TraceEvent], client: str, at_us: int) -> dict[str, int]:
    """Return since when (µs) nothing of a kind has succeeded, of each kind of which that is so."""
    out: dict[str, int] = {}
    for event in events:
        if event.t_us > at_us:
            break
        if event.object == f"Client/{client}" and event.event in ("Outage", "Recovered"):
            f = str(event.fields.get("f"))
            out.pop(f, None)
            if event.event == "Outage":
                out[f] = round(float(event.fields.get("last_ok_s") or 0.0) * 1e6)
    return out


def _told(told: Counter[str], say: Telling) -> str:
    if not told:
        return ""
    most = told.most_common(_SHOWN)
    counted = ", ".join(say("counted", error=error, times=count) for error, count in most)
    means = [begin for begin in _MEANS if any(error.startswith(begin) for error, _ in most)]
    why = say("because", why=say(means[0])) if means else ""
    return say("told_since", counted=counted, why=why)


def _hanging(
    events: Sequence[TraceEvent],
    client: str,
    under_way: dict[int | str, int],
    at_us: int,
    say: Telling,
) -> str:
    """Tell of sessions that lost their connection and whose next attempt has not ended yet."""
    lost: dict[object, int] = {}
    for event in events:
        if event.t_us > at_us:
            break
        if event.object == f"Client/{client}":
            if event.event == "SessionBroken":
                lost[event.fields.get("session")] = event.t_us
            elif event.event == "SessionOpened":
                lost.pop(event.fields.get("session"), None)
    waits = [
        lost[p] for p, begun in under_way.items() if p in lost and at_us - max(begun, lost[p]) > _LONG_US
    ]
    if not waits:
        return ""
    since = say.instant(min(waits), SECOND // 10)
    return say("hangs_one" if len(waits) == 1 else "hangs", sessions=len(waits), since=since)
