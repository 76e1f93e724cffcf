"""Switchovers, pause mode, and a server or an agent that fails alone."""

from __future__ import annotations

import pytest

from statesim.kernel.spans import SECOND
from tests.systems.harness import STEP, Lab, patroni


def switched(candidate: str | None = None, **parameters: object) -> Lab:
    lab = patroni(4, **parameters)
    lab.writer(STEP, 80 * SECOND)
    lab.at(65, lab.system.switch_over, candidate)
    lab.run(30)
    return lab


def test_a_switchover_costs_two_seconds_and_nothing_else() -> None:
    lab = switched("pg-2")
    assert lab.primary == "pg-2"
    assert lab.lost == set()
    assert lab.events("LeaseExpired") == lab.events("Rewound") == []
    assert lab.dual_primary_s() == 0
    assert sorted(process.pod for process in lab.system.replicas()) == ["pg-0", "pg-1"]
    assert lab.labels["pg-2"]["role"] == "primary"
    assert lab.system.group.failover is None


def test_without_a_candidate_the_healthiest_takes_over() -> None:
    assert switched().primary in ("pg-1", "pg-2")


def test_in_synchronous_mode_only_the_synchronous_standby_is_a_candidate() -> None:
    lab = patroni(4, synchronous_mode=True)
    (named,) = lab.system.group.sync.members
    (other,) = {"pg-1", "pg-2"} - {named}
    assert lab.system.cannot_switch(other) == f"{other} cannot take over"
    assert lab.system.cannot_switch(named) is None
    lab.writer(STEP, 80 * SECOND)
    lab.system.switch_over(named)
    lab.run(30)
    assert lab.primary == named
    assert lab.lost == set()


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        ("pg-0", "is the leader already"),
        ("pg-9", "there is no member"),
        ("pg-1", "cannot take over"),
        (None, "no good candidates"),
    ],
)
def test_a_switchover_that_cannot_be_is_refused(candidate: str | None, why: str) -> None:
    lab = patroni(4)
    lab.kill("pg-1")
    lab.kill("pg-2")
    assert why in str(lab.system.cannot_switch(candidate))


def test_a_cluster_without_a_leader_that_answers_refuses() -> None:
    for befall in ("kill", "power_cut", "cut"):
        lab = patroni(4)
        getattr(lab, befall)("pg-0")
        assert "no leader" in str(lab.system.cannot_switch(None))


def test_a_candidate_that_dies_meanwhile_is_replaced_by_another() -> None:
    lab = patroni(4)
    lab.writer(STEP, 80 * SECOND)
    lab.at(65, lab.system.switch_over, "pg-1")
    lab.at(66.5, lab.kill, "pg-1")
    lab.run(40)
    assert lab.primary == "pg-2"
    assert lab.lost == set()
    assert lab.system.group.failover is None


def test_a_candidate_that_is_gone_when_the_leader_looks_leaves_all_as_it_is() -> None:
    lab = patroni(4)
    lab.at(65, lab.system.switch_over, "pg-1")
    lab.at(65.2, lab.kill, "pg-1")
    lab.run(30)
    assert lab.primary == "pg-0"
    assert lab.events("Demoted") == []
    assert lab.system.group.failover is None


# -- pause mode --------------------------------------------------------------------------------------------


def paused(seed: int = 4) -> Lab:
    lab = patroni(seed)
    lab.system.pause()
    lab.run(1)
    return lab


def test_in_pause_mode_nobody_takes_over_from_a_dead_leader() -> None:
    lab = paused()
    lab.kill("pg-0")
    lab.run(120)
    assert lab.events("LeaseExpired")
    assert lab.primary is None
    lab.system.resume()
    lab.run(15)
    assert lab.primary in ("pg-1", "pg-2")


def test_in_pause_mode_a_leader_that_is_cut_off_goes_on_and_takes_its_key_again() -> None:
    lab = paused()
    lab.cut("pg-0")
    lab.run(120)
    assert lab.events("LeaseExpired")
    assert lab.accepting("pg-0"), "it continues to run as primary"
    assert lab.events("Demoted") == []
    lab.heal()
    lab.run(15)
    assert lab.primary == lab.system.group.lease.holder == "pg-0"


