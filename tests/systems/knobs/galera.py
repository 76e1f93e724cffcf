"""What the parameters of a Galera cluster move."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from tests.systems.harness import Lab
from tests.systems.knobs.table import Knobs

GALERA = Knobs("galera")
NAMES = ("g-0", "g-1", "g-2")


def cluster(members: int = 3, **parameters: Any) -> Lab:
    """Return a healthy cluster, a minute old."""
    lab = Lab("galera", **parameters)
    back(lab, *(f"g-{number}" for number in range(members)))
    lab.run(60)
    assert len(lab.system.replicas()) == members - 1
    return lab


def back(lab: Lab, *pods: str) -> None:
    for pod in pods:
        lab.start(pod, ordinal=int(pod[-1]))


def answered_after_s(lab: Lab, pod: str) -> float:
    """Return how long a write through a member takes."""
    began, ask = lab.clock.now, lab.write(pod)
    while not ask.type:
        lab.run(0.05)
    assert ask.type == "ok"
    return (lab.clock.now - began) / SECOND


def stalled_s(how: str = "power_cut", **parameters: Any) -> float:
    """Return for how long writes wait for a member that is gone."""
    lab = cluster(**parameters)
    getattr(lab, how)("g-2")
    return answered_after_s(lab, "g-1")


def stalled_by_two_s(**parameters: Any) -> float:
    """Return the same of seven members, two of which go four seconds apart."""
    lab = cluster(7, **parameters)
    lab.power_cut("g-6")
    lab.at(64, lab.power_cut, "g-5")
    return answered_after_s(lab, "g-0")


def is_back_after_a_power_cut(**parameters: Any) -> float:
    """Tell whether a cluster is there again by itself after a power cut of all."""
    lab = cluster(**parameters)
    for pod in NAMES:
        lab.power_cut(pod)
    back(lab, *NAMES)
    lab.run(60)
    return lab.primary is not None


def goes_on_alone(**parameters: Any) -> float:
    """Tell whether a member takes writes when the other two have fallen silent."""
    lab = cluster(**parameters)
    lab.power_cut("g-1")
    lab.power_cut("g-2")
    lab.run(30)
    return lab.write("g-0").type == "ok"


def begun_by(**parameters: Any) -> float:
    """Tell whether two members of three that crashed begin again (1), and all three do (a half)."""
    lab = cluster(**parameters)
    lab.power_cut("g-0")
    lab.run(10)
    lab.write("g-1")
    lab.power_cut("g-1")
    lab.power_cut("g-2")
    lab.run(60)
    back(lab, "g-0", "g-1")
    lab.run(60)
    early = lab.primary is not None
    back(lab, "g-2")
    lab.run(60)
    return early + 0.5 * (lab.primary is not None)


def joined(**parameters: Any) -> tuple[str, float]:
    """Return how a member joins that has missed a hundred writes, and after how long."""
    lab = cluster(**parameters)
    lab.stop("g-2")
    lab.run(5)
    for _ in range(100):
        lab.write("g-0")
    began = lab.clock.now
    back(lab, "g-2")
    while len(lab.system.replicas()) < 2:
        lab.run(0.05)
    means = "SST" if lab.events("Cloned", "Member/g-2")[1:] else "IST"
    return means, (lab.clock.now - began) / SECOND


def gets_a_full_copy(**parameters: Any) -> float:
    """Tell whether a member that missed a hundred writes gets a full copy."""
    return joined(**parameters)[0] == "SST"


def joined_after_s(**parameters: Any) -> float:
    """Return when a member that missed a hundred writes is back, in seconds."""
    return joined(**parameters)[1]


def donor_waits_s(**parameters: Any) -> float:
    """Return how long a write takes at a member that gives a full copy away."""
    lab = cluster(transfer_rate="10Mi", **parameters)
    lab.stop("g-2")
    lab.run(5)
    lab.start("g-2", "pv/new", ordinal=2)
    lab.run(2)
    return answered_after_s(lab, "g-0")


def stale_for_s(**parameters: Any) -> float:
    """Return for how long another member's readers do not see a commit."""
    lab = cluster(**parameters)
    began, number = lab.clock.now, lab.write("g-0").value
    while True:
        ask, asked = lab.ask("g-1", "read", number), lab.clock.now
        while not ask.type:
            lab.run(0.01)
        if ask.result:
            return (asked - began) / SECOND
        lab.run(0.01)


def lost_by_all(how: str, **parameters: Any) -> int:
    """Return how many of the last writes are gone when all members crash at once."""
    lab = cluster(**parameters)
    for _ in range(150):
        lab.write("g-0")
        lab.run(0.01)
    for pod in NAMES:
        getattr(lab, how)(pod)
    back(lab, *NAMES)
    lab.run(60)
    return len(lab.lost)


def lost_by_two_crashes(**parameters: Any) -> float:
    """Return how many writes two crashes of all members take: of programs, and of power."""
    return lost_by_all("kill", **parameters) + lost_by_all("power_cut", **parameters)


GALERA.differs(
    "bootstrap", begun_by, ("none", 0), ("ordinal-0", 1.5), ("highest-seqno", 0.5), pc_recovery=False
)
GALERA.rises("evs_suspect_timeout", stalled_s, ("2s", 2), ("5s", 5), evs_inactive_timeout="15s")
GALERA.rises("evs_inactive_timeout", stalled_by_two_s, ("6s", 6), "15s")
GALERA.rises("evs_inactive_check_period", stalled_s, ("1s", 1), ("3s", 3), how="kill")
GALERA.rises("pc_recovery", is_back_after_a_power_cut, False, True)
GALERA.rises("pc_weight", goes_on_alone, {"g-0": 1}, {"g-0": 3})
GALERA.falls("gcache_size", gets_a_full_copy, "50Ki", "128Mi")
GALERA.rises("write_set_size", gets_a_full_copy, 512, "1Ki", gcache_size="60Ki")
GALERA.differs("wsrep_sst_method", donor_waits_s, ("mariabackup", 0), "rsync")
GALERA.falls("wsrep_sync_wait", stale_for_s, False, (True, 0), apply_lag="500ms")
GALERA.rises("apply_lag", stale_for_s, "5ms", "200ms", ("1s", 1))
GALERA.rises("data_size", joined_after_s, "100Mi", "1Gi", gcache_size=0)
GALERA.falls("transfer_rate", joined_after_s, "10Mi", "100Mi", gcache_size=0)
GALERA.rises("start_time", joined_after_s, "1s", "4s")
GALERA.falls("innodb_flush_log_at_trx_commit", lost_by_two_crashes, 0, 2)
GALERA.rises("innodb_flush_log_at_trx_commit", lost_by_two_crashes, (1, 0), 2)
