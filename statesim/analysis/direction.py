"""Which way a metric is better: more of it, less of it, or neither."""

from __future__ import annotations

_MORE = frozenset(
    (
        *("acked", "reads_acked", "availability", "read_availability", "hit_ratio", "hit_ratio_min"),
        *("recovered", "ready_s", "ready_at_end", "updated_at_end", "promoted", "valid"),
    )
)
_LESS = frozenset(
    (
        *("lost", "failed", "unknown", "phantom", "not_done", "aborted", "reads_failed", "reads_unknown"),
        *("stale_reads", "missing_reads", "anomalies", "sessions_broken", "stale_addresses", "starting_s"),
        *("unavailable_s", "outages", "longest_outage_s", "first_outage_s", "last_outage_s", "out_at_end"),
        *("logged_out", "users_logged_out", "origin_requests", "origin_rate_max", "origin_jump"),
        *("streams_cut", "viewers_cut", "reconnects_max", "stalls", "stalled_s"),
        *("rto_s", "no_primary_s", "no_primary_at_end", "rpo_writes", "rpo_s", "dual_primary_s"),
        *("primaries_max", "quorum_lost_s", "semi_sync_off_s", "restarts", "identity_changes"),
        *("below_desired_s", "falsely_ready_s", "multi_attach_wait_s", "first_replacement_s"),
        *("replacement_ready_s", "forced_detaches", "down_s", "not_ready_s", "unnoticed_s"),
        *("drains_failed", "drains_unfinished", "unscheduled_at_end", "at_risk", "at_risk_max", "total"),
    )
)
_LESS_BEGINS = ("anomaly_", "rto_server", "rto_client", "write_latency", "read_latency", "request_latency")


def direction(path: str) -> int:
    """Return 1 if more of a metric is better, -1 if less is, 0 if neither can be said."""
    name = path.rpartition(".")[2]
    bare = name.removeprefix("read_")
    if name in _MORE:
        return 1
    less = name in _LESS or bare in _LESS or name.startswith(_LESS_BEGINS) or "_latency_" in name
    return -1 if less or path.startswith("findings.") else 0