def test_in_pause_mode_a_dead_postgresql_stays_dead_and_its_key_is_given_up() -> None:
    lab = paused()
    lab.kill_program("pg-0", "postgres")
    lab.run(60)
    assert lab.system.group.lease.holder is None
    assert lab.primary is None
    assert lab.events("LeaseExpired") == []
    lab.system.resume()
    lab.run(30)
    assert lab.primary is not None
    assert len(lab.system.replicas()) == 2


def test_in_pause_mode_a_switchover_needs_a_candidate() -> None:
    lab = paused()
    assert "specific candidate" in str(lab.system.cannot_switch(None))
    lab.system.switch_over("pg-2")
    lab.run(20)
    assert lab.primary == "pg-2"
    assert len(lab.system.replicas()) == 2


def test_in_pause_mode_an_agent_that_stops_leaves_its_key_and_an_unclean_server() -> None:
    lab = paused()
    lab.write("pg-0")
    lab.stop("pg-0")
    lab.run(5)
    assert lab.system.group.lease.holder == "pg-0"
    assert lab.processes["pg-0"].alive is False
    assert lab.disks.find("pv/pg-0").contents.clean is False  # type: ignore[union-attr]


def test_who_did_not_hear_of_the_pause_steps_down_all_the_same() -> None:
    lab = patroni(4)
    lab.cut("pg-0")
    lab.system.pause()
    lab.run(40)
    assert lab.events("Demoted", "Member/pg-0")
    assert lab.primary is None


# -- one program of two ------------------------------------------------------------------------------------


def test_a_dead_postgresql_is_started_in_place_or_hands_the_lead_over_as_its_timeout_says() -> None:
    """Patroni docs, dynamic_configuration.rst: 0 = fail over at once, if somebody can take over."""
    for timeout, leader, lost in (("300s", "pg-0", 0), ("0s", None, 20)):
        lab = patroni(4, primary_start_timeout=timeout, replication_lag="200ms")
        lab.writer(STEP, 90 * SECOND)
        lab.at(65, lab.kill_program, "pg-0", "postgres")
        lab.run(40)
        assert (lab.primary == leader) is (leader is not None)
        assert len(lab.lost) == pytest.approx(lost, abs=1)
        assert lab.events("LeaseExpired") == []
        assert len(lab.system.replicas()) == 2
        assert bool(lab.events("Rewound", "Member/pg-0")) is (leader is None)


def test_with_nobody_to_take_over_it_is_started_in_place_whatever_the_timeout() -> None:
    lab = patroni(4, primary_start_timeout="0s")
    lab.kill("pg-1")
    lab.kill("pg-2")
    lab.kill_program("pg-0", "postgres")
    lab.run(15)
    assert lab.primary == "pg-0"


def test_a_recovery_that_takes_longer_than_its_timeout_hands_the_lead_over() -> None:
    slow = {"wal_per_write": "1Mi", "replay_rate": "1Mi", "maximum_lag_on_failover": "1Gi"}
    for timeout, stays in (("300s", True), ("3s", False)):
        lab = patroni(9, primary_start_timeout=timeout, **slow)
        lab.writer(SECOND, 80 * SECOND)
        lab.run(20)
        lab.kill_program("pg-0", "postgres")
        lab.run(80)
        assert (lab.primary == "pg-0") is stays
        assert len(lab.system.replicas()) == 2


def test_a_replicas_postgresql_is_started_again_and_follows() -> None:
    lab = patroni(4)
    lab.kill_program("pg-2", "postgres")
    assert len(lab.system.replicas()) == 1
    lab.run(15)
    assert len(lab.system.replicas()) == 2
    assert lab.primary == "pg-0"


def test_a_server_that_is_started_in_place_keeps_who_must_confirm() -> None:
    lab = patroni(4, synchronous_mode=True)
    named = lab.system.group.sync
    lab.kill_program("pg-0", "postgres")
    lab.run(20)
    assert lab.primary == "pg-0"
    assert lab.system.group.sync == named


def test_what_cannot_be_killed_or_stopped_alone_says_so() -> None:
    lab = patroni(4)
    process = lab.processes["pg-0"]
    assert "container-kill" in lab.system.kill_program(process, "patroni")
    assert "alone" in lab.system.pause_program(process, "postgres")
    lab.kill_program("pg-0", "postgres")
    assert "does not run" in lab.system.kill_program(process, "postgres")


