"""The names of all metrics that a run can have, known before it runs: what an expectation may ask for.

A test holds the table against what runs measure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.event_names import EVENT_NAMES
from statesim.analysis.judge import ANOMALIES, LOST
from statesim.analysis.measure_clients import anomaly_metric
from statesim.analysis.measure_systems import COUNTED
from statesim.analysis.outages import MAIN
from statesim.cluster.invariants import default_invariants
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_OUTAGES = (
    "unavailable_s",
    "outages",
    "longest_outage_s",
    "first_outage_s",
    "last_outage_s",
    "first_outage_at_s",
    "out_at_end",
    "starting_s",
    "availability",
)
_CLIENT = (
    *("operation", "acked", "failed", "unknown", "not_done", "aborted"),
    *("lost", "phantom", "recovered", "stale_reads", "missing_reads"),
    *("reads_acked", "reads_failed", "reads_unknown"),
    *_OUTAGES,
    *(f"read_{name}" for name in _OUTAGES),
    *(f"{kind}_latency_{quantile}_ms" for kind in MAIN for quantile in ("p50", "p99")),
    *("rto_server_s", "rto_client_p50_s", "rto_client_p99_s", "rto_client_max_s", "rto_client_sessions"),
    *("rto_server_never", "rto_client_never"),
    *("sessions_opened", "sessions_broken", "stale_addresses"),
    *("valid", "anomalies"),
    *("logins", "logged_out", "users_logged_out"),
    *("hit_ratio", "hit_ratio_min", "origin_requests", "origin_rate_max", "origin_jump"),
    *("streams_cut", "viewers_cut", "reconnects_max", "stalls", "stalled_s"),
    *sorted({anomaly_metric(kind) for kinds in ANOMALIES.values() for kind in kinds if kind != LOST}),
)
_SYSTEM = (
    *("failovers", "rto_s", "rto_each_s", "no_primary_s", "rpo_writes", "rpo_s"),
    *("no_primary_at_end", "dual_primary_s", "primaries_max", "quorum_lost_s"),
    "semi_sync_off_s",
    *COUNTED.values(),
)
_WORKLOAD = (
    *("kind", "created", "replaced", "restarts", "identity_changes"),
    *("ready_s", "below_desired_s", "ready_at_end", "unscheduled_at_end", "updated_at_end", "promoted"),
    *("falsely_ready_s", "multi_attach_wait_s", "first_replacement_s", "replacement_ready_s"),
)
_DRIFT = (
    *("storage", "storage_max", "container_max", "at_risk", "at_risk_max"),
    *("sessions", "sessions_max", "named", "roles"),
)
_VOLUME = ("attached_s", "multi_attach_wait_s", "forced_detaches", "lost", "size_bytes")

# by what stands before: the first word, or the first word and somebody's name
METRIC_NAMES: dict[str, tuple[str, ...]] = {
    "clients.*": _CLIENT,
    "systems.*": _SYSTEM,
    "workloads.*": _WORKLOAD,
    "volumes": ("count", "multi_attach_wait_s", "forced_detaches", "lost"),
    "volumes.*": _VOLUME,
    "nodes": ("count", "down_s", "not_ready_s", "unnoticed_s", "drains_failed", "drains_unfinished"),
    **{f"events.{kind}": names for kind, names in EVENT_NAMES.items()},
    "drift.*": _DRIFT,
    "findings": ("total", *(invariant.name for invariant in default_invariants())),
}


def misnamed(path: str, owners: Mapping[str, Collection[str]]) -> str | None:
    """Return what is wrong with a metric's path, known before anything runs; ``None`` if a run may have it.

    Parameters
    ----------
    owners
        The names of those that have metrics, where they are known: ``{"clients": ["shop"]}``.
    """
    group, _, rest = path.partition(".")
    whose, _, name = rest.rpartition(".")
    groups = sorted({key.partition(".")[0] for key in METRIC_NAMES})
    if group not in groups:
        hint = did_you_mean(group, groups)
        return f"there are no metrics of {group!r}; {hint}; a metric is clients.shop.lost"
    if whose and whose not in owners.get(group, [whose]):
        hint = did_you_mean(whose, owners[group])
        return f"there is no {group[:-1]} {whose!r}" + (f"; {hint}" if hint else "")
    known = METRIC_NAMES.get(
        f"{group}.{whose}" if group == "events" else f"{group}.*" if whose else group, ()
    )
    if name in known:
        return None
    hint = did_you_mean(name, known)
    return f"there is no metric {path!r}" + (f"; {hint}" if hint else "")
