"""Any sequence of faults: one leader per term, and what synchronous mode promises."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statesim.kernel.spans import SECOND
from tests.systems.harness import STORE, Lab, patroni

PODS = ("pg-0", "pg-1", "pg-2")
FAULTS = st.lists(
    st.tuples(
        st.floats(0, 45),
        st.sampled_from(
            (
                *("kill", "power_cut", "freeze", "thaw", "cut", "part", "heal", "return", "stop"),
                *("kill_server", "hold", "go_on", "switch", "pause", "resume"),
            )
        ),
        st.sampled_from(PODS),
        st.sampled_from(PODS),
    ),
    min_size=1,
    max_size=12,
)


def calm(lab: Lab) -> None:
    """Mend everything, and let the cluster come to rest."""
    lab.heal()
    lab.system.resume()
    for pod in PODS:
        lab.thaw(pod)
        lab.system.resume_program(lab.processes[pod], "patroni")
    lab.run(10)
    for pod in PODS:
        if not lab.processes[pod].alive:
            lab.start(pod)
    lab.run(200)


def outlived(lab: Lab) -> bool:
    """Tell whether a primary went on after its lease: then a voter that has voted may still confirm for it."""
    for expired in lab.events("LeaseExpired"):
        roles = lab.events("Role", f"Member/{expired.fields['holder']}")
        before = [event for event in roles if event.t_us <= expired.t_us]
        if before and before[-1].fields["accepts_writes"]:
            return True
    return lab.dual_primary_s() > 0


def order(lab: Lab, what: str, pod: str) -> None:
    """Do what only Patroni's members can do or suffer, where it can be done."""
    system, process = lab.system, lab.processes[pod]
    match what:
        case "kill_server":
            system.kill_program(process, "postgres")
        case "hold":
            system.pause_program(process, "patroni")
        case "go_on":
            system.resume_program(process, "patroni")
        case "switch" if system.cannot_switch(pod) is None:
            system.switch_over(pod)
        case "pause":
            system.pause()
        case "resume":
            system.resume()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1000), FAULTS, st.sampled_from((False, True, "quorum")), st.booleans(), st.booleans())
def test_one_leader_per_term_and_no_synchronous_loss(
    seed: int,
    faults: list[tuple[float, str, str, str]],
    synchronous: bool | str,
    failsafe: bool,
    watchdog: bool,
) -> None:
    lab = patroni(
        seed,
        synchronous_mode=synchronous,
        failsafe_mode=failsafe,
        watchdog_device=watchdog,
        watchdog_mode="required" if watchdog else "off",
        replication_lag="200ms",
    )
    lab.writer(SECOND // 5, 2000 * SECOND)
    for wait, what, pod, other in faults:
        lab.run(wait)
        lab.strike(what, pod, other)
        order(lab, what, pod)
    calm(lab)
    winners: dict[int, str] = {}
    for event in lab.events("Elected"):
        assert winners.setdefault(event.fields["term"], event.fields["pod"]) == event.fields["pod"]
    assert lab.primary is not None, "every disk is there: somebody leads in the end"
    assert len(lab.system.replicas()) == 2
    if synchronous is True or (synchronous == "quorum" and not outlived(lab)):
        assert lab.lost == set()
    if watchdog and all(what != "pause" for _, what, _, _ in faults):
        assert lab.dual_primary_s() == 0
    assert lab.system.group.lease.holder == lab.primary
    for process in lab.system.replicas():
        assert lab.labels[process.pod]["role"] == "replica"


def test_a_leader_that_is_cut_off_and_then_stands_still_gives_up_when_it_goes_on() -> None:
    """Frozen in the middle of its retries, it must not wait for the store for ever."""
    for still in (2, 6, 30):
        lab = patroni(1)
        lab.cut("pg-0", STORE)
        lab.run(12)
        assert lab.accepting("pg-0"), "it still tries to reach the store"
        lab.freeze("pg-0")
        lab.run(still)
        lab.thaw("pg-0")
        lab.run(12)
        assert not lab.accepting("pg-0")
        lab.run(40)
        assert lab.primary in ("pg-1", "pg-2")
        lab.heal()
        lab.run(60)
        assert len(lab.system.replicas()) == 2


def test_a_leader_whose_store_is_back_when_it_goes_on_stays_leader() -> None:
    lab = patroni(1)
    lab.cut("pg-0", STORE)
    lab.run(12)
    lab.freeze("pg-0")
    lab.run(3)
    lab.heal()
    lab.thaw("pg-0")
    lab.run(5)
    assert lab.primary == "pg-0"
    assert lab.accepting("pg-0")
    lab.run(60)
    assert lab.primary == "pg-0"
