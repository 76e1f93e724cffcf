"""What the parameters of a managed database move."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from tests.systems.harness import Ask, Lab
from tests.systems.knobs.table import Knobs

RDS = Knobs("rds")
AT_MOST_US = 20 * 3600 * SECOND


def back_after_s(lab: Lab) -> float:
    """Return after how long there is a writer."""
    began = lab.clock.now
    while lab.system.primary() is None and lab.clock.now - began < AT_MOST_US:
        lab.run(0.5)
    return (lab.clock.now - began) / SECOND


def crash(lab: Lab) -> None:
    lab.provider.crash(lab.system.primary().pod)


def back_after_a_crash_s(**parameters: Any) -> float:
    """Return when there is a writer after its machine went, in seconds."""
    lab = Lab("rds", **parameters)
    crash(lab)
    return back_after_s(lab)


def back_after_the_zone_s(**parameters: Any) -> float:
    """Return after how long a database of one zone is there again, whose zone stays away."""
    lab = Lab("rds", deployment="single-az", **parameters)
    lab.provider.lose_zone("a", "outage")
    return back_after_s(lab)


def lost_with_the_zone(**parameters: Any) -> float:
    """Return how many of 290 commits, one in a second, are gone with their only zone."""
    lab, asked = Lab("rds", deployment="single-az", **parameters), []
    for number in range(290):
        asked.append(Ask("write", number))
        lab.system.submit(lab.system.primary(), asked[-1])
        lab.run(1)
    lab.provider.lose_zone("a", "outage")
    back_after_s(lab)
    kept = set(lab.system.surviving()[1].keys())
    return len({ask.value for ask in asked if ask.type == "ok"} - kept)


def copies(**parameters: Any) -> float:
    """Return how many copies there are."""
    return 1 + len(Lab("rds", **parameters).system.replicas())


def writer_is_in_a(**parameters: Any) -> float:
    """Tell whether the writer is in zone a."""
    return str(Lab("rds", **parameters).system.primary().pod).startswith("pg-a")


def answered_after_s(**parameters: Any) -> float:
    """Return how long a commit takes, in seconds."""
    lab, ask = Lab("rds", **parameters), Ask("write", 1)
    lab.system.submit(lab.system.primary(), ask)
    while not ask.type:
        lab.run(0.001)
    return lab.clock.now / SECOND


def name_is_old_for_s(**parameters: Any) -> float:
    """Return for how long after a failover resolvers still give the old address."""
    lab = Lab("rds", failover="60s", **parameters)
    crash(lab)
    lab.run(59)
    (old,) = lab.system.look_up().addresses
    back = back_after_s(lab) + 59
    while lab.system.look_up().addresses == (old,):
        lab.run(0.25)
    return lab.clock.now / SECOND - back


def back_though_a_copy_was_away_s(**parameters: Any) -> float:
    """Return after how long there is a writer, where the other copy came back a quarter of an hour ago."""
    lab = Lab("rds", failover="60s", host_recovery="10m", **parameters)
    lab.provider.lose_zone("b", "outage")
    lab.run(30)
    lab.provider.regain_zone("b", "outage")
    lab.run(900)
    crash(lab)
    return back_after_s(lab)


RDS.rises("deployment", copies, ("single-az", 1), ("multi-az-instance", 2), ("multi-az-cluster", 3))
RDS.differs("zones", writer_is_in_a, ["a", "c"], ["c", "a"])
RDS.rises("failover", back_after_a_crash_s, ("30s", 30.5), ("2m", 120.5))
RDS.rises("replica_lag", back_after_a_crash_s, "0s", "40s", deployment="multi-az-cluster", failover="20s")
RDS.rises("sync_penalty", answered_after_s, ("2ms", 0.002), ("1s", 1))
RDS.rises("dns_ttl", name_is_old_for_s, "5s", "1m")
RDS.rises("host_recovery", back_after_a_crash_s, ("10m", 600), ("30m", 1800), deployment="single-az")
RDS.rises("resync", back_though_a_copy_was_away_s, ("1m", 60), ("1h", 600))
RDS.rises("restore_decision", back_after_the_zone_s, "5m", "30m")
RDS.rises("log_shipping", lost_with_the_zone, "1m", "5m")
RDS.rises("allocated_storage", back_after_the_zone_s, "10Gi", "500Gi")
RDS.falls("restore_rate", back_after_the_zone_s, "50Mi", "500Mi")
