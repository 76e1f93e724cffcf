"""Two times that are often taken for one: how soon servers serve again, and how soon clients are served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.availability import seconds
from statesim.analysis.measure_systems import clients_of, no_primary_at_end, without_primary
from statesim.analysis.statistics import quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.outages import ClientHistory
    from statesim.analysis.reading import Reading

_NO_SYSTEM: dict[str, Any] = {"rto_server_s": None, "rto_server_never": None}
_UNKNOWN: dict[str, Any] = dict.fromkeys(
    (
        "rto_client_p50_s",
        "rto_client_p99_s",
        "rto_client_max_s",
        "rto_client_sessions",
        "rto_client_never",
    )
)


def measure_recoveries(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return, for every client, its servers' recovery time and its sessions' own."""
    servers = _servers(reading)
    return {
        name: {
            **servers.get(name, _NO_SYSTEM),
            **(_UNKNOWN if name in reading.traffic else _sessions(reading.clients[name])),
        }
        for name in reading.clients
    }


def _servers(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return the longest time without a primary of each client's systems, unless it lasts to the end."""
    found: dict[str, dict[str, Any]] = {}
    for name in sorted(reading.systems):
        system = reading.systems[name]
        if not system.reigns:
            continue
        longest = seconds(max((gap.length_us for gap in without_primary(system)), default=0))
        for client in clients_of(reading, system):
            before = found.get(client, {"rto_server_s": 0.0, "rto_server_never": False})
            never = before["rto_server_never"] or no_primary_at_end(system)
            both = None if never else max(before["rto_server_s"], longest)
            found[client] = {"rto_server_s": both, "rto_server_never": never}
    return found


def _sessions(client: ClientHistory) -> dict[str, Any]:
    main = client.main
    back = list(main.recoveries.longest.values()) if main is not None else []
    never = len(main.recoveries.never) if main is not None else 0
    return {
        "rto_client_p50_s": _quantile(back, never, 0.5),
        "rto_client_p99_s": _quantile(back, never, 0.99),
        "rto_client_max_s": _quantile(back, never, 1),
        "rto_client_sessions": len(back) + never,
        "rto_client_never": never,
    }


def _quantile(back: Sequence[int], never: int, q: float) -> float | None:
    """Return a quantile over sessions (s): ``None`` if it lies among those that never came back."""
    if not back and not never:
        return 0.0
    if q * (len(back) + never - 1) > len(back) - 1:
        return None
    # all that are not back lie above: whatever stands for them is not looked at
    return seconds(quantiles([*back, *[max(back)] * never], (q,))[0])
