"""Patroni's parameters, and those of the PostgreSQL servers under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.kernel.spans import MILLISECOND, MINUTE, SECOND
from statesim.systems.parameters import KIB, MIB, MODEL, Parameters, nobody, row
from statesim.systems.postgres.parameters import PG_CONFIG, RECORDED

if TYPE_CHECKING:
    from collections.abc import Collection

    from statesim.scenario.bindings import Doubt

DYNAMIC = "Patroni docs, dynamic_configuration.rst"
FAILSAFE = "Patroni docs, dcs_failsafe_mode.rst"
WATCHDOG = "Patroni docs, watchdog.rst"
TAGS = "Patroni docs, yaml_configuration.rst, Tags"


@dataclass(frozen=True, slots=True)
class PatroniParameters(Parameters):
    """PostgreSQL servers under Patroni, with a consensus store beside the control plane."""

    ttl: int = row(30 * SECOND, "duration > 0", DYNAMIC, "How long the leader's lease lives unrenewed.")
    loop_wait: int = row(10 * SECOND, "duration > 0", DYNAMIC, "Between two loops of a member's agent.")
    retry_timeout: int = row(
        10 * SECOND,
        "duration",
        DYNAMIC,
        "How long an agent retries an unreachable store before it gives up.",
    )
    maximum_lag_on_failover: int = row(
        MIB, "bytes", DYNAMIC, "A replica that is further behind the last known position is not promoted."
    )
    primary_start_timeout: int = row(
        5 * MINUTE,
        "duration",
        DYNAMIC,
        "How long a crashed primary may recover before it gives its lease up.",
    )
    failsafe_mode: bool = row(
        False,
        "true or false",
        FAILSAFE,
        "A primary without the store goes on as long as all members answer it.",
    )
    synchronous_mode: bool | str = row(
        False,
        "true, false or quorum",
        DYNAMIC,
        "Commits wait for standbys, and only these may take over; quorum: for any of them, and they vote.",
    )
    synchronous_node_count: int = row(1, "whole number", DYNAMIC, "How many standbys confirm a commit.")
    synchronous_mode_strict: bool = row(
        False, "true or false", DYNAMIC, "Without any standby, commits wait instead of going on alone."
    )
    nofailover: tuple[str, ...] = row((), "list of names", TAGS, "Members that are never promoted.")
    failover_priority: tuple[tuple[str, int], ...] = row(
        (),
        "whole numbers by name",
        TAGS,
        "Of members that have equally much, which is promoted: default 1, 0 = never.",
    )
    watchdog_mode: str = row(
        "automatic",
        "off, automatic or required",
        WATCHDOG,
        "Whether a primary has its machine reset when its agent gets stuck.",
    )
    watchdog_device: bool = row(
        False, "true or false", MODEL, "Whether the pods have a watchdog device of their machines."
    )
    watchdog_safety_margin: int = row(
        5 * SECOND,
        "duration, or -1",
        WATCHDOG,
        "How long before the lease's end the machine is reset; -1: when half of it is over.",
    )
    use_pg_rewind: bool = row(
        True, "true or false", "Spilo's default; Patroni's own is false", "Rewind a member that has diverged."
    )
    remove_data_directory_on_diverged_timelines: bool = row(
        False, "true or false", DYNAMIC, "Clone a diverged member anew where it cannot be rewound."
    )
    replication_lag: int = row(
        MILLISECOND,
        "duration or distribution (its mean)",
        RECORDED,
        "From a commit until a replica has it.",
    )
    replay_lag: int = row(
        0,
        "duration or distribution (its mean)",
        MODEL,
        "From when a replica has a commit until its readers see it.",
    )
    wal_retrieve_retry_interval: int = row(
        5 * SECOND, "duration", PG_CONFIG, "How long a replica waits before it reconnects to its primary."
    )
    wal_sender_timeout: int = row(
        MINUTE, "duration", PG_CONFIG, "When a primary gives up a standby that has fallen silent."
    )
    rest_timeout: int = row(
        2 * SECOND,
        "duration",
        "patroni/ha.py, fetch_node_status",
        "How long the race waits for a member whose machine is silent.",
    )
    role_label: str = row(
        "role", "text", "Patroni docs, kubernetes.rst", "The pod label that tells the role."
    )
    data_size: int = row(100 * MIB, "bytes", MODEL, "What a clone copies.")
    clone_rate: int = row(100 * MIB, "bytes per second", MODEL, "How fast a base backup is copied.")
    initdb: int = row(2 * SECOND, "duration", MODEL, "How long the first member takes to create the cluster.")
    start_time: int = row(600 * MILLISECOND, "duration", RECORDED, "How long PostgreSQL takes to start.")
    crash_recovery: int = row(
        700 * MILLISECOND, "duration", RECORDED, "Single-user crash recovery, without the replay itself."
    )
    rewind_time: int = row(800 * MILLISECOND, "duration", RECORDED, "How long pg_rewind takes.")
    shutdown_checkpoint: int = row(
        100 * MILLISECOND, "duration", RECORDED, "How long a fast shutdown of PostgreSQL takes."
    )
    checkpoint_timeout: int = row(
        5 * MINUTE, "duration > 0", PG_CONFIG, "Between checkpoints: what comes after the last is replayed."
    )
    wal_per_write: int = row(KIB, "bytes > 0", MODEL, "Log written for one insert and its commit.")
    replay_rate: int = row(32 * MIB, "bytes per second", MODEL, "How fast crash recovery replays the log.")

    @property
    def quorum_commit(self) -> bool:
        """Tell whether any standbys confirm, and vote."""
        return self.synchronous_mode == "quorum"

    @property
    def watchdog_us(self) -> int | None:
        """Return after how long without a sign of its agent a primary's machine is reset (`None` = never).

        Source: patroni/watchdog/base.py, `WatchdogConfig`.
        """
        if self.watchdog_mode == "off" or not self.watchdog_device:
            return None
        if self.watchdog_safety_margin < 0:
            return self.ttl // 2
        return max(0, self.ttl - self.watchdog_safety_margin)

    def priority(self, name: str) -> int:
        """Return a member's ``failover_priority``."""
        return 0 if name in self.nofailover else dict(self.failover_priority).get(name, 1)

    def may_lead(self, name: str) -> bool:
        """Tell whether a member may be promoted at all."""
        return self.priority(name) > 0

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds` (Patroni docs, dynamic_configuration.rst)."""
        if self.loop_wait + 2 * self.retry_timeout > self.ttl:
            return [
                "ttl must be at least loop_wait + 2 * retry_timeout, or a leader loses its lease in a hiccup"
            ]
        if self.synchronous_mode_strict and not self.synchronous_mode:
            return ["synchronous_mode_strict has no effect without synchronous_mode"]
        if self.watchdog_mode == "required" and not self.watchdog_device:
            return ["watchdog_mode: required needs watchdog_device: true, or nobody may ever lead"]
        if self.watchdog_us is not None and self.watchdog_us <= self.loop_wait:
            return ["the watchdog's time (ttl less its safety margin) must be longer than loop_wait"]
        return []

    def doubts(self, names: Collection[str] | None, most: int | None) -> list[Doubt]:  # noqa: ARG002
        """See `Parameters.doubts`: a tag that no member has."""
        wrong = nobody("nofailover", self.nofailover, names)
        return wrong + nobody("failover_priority", dict(self.failover_priority), names)
