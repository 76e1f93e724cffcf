"""Orchestrator: what it decides from what it has read, and what that means for a cluster."""

from __future__ import annotations

from itertools import product

import pytest

from statesim.systems.mysql.failover import Do, Replica, View, decide
from tests.systems.harness import STORE, Lab
from tests.systems.mysql_lab import cluster, restart, role, until_primary_s, writes


def view(*replicas: Replica, answers: bool = False, blocked_us: int = 0, **more: bool) -> View:
    options = {"read_only": False, "delay": False, "fail": False, **more}
    return View(
        100, "db-0", answers, options["read_only"], replicas, blocked_us, options["delay"], options["fail"]
    )


def replica(name: str = "db-1", **more: int) -> Replica:
    told = {"connected": 0, "gives_up_us": 50, "received": 10, "applied": 10, "applied_us": 60, **more}
    return Replica(
        name,
        bool(told["connected"]),
        told["gives_up_us"],
        told["received"],
        told["applied"],
        told["applied_us"],
    )


# -- decisions -------------------------------------------------------------------------------------------


def test_a_source_is_dead_only_if_nobody_reaches_it_and_somebody_can_be_asked() -> None:
    for answers, connected, noticed, blocked, there in product((True, False), repeat=5):
        each = replica(connected=int(connected), gives_up_us=50 if noticed else 150)
        found = decide(
            view(
                *([each, replica("db-2")] if there else []), answers=answers, blocked_us=200 if blocked else 0
            )
        )
        dead = not answers and there and not connected and noticed
        assert found.dead == dead
        assert (found.do is Do.PROMOTE) == (dead and not blocked), found.why


def test_it_looks_again_when_the_last_replica_gives_up_and_when_the_block_ends() -> None:
    assert decide(view(replica(gives_up_us=150), replica("db-2"))).wake_us == 150
    assert decide(view(replica(), blocked_us=900)).wake_us == 900
    assert decide(view(replica(connected=1))).wake_us is None, "whoever loses its source tells it"


def test_the_replica_that_has_applied_most_is_promoted() -> None:
    found = decide(view(replica("db-1", applied=8), replica("db-2", applied=9), replica("db-3", applied=9)))
    assert found.who == "db-2"


def test_what_becomes_of_an_unapplied_relay_log() -> None:
    behind = replica(applied=4, applied_us=700)
    assert decide(view(behind)).after_us == 0
    assert decide(view(behind, delay=True)).after_us == 600
    assert decide(view(behind, fail=True)).do is Do.GIVE_UP
    assert decide(view(replica(), fail=True)).do is Do.PROMOTE


# -- clusters --------------------------------------------------------------------------------------------


def auto(members: int = 3, **parameters: object) -> Lab:
    return cluster(members, orchestrator="auto", **parameters)


def test_a_killed_source_is_replaced_within_a_poll() -> None:
    lab = auto()
    writes(lab, 5)
    lab.kill("db-0")
    assert 0.5 <= until_primary_s(lab) <= 6.6
    assert lab.primary in ("db-1", "db-2")
    assert len(lab.lost) == pytest.approx(5, abs=1), "the lag, 50 ms, times the rate"
    write = lab.write(str(lab.primary))
    lab.run(1)
    assert all(lab.ask(pod, "read", write.value).result for pod in ("db-1", "db-2"))
    assert lab.events("DeadSource")[0].fields["why"].startswith("DeadMaster")


def test_a_silent_source_is_dead_only_when_its_replicas_have_noticed() -> None:
    lab = auto()
    lab.power_cut("db-0")
    assert 60 <= until_primary_s(lab) <= 66
    tuned = auto(replica_net_timeout="4s")
    tuned.power_cut("db-0")
    assert 4 <= until_primary_s(tuned) <= 11


def test_a_source_that_only_orchestrator_cannot_reach_stays_the_source() -> None:
    lab = auto()
    lab.cut("db-0", STORE)
    lab.run(600)
    assert lab.primary == "db-0"
    assert "UnreachableMaster" in lab.events("UnreachableSource")[0].fields["why"]
    assert not lab.events("Promoted")


def test_a_replica_that_still_hears_the_source_keeps_it_alive() -> None:
    lab = auto()
    lab.cut("db-0", STORE)
    lab.cut("db-0", "db-1")
    lab.run(600)
    assert lab.primary == "db-0"
    lab.cut("db-0", "db-2")
    lab.run(70)
    assert lab.primary in ("db-1", "db-2")
    assert lab.accepting("db-0"), "cut off from all, and nobody has fenced it"


