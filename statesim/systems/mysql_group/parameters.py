"""The parameters of a MySQL group, under the names of its system variables."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.systems.detectors import Heartbeat
from statesim.systems.parameters import KIB, MIB, MODEL, Parameters, row

VARIABLES = "MySQL manual, Group Replication System Variables"
FAILURE = "MySQL manual, Failure Detection"
SOURCE = "mysql-server, gcs_xcom_control_interface.cc"

EVENTUAL, ON_FAILOVER, BEFORE, AFTER, BOTH = (
    "EVENTUAL",
    "BEFORE_ON_PRIMARY_FAILOVER",
    "BEFORE",
    "AFTER",
    "BEFORE_AND_AFTER",
)
READ_ONLY, OFFLINE_MODE, ABORT_SERVER = "READ_ONLY", "OFFLINE_MODE", "ABORT_SERVER"
WEIGHT = 50  # group_replication_member_weight


@dataclass(frozen=True, slots=True)
class GroupParameters(Parameters):
    """A group in single-primary mode; its defaults are those of MySQL 8.4."""

    bootstrap: str = row(
        "none",
        "none, ordinal-0 or most-transactions",
        MODEL,
        "Who begins the group again from data: a person; number 0, when it meets none; or an operator, "
        "from who has most.",
    )
    detection_period: int = row(
        5 * SECOND, "duration > 0", FAILURE, "Silence after which a member is UNREACHABLE to the others."
    )
    detection_after_reset: int = row(
        5 * SECOND,
        "duration",
        "mysql-server, xcom_detector.cc",
        "The same for a member whose connections were reset: MySQL counts its silence alike, GreatSQL 1 s.",
    )
    group_replication_member_expel_timeout: int = row(
        5 * SECOND, "duration", VARIABLES, "How long a member is suspected before it is expelled."
    )
    suspicions_processing_period: int = row(
        2 * SECOND,
        "duration",
        "model (MySQL's source: 15 s, GreatSQL: 2 s)",
        "How often suspicions are looked at: an expulsion comes up to that much later.",
    )
    election_time: int = row(
        500 * MILLISECOND, "duration", MODEL, "From the view without a primary until another member is it."
    )
    group_replication_member_weight: tuple[tuple[str, int], ...] = row(
        (),
        "whole numbers by name",
        VARIABLES,
        "Who is elected first, by pod; who is not named has 50.",
    )
    group_replication_consistency: str = row(
        ON_FAILOVER,
        "a consistency level of Group Replication",
        "MySQL 8.4.0 release notes (WL#15712); 8.0: EVENTUAL",
        "What transactions wait for: nothing (EVENTUAL), a new primary's backlog, all that came before, "
        "the other members.",
    )
    group_replication_unreachable_majority_timeout: int = row(
        0,
        "duration",
        VARIABLES,
        "How long a minority waits before it leaves the group; 0 = for ever.",
    )
    group_replication_autorejoin_tries: int = row(
        3, "whole number or 0", VARIABLES, "How often a member that was put out tries to join again."
    )
    autorejoin_interval: int = row(
        300 * SECOND,
        "duration > 0",
        "MySQL manual, Auto-Rejoin",
        "How long it waits before the next try.",
    )
    group_replication_exit_state_action: str = row(
        OFFLINE_MODE,
        "READ_ONLY, OFFLINE_MODE or ABORT_SERVER",
        "MySQL 8.4.0 release notes (WL#15713); 8.0: READ_ONLY",
        "What it does when it is out for good: serve old reads, refuse everybody, or end.",
    )
    group_replication_clone_threshold: int = row(
        2**63 - 1,
        "whole number",
        VARIABLES,
        "A joiner that lacks more transactions than this is cloned instead of fed from a donor's binary log.",
    )
    apply_lag: int = row(
        5 * MILLISECOND,
        "duration or distribution (its mean)",
        MODEL,
        "From a commit until other members have applied it: their backlog.",
    )
    transaction_size: int = row(KIB, "bytes > 0", MODEL, "What one transaction takes of the binary log.")
    data_size: int = row(100 * MIB, "bytes", MODEL, "What a clone copies.")
    transfer_rate: int = row(100 * MIB, "bytes per second", MODEL, "How fast clone and recovery are.")
    start_time: int = row(SECOND, "duration", MODEL, "From mysqld's start until it tries to join.")

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds`."""
        if self.detection_after_reset > self.detection_period:
            return ["detection_after_reset must be at most detection_period"]
        return []

    def heartbeat(self, *, reset: bool) -> Heartbeat:
        """Return how long a silence is borne."""
        period = self.detection_after_reset if reset else self.detection_period
        return Heartbeat(
            period, self.group_replication_member_expel_timeout, self.suspicions_processing_period
        )

    @property
    def holds(self) -> bool:
        """Tell whether a new primary holds sessions until its backlog is applied.

        BEFORE and AFTER promise that as well (MySQL manual, "Configuring Transaction Consistency
        Guarantees").
        """
        return self.group_replication_consistency != EVENTUAL

    @property
    def waits_before(self) -> bool:
        """Tell whether a transaction waits for all that came before it."""
        return self.group_replication_consistency in (BEFORE, BOTH)

    @property
    def waits_after(self) -> bool:
        """Tell whether a commit waits until all members have applied it."""
        return self.group_replication_consistency in (AFTER, BOTH)
