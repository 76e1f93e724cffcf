"""The parameters of a Galera cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.systems.durability import Durability, innodb
from statesim.systems.parameters import KIB, MIB, MODEL, Parameters, nobody, row

if TYPE_CHECKING:
    from collections.abc import Collection

    from statesim.scenario.bindings import Doubt

PROVIDER = "Galera docs, Galera Parameters"
SYSTEM = "Galera docs, MySQL wsrep Options"


@dataclass(frozen=True, slots=True)
class GaleraParameters(Parameters):
    """A Galera cluster, under the names of `wsrep_provider_options` (a dot is written as _) and of wsrep."""

    bootstrap: str = row(
        "none",
        "none, ordinal-0 or highest-seqno",
        MODEL,
        "Who begins a cluster again from data: a person; number 0, when it meets none; or who is furthest.",
    )
    evs_suspect_timeout: int = row(
        5 * SECOND,
        "duration > 0",
        PROVIDER,
        "Silence after which a member is suspected, and dropped.",
    )
    evs_inactive_timeout: int = row(
        15 * SECOND,
        "duration > 0",
        PROVIDER,
        "Silence that ends the wait at the latest, as others fall silent one after the other.",
    )
    evs_inactive_check_period: int = row(
        SECOND, "duration", MODEL, "How soon a member whose connections were reset is dropped."
    )
    pc_recovery: bool = row(
        True,
        "true or false",
        PROVIDER,
        "Whether members that crashed form their last component again once all of it are there.",
    )
    pc_weight: tuple[tuple[str, int], ...] = row(
        (),
        "whole numbers by name",
        PROVIDER,
        "What a member counts for the quorum (1), by pod name or number.",
    )
    gcache_size: int = row(
        128 * MIB,
        "bytes",
        PROVIDER,
        "How many write sets a donor keeps: a joiner that lacks more gets a full copy.",
    )
    wsrep_sst_method: str = row(
        "rsync",
        "rsync or mariabackup",
        SYSTEM,
        "How a full copy is made: with rsync the donor's writes wait for it.",
    )
    wsrep_sync_wait: bool = row(
        False,
        "true or false",
        SYSTEM,
        "Whether a read waits until its member has applied all that came before.",
    )
    apply_lag: int = row(
        5 * MILLISECOND,
        "duration or distribution (its mean)",
        MODEL,
        "From a commit until the readers of other members see it.",
    )
    innodb_flush_log_at_trx_commit: int = row(
        1,
        "0, 1 or 2",
        "MySQL Reference Manual, InnoDB System Variables",
        "1: each commit is on a member's disk; 2: a power cut takes the last second; 0: a crash does too.",
    )
    write_set_size: int = row(KIB, "bytes > 0", MODEL, "What one write takes of the gcache.")
    data_size: int = row(100 * MIB, "bytes", MODEL, "What a full copy (SST) copies.")
    transfer_rate: int = row(100 * MIB, "bytes per second", MODEL, "How fast SST and IST are.")
    start_time: int = row(SECOND, "duration", MODEL, "From the server's start until it looks for the others.")

    @property
    def promises(self) -> tuple[Durability, ...]:
        """See `Parameters.promises`."""
        return (innodb(self.innodb_flush_log_at_trx_commit),)

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds`: Galera's own rule."""
        if self.evs_inactive_timeout < self.evs_suspect_timeout:
            return ["evs_inactive_timeout must be at least evs_suspect_timeout"]
        return []

    def doubts(self, names: Collection[str] | None, most: int | None) -> list[Doubt]:  # noqa: ARG002
        """See `Parameters.doubts`: a weight that no member has; it may be given by number too."""
        numbers = {name.rpartition("-")[2] for name in names or ()}
        named = [each for each, _ in self.pc_weight if each not in numbers]
        return nobody("pc_weight", named, names)
