"""Any sequence of faults and of what people do: what a configuration keeps, and what rebuilding mends."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.systems.harness import Lab
from tests.systems.numbered_storm import FAULTS, QUIET, Row, acts, after, rebuilt_from_one

PODS = ("pg-0", "pg-1", "pg-2")
NAMES = ("", "*", "FIRST 1 (pg-0, pg-1, pg-2)", "ANY 2 (*)")


def stormy(names: str, rows: list[Row], *, hints: bool = True) -> Lab:
    """Return a cluster after a storm, and after everything has been mended."""
    lab = Lab(
        "postgres-replication",
        replication_lag="200ms",
        synchronous_standby_names=names,
        wal_log_hints=hints,
    )
    return after(lab, PODS, rows, calm_s=100)


@settings(max_examples=40, **QUIET)
@given(st.sampled_from(NAMES), acts(FAULTS, PODS))
def test_while_nobody_promotes_number_0_is_the_only_primary_and_nothing_is_lost(
    names: str, rows: list[Row]
) -> None:
    lab = stormy(names, rows)
    assert lab.primary == "pg-0"
    assert [process.pod for process in lab.system.replicas()] == ["pg-1", "pg-2"]
    assert lab.dual_primary_s() == 0
    assert lab.lost == set()
    assert not lab.events("Diverged")


@settings(max_examples=60, **QUIET)
@given(
    st.sampled_from(NAMES), acts((*FAULTS, "promote", "promote", "rebuild", "rebuild"), PODS), st.booleans()
)
def test_rebuilding_the_others_leaves_one_primary_that_all_follow(
    names: str, rows: list[Row], hints: bool
) -> None:
    rebuilt_from_one(stormy(names, rows, hints=hints), PODS, within_s=60)
