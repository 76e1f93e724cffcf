"""Every parameter of a RethinkDB table moves its outcome in the documented direction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.clock import SECOND
from statesim.systems.catalogue import problems
from statesim.systems.rethinkdb.parameters import RethinkParameters
from tests.systems.harness import Lab
from tests.systems.rethink_lab import SERVERS, cut_off, kinds, out_s, put, start, table, write

if TYPE_CHECKING:
    from collections.abc import Callable


def silent_s(**parameters: Any) -> float:
    """Return how long nobody takes writes after the primary's machine is gone."""
    lab = table(**parameters)
    lab.power_cut("db-0")
    lab.run(1300)
    return out_s(lab)[0]


def replicas() -> tuple[bool, bool]:
    def survives(count: int) -> bool:
        lab = Lab("rethinkdb", replicas=count)
        for number in range(5):
            lab.start(f"db-{number}", ordinal=number)
        lab.run(60)
        lab.power_cut("db-1")
        lab.power_cut("db-2")
        lab.run(30)
        return kinds(write(lab, "db-0")) == {"ok"}

    return survives(3), survives(5)


def shards() -> tuple[float, float]:
    def failed(count: int) -> float:
        lab = table(shards=count)
        lab.power_cut("db-0")
        lab.run(10.4 + 1.5)
        asks = [lab.write("db-1") for _ in range(60)]
        lab.run(5)
        return sum(ask.type != "ok" for ask in asks) / 60

    return failed(1), failed(3)


def lost(**parameters: Any) -> Callable[[], int]:
    def count() -> int:
        lab = table(**parameters)
        cut_off(lab, "db-0")
        write(lab, "db-0")
        lab.run(30)
        lab.heal()
        lab.run(40)
        return len(lab.lost)

    return count


def after_all_crash(**parameters: Any) -> int:
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


def read_back(mode: str) -> tuple[str, str]:
    """Read from an isolated primary soon, and where the majority is gone late."""
    lab = table(read_mode=mode)
    put(lab, "db-0", "k", 1)
    cut_off(lab, "db-0")
    soon = put(lab, "db-0", "k").type
    lab.run(30)
    return soon, put(lab, "db-0", "k").type


def back_s(**parameters: Any) -> float:
    """Return how long a server that was away needs until it has what it missed."""
    lab = table(**parameters)
    lab.power_cut("db-2")
    lab.run(20)
    write(lab, "db-0", 1000)
    since = lab.clock.now
    start(lab, "db-2")
    lab.run(3600)
    return (lab.events("CaughtUp")[0].t_us - since) / SECOND


def cloned_s(**parameters: Any) -> float:
    lab = table(**parameters)
    lab.kill("db-2")
    start(lab, "db-2", "emptyDir/new")
    lab.run(30)
    since = lab.clock.now
    assert lab.system.rebuild("db-2") is None
    lab.run(3600)
    return (lab.events("Cloned")[0].t_us - since) / SECOND


def answered_s(latency: str) -> float:
    lab = table(replica_latency=latency)
    ask, since = lab.write("db-1"), lab.clock.now
    while not ask.type:
        lab.run(0.0005)
    return (lab.clock.now - since) / SECOND


def listens_s(time: str) -> float:
    lab = Lab("rethinkdb", start_time=time)
    for pod in SERVERS:
        start(lab, pod)
    lab.run(60)
    return lab.events("TableCreated")[0].t_us / SECOND


def test_every_parameter_moves_its_outcome() -> None:
    tested = {
        "replicas": replicas() == (False, True),
        "shards": shards()[0] == 1 and 0.2 < shards()[1] < 0.5,
        "write_acks": lost(write_acks="majority")() == 0 < lost(write_acks="single")(),
        "durability": after_all_crash() == 0 < after_all_crash(durability="soft"),
        "read_mode": [read_back(mode) for mode in ("single", "majority", "outdated")]
        == [("ok", "fail"), ("", "fail"), ("ok", "ok")],
        "heartbeat_timeout": silent_s(heartbeat_timeout="5s") + 4
        < silent_s()
        < silent_s(heartbeat_timeout="20s") - 8,
        "election_timeout_min": silent_s(election_timeout_min="5s", election_timeout_max="5s")
        > silent_s() + 2,
        "election_timeout_max": silent_s(election_timeout_min="1s", election_timeout_max="20m")
        > silent_s() + 2,
        "contract_delay": abs(silent_s(contract_delay="2s") - silent_s() - 3 * 1.75) < 0.5,
        "replica_latency": answered_s("500us") + 0.07 < answered_s("20ms"),
        "start_time": (listens_s("1s"), listens_s("9s")) == (1, 9),
        "flush_interval": after_all_crash(durability="soft", flush_interval="100ms")
        < after_all_crash(durability="soft", flush_interval="20s"),
        "backfill_rate": back_s(backfill_rate="10Ki") > back_s() + 90,
        "write_size": back_s(write_size="10Mi") > back_s() + 90,
        "data_size": cloned_s(data_size="10Gi") > cloned_s() + 90,
    }
    assert [name for name, held in tested.items() if not held] == []
    assert set(tested) == set(RethinkParameters.__dataclass_fields__)


def test_values_that_do_not_fit_are_refused_all_at_once() -> None:
    wrong = problems(
        "rethinkdb",
        {"write_acks": "all", "read_mode": "stale", "shards": 65, "election_timeout_max": "100ms"},
    )
    assert len(wrong) == 4
    assert wrong[0] == "write_acks: expected majority or single, found all"
    assert "did you mean heartbeat_timeout?" in problems("rethinkdb", {"heartbeat_timeut": "1s"})[0]
