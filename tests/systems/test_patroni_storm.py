"""Any sequence of faults: one leader per term, and what synchronous mode promises."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statesim.kernel.clock import SECOND
from tests.systems.harness import STORE, Lab, patroni

PODS = ("pg-0", "pg-1", "pg-2")
FAULTS = st.lists(
    st.tuples(
        st.floats(0, 45),
        st.sampled_from(("kill", "power_cut", "freeze", "thaw", "cut", "part", "heal", "return", "stop")),
        st.sampled_from(PODS),
        st.sampled_from(PODS),
    ),
    min_size=1,
    max_size=12,
)


def calm(lab: Lab) -> None:
    """Mend everything, and let the cluster come to rest."""
    lab.heal()
    for pod in PODS:
        lab.thaw(pod)
    lab.run(10)
    for pod in PODS:
        if not lab.processes[pod].alive:
            lab.start(pod)
    lab.run(200)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1000), FAULTS, st.booleans())
def test_one_leader_per_term_and_no_synchronous_loss(
    seed: int, faults: list[tuple[float, str, str, str]], synchronous: bool
) -> None:
    lab = patroni(seed, synchronous_mode=synchronous, replication_lag="200ms")
    lab.writer(SECOND // 5, 2000 * SECOND)
    for wait, what, pod, other in faults:
        lab.run(wait)
        lab.strike(what, pod, other)
    calm(lab)
    winners: dict[int, str] = {}
    for event in lab.events("Elected"):
        assert winners.setdefault(event.fields["term"], event.fields["pod"]) == event.fields["pod"]
    assert lab.primary is not None, "every disk is there: somebody leads in the end"
    assert len(lab.system.replicas()) == 2
    if synchronous:
        assert lab.lost == set()
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
