"""What the servers themselves went through: failovers, time without a primary, loss; see the metrics page."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from statesim.analysis.availability import seconds
from statesim.analysis.intervals import total_us
from statesim.analysis.measure_semi_sync import semi_sync_off_s
from statesim.analysis.members import LOST
from statesim.analysis.traffic import Loss

if TYPE_CHECKING:
    from statesim.analysis.intervals import Interval
    from statesim.analysis.members import SystemTrack
    from statesim.analysis.reading import Reading

COUNTED = {
    "Elected": "elections",
    "LeaseExpired": "leases_expired",
    "Promoted": "promotions",
    "Demoted": "demotions",
    "Fenced": "fenced",
    "Diverged": "diverged",
    "Rewound": "rewound",
    "Cloned": "cloned",
    "Rebalanced": "rebalances",
    "SemiSyncOff": "semi_sync_fallbacks",
}


def measure_systems(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return the metrics of every system, by name, names sorted."""
    return {name: _system(reading, reading.systems[name]) for name in sorted(reading.systems)}


def without_primary(system: SystemTrack) -> list[Interval]:
    """Return the intervals in which no member accepted writes, after the first one ever did."""
    begun = [index for index, interval in enumerate(system.accepting) if interval.state != "0"]
    if not begun:
        return []
    return [interval for interval in system.accepting[begun[0] :] if interval.state == "0"]


def no_primary_at_end(system: SystemTrack) -> bool:
    """Tell whether the run ended without a member that accepts writes, though there had been one."""
    return bool(system.reigns) and system.accepting[-1].state == "0"


def dual_primary(system: SystemTrack) -> list[Interval]:
    """Return the intervals in which two or more members accepted writes."""
    return [interval for interval in system.accepting if interval.state not in ("0", "1")]


def _system(reading: Reading, system: SystemTrack) -> dict[str, Any]:
    gaps = [gap.length_us for gap in without_primary(system)]
    dual = sum(interval.length_us for interval in dual_primary(system))
    lost = lost_writes(reading, system)
    return {
        "failovers": _failovers(system),
        "rto_s": seconds(max(gaps, default=0)) if system.reigns else None,
        "rto_each_s": [seconds(gap) for gap in gaps],
        "no_primary_s": seconds(sum(gaps)) if system.reigns else None,
        "rpo_writes": None if lost is None else lost.count,
        "rpo_s": None if lost is None else seconds(_age_at_loss(reading, system, lost)),
        "no_primary_at_end": no_primary_at_end(system),
        "dual_primary_s": seconds(dual),
        "primaries_max": max((int(interval.state) for interval in system.accepting), default=0),
        "quorum_lost_s": seconds(total_us(system.quorum, LOST)),
        "semi_sync_off_s": semi_sync_off_s(reading, system.name),
        **{name: system.counts.get(event, 0) for event, name in COUNTED.items()},
    }


def _failovers(system: SystemTrack) -> int:
    """Count the changes of the member that accepts writes, to another one.

    A member that comes back is no failover: neither in its old place, nor beside the one that has taken it.
    Nor is one that begins on its own beside another, having followed nobody: it takes over from nobody.
    """
    count, leader = 0, ""
    led: set[str] = set()
    for reign in system.reigns:
        back = reign.pod in led and leader in reign.beside
        alone = leader in reign.beside and not reign.followed
        if leader and reign.pod != leader and not back and not alone:
            count += 1
        if not leader or not (back or alone):
            leader = reign.pod
        led.add(reign.pod)
    return count


def clients_of(reading: Reading, system: SystemTrack) -> list[str]:
    """Return the clients that had sessions with the system's members; all writers if there is one system."""
    members = set(system.members)
    found = {
        event.object[7:]
        for event in reading.record.events
        if event.event == "SessionOpened" and event.fields.get("pod") in members
    }
    if not found and len(reading.systems) == 1:
        found = {name for name, client in reading.clients.items() if "write" in client.kinds}
        found |= {name for name, kinds in reading.traffic.items() if "write" in kinds}
    return sorted(found)


def lost_writes(reading: Reading, system: SystemTrack) -> Loss | None:
    """Return what the system's clients have lost together; ``None`` if nobody looked."""
    count, times = 0, []
    for name in clients_of(reading, system):
        if name in reading.traffic:
            told = reading.losses.get(name, Loss(0))
            count += told.count
            times += [t for t in (told.first_us, told.last_us) if t is not None]
            continue
        client = reading.clients[name]
        lost = client.lost
        if lost is None:
            return None
        count += len(lost)
        times += [client.acked[element] for element in lost]
    return Loss(count, min(times), max(times)) if times else Loss(count)


def _age_at_loss(reading: Reading, system: SystemTrack, lost: Loss) -> int:
    """Return how old the oldest lost write was when it was lost.

    That is the first fault or loss of the primary after it; without one, the last lost write.
    """
    first, last = lost.first_us, lost.last_us
    if first is None or last is None:
        return 0
    moments = sorted([*system.lost_at, *(fault.start_us for fault in reading.faults)])
    index = bisect_left(moments, first)
    return (moments[index] if index < len(moments) else last) - first
