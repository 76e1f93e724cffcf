"""The parameters of a Cassandra ring, most of them under the names of ``cassandra.yaml``."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.spans import MILLISECOND, MINUTE, SECOND
from statesim.systems.consensus import majority
from statesim.systems.detectors import PhiAccrual
from statesim.systems.durability import Durability
from statesim.systems.parameters import KIB, MIB, MODEL, Parameters, row

YAML = "cassandra.yaml"
KEYSPACE = "Cassandra docs, dynamo.adoc"
LEVELS = ("ONE", "TWO", "THREE", "QUORUM", "ALL")
SNITCHES = ("GossipingPropertyFileSnitch", "SimpleSnitch")
CHOICES = {
    "write_consistency": LEVELS,
    "read_consistency": LEVELS,
    "endpoint_snitch": SNITCHES,
    "commitlog_sync": ("periodic", "batch"),
    "read_repair": ("BLOCKING", "NONE"),
}


def required(level: str, replication_factor: int) -> int:
    """Return how many replicas a consistency level waits for (dynamo.adoc, "Tunable consistency")."""
    counts = {"ONE": 1, "TWO": 2, "THREE": 3, "ALL": replication_factor}
    return counts.get(level, majority(replication_factor))


@dataclass(frozen=True, slots=True)
class CassandraParameters(Parameters):
    """The settings of a ring and of its keyspace, and how its callers ask."""

    replication_factor: int = row(3, "whole number", KEYSPACE, "How many hosts hold each key.")
    write_consistency: str = row("QUORUM", "text", KEYSPACE, "How many replicas a write waits for.")
    read_consistency: str = row("QUORUM", "text", KEYSPACE, "How many replicas a read asks.")
    members: int = row(3, "whole number", MODEL, "With how many hosts the keyspace is created.")
    endpoint_snitch: str = row(
        SNITCHES[0],
        "text",
        "cassandra.yaml, which recommends it; its own default is SimpleSnitch",
        "GossipingPropertyFileSnitch: a host's rack is its zone; SimpleSnitch: there are no racks.",
    )
    num_tokens: int = row(
        16,
        "whole number",
        YAML,
        "How many places on the ring a host takes; more of them share the keys out more evenly.",
    )
    phi_convict_threshold: int = row(
        8, "whole number", YAML, "How suspicious a silence must be before a host counts as DOWN."
    )
    gossip_interval: int = row(
        SECOND, "duration > 0", "gms/Gossiper.java, intervalInMillis", "Between two rounds of gossip."
    )
    socket_detection: int = row(
        2 * SECOND, "duration", MODEL, "Until a host counts as DOWN whose program died on a living machine."
    )
    write_request_timeout: int = row(
        2 * SECOND, "duration > 0", YAML, "How long a coordinator waits for replicas to write."
    )
    read_request_timeout: int = row(
        5 * SECOND, "duration > 0", YAML, "How long a coordinator waits for replicas to read."
    )
    speculative_retry: int = row(
        50 * MILLISECOND, "duration", MODEL, "After which silence a read asks one more replica."
    )
    read_repair: str = row(
        "BLOCKING",
        "text",
        "Cassandra docs, read_repair.adoc",
        "BLOCKING: a read mends the replicas it asked; NONE: it does not.",
    )
    hinted_handoff_enabled: bool = row(
        True, "true or false", YAML, "Whether a coordinator keeps writes for replicas that are away."
    )
    max_hint_window: int = row(
        180 * MINUTE, "duration", YAML, "For an absence of which length hints are kept."
    )
    hinted_handoff_throttle: int = row(
        1024 * KIB, "bytes per second", YAML, "How fast hints are replayed, shared by the other hosts."
    )
    hints_flush_period: int = row(
        10 * SECOND, "duration > 0", YAML, "Until hints are on disk, and until a host that is back gets them."
    )
    mutation_size: int = row(
        KIB, "bytes > 0", MODEL, "The size of a hint: larger ones take longer to replay."
    )
    commitlog_sync: str = row(
        "periodic", "text", YAML, "periodic: a write is acknowledged before it is on disk; batch: after."
    )
    commitlog_sync_period: int = row(
        10 * SECOND, "duration > 0", YAML, "Between two syncs of the commit log: what a power cut takes back."
    )
    replica_latency: int = row(
        500 * (MILLISECOND // 1000), "duration", MODEL, "From a coordinator to another replica, one way."
    )
    auto_bootstrap: bool = row(
        True,
        "true or false",
        "Cassandra docs, topo_changes.adoc",
        "Whether a new host streams its data before it joins; false also where it is its own seed.",
    )
    consistent_rangemovement: bool = row(
        True,
        "true or false",
        "dht/RangeStreamer.java, useStrictConsistency",
        "Whether a new host insists on one join at a time, and on the replica that it takes a range from.",
    )
    replace_address_first_boot: bool = row(
        False,
        "true or false",
        "Cassandra docs, topo_changes.adoc",
        "Whether an empty host takes the place of the dead one that had its pod's name.",
    )
    ring_delay: int = row(
        30 * SECOND,
        "duration",
        "StorageService.java, RING_DELAY",
        "How long a new host listens before it joins.",
    )
    data_size: int = row(100 * MIB, "bytes", MODEL, "What a new host streams.")
    stream_throughput_outbound: int = row(24 * MIB, "bytes per second", YAML, "How fast a host streams.")

    @property
    def conviction(self) -> int:
        """Return how long a host must be silent to count as DOWN: its heartbeats come at a steady pace."""
        return PhiAccrual(self.phi_convict_threshold, self.gossip_interval).patience_us

    @property
    def commit_log(self) -> Durability:
        """Return what is left of the commit log when a host ends."""
        return Durability(sync_us=self.commitlog_sync_period if self.commitlog_sync == "periodic" else 0)

    @property
    def promises(self) -> tuple[Durability, ...]:
        """See `Parameters.promises`."""
        return (self.commit_log,)

    @property
    def hints(self) -> Durability:
        """Return what is left of the hints: they wait in memory to be flushed (hints.adoc)."""
        return Durability(write_us=self.hints_flush_period)

    def at_odds(self) -> list[str]:
        """Return complaints about values that do not fit together."""
        wrong = [
            f"{name}: expected {', '.join(known[:-1])} or {known[-1]}, found {getattr(self, name)}"
            for name, known in CHOICES.items()
            if getattr(self, name) not in known
        ]
        for name in ("write_consistency", "read_consistency"):
            level = getattr(self, name)
            if level in LEVELS and required(level, self.replication_factor) > self.replication_factor:
                wrong.append(
                    f"{name} {level} needs more than the {self.replication_factor} replicas of a key"
                )
        return wrong
