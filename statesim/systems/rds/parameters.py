"""The parameters of a managed database."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.distributions import Distribution, Uniform
from statesim.kernel.spans import MILLISECOND, MINUTE, SECOND
from statesim.systems.durability import Durability
from statesim.systems.parameters import MIB, MODEL, Parameters, row

RDS = "Amazon RDS User Guide"
UNDER_THE_HOOD = "AWS Database Blog, RDS Under the Hood: Single-AZ instance recovery"
PITR = "Amazon RDS User Guide, Restoring to a specified time"
SINGLE = "single-az"
INSTANCE = "multi-az-instance"
CLUSTER = "multi-az-cluster"
COPIES = {SINGLE: 1, INSTANCE: 2, CLUSTER: 3}
FAILOVER: dict[str, Distribution] = {
    SINGLE: Uniform(60 * SECOND, 120 * SECOND),  # never used: there is nobody to fail over to
    INSTANCE: Uniform(60 * SECOND, 120 * SECOND),
    CLUSTER: Uniform(15 * SECOND, 35 * SECOND),
}


@dataclass(frozen=True, slots=True)
class RdsParameters(Parameters):
    """A managed database, as its console calls things."""

    deployment: str = row(
        INSTANCE,
        "single-az, multi-az-instance or multi-az-cluster",
        MODEL,
        "How many copies there are, each in a zone of its own: one, two (one is not readable), or three.",
    )
    zones: tuple[str, ...] = row(
        ("a", "b", "c"),
        "list of names",
        MODEL,
        "The zones of its subnet group: the first ones have a copy, the first of all the writer.",
    )
    failover: Distribution | None = row(  # noqa: RUF009 - as for the others: a row
        None,
        "duration or distribution",
        RDS,
        "From the writer's loss until its name stands for another copy, drawn once for each.",
    )
    replica_lag: int = row(
        0,
        "duration",
        RDS,
        "How far the readers of a cluster are behind: a failover waits until they have applied it.",
    )
    sync_penalty: int = row(
        2 * MILLISECOND,
        "duration",
        MODEL,
        "How much later a commit is answered, as a second zone must have it.",
    )
    dns_ttl: int = row(
        5 * SECOND, "duration", RDS, "For how long whoever has looked the name up may go on using the answer."
    )
    host_recovery: Distribution = row(  # noqa: RUF009 - as for the others: a row
        Uniform(10 * MINUTE, 30 * MINUTE),
        "duration or distribution",
        UNDER_THE_HOOD,
        "How long another machine takes on the same volume, as long as the volume's zone has power.",
    )
    resync: int = row(
        10 * MINUTE, "duration", MODEL, "How long a copy that was away then needs to have everything again."
    )
    restore_decision: int = row(
        15 * MINUTE,
        "duration",
        MODEL,
        "How long people wait for a zone that is away with the only copy before they restore to another one.",
    )
    log_shipping: int = row(
        300 * SECOND, "duration > 0", PITR, "How often the log goes to where the zone's loss does not reach."
    )
    allocated_storage: int = row(
        100 * 1024 * MIB, "bytes > 0", MODEL, "How much a restore has to bring back."
    )
    restore_rate: int = row(100 * MIB, "bytes per second", MODEL, "How fast it does, the log included.")

    @property
    def copies(self) -> int:
        """Return how many copies there are."""
        return COPIES[self.deployment]

    @property
    def failover_delay(self) -> Distribution:
        """Return how long a failover takes: as asked, or as documented for the deployment."""
        return FAILOVER[self.deployment] if self.failover is None else self.failover

    @property
    def promises(self) -> tuple[Durability, ...]:
        """See `Parameters.promises`: an only copy may be restored as of the last log that was shipped."""
        return (Durability(write_us=self.log_shipping if self.deployment == SINGLE else 0),)

    @property
    def restore_us(self) -> int:
        """Return how long a restore takes."""
        return self.allocated_storage * SECOND // self.restore_rate

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds`."""
        wrong = []
        if len(set(self.zones)) < len(self.zones):
            wrong.append("zones: one is named twice")
        if len(self.zones) < self.copies:
            wrong.append(f"zones: {self.deployment} needs {self.copies}, found {len(self.zones)}")
        return wrong
