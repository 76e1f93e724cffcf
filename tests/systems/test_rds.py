"""A managed database: failovers, host recovery, restores, and its name."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from statesim.kernel.spans import SECOND
from statesim.systems.catalogue import problems
from tests.systems.harness import Ask, Lab

SINGLE, INSTANCE, CLUSTER = "single-az", "multi-az-instance", "multi-az-cluster"


class Database:
    """A managed database in the laboratory, which writes once in a second to whoever its name stands for."""

    def __init__(self, deployment: str = INSTANCE, seed: int = 1, **parameters: Any) -> None:
        self.lab = Lab("rds", seed, deployment=deployment, **parameters)
        self.system = self.lab.system
        self.asked: list[Ask] = []

    def write(self) -> Ask:
        ask = Ask("write", len(self.asked))
        self.asked.append(ask)
        process = self.system.primary()
        if process is not None:
            self.system.submit(process, ask)
        return ask

    def run(self, seconds: int, *, writing: bool = True) -> None:
        for _ in range(seconds):
            if writing:
                self.write()
            self.lab.run(1)

    def lose(self, zone: str) -> None:
        self.lab.provider.lose_zone(zone, "outage")

    def regain(self, zone: str) -> None:
        self.lab.provider.regain_zone(zone, "outage")

    def crash(self) -> None:
        self.lab.provider.crash(self.system.primary().pod)

    def until_back(self, most: int = 7200) -> float:
        """Return after how many seconds there is a writer."""
        began = self.lab.clock.now
        while self.system.primary() is None and self.lab.clock.now - began < most * SECOND:
            self.lab.run(0.25)
        return (self.lab.clock.now - began) / SECOND

    @property
    def lost(self) -> set[int]:
        acked = {ask.value for ask in self.asked if ask.type == "ok"}
        return acked - set(self.system.surviving()[1].keys())


def recovered_by(database: Database) -> list[str]:
    return [event.fields["by"] for event in database.lab.events("Recovering", "System/")]


@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize(("deployment", "least", "most"), [(INSTANCE, 60, 121), (CLUSTER, 15, 36)])
def test_a_failover_takes_what_is_documented_and_loses_nothing(
    deployment: str, least: int, most: int, seed: int
) -> None:
    database = Database(deployment, seed)
    database.run(30)
    first = database.system.primary()
    database.lose("a")
    assert database.system.primary() is None
    assert least <= database.until_back() <= most
    assert database.system.primary() is not first
    assert database.system.primary().pod.startswith("pg-b")
    assert database.lost == set()
    assert recovered_by(database) == ["failover"]
    database.run(5)
    assert database.asked[-1].type == "ok" or database.asked[-2].type == "ok"


def test_a_failover_is_drawn_once_for_each_loss() -> None:
    took = set()
    for seed in range(1, 6):
        database = Database(seed=seed)
        database.crash()
        took.add(database.until_back())
    assert len(took) == 5
    again = Database(seed=5)
    again.crash()
    assert again.until_back() in took


@pytest.mark.parametrize("seed", range(1, 6))
def test_with_one_zone_another_host_takes_the_same_volume(seed: int) -> None:
    database = Database(SINGLE, seed)
    database.run(30)
    database.crash()
    assert 600 <= database.until_back() <= 1801
    assert recovered_by(database) == ["host recovery"]
    assert database.lost == set()


def test_with_one_zone_its_return_ends_the_waiting_and_nothing_is_lost() -> None:
    database = Database(SINGLE, host_recovery="10m")
    database.run(30)
    database.lose("a")
    database.lab.run(300)
    database.regain("a")
    assert database.until_back() == pytest.approx(600, abs=0.5)
    assert database.lost == set()
    database.lab.run(3600)
    assert recovered_by(database) == ["waiting for its zone", "host recovery"]


def test_a_zone_that_goes_again_meanwhile_lets_the_recovery_begin_anew() -> None:
    database = Database(SINGLE, host_recovery="10m")
    database.crash()
    database.lab.run(500)
    database.lose("a")
    database.lab.run(10)
    database.regain("a")
    assert database.until_back() == pytest.approx(600, abs=0.5)


def test_a_zone_that_stays_away_means_a_restore_to_the_last_log_that_was_shipped() -> None:
    database = Database(SINGLE, allocated_storage="6000Mi", restore_rate="100Mi")
    database.run(750)
    database.lose("a")
    assert database.until_back() == pytest.approx(15 * 60 + 60, abs=0.5)
    assert recovered_by(database) == ["waiting for its zone", "restore"]
    assert database.system.primary().node.startswith("pg-b")
    assert database.lost == set(range(601, 750)) | ({600} & database.lost)
    database.regain("a")
    database.lab.run(3600)
    assert recovered_by(database) == ["waiting for its zone", "restore"], "what was given up stays so"


def test_a_copy_that_was_away_is_none_to_fail_over_to_before_it_has_everything() -> None:
    for resync, by in (("1m", ["failover"]), ("60m", ["host recovery"])):
        database = Database(host_recovery="10m", resync=resync)
        database.lose("b")
        database.run(30)
        database.regain("b")
        database.run(900)
        database.crash()
        database.until_back()
        assert recovered_by(database) == by
        assert database.lost == set()


def test_a_stale_copy_is_not_used_even_if_the_other_zone_stays_away() -> None:
    database = Database(restore_decision="2h")
    database.lose("b")
    database.run(30)
    database.lose("a")
    database.regain("b")
    database.lab.run(3600)
    assert database.system.primary() is None
    database.regain("a")
    database.until_back()
    assert database.lost == set()


def test_a_cluster_answers_no_commit_that_no_reader_has() -> None:
    database = Database(CLUSTER, host_recovery="10m", resync="0s")
    database.run(5)
    database.lose("b")
    assert database.asked[-1].type == "ok"
    database.run(1)
    assert database.asked[-1].type == "ok"
    database.lose("c")
    database.run(10)
    assert database.asked[-1].type == ""
    database.regain("c")
    database.lab.run(601)
    assert database.asked[-1].type == "ok"


def test_an_unanswered_commit_is_no_reason_to_wait_for_the_writer() -> None:
    database = Database(CLUSTER, host_recovery="10m", resync="0s", failover="20s")
    database.run(5)
    database.lose("b")
    database.lose("c")
    database.run(5)
    database.lose("a")
    database.regain("b")
    assert database.until_back() == pytest.approx(600, abs=0.5)
    assert database.lost == set()
    assert len(database.system.surviving()[1].keys()) == 5


@pytest.mark.parametrize(("deployment", "ms"), [(SINGLE, 0), (INSTANCE, 2), (CLUSTER, 2)])
def test_a_commit_waits_for_another_zone(deployment: str, ms: int) -> None:
    database = Database(deployment)
    ask = database.write()
    assert ask.type == ("" if ms else "ok")
    database.lab.run(ms / 1000 + 0.001)
    assert ask.type == "ok"
    slow = Database(deployment, sync_penalty="1s")
    ask = slow.write()
    slow.lab.run(0.5)
    assert ask.type == ("" if ms else "ok")


def test_the_name_moves_and_resolvers_repeat_the_old_answer_for_its_ttl() -> None:
    for ttl in (5, 60):
        database = Database(dns_ttl=f"{ttl}s", failover="60s")
        database.crash()
        database.lab.run(59)
        (old,), ttl_us = database.system.look_up()
        assert database.system.is_current(old)
        database.lab.run(1.5)
        assert not database.system.is_current(old)
        assert database.system.look_up().addresses == (old,), "as long as its TTL says"
        assert database.system.look_up().ttl_us == ttl_us - 1.5 * SECOND
        database.lab.run(ttl - 1.5)
        (new,) = database.system.look_up().addresses
        assert database.system.is_current(new)
        assert new.ip != old.ip
        assert database.lab.provider.power(old.node) == "off"
        assert database.lab.provider.program_at(old) is None


@pytest.mark.parametrize("deployment", [SINGLE, INSTANCE, CLUSTER])
@pytest.mark.parametrize("seed", range(1, 21))
def test_whatever_zones_and_machines_do_it_comes_back_and_keeps_what_it_answered(
    seed: int, deployment: str
) -> None:
    """Zones go and come, machines are lost; people never give up on a zone, so that nothing may be lost."""
    chance = Random(seed)
    database = Database(deployment, seed, restore_decision="1000h", resync="5m", host_recovery="8m")
    for _ in range(40):
        zone = chance.choice("abc")
        match chance.randrange(4):
            case 0:
                database.lose(zone)
            case 1 | 2:
                database.regain(zone)
            case _ if database.system.primary() is not None:
                database.crash()
        database.run(chance.randrange(1, 30))
        database.lab.run(chance.choice((0, 10, 200, 1000)))
        writers = [e for e in database.system.copies if e.process is not None and e.process.listening]
        assert len(writers) <= 1
    for zone in "abc":
        database.regain(zone)
    database.lab.run(3600)
    assert database.system.primary() is not None
    assert len(database.system.replicas()) == len(database.system.copies) - 1
    database.run(2)
    assert database.asked[-2].type == "ok"
    assert database.lost == set()
    assert database.lab.dual_primary_s() == 0


@pytest.mark.parametrize("deployment", [SINGLE, INSTANCE, CLUSTER])
def test_a_restore_brings_every_copy_back(deployment: str) -> None:
    database = Database(deployment, zones=["a", "b", "c", "d"])
    database.run(400)
    for zone in "abc":
        database.lose(zone)
    database.until_back()
    assert database.system.primary().pod.startswith("pg-d")
    assert recovered_by(database)[-1] == "restore"
    database.regain("a")
    database.regain("b")
    database.lab.run(2 * 3600)
    assert len(database.system.replicas()) == database.system.parameters.copies - 1
    assert len(database.lost) in (99, 100, 101)


def test_the_first_zone_has_the_writer() -> None:
    database = Database(zones=["c", "a"])
    assert database.system.primary().pod.startswith("pg-c")
    assert [process.pod[:4] for process in database.system.replicas()] == ["pg-a"]


def test_a_healthy_one_costs_nothing() -> None:
    database = Database(CLUSTER)
    database.lab.run(24 * 3600)
    assert database.lab.clock.events == 0


def test_parameters_that_do_not_fit() -> None:
    assert problems("rds", {"deployment": CLUSTER, "zones": ["a", "b"]}) == [
        "zones: multi-az-cluster needs 3, found 2"
    ]
    assert "did you mean" in problems("rds", {"deployment": "multi-az-instanc"})[0]
    assert "list of names" in problems("rds", {"zones": "a"})[0]
