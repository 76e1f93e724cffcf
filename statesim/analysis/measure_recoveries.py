"""Two times that are often taken for one: how soon servers serve again, and how soon clients are served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.measure_clients import seconds
from statesim.analysis.measure_systems import clients_of, without_primary
from statesim.analysis.statistics import quantiles

if TYPE_CHECKING:
    from statesim.analysis.outages import ClientHistory
    from statesim.analysis.reading import Reading


def measure_recoveries(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return, for every client, its servers' recovery time and its sessions' own."""
    servers = _servers(reading)
    return {
        name: {"rto_server_s": servers.get(name), **_sessions(reading.clients[name])}
        for name in reading.clients
    }


def _servers(reading: Reading) -> dict[str, float]:
    """Return the longest time without a primary of the systems that each client talks to."""
    found: dict[str, float] = {}
    for name in sorted(reading.systems):
        system = reading.systems[name]
        if not system.reigns:
            continue
        longest = max((gap.length_us for gap in without_primary(system)), default=0)
        for client in clients_of(reading, system):
            found[client] = max(found.get(client, 0.0), seconds(longest))
    return found


def _sessions(client: ClientHistory) -> dict[str, Any]:
    main = client.main
    longest = sorted(main.recoveries.longest.values()) if main is not None else []
    p50, p99 = quantiles(longest, (0.5, 0.99)) if longest else (0, 0)
    return {
        "rto_client_p50_s": seconds(p50),
        "rto_client_p99_s": seconds(p99),
        "rto_client_max_s": seconds(max(longest, default=0)),
        "rto_client_sessions": len(longest),
    }
