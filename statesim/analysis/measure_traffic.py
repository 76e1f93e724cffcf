"""What clients noticed that keep no history: the same metrics, from what they have counted themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.availability import availability

if TYPE_CHECKING:
    from statesim.analysis.reading import Reading
    from statesim.analysis.traffic import Counted


def counted(reading: Reading, name: str) -> dict[str, Any]:
    """Return the metrics of one client; ``None`` where only a history could tell."""
    kinds = reading.traffic[name]
    f, main = next(iter(kinds.items()))
    loss = reading.losses.get(name)
    measured: dict[str, Any] = {
        "operation": f,
        "acked": main.ok,
        "not_done": 0,
        "aborted": main.aborted,
        "failed": main.failed,
        "unknown": main.unknown,
        "lost": 0 if loss is None else loss.count,
        "phantom": None,
        "recovered": None,
        "stale_reads": None,
        "missing_reads": None,
        **_availability(reading, name, f, main),
    }
    if f != "read" and "read" in kinds:
        read = kinds["read"]
        measured |= {"reads_acked": read.ok, "reads_failed": read.failed, "reads_unknown": read.unknown}
        of_reads = _availability(reading, name, "read", read)
        measured |= {f"read_{metric}": value for metric, value in of_reads.items()}
    for each in kinds:
        measured |= {f"{each}_latency_p50_ms": None, f"{each}_latency_p99_ms": None}
    return measured


def _availability(reading: Reading, name: str, f: str, count: Counted) -> dict[str, Any]:
    end = reading.record.duration_us
    return availability(reading.outages(name, f), count.since_us, count.first_ok_us, end)
