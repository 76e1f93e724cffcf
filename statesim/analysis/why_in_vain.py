"""What the callers of a client in an outage were told, and what they wait for: from its own history."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from statesim.analysis.instants import instant
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.analysis.record import Operation
    from statesim.kernel.trace import TraceEvent

_SHOWN = 3
_LONG_US = 5_000_000
# what the most usual errors mean; the first that fits is told
_MEANS = {
    # pgbouncer doc/config.md, server_login_retry
    "server login has been failing": "PgBouncer does not try again for server_login_retry (15 s unless it is "
    "set) after a failure, and answers with that error until then",
    # HikariCP README, connectionTimeout
    "Connection is not available": "all connections of the pool are lent, and who has them hears nothing",
    # gunicorn docs, Settings: backlog
    "turned away": "more ask than are served; who stands in line waits for longer than he is patient, and is "
    "worked for all the same when he has gone",
    "connect timeout": "a machine that is silent refuses nobody: only the client's patience ends an attempt",
    "statement timeout": "who does not answer in time is gone, or has too much to do, or waits for somebody",
}


def in_vain(events: Sequence[TraceEvent], history: Iterable[Operation], client: str, at_us: int) -> str:
    """Return what those were told who asked since a client's last success, and who still waits.

    Parameters
    ----------
    client
        The client's name.
    at_us
        The instant, in microseconds; "" is returned if there is no outage of the client then.
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
    said = [_told(told), _hanging(events, client, under_way, at_us)]
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


def _told(told: Counter[str]) -> str:
    if not told:
        return ""
    most = told.most_common(_SHOWN)
    counted = ", ".join(f'"{error}" {count} times' for error, count in most)
    means = [why for begin, why in _MEANS.items() if any(error.startswith(begin) for error, _ in most)]
    why = f": {means[0]}" if means else ""
    return f"Callers have been told {counted} since then{why}."


def _hanging(events: Sequence[TraceEvent], client: str, under_way: dict[int | str, int], at_us: int) -> str:
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
    who = f"{len(waits)} of its sessions have" if len(waits) > 1 else "One of its sessions has"
    since = instant(min(waits), SECOND // 10)
    return (
        f"{who} had no connection since {since}, and the attempt to make one hangs: to a "
        "machine that is silent TCP tries for 127 s, unless the client's timeout for connecting ends it."
    )