def test_a_member_that_is_rebuilt_loses_its_data_and_clones_the_leader() -> None:
    lab = patroni(4, data_size="100Mi", clone_rate="10Mi")
    lab.writer(STEP, 90 * SECOND)
    lab.at(65, lab.system.rebuild, "pg-1")
    lab.run(6)
    assert lab.disks.open("pv/pg-1").contents is None
    assert [process.pod for process in lab.system.replicas()] == ["pg-2"]
    lab.run(20)
    assert [e.t for e in lab.events("Cloned", "Member/pg-1")][-1] == pytest.approx(75, abs=0.1)
    assert sorted(process.pod for process in lab.system.replicas()) == ["pg-1", "pg-2"]
    assert lab.primary == "pg-0"
    assert lab.lost == set()


def test_a_member_that_has_diverged_for_good_is_mended_by_rebuilding_it() -> None:
    lab = patroni(4, use_pg_rewind=False, replication_lag="50ms")
    lab.writer(STEP, 70 * SECOND)
    lab.at(65, lab.kill, "pg-0")
    lab.run(60)
    lab.start("pg-0")
    lab.run(60)
    assert len(lab.system.replicas()) == 1
    assert lab.system.rebuild("pg-0") is None
    lab.run(30)
    assert len(lab.system.replicas()) == 2


def test_who_cannot_be_rebuilt_says_why() -> None:
    lab = patroni(4)
    assert lab.system.rebuild("pg-0") == "pg-0 is the leader, can not reinitialize"
    assert lab.system.rebuild("pg-1") is None
    assert lab.system.rebuild("pg-1") == "pg-1: clone already in progress"
    lab.kill("pg-2")
    assert lab.system.rebuild("pg-2") == "the agent of pg-2 does not answer"
    lab.kill("pg-0")
    assert lab.system.rebuild("pg-1") == "the cluster has no leader, can not reinitialize"


def test_an_agent_that_stands_still_leaves_two_primaries_until_it_goes_on() -> None:
    lab = patroni(6)
    lab.pause_program("pg-0", "patroni")
    lab.writer(STEP, 130 * SECOND)
    lab.run(60)
    assert lab.accepting("pg-0")
    assert lab.primary in ("pg-1", "pg-2")
    elected = lab.events("Elected")[1].t
    lab.system.resume_program(lab.processes["pg-0"], "patroni")
    lab.run(30)
    assert lab.dual_primary_s() == pytest.approx(120 - elected, abs=0.2), "the missed loop runs at once"
    assert len(lab.lost) > 1000
    assert lab.events("Rewound", "Member/pg-0")


def test_an_agent_that_stands_still_for_a_moment_is_not_missed() -> None:
    lab = patroni(6)
    lab.pause_program("pg-0", "patroni")
    lab.run(15)
    lab.system.resume_program(lab.processes["pg-0"], "patroni")
    lab.run(60)
    assert lab.primary == "pg-0"
    assert len(lab.events("Elected")) == 1


def test_an_agent_that_stands_still_hears_no_sigterm() -> None:
    lab = patroni(6)
    lab.pause_program("pg-0", "patroni")
    lab.stop("pg-0")
    lab.run(20)
    assert lab.processes["pg-0"].alive
    assert lab.write("pg-0").type == "ok"


def test_a_store_that_is_lost_is_written_anew_from_the_data_of_who_leads() -> None:
    lab = patroni(4)
    lab.writer(STEP, 70 * SECOND)
    system = lab.system.group.initialize
    lab.system.lose_store()
    assert lab.system.group.initialize is None
    lab.run(40)
    assert lab.system.group.initialize == system
    assert lab.primary is not None
    assert lab.lost == set()
    assert len(lab.events("Initialised")) == 1, "when it was made"


def test_without_data_and_without_a_store_an_empty_cluster_is_begun() -> None:
    begun = {}
    for lost in (False, True):
        lab = patroni(4)
        lab.writer(STEP, 60 * SECOND)
        for pod in ("pg-0", "pg-1", "pg-2"):
            lab.kill(pod)
            lab.disks.lose(f"pv/{pod}")
        if lost:
            lab.system.lose_store()
        for number, pod in enumerate(("pg-0", "pg-1", "pg-2")):
            lab.start(pod, f"emptyDir/new-{number}/data")
        lab.run(120)
        begun[lost] = (lab.primary is not None, bool(lab.lost))
    assert begun == {False: (False, True), True: (True, True)}
