"""The metrics that lie beside a run: taken as they are, or measured again where an older statesim left fewer.

Metrics are a function of the trace. A folder that was written when some of them were not measured yet can
be told of as any other; nothing is simulated for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.as_written import KEY as DEPARTS
from statesim.analysis.metrics import metrics_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.analysis.reading import Reading

# what every run of today has, of each of its clients, systems and workloads, and of all its machines
EACH = {
    "clients": (
        *("operation", "acked", "failed", "unknown", "not_done", "aborted", "lost"),
        *("phantom", "recovered", "stale_reads", "missing_reads"),
        *("unavailable_s", "outages", "longest_outage_s", "first_outage_s", "last_outage_s"),
        *("first_outage_at_s", "out_at_end", "starting_s", "availability"),
        *("rto_server_s", "rto_client_p50_s", "rto_client_max_s", "rto_client_sessions"),
        *("rto_server_never", "rto_client_never"),
        *("sessions_opened", "sessions_broken", "stale_addresses"),
    ),
    "systems": (
        *("failovers", "rto_s", "no_primary_s", "no_primary_at_end", "rpo_s", "rpo_writes"),
        *("dual_primary_s", "primaries_max", "quorum_lost_s", "semi_sync_off_s"),
    ),
    "workloads": (
        *("kind", "created", "replaced", "restarts", "identity_changes", "promoted"),
        *("ready_s", "below_desired_s", "ready_at_end", "unscheduled_at_end", "updated_at_end"),
        *("falsely_ready_s", "multi_attach_wait_s", "first_replacement_s", "replacement_ready_s"),
    ),
}
ALL = {
    "nodes": ("count", "down_s", "not_ready_s", "unnoticed_s", "drains_failed", "drains_unfinished"),
    "findings": ("total",),
    "events": (),
    "volumes": (),
    "drift": (),
}


def is_of_today(document: Mapping[str, Any]) -> bool:
    """Tell whether a ``metrics.json`` has all that this version measures of every run."""
    return "expectations" in document and all(map(_whole, document["variants"].values()))


def _whole(measured: Mapping[str, Any]) -> bool:
    each = [(owner, EACH[group]) for group in EACH for owner in measured.get(group, {}).values()]
    of_all = [(measured[group], names) for group, names in ALL.items() if group in measured]
    there = all(group in measured for group in (*EACH, *ALL))
    return there and all(name in owner for owner, names in (*each, *of_all) for name in names)


def measured(document: dict[str, Any], readings: Sequence[Reading]) -> dict[str, Any]:
    """Return the metrics of a run that was read back: those that were written, if they are of today.

    What was expected, and whether it held, stays as it was written: that is the scenario's, and not here.
    """
    if is_of_today(document):
        return document
    again = metrics_document(readings, (), document.get(DEPARTS, {}))
    return {**again, "expectations": document.get("expectations", [])}
