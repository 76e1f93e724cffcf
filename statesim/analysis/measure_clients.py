"""What clients noticed: acknowledged, lost, unavailable; see ``docs/reference/metrics.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.availability import availability
from statesim.analysis.consistency.logins import SESSION_LOST
from statesim.analysis.judge import ANOMALIES, LOST
from statesim.analysis.measure_caches import measure_caches
from statesim.analysis.measure_streams import measure_streams
from statesim.analysis.measure_traffic import counted
from statesim.analysis.outages import MAIN
from statesim.analysis.statistics import quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.outages import ClientHistory, Kind, Outage
    from statesim.analysis.reading import Reading


def measure_clients(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return the metrics of every client, by name, names sorted."""
    sessions = _sessions(reading)
    caches, streams = measure_caches(reading), measure_streams(reading)
    return {
        name: {
            **_noticed(reading, name),
            **sessions.get(name, _no_sessions()),
            **_judged(reading, name),
            **_logins(reading, name),
            **caches.get(name, {}),
            **streams.get(name, {}),
        }
        for name in sorted(reading.clients)
    }


def _noticed(reading: Reading, name: str) -> dict[str, Any]:
    """Return what a client noticed, by its history or by its own counts."""
    return counted(reading, name) if name in reading.traffic else _client(reading, reading.clients[name])


def _client(reading: Reading, client: ClientHistory) -> dict[str, Any]:
    main, end = client.main, reading.record.duration_us
    loss = reading.losses.get(client.name)
    told = None if loss is None else loss.count
    lost = client.lost if client.kinds else None
    measured: dict[str, Any] = {
        "operation": main.f if main is not None else None,
        "acked": len(main.ok) - main.not_done - main.aborted if main is not None else None,
        "not_done": main.not_done if main is not None else None,
        "aborted": main.aborted if main is not None else None,
        "failed": main.failed if main is not None else None,
        "unknown": main.unknown if main is not None else None,
        "lost": _lost(reading, client.name, told if lost is None else len(lost)),
        **_doubtful(client),
        "stale_reads": _stale_reads(client),
        "missing_reads": len(client.misses),
        **_availability(reading.main_outages(client.name), main, end),
    }
    if client.kinds.get("read") is not None and (main is None or main.f != "read"):
        read = client.kinds["read"]
        measured |= {"reads_acked": len(read.ok), "reads_failed": read.failed, "reads_unknown": read.unknown}
        of_reads = _availability(reading.outages(client.name, "read"), read, end)
        measured |= {f"read_{name}": value for name, value in of_reads.items()}
    for f in MAIN:
        if f in client.kinds:
            measured |= _latency(client.kinds[f])
    return measured


def _lost(reading: Reading, name: str, of_elements: int | None) -> int | None:
    """Return how many acknowledged writes are lost: by the checkers, where they judge."""
    return reading.verdict(name).counts().get(LOST, 0) if name in reading.judged else of_elements


def _judged(reading: Reading, name: str) -> dict[str, Any]:
    """Return the checkers' verdict and how many anomalies of each kind there are."""
    if name not in reading.judged:
        return _judged_set(reading.clients[name])
    verdict = reading.verdict(name)
    found = verdict.counts()
    counts = {
        anomaly_metric(kind): found.get(kind, 0) for kind in ANOMALIES[reading.judged[name]] if kind != LOST
    }
    valid = None if verdict.valid == "unknown" else verdict.valid == "valid"
    return {"valid": valid, "anomalies": len(verdict.anomalies), **counts}


def _judged_set(client: ClientHistory) -> dict[str, Any]:
    """Return whether a set is what it should be; what is wrong with it has counts of its own names."""
    if client.final is None or client.main is None or client.main.f != "write":
        return {}
    phantom = _doubtful(client)["phantom"]
    return {"valid": not (client.lost or phantom or _stale_reads(client))}


def _logins(reading: Reading, name: str) -> dict[str, int]:
    """Return how often users logged in, and who was logged out against their will."""
    if reading.judged.get(name) != "login":
        return {}
    kind = reading.clients[name].kinds.get("login")
    lost = [each.calls[-1] for each in reading.verdict(name).anomalies if each.kind == SESSION_LOST]
    return {
        "logins": len(kind.ok) if kind is not None else 0,
        "logged_out": len(lost),
        "users_logged_out": len({call.process for call in lost}),
    }


def anomaly_metric(kind: str) -> str:
    """Return the metric that counts a kind of anomaly: ``anomaly_stale_read``, ``anomaly_G2-item``."""
    return f"anomaly_{kind.replace(' ', '_')}"


def _doubtful(client: ClientHistory) -> dict[str, int | None]:
    """Return how many elements are there that should not be, and how many whose fate nobody knew."""
    if client.final is None:
        return {"phantom": None, "recovered": None} if client.attempted else {"phantom": 0, "recovered": 0}
    known = client.attempted - (client.refused - client.acked.keys() - client.doubtful)
    recovered = client.final & (client.doubtful - client.acked.keys())
    return {"phantom": len(client.final - known), "recovered": len(recovered)}


def _stale_reads(client: ClientHistory) -> int:
    """Count reads that missed an element which was there all the time, as the judge found it later."""
    if client.final is None:
        return len(client.misses)
    return sum(1 for element in client.misses if element in client.final)


def _availability(found: Sequence[Outage], kind: Kind | None, end: int) -> dict[str, Any]:
    """Return how long it could not work; who has asked nothing was there from the start."""
    if kind is None:
        return availability(found, 0, None, end)
    return availability(found, kind.first_us, kind.ok[0] if kind.ok else None, end)


def _latency(kind: Kind) -> dict[str, float | None]:
    if not kind.waits:
        return {f"{kind.f}_latency_p50_ms": None, f"{kind.f}_latency_p99_ms": None}
    p50, p99 = quantiles(kind.waits, (0.5, 0.99))
    return {
        f"{kind.f}_latency_p50_ms": round(p50 / 1000, 6),
        f"{kind.f}_latency_p99_ms": round(p99 / 1000, 6),
    }


def _no_sessions() -> dict[str, int]:
    return {"sessions_opened": 0, "sessions_broken": 0, "stale_addresses": 0}


def _sessions(reading: Reading) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for event in reading.record.events:
        if not event.object.startswith("Client/"):
            continue
        of_client = counts.setdefault(event.object[7:], _no_sessions())
        alike = event.fields.get("alike", 1)
        if event.event == "SessionOpened":
            of_client["sessions_opened"] += alike
        elif event.event == "SessionBroken":
            of_client["sessions_broken"] += alike
        elif event.event == "StaleAddress":
            of_client["stale_addresses"] += 1
    return counts
