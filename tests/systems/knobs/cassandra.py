"""What the parameters of a Cassandra ring move."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit
from tests.systems.cassandra_lab import HOSTS, away, finish, held, ring, write
from tests.systems.harness import Lab
from tests.systems.knobs.table import Knobs

CASSANDRA = Knobs("cassandra")


def copies(**parameters: Any) -> float:
    """Return how many copies of sixty writes there are."""
    lab = ring(**parameters)
    write(lab, "db-0", 60)
    return sum(len(held(lab, pod)) for pod in HOSTS)


def may_be_down(f: str, **parameters: Any) -> float:
    """Return with how many of three hosts down an operation still succeeds."""
    lab = ring(**parameters)
    write(lab, "db-0", 1)
    for number, pod in enumerate(("db-1", "db-2", "")):
        if finish(lab, "db-0", f, 1).type != "ok":
            return number - 1
        if pod:
            lab.kill(pod)
            lab.run(3)
    return 2


def hosts_before_it_serves(**parameters: Any) -> float:
    """Return how many hosts must have come before writes are taken."""
    lab, number = Lab("cassandra", auto_bootstrap=False, **parameters), 0
    while True:
        process = lab.start(f"db-{number}")
        number += 1
        if lab.system.accept(process, read_write=True) is None:
            return number


def failed_without_a_rack(**parameters: Any) -> float:
    """Return how many of a hundred writes fail when one of three zones, with two hosts each, is gone."""
    lab = ring(6, **parameters)
    lab.kill("db-0")
    lab.kill("db-3")
    lab.run(3)
    return sum(ask.type == "fail" for ask in write(lab, "db-1", 100))


def unevenness(**parameters: Any) -> float:
    """Return how many more of 300 keys the fullest of six hosts has than the emptiest."""
    one = {"replication_factor": 1, "write_consistency": "ONE", "read_consistency": "ONE"}
    lab = ring(6, **one, **parameters)
    write(lab, "db-0", 300)
    shares = [len(held(lab, f"db-{number}")) for number in range(6)]
    return max(shares) - min(shares)


def marked_down_after_s(how: str = "power_cut", **parameters: Any) -> float:
    """Return when a host that has gone counts as DOWN, in seconds."""
    lab = ring(**parameters)
    began = lab.clock.now
    getattr(lab, how)("db-2")
    lab.run(100)
    return (lab.events("MarkedDown")[0].t_us - began) / SECOND


def ended_after_s(f: str, gone: str | None = "db-2", **parameters: Any) -> float:
    """Return how long an operation takes that waits for every host."""
    lab = ring(write_consistency="ALL", read_consistency="ALL", **parameters)
    write(lab, "db-0", 1)
    if gone:
        lab.power_cut(gone)
    began, ask = lab.clock.now, lab.ask("db-0", f, 1)
    while not ask.type:
        lab.run(0.002)
    return (lab.clock.now - began) / SECOND


def slowest_read_s(**parameters: Any) -> float:
    """Return how long the slowest of ten reads takes when a host has just fallen silent."""
    lab = ring(**parameters)
    write(lab, "db-0", 10)
    lab.power_cut("db-1")
    began, asks = lab.clock.now, [lab.ask("db-0", "read", element) for element in range(1, 11)]
    while not all(ask.type for ask in asks):
        lab.run(0.01)
    return (lab.clock.now - began) / SECOND


def given_back(after_s: float, away_s: float = 30, **parameters: Any) -> float:
    """Return how much of fifty writes a host has so long after it is back that was away meanwhile."""
    lab = ring(**parameters)
    away(lab, away_s)
    lab.run(after_s)
    return len(held(lab, "db-2"))


def mended_by_a_read(**parameters: Any) -> float:
    """Return how many writes that a host had missed it has after one of them was read."""
    lab = ring(hinted_handoff_enabled=False, **parameters)
    asks = away(lab)
    finish(lab, "db-2", "read", asks[0].value)
    return len(held(lab, "db-2"))


def lost_by_a_power_cut(**parameters: Any) -> float:
    """Return how many writes, one in half a second for a quarter of a minute, are gone from all disks."""
    lab = ring(**parameters)
    for _ in range(30):
        lab.write("db-0")
        lab.run(0.5)
    for pod in HOSTS:
        lab.kill(pod, Exit.POWER_CUT)
    return len(lab.lost)


def joined_after_s(**parameters: Any) -> float:
    """Return after how long a second host is in the ring."""
    lab = ring(1, **parameters)
    began = lab.clock.now
    lab.start("db-1")
    while not lab.events("Joined", "Member/db-1"):
        lab.run(0.05)
    return (lab.clock.now - began) / SECOND


def joined_at_once(**parameters: Any) -> float:
    """Return how many of two hosts that come together join."""
    lab = ring(1, auto_bootstrap=True, **parameters)
    for pod in ("db-1", "db-2"):
        lab.start(pod)
    lab.run(60)
    return len(lab.events("Joined"))


def ghosts(**parameters: Any) -> float:
    """Return how many dead hosts stay in the ring when a host comes back with an empty disk."""
    lab = ring(auto_bootstrap=True, consistent_rangemovement=False, members=1, ring_delay="2s", **parameters)
    for pod in HOSTS[1:]:
        lab.start(pod)
        lab.run(60)
    lab.kill("db-2")
    lab.run(5)
    lab.disks.lose("pv/db-2")
    lab.start("db-2")
    lab.run(60)
    return len(lab.system.ring.peers) - 3


ONE = {"write_consistency": "ONE", "read_consistency": "ONE"}
JOINS = {"auto_bootstrap": True, **ONE, "replication_factor": 1}
CASSANDRA.rises("replication_factor", copies, (1, 60), (2, 120), (3, 180), **ONE)
CASSANDRA.falls("write_consistency", may_be_down, ("ONE", 2), ("QUORUM", 1), ("ALL", 0), f="write")
CASSANDRA.falls("read_consistency", may_be_down, ("ONE", 2), ("QUORUM", 1), ("ALL", 0), f="read")
CASSANDRA.rises("members", hosts_before_it_serves, (1, 1), (3, 3), (5, 5))
CASSANDRA.rises("endpoint_snitch", failed_without_a_rack, ("GossipingPropertyFileSnitch", 0), "SimpleSnitch")
CASSANDRA.falls("num_tokens", unevenness, 1, 16, 256)
CASSANDRA.rises("phi_convict_threshold", marked_down_after_s, 5, 8, 12)
CASSANDRA.rises("gossip_interval", marked_down_after_s, "500ms", "1s")
CASSANDRA.rises("socket_detection", marked_down_after_s, ("2s", 2), ("5s", 5), how="kill")
CASSANDRA.rises("write_request_timeout", ended_after_s, ("2s", 2), ("10s", 10), f="write")
CASSANDRA.rises("read_request_timeout", ended_after_s, ("1s", 1), ("5s", 5), f="read")
CASSANDRA.rises("replica_latency", ended_after_s, "500us", ("100ms", 0.2), ("1s", 2), f="write", gone=None, write_request_timeout="10s")  # fmt: skip
CASSANDRA.rises("speculative_retry", slowest_read_s, ("50ms", 0.05), ("1s", 1))
CASSANDRA.rises("read_repair", mended_by_a_read, ("NONE", 0), "BLOCKING")
CASSANDRA.rises("hinted_handoff_enabled", given_back, (False, 0), (True, 50), after_s=30)
CASSANDRA.rises("max_hint_window", given_back, "1s", ("3h", 50), after_s=30)
CASSANDRA.rises("hinted_handoff_throttle", given_back, "1Ki", "4Ki", ("1Mi", 50), after_s=12)
CASSANDRA.falls("hints_flush_period", given_back, ("2s", 50), ("20s", 0), after_s=5)
CASSANDRA.falls("mutation_size", given_back, ("1Ki", 50), "100Ki", after_s=12)
CASSANDRA.rises("commitlog_sync", lost_by_a_power_cut, ("batch", 0), "periodic")
CASSANDRA.rises("commitlog_sync_period", lost_by_a_power_cut, "1s", "10s")
CASSANDRA.rises("auto_bootstrap", joined_after_s, (False, 0), True)
CASSANDRA.falls("consistent_rangemovement", joined_at_once, False, True)
CASSANDRA.falls("replace_address_first_boot", ghosts, (False, 1), (True, 0))
CASSANDRA.rises("ring_delay", joined_after_s, ("1s", 5.17), ("30s", 34.17), **JOINS)
CASSANDRA.rises("data_size", joined_after_s, ("24Mi", 31), ("240Mi", 40), **JOINS)
CASSANDRA.falls("stream_throughput_outbound", joined_after_s, ("10Mi", 40), ("100Mi", 31), **JOINS)
