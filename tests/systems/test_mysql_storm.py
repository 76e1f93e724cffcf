"""Any sequence of faults, with orchestrator and with people: what acknowledged commits keep, what rebuilding mends."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statesim.kernel.spans import SECOND
from tests.systems.harness import Lab

PODS = ("db-0", "db-1", "db-2")
FAULTS = ("kill", "power_cut", "freeze", "thaw", "cut", "part", "heal", "return", "stop")
QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def acts(words: tuple[str, ...], pods: tuple[str, ...] = PODS) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    one = st.tuples(st.floats(0, 90), st.sampled_from(words), st.sampled_from(pods), st.sampled_from(pods))
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


def stormy(kind: str, rows: list[tuple[Any, ...]], pods: tuple[str, ...] = PODS, **parameters: Any) -> Lab:
    """Return a cluster after a storm, and after everything has been mended."""
    lab = Lab(kind, replication_lag="200ms", RecoveryPeriodBlockSeconds="1m", **parameters)
    for pod in pods:
        start(lab, pod)
    lab.run(30)
    lab.writer(SECOND, 900 * SECOND)
    for wait, what, pod, other in rows:
        lab.run(wait)
        strike(lab, what, pod, other)
    lab.heal()
    for pod in pods:
        lab.thaw(pod)
    lab.run(10)
    for pod in pods:
        if not lab.processes[pod].alive:
            start(lab, pod)
    lab.run(200)
    return lab


@settings(max_examples=40, **QUIET)
@given(st.sampled_from(("mysql-async", "mysql-semisync")), acts(FAULTS))
def test_while_nobody_promotes_number_0_is_the_only_source_and_nothing_is_lost(
    kind: str, rows: list[tuple[Any, ...]]
) -> None:
    lab = stormy(kind, rows)
    assert lab.primary == "db-0"
    assert [process.pod for process in lab.system.replicas()] == ["db-1", "db-2"]
    assert lab.dual_primary_s() == 0
    assert lab.lost == set()
    assert not lab.events("Diverged")


@settings(max_examples=60, **QUIET)
@given(acts((*FAULTS, "rebuild", "promote"), PODS[:2]), st.booleans())
def test_with_one_replica_and_no_fallback_nothing_that_was_acknowledged_is_ever_lost(
    rows: list[tuple[Any, ...]], read_only: bool
) -> None:
    lab = stormy(
        "mysql-semisync",
        rows,
        PODS[:2],
        orchestrator="auto",
        super_read_only=read_only,
        replica_net_timeout="4s",
        rpl_semi_sync_source_timeout="100h",
    )
    assert not lab.events("SemiSyncOff")
    assert lab.lost == set()


@settings(max_examples=60, **QUIET)
@given(
    st.sampled_from(("mysql-async", "mysql-semisync")),
    st.sampled_from(("none", "auto")),
    acts((*FAULTS, "promote", "rebuild", "rebuild")),
)
def test_rebuilding_the_others_leaves_one_source_that_all_follow(
    kind: str, orchestrator: str, rows: list[tuple[Any, ...]]
) -> None:
    lab = stormy(kind, rows, orchestrator=orchestrator)
    if lab.primary is None:  # they were all rebuilt from each other: somebody has to lead
        pod = max(PODS, key=lambda name: (lab.system.cannot_promote(name) is None, lab.system.progress(name)))
        lab.system.promote(pod)
        lab.run(10)
    primary = lab.primary
    assert primary is not None
    for pod in PODS:
        if pod != primary:
            assert lab.system.rebuild(pod) is None
    lab.run(90)
    assert lab.primary == primary
    assert len(lab.system.replicas()) == 2
    write = lab.write(primary)
    lab.run(20)
    assert write.type == "ok"
    assert all(lab.ask(pod, "read", write.value).result is True for pod in PODS)
