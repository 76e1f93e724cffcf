"""The parameters of a RethinkDB table and of its cluster, under RethinkDB's names where it has some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.scenario.bindings import Doubt
from statesim.systems.durability import Durability
from statesim.systems.parameters import KIB, MIB, MODEL, Parameters, row

if TYPE_CHECKING:
    from collections.abc import Collection

TABLE = "RethinkDB docs, system-tables.md"
CONSISTENCY = "RethinkDB docs, consistency.md"
CHOICES = {
    "write_acks": ("majority", "single"),
    "durability": ("hard", "soft"),
    "read_mode": ("single", "majority", "outdated"),
}
MOST_SHARDS = 64


@dataclass(frozen=True, slots=True)
class RethinkParameters(Parameters):
    """The configuration of one table, how its callers read, and the cluster's timers."""

    replicas: int = row(
        3,
        "whole number",
        "RethinkDB docs, reconfigure.md; 3 is ours, table_create's own default is 1",
        "How many servers hold each shard; the table is made when that many are there.",
    )
    shards: int = row(
        1,
        "whole number",
        "RethinkDB docs, reconfigure.md",
        "Into how many ranges of keys the table is split; with more, less waits for one server.",
    )
    write_acks: str = row(
        "majority",
        "text",
        TABLE,
        "majority: a write is acknowledged when most voting replicas have it; single: when one has.",
    )
    durability: str = row(
        "hard",
        "text",
        TABLE,
        "hard: a replica has a write once it is on its disk; soft: once it is in memory.",
    )
    read_mode: str = row(
        "single",
        "text",
        CONSISTENCY,
        "single: the primary answers from memory; majority: once most have it; outdated: any replica.",
    )
    heartbeat_timeout: int = row(
        10 * SECOND,
        "duration > 0",
        "RethinkDB docs, system-tables.md, cluster_config",
        "The silence after which a server is given up; it is looked at five times in that time.",
    )
    election_timeout_min: int = row(
        SECOND, "duration", "raft_core.hpp", "The least wait of a server without a Raft leader."
    )
    election_timeout_max: int = row(
        2 * SECOND, "duration", "raft_core.hpp", "The longest wait of a server without a Raft leader."
    )
    contract_delay: int = row(
        250 * MILLISECOND,
        "duration > 0",
        MODEL,
        "Until the Raft leader's next step is committed and done; a failover takes three.",
    )
    replica_latency: int = row(
        500 * (MILLISECOND // 1000), "duration", MODEL, "From one server to another, one way."
    )
    start_time: int = row(
        SECOND, "duration", MODEL, "From the program's start until it answers and meets the others."
    )
    flush_interval: int = row(
        SECOND,
        "duration > 0",
        "RethinkDB 2.4, table_config",
        "With durability soft: how often what is in memory goes to the disk.",
    )
    backfill_rate: int = row(100 * MIB, "bytes per second", MODEL, "How fast a replica gets what it lacks.")
    write_size: int = row(KIB, "bytes > 0", MODEL, "What one write takes of a backfill.")
    data_size: int = row(
        100 * MIB, "bytes", MODEL, "What a replica with an empty disk copies beside the writes."
    )

    @property
    def promises(self) -> tuple[Durability, ...]:
        """See `Parameters.promises`."""
        return (Durability(write_us=self.flush_interval if self.durability == "soft" else 0),)

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds`."""
        wrong = [
            f"{name}: expected {', '.join(known[:-1])} or {known[-1]}, found {getattr(self, name)}"
            for name, known in CHOICES.items()
            if getattr(self, name) not in known
        ]
        if self.shards > MOST_SHARDS:
            wrong.append(f"shards must be at most {MOST_SHARDS}")
        if self.election_timeout_max < self.election_timeout_min:
            wrong.append("election_timeout_max must be at least election_timeout_min")
        return wrong

    def doubts(self, names: Collection[str] | None, most: int | None) -> list[Doubt]:  # noqa: ARG002
        """See `Parameters.doubts`: RethinkDB refuses more replicas than servers (docs, reconfigure.md)."""
        if most is None or self.replicas <= most:
            return []
        message = f"there are never {self.replicas} servers, at most {most}: the table is not made"
        return [Doubt("replicas", message, None)]
