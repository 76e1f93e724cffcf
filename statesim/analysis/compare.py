"""Comparison: the numbers in which variants or runs differ, as rows of one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.analysis.expectations import lookup, metric_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

# what an audience asks for first; the rest follows in the order of the metrics
_FIRST = (
    ".lost",
    ".unavailable_s",
    ".longest_outage_s",
    ".rto_server_s",
    ".rto_client_p50_s",
    ".rto_client_p99_s",
    ".acked",
    ".stale_reads",
    ".dual_primary_s",
    ".failovers",
    ".rto_s",
    ".rpo_s",
)


NEVER = "never"


def never(client: Any, name: str) -> bool:
    """Tell whether a client's time until something is `null` because that did not come."""
    if not isinstance(client, dict) or client.get(name, 0) is not None:
        return False
    flag = name.replace("rto_server_s", "rto_server_never")
    flag = "rto_client_never" if name.startswith("rto_client_") else flag
    return flag != name and bool(client.get(flag))


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric and its value in each variant (``None`` where it has none, `NEVER`)."""

    metric: str
    values: dict[str, Any]


def differences(variants: Mapping[str, Mapping[str, Any]]) -> list[Difference]:
    """Return the metrics whose values differ between variants, the most telling ones first.

    Parameters
    ----------
    variants
        Metrics by name of variant: ``metrics_document(...)["variants"]``, or several runs' metrics.
    """
    paths: dict[str, None] = {}
    for metrics in variants.values():
        paths.update(dict.fromkeys(metric_paths(metrics)))
    found = []
    for path in filter(telling, paths):
        values = {name: _value(metrics, path) for name, metrics in variants.items()}
        if len(set(values.values())) > 1:
            found.append(Difference(path, values))
    return sorted(found, key=lambda row: rank(row.metric))


def telling(path: str) -> bool:
    """Leave out what other rows say already: single volumes, events, when an outage began."""
    if path.startswith("events."):
        return False
    return not (path.startswith("volumes.") and path.count(".") > 1) and not path.endswith(
        ("outage_at_s", "last_outage_s")
    )


def _value(metrics: Mapping[str, Any], path: str) -> float | int | str | None:
    """Return a number, or `NEVER` for the time until something that did not come."""
    client, _, name = path.rpartition(".")
    value = lookup(metrics, path)
    if value is None and never(lookup(metrics, client), name):
        return NEVER
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def rank(path: str) -> int:
    """Return a metric's place among those that an audience asks for."""
    return next((index for index, end in enumerate(_FIRST) if path.endswith(end)), len(_FIRST))
