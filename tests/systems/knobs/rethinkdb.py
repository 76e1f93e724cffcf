"""What the parameters of a RethinkDB table and of its cluster move."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from tests.systems.harness import Lab
from tests.systems.knobs.table import Knobs
from tests.systems.rethink_lab import SERVERS, cut_off, out_s, put, start, table, write

RETHINK = Knobs("rethinkdb")


def silent_s(**parameters: Any) -> float:
    """Return how long nobody takes writes after the primary's machine is gone."""
    lab = table(**parameters)
    lab.power_cut("db-0")
    lab.run(1300)
    return out_s(lab)[0]


def survives_two(**parameters: Any) -> float:
    """Tell whether five servers still take writes when two of the first three are gone."""
    lab = Lab("rethinkdb", **parameters)
    for number in range(5):
        lab.start(f"db-{number}", ordinal=number)
    lab.run(60)
    lab.power_cut("db-1")
    lab.power_cut("db-2")
    lab.run(30)
    return all(ask.type == "ok" for ask in write(lab, "db-0"))


def failed_without_a_server(**parameters: Any) -> float:
    """Return which share of the keys cannot be written between a server's end and the failover."""
    lab = table(**parameters)
    lab.power_cut("db-0")
    lab.run(11.9)
    asks = [lab.write("db-1") for _ in range(60)]
    lab.run(5)
    return sum(ask.type != "ok" for ask in asks) / 60


def lost_by_a_cut(**parameters: Any) -> float:
    """Return how many acknowledged writes a primary loses that was cut off."""
    lab = table(**parameters)
    cut_off(lab, "db-0")
    write(lab, "db-0")
    lab.run(30)
    lab.heal()
    lab.run(40)
    return len(lab.lost)


def lost_by_a_crash_of_all(**parameters: Any) -> float:
    """Return how many acknowledged writes are gone after all programs were killed at once."""
    lab = table(**parameters)
    lab.run(0.25)
    for _ in range(60):
        lab.write("db-0")
        lab.run(0.1)
    lab.run(0.04)
    for pod in SERVERS:
        lab.kill(pod)
    for pod in SERVERS:
        start(lab, pod)
    lab.run(30)
    return len(lab.lost)


def reads_when_cut_off(**parameters: Any) -> float:
    """Return how many of two reads a primary that is cut off answers: at once, and when it has noticed."""
    lab = table(**parameters)
    put(lab, "db-0", "k", 1)
    cut_off(lab, "db-0")
    soon = put(lab, "db-0", "k").type == "ok"
    lab.run(30)
    return soon + (put(lab, "db-0", "k").type == "ok")


def caught_up_after_s(**parameters: Any) -> float:
    """Return how long a server that missed a thousand writes needs to have them."""
    lab = table(**parameters)
    lab.power_cut("db-2")
    lab.run(20)
    write(lab, "db-0", 1000)
    began = lab.clock.now
    start(lab, "db-2")
    lab.run(3600)
    return (lab.events("CaughtUp")[0].t_us - began) / SECOND


def cloned_after_s(**parameters: Any) -> float:
    """Return how long a server with an empty disk needs to have everything."""
    lab = table(**parameters)
    lab.kill("db-2")
    start(lab, "db-2", "emptyDir/new")
    lab.run(30)
    began = lab.clock.now
    assert lab.system.rebuild("db-2") is None
    lab.run(3600)
    return (lab.events("Cloned")[0].t_us - began) / SECOND


def answered_after_s(**parameters: Any) -> float:
    """Return how long a write through another server takes, in seconds."""
    lab = table(**parameters)
    ask, began = lab.write("db-1"), lab.clock.now
    while not ask.type:
        lab.run(0.0005)
    return (lab.clock.now - began) / SECOND


def is_there_after_s(**parameters: Any) -> float:
    """Return when the table is there, in seconds."""
    lab = Lab("rethinkdb", **parameters)
    for pod in SERVERS:
        start(lab, pod)
    lab.run(60)
    return lab.events("TableCreated")[0].t_us / SECOND


SOFT = {"durability": "soft"}
RETHINK.rises("replicas", survives_two, 3, 5)
RETHINK.falls("shards", failed_without_a_server, (1, 1), 3)
RETHINK.rises("write_acks", lost_by_a_cut, ("majority", 0), "single")
RETHINK.rises("durability", lost_by_a_crash_of_all, ("hard", 0), "soft")
RETHINK.rises("read_mode", reads_when_cut_off, ("majority", 0), ("single", 1), ("outdated", 2))
RETHINK.rises("heartbeat_timeout", silent_s, "5s", "10s", "20s")
RETHINK.rises("election_timeout_min", silent_s, "1s", "5s", election_timeout_max="5s")
RETHINK.rises("election_timeout_max", silent_s, "2s", "20m")
RETHINK.rises("contract_delay", silent_s, "250ms", "2s")
RETHINK.rises("replica_latency", answered_after_s, "500us", "20ms", "1s")
RETHINK.rises("start_time", is_there_after_s, ("1s", 1), ("9s", 9))
RETHINK.rises("flush_interval", lost_by_a_crash_of_all, "100ms", "1s", "20s", **SOFT)
RETHINK.falls("backfill_rate", caught_up_after_s, "10Ki", "100Mi")
RETHINK.rises("write_size", caught_up_after_s, "1Ki", "10Mi")
RETHINK.rises("data_size", cloned_after_s, "100Mi", "10Gi")
