"""Leader election (row K05), and the outages of the control plane that it bounds."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from statesim.cluster.objects import UNREACHABLE, Node, Pod
from statesim.control.leader_election import JITTER, LEASE_US, RETRY_US, Elector, Failover, Lock, Record
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.systems.lease import EXPIRY_SCAN_US, Lease
from tests.acceptance.small import Small, pod, workload

# -- K05: client-go's rules -----------------------------------------------------------------------------


def at(seconds: float) -> int:
    return round(seconds * SECOND)


def test_k05_a_lock_that_does_not_exist_is_created() -> None:
    lock = Lock()
    elector = Elector("a", lock)
    assert elector.attempt(at(5))
    assert lock.record == Record("a", LEASE_US, at(5), at(5), 0)
    assert elector.leads


def test_k05_no_takeover_before_the_lease_has_run_out_by_the_candidates_own_clock() -> None:
    lock = Lock(Record("a", LEASE_US, 0, at(-1000)))  # by the record's own times it ran out long ago
    candidate = Elector("b", lock)
    assert not candidate.attempt(at(100))  # it sees the record for the first time now
    assert not candidate.attempt(at(114.999))
    assert lock.record is not None
    assert lock.record.holder == "a"
    assert candidate.attempt(at(115))
    assert lock.record.holder == "b"
    assert lock.record.transitions == 1
    assert lock.record.acquired_us == at(115)


def test_k05_a_renewal_that_is_seen_begins_the_wait_anew() -> None:
    lock = Lock()
    leader, candidate = Elector("a", lock), Elector("b", lock)
    assert leader.attempt(0)
    assert not candidate.attempt(at(1))
    assert leader.attempt(at(14))
    assert not candidate.attempt(at(15.9))
    assert not candidate.attempt(at(30.8))
    assert candidate.attempt(at(30.9))


def test_k05_the_leader_renews_and_keeps_when_it_was_elected() -> None:
    lock = Lock()
    leader = Elector("a", lock)
    leader.attempt(at(3))
    assert leader.attempt(at(40))  # nobody has taken it meanwhile
    assert lock.record == Record("a", LEASE_US, at(3), at(40), 0)


def test_k05_of_two_candidates_only_one_wins() -> None:
    lock = Lock(Record("a"))
    first, second = Elector("b", lock), Elector("c", lock)
    assert not first.attempt(0)
    assert not second.attempt(0)
    assert first.attempt(LEASE_US)
    assert not second.attempt(LEASE_US)  # it sees b's record now, and waits for that
    assert second.attempt(2 * LEASE_US)
    assert lock.record is not None
    assert (lock.record.holder, lock.record.transitions) == ("c", 2)


def test_k05_a_write_over_a_record_that_has_changed_is_refused() -> None:
    lock = Lock(Record("a"))
    assert not lock.write(Record("b"), Record("c"))
    assert lock.write(Record("a"), Record("c"))


def test_k05_releasing_hands_over_at_the_next_attempt_and_counts_a_transition() -> None:
    lock = Lock()
    leader, candidate = Elector("a", lock), Elector("b", lock)
    leader.attempt(0)
    assert not candidate.attempt(at(2))
    assert leader.release(at(3))
    assert not leader.leads
    assert candidate.attempt(at(4))
    assert lock.record is not None
    assert (lock.record.holder, lock.record.transitions) == ("b", 1)
    assert not leader.release(at(5))  # it is no longer its to give


def test_k05_a_leader_that_cannot_renew_for_ten_seconds_must_stop_before_anybody_takes_over() -> None:
    lock = Lock()
    leader = Elector("a", lock)
    leader.attempt(0)
    assert not leader.overdue(at(9.999))
    assert leader.overdue(at(10))
    assert at(10) < LEASE_US


@pytest.mark.parametrize("seed", range(20))
def test_k05_after_a_crash_the_standby_takes_over_within_a_lease_and_two_pauses(seed: int) -> None:
    clock, won = Clock(), []
    clock.run(at(100))
    Failover(clock, Random(seed), "a", "b", lambda record: won.append((clock.now, record)))
    clock.run(at(200))
    ((when, record),) = won
    longest = round(RETRY_US * (1 + JITTER))
    assert at(100) + LEASE_US - RETRY_US <= when <= at(100) + LEASE_US + 2 * longest
    assert (record.holder, record.transitions) == ("b", 1)


def test_k05_a_lease_of_a_system_is_not_taken_before_it_expires_either() -> None:
    clock, expired = Clock(), []
    lease = Lease(clock, Random(1), at(30), at(10), lambda holder, _: expired.append((holder, clock.now)))
    assert lease.acquire("a", 0)
    assert not lease.acquire("b", 0)
    clock.run(at(45))
    lease.fall_silent()
    clock.run(at(69.9))
    assert not lease.acquire("b", 0)
    assert lease.holder == "a"
    clock.run(at(71))
    ((holder, when),) = expired
    assert holder == "a"
    assert at(70) <= when <= at(70) + EXPIRY_SCAN_US  # 30 s after the renewal at 40 s
    assert lease.acquire("b", at(71))
    assert (lease.holder, lease.term) == ("b", 2)


def test_k05_a_lease_of_a_system_that_is_released_hands_over_at_once() -> None:
    clock = Clock()
    lease = Lease(clock, Random(1), at(30), at(10), lambda *_: None)
    lease.acquire("a", 0)
    lease.release()
    assert lease.acquire("b", 0)
    assert lease.term == 2


def test_k05_a_renewal_in_time_keeps_a_lease_of_a_system() -> None:
    clock, expired = Clock(), []
    lease = Lease(clock, Random(1), at(30), at(10), lambda *_: expired.append(clock.now))
    lease.acquire("a", 0)
    clock.run(at(5))
    lease.fall_silent()
    clock.run(at(29))
    lease.renew(at(29))
    clock.run(at(500))
    assert expired == []
    assert lease.holder == "a"


# -- outages --------------------------------------------------------------------------------------------

ROOMY = {"kubernetes": "1.31", "zones": 1, "nodesPerZone": 3}


def test_while_the_control_plane_stands_still_nothing_is_decided_and_programs_run_on() -> None:
    run = Small(
        {"at": "30s", "do": "control-plane-outage", "for": "60s"},
        {"at": "40s", "do": "scale", "on": "Deployment/a", "replicas": 5},
        {"at": "50s", "do": "container-kill", "on": {"anyPod": {"app": "a"}}},
        objects=[workload()],
    ).run()
    # the kubelet restarts its container all the same
    assert 50 <= run.times("Restarted", "Pod/")[0] <= 53
    # the replicas that somebody asked for come when the controllers are back
    assert [t for t in run.times("Created", "Pod/") if t > 1] == [90.0, 90.0]
    assert len([p for p in run.world.store.all(Pod) if p.ready]) == 5


def test_a_pod_that_is_deleted_meanwhile_goes_but_is_not_replaced_until_the_end() -> None:
    run = Small(
        {"at": "30s", "do": "control-plane-outage", "for": "60s"},
        {"at": "40s", "do": "delete", "on": "Pod/a-1"},
        objects=[workload("StatefulSet")],
    ).run()
    assert run.times("Deleted", "Pod/a-1") == [41.0]
    assert run.times("Created", "Pod/a-1")[1] == pytest.approx(90, abs=0.1)


def test_a_node_that_dies_meanwhile_is_noticed_afterwards() -> None:
    run = Small(
        {"at": "30s", "do": "control-plane-outage", "for": "120s"},
        {"at": "40s", "do": "node-crash", "on": "Node/node-a-1"},
        objects=[workload()],
        cluster=ROOMY,
        duration="300s",
    ).run()
    (noticed,) = run.times("NotReady", "Node/")
    assert 150 <= noticed <= 151


def test_outages_that_overlap_end_with_the_last_of_them() -> None:
    run = Small(
        {"at": "30s", "do": "control-plane-outage", "for": "30s"},
        {"at": "40s", "do": "control-plane-outage", "for": "60s"},
        {"at": "50s", "do": "scale", "on": "Deployment/a", "replicas": 5},
        objects=[workload()],
    ).run()
    assert [t for t in run.times("Created", "Pod/") if t > 1] == [100.0, 100.0]


def failover(*rows: dict[str, Any], seed: int = 3, **kwargs: Any) -> Small:
    kwargs.setdefault("objects", [workload()])
    return Small({"at": "60s", "do": "control-plane-outage", "failover": True}, *rows, seed=seed, **kwargs)


@pytest.mark.parametrize("seed", range(8))
def test_when_the_leader_dies_nothing_is_decided_for_about_15_to_20_seconds(seed: int) -> None:
    run = failover({"at": "61s", "do": "scale", "on": "Deployment/a", "replicas": 5}, seed=seed).run()
    (manager,) = run.events("LeaderElection", "Lease/kube-controller-manager")
    (scheduler,) = run.events("LeaderElection", "Lease/kube-scheduler")
    for elected in (manager, scheduler):
        assert 73 <= elected.t <= 83
        assert elected.fields["holder"] == "control-plane-2"
        assert elected.fields["transitions"] == 1
    created = [e.t for e in run.events("Created", "Pod/") if e.t > 1]
    assert created[0] == pytest.approx(manager.t, abs=0.1)
    bound = [e.t for e in run.events("Scheduled", "Pod/") if e.t > 1]
    assert bound[0] == pytest.approx(max(manager.t, scheduler.t), abs=0.1)
    assert len([p for p in run.world.store.all(Pod) if p.ready]) == 5


def test_the_new_leader_counts_the_silence_of_a_node_from_its_own_start() -> None:
    run = Small(
        {"at": "60s", "do": "node-crash", "on": "Node/node-a-1"},
        {"at": "90s", "do": "control-plane-outage", "failover": True},
        objects=[workload()],
        cluster=ROOMY,
        duration="300s",
    ).run()
    (elected,) = run.times("LeaderElection", "Lease/kube-controller-manager")
    (noticed,) = run.times("NotReady", "Node/")
    assert elected + 40 <= noticed <= elected + 46


def test_the_new_leader_counts_tolerations_from_its_own_start() -> None:
    run = Small(
        {"at": "60s", "do": "node-crash", "on": {"nodeOf": "Pod/a-0"}},
        {"at": "300s", "do": "control-plane-outage", "failover": True},
        objects=[workload("StatefulSet", replicas=1)],
        cluster=ROOMY,
        duration="800s",
    ).run()
    tainted = [e.t for e in run.events("Tainted") if f"{UNREACHABLE}:NoExecute" in e.fields["taints"]]
    (elected,) = run.times("LeaderElection", "Lease/kube-controller-manager")
    (evicted,) = run.times("Terminating", "Pod/a-0")
    assert evicted == pytest.approx(elected + 300, abs=1)
    assert evicted > tainted[0] + 450


def test_a_failover_of_a_cluster_at_rest_changes_nothing() -> None:
    run = failover(objects=[workload(), workload("StatefulSet", name="b")]).run()
    after = [
        e
        for e in run.world.trace.events
        if e.t > 60 and e.object.partition("/")[0] not in ("Lease", "Fault", "Run")
    ]
    assert after == []
    node: Node = run.find("Node/node-a-1")
    assert node.ready is True


def test_storage_goes_on_while_the_leader_is_away() -> None:
    assert "attacher" not in {
        n for names in Small(objects=[pod()]).world.plane.programs().values() for n in names
    }


def test_a_pending_pod_is_not_forgotten_when_the_scheduler_fails_over() -> None:
    full = {"kubernetes": "1.31", "nodes": [{"name": "n1", "capacity": {"pods": 2}}]}
    for freed in ("61s", "70s", "95s"):  # just before, during, after
        run = failover(
            {"at": freed, "do": "delete", "on": "Pod/p0"},
            objects=[pod(f"p{i}") for i in range(3)],
            cluster=full,
        ).run()
        (elected,) = run.times("LeaderElection", "Lease/kube-scheduler")
        assert run.pod("p2").ready, freed
        assert run.times("Scheduled", "Pod/p2")[0] >= min(elected, 95.0)


def test_a_pod_that_was_created_while_nobody_scheduled_is_bound_by_the_new_leader() -> None:
    run = failover({"at": "65s", "do": "apply", "manifests": [pod("late")]}).run()
    (elected,) = run.times("LeaderElection", "Lease/kube-scheduler")
    assert run.times("Scheduled", "Pod/late") == [pytest.approx(elected, abs=0.1)]
