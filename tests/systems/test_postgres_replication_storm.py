"""Any sequence of faults and of what people do: what a configuration keeps, and what rebuilding mends."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statesim.kernel.spans import SECOND
from tests.systems.harness import Lab

PODS = ("pg-0", "pg-1", "pg-2")
FAULTS = ("kill", "power_cut", "freeze", "thaw", "cut", "part", "heal", "return", "stop")
NAMES = ("", "*", "FIRST 1 (pg-0, pg-1, pg-2)", "ANY 2 (*)")


def acts(words: tuple[str, ...]) -> st.SearchStrategy[list[tuple[float, str, str, str]]]:
    one = st.tuples(st.floats(0, 90), st.sampled_from(words), st.sampled_from(PODS), st.sampled_from(PODS))
    return st.lists(one, min_size=1, max_size=12)


def start(lab: Lab, pod: str) -> None:
    lab.start(pod, ordinal=int(pod[-1]))


def strike(lab: Lab, what: str, pod: str, other: str) -> None:
    match what:
        case "promote" if lab.system.cannot_promote(pod) is None:
            lab.system.promote(pod)
        case "rebuild":
            lab.system.rebuild(pod)
        case _:
            lab.strike(what, pod, other, start=lambda: start(lab, pod))


def stormy(names: str, rows: list[tuple[float, str, str, str]], *, hints: bool = True) -> Lab:
    """Return a cluster after a storm, and after everything has been mended."""
    lab = Lab(
        "postgres-replication",
        replication_lag="200ms",
        synchronous_standby_names=names,
        wal_log_hints=hints,
    )
    for pod in PODS:
        start(lab, pod)
    lab.run(30)
    lab.writer(SECOND, 900 * SECOND)
    for wait, what, pod, other in rows:
        lab.run(wait)
        strike(lab, what, pod, other)
    lab.heal()
    for pod in PODS:
        lab.thaw(pod)
    lab.run(10)
    for pod in PODS:
        if not lab.processes[pod].alive:
            start(lab, pod)
    lab.run(100)
    return lab


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), acts(FAULTS))
def test_while_nobody_promotes_number_0_is_the_only_primary_and_nothing_is_lost(
    names: str, rows: list[tuple[float, str, str, str]]
) -> None:
    lab = stormy(names, rows)
    assert lab.primary == "pg-0"
    assert [process.pod for process in lab.system.replicas()] == ["pg-1", "pg-2"]
    assert lab.dual_primary_s() == 0
    assert lab.lost == set()
    assert not lab.events("Diverged")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), acts((*FAULTS, "promote", "promote", "rebuild", "rebuild")), st.booleans())
def test_rebuilding_the_others_leaves_one_primary_that_all_follow(
    names: str, rows: list[tuple[float, str, str, str]], hints: bool
) -> None:
    lab = stormy(names, rows, hints=hints)
    if lab.primary is None:  # they were all rebuilt from each other: somebody has to lead
        pod = max(PODS, key=lambda name: (lab.system.cannot_promote(name) is None, lab.system.progress(name)))
        lab.system.promote(pod)
        lab.run(10)
    primary = lab.primary
    assert primary is not None
    for pod in PODS:
        if pod != primary:
            assert lab.system.rebuild(pod) is None
    lab.run(60)
    assert lab.primary == primary
    assert len(lab.system.replicas()) == 2
    write = lab.write(primary)
    lab.run(20)
    assert write.type == "ok"
    assert all(lab.ask(pod, "read", write.value).result is True for pod in PODS)