def test_clients_are_pointed_to_the_new_source_even_if_the_old_pod_stays() -> None:
    lab = auto()
    assert lab.labels["db-0"]["role"] == "source"
    assert lab.labels["db-1"]["role"] == "replica"
    lab.cut("db-0", STORE)
    lab.kill("db-0")
    lab.run(10)
    assert {pod: labels["role"] for pod, labels in lab.labels.items()} == {
        pod: "source" if pod == lab.primary else "replica" for pod in ("db-0", "db-1", "db-2")
    }


def test_after_a_recovery_there_is_no_other_for_an_hour() -> None:
    lab = auto()
    lab.kill("db-0")
    until_primary_s(lab)
    second = str(lab.primary)
    lab.run(60)
    lab.kill(second)
    lab.run(3000)
    assert lab.primary is None
    assert any("RecoveryPeriodBlockSeconds" in e.fields["why"] for e in lab.events("DeadSource"))
    assert 400 < until_primary_s(lab, 900) < 620


def test_the_old_source_comes_back_beside_the_new_one_unless_it_starts_read_only() -> None:
    for read_only in (False, True):
        lab = auto(super_read_only=read_only)
        writes(lab, 5)
        lab.kill("db-0")
        lab.run(10)
        restart(lab, "db-0")
        lab.run(60)
        assert lab.primary in ("db-1", "db-2"), "orchestrator leaves it alone"
        assert (lab.write("db-0").type == "ok") is not read_only
        assert lab.accepting("db-0") is not read_only
        assert lab.system.rebuild("db-0") is None
        lab.run(30)
        assert role(lab, "db-0") == "replica"
        assert lab.events("Diverged", "Member/db-0"), "it had commits that nobody had received"


def test_a_read_only_source_that_restarts_in_time_is_opened_again() -> None:
    lab = auto(1, super_read_only=True)
    lab.kill("db-0")
    restart(lab, "db-0")
    assert 4 <= until_primary_s(lab) <= 10.1
    assert lab.write("db-0").type == "ok"


def test_a_relay_log_that_is_not_applied_is_thrown_away_waited_for_or_stops_the_promotion() -> None:
    def failed_over(**options: object) -> Lab:
        lab = auto(apply_lag="8s", replication_lag="10ms", **options)
        writes(lab, 20)
        lab.kill("db-0")
        return lab

    lost = failed_over()
    assert until_primary_s(lost) < 7
    assert 150 <= len(lost.lost) <= 760
    assert lost.events("RelayLogDropped")[0].fields["count"] == pytest.approx(len(lost.lost), abs=3)
    waited = failed_over(DelayMasterPromotionIfSQLThreadNotUpToDate=True)
    assert 8 <= until_primary_s(waited) <= 9
    assert len(waited.lost) <= 2
    stopped = failed_over(FailMasterPromotionIfSQLThreadNotUpToDate=True)
    assert 3590 < until_primary_s(stopped, 4000) < 3620, "until the block after the failed recovery is over"
    assert any("FailMaster" in e.fields["why"] for e in stopped.events("DeadSource"))


def test_a_candidate_that_dies_while_it_is_promoted_leaves_the_cluster_without_a_source() -> None:
    lab = auto(DelayMasterPromotionIfSQLThreadNotUpToDate=True, apply_lag="30s")
    writes(lab, 5)
    lab.kill("db-0")
    lab.run(8)
    lab.kill("db-1")
    lab.run(60)
    assert lab.primary is None
    assert not lab.events("Promoted")
    lab.run(3600)
    assert lab.primary == "db-2"


def test_a_person_may_promote_where_orchestrator_must_not() -> None:
    lab = auto()
    lab.kill("db-0")
    until_primary_s(lab)
    second = str(lab.primary)
    third = "db-1" if second == "db-2" else "db-2"
    lab.kill(second)
    lab.run(30)
    lab.system.promote(third)
    lab.run(5)
    assert lab.primary == third
    assert lab.labels[third]["role"] == "source"


def test_a_source_that_is_stopped_in_order_is_replaced_as_soon_and_loses_nothing() -> None:
    lab = auto()
    writes(lab, 5)
    lab.stop("db-0")
    assert until_primary_s(lab) <= 6.6
    assert lab.lost == set()
    restart(lab, "db-0")
    lab.run(10)
    assert lab.accepting("db-0"), "and it is a source again, as its disk says"
