"""Any sequence of faults, with orchestrator and with people: what acknowledged commits keep, what rebuilding mends."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.systems.harness import Lab
from tests.systems.numbered_storm import FAULTS, QUIET, Row, acts, after, rebuilt_from_one

PODS = ("db-0", "db-1", "db-2")


def stormy(kind: str, rows: list[Row], pods: tuple[str, ...] = PODS, **parameters: Any) -> Lab:
    """Return a cluster after a storm, and after everything has been mended."""
    lab = Lab(kind, replication_lag="200ms", RecoveryPeriodBlockSeconds="1m", **parameters)
    return after(lab, pods, rows, calm_s=200)


@settings(max_examples=40, **QUIET)
@given(st.sampled_from(("mysql-async", "mysql-semisync")), acts(FAULTS, PODS))
def test_while_nobody_promotes_number_0_is_the_only_source_and_nothing_is_lost(
    kind: str, rows: list[Row]
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
    rows: list[Row], read_only: bool
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
    acts((*FAULTS, "promote", "rebuild", "rebuild"), PODS),
)
def test_rebuilding_the_others_leaves_one_source_that_all_follow(
    kind: str, orchestrator: str, rows: list[Row]
) -> None:
    rebuilt_from_one(stormy(kind, rows, orchestrator=orchestrator), PODS, within_s=90)
