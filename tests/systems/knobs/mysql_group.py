"""What the parameters of a MySQL group move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.spans import SECOND
from tests.systems.knobs.table import Knobs
from tests.systems.mysql_group_lab import KIND, NAMES, back, fails_over_s, group

if TYPE_CHECKING:
    from tests.systems.harness import Lab

GROUP = Knobs(KIND)


def fails_over_after_s(how: str = "power_cut", writes: int = 0, **parameters: Any) -> float:
    """Return how long it takes until another member answers a write after the primary has gone."""
    lab = group(**parameters)
    for _ in range(writes):
        lab.write("m-0")
    getattr(lab, how)("m-0")
    return fails_over_s(lab, limit_s=200) or 200


def fails_over_at_worst_s(**parameters: Any) -> float:
    """Return when, in the slowest of eight groups, another member answers after the primary has gone, in seconds."""
    return max(fails_over_after_s(seed=seed, **parameters) for seed in range(8))


def wins_of_m_2(**parameters: Any) -> float:
    """Tell whether m-2 is elected, and not m-1."""
    lab = group(**parameters)
    lab.stop("m-0")
    lab.run(2)
    return lab.primary == "m-2"


def what_waits(**parameters: Any) -> float:
    """Return what waits: a commit (4), a read of a secondary (2), a session at a new primary (1)."""
    lab = group(apply_lag="20s", **parameters)
    commit = lab.write("m-0")
    read = lab.ask("m-1", "read", 1)
    lab.run(0.1)
    waits = 4 * (not commit.type) + 2 * (not read.type)
    lab.run(30)
    lab.write("m-0")
    lab.power_cut("m-0")
    lab.run(13)
    return waits + (not lab.ask(str(lab.primary), "read", 1).type)


def alone(seconds: float = 4000, **parameters: Any) -> Lab:
    """Return a group two of whose three members have been gone for so long."""
    lab = group(**{"group_replication_unreachable_majority_timeout": "10s", **parameters})
    lab.write("m-0")
    lab.power_cut("m-1")
    lab.power_cut("m-2")
    lab.run(seconds)
    return lab


def gives_up_after_s(**parameters: Any) -> float:
    """Return when a minority of one leaves for good; one that does not counts as an hour."""
    left = alone(**parameters).events("LeftGroup")
    return left[0].t_us / SECOND - 60 if left else 3600


def still_does(**parameters: Any) -> float:
    """Return what a member that is out for good still does: it runs (1), it reads (2)."""
    lab = alone(60, group_replication_autorejoin_tries=0, **parameters)
    alive = lab.processes["m-0"].alive
    return alive + 2 * (lab.ask("m-0", "read", 1).result is True)


def begun_by(**parameters: Any) -> float:
    """Tell who begins again when all have crashed: nobody (0), number 0 (1), who has most (2)."""
    lab = group(**parameters)
    lab.power_cut("m-0")
    lab.run(20)
    lab.write(str(lab.primary))
    lab.power_cut("m-1")
    lab.power_cut("m-2")
    back(lab, *NAMES)
    lab.run(60)
    return 0 if lab.primary is None else 1 + (lab.primary != "m-0")


def joined(**parameters: Any) -> tuple[str, float]:
    """Return how a member joins that has missed a hundred writes, and after how long."""
    lab = group(**parameters)
    lab.stop("m-2")
    lab.run(3)
    for _ in range(100):
        lab.write("m-0")
    began = lab.clock.now
    back(lab, "m-2")
    while len(lab.system.replicas()) < 2:
        lab.run(0.05)
    return "clone" if lab.events("Cloned", "Member/m-2") else "log", (lab.clock.now - began) / SECOND


def is_cloned(**parameters: Any) -> float:
    """Tell whether a member that missed a hundred writes is cloned."""
    return joined(**parameters)[0] == "clone"


def joined_after_s(**parameters: Any) -> float:
    """Return when a member that missed a hundred writes is back, in seconds."""
    return joined(**parameters)[1]


EXACT = {"suspicions_processing_period": 0}
LEAVES = "group_replication_unreachable_majority_timeout"
GROUP.differs("bootstrap", begun_by, ("none", 0), ("ordinal-0", 1), ("most-transactions", 2))
GROUP.rises("detection_period", fails_over_after_s, ("5s", 10.5), ("8s", 13.5), **EXACT)
GROUP.rises("detection_after_reset", fails_over_after_s, ("1s", 6.5), ("5s", 10.5), how="kill", **EXACT)
GROUP.rises("group_replication_member_expel_timeout", fails_over_after_s, ("0s", 5.5), ("5s", 10.5), **EXACT)
GROUP.rises("suspicions_processing_period", fails_over_at_worst_s, "0s", "2s", "15s")
GROUP.rises("election_time", fails_over_after_s, ("500ms", 10.5), ("3s", 13), **EXACT)
GROUP.rises("group_replication_member_weight", wins_of_m_2, {"m-1": 90}, {"m-2": 90})
GROUP.rises(
    "group_replication_consistency",
    what_waits,
    ("EVENTUAL", 0),
    ("BEFORE_ON_PRIMARY_FAILOVER", 1),
    ("BEFORE", 3),
    ("AFTER", 5),
    ("BEFORE_AND_AFTER", 7),
)
GROUP.rises(LEAVES, gives_up_after_s, ("10s", 15), ("20s", 25), group_replication_autorejoin_tries=0)
GROUP.falls(LEAVES, gives_up_after_s, ("0s", 3600), "10s")
GROUP.rises("group_replication_autorejoin_tries", gives_up_after_s, (0, 15), (3, 615), (5, 1215))
GROUP.rises("autorejoin_interval", gives_up_after_s, ("1m", 135), ("5m", 615))
GROUP.falls(
    "group_replication_exit_state_action",
    still_does,
    ("READ_ONLY", 3),
    ("OFFLINE_MODE", 1),
    ("ABORT_SERVER", 0),
)
GROUP.falls("group_replication_clone_threshold", is_cloned, 99, 100)
GROUP.rises("apply_lag", fails_over_after_s, ("5ms", 10.5), ("15s", 15), ("30s", 30), writes=1, **EXACT)
GROUP.rises("transaction_size", joined_after_s, "1Ki", ("1Mi", 11), transfer_rate="10Mi")
GROUP.falls("transfer_rate", joined_after_s, ("10Mi", 11), ("100Mi", 2), transaction_size="1Mi")
GROUP.rises("data_size", joined_after_s, "100Mi", "1000Mi", group_replication_clone_threshold=1)
GROUP.rises("start_time", joined_after_s, "1s", "4s")
