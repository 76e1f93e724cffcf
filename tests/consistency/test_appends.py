"""Transactions on lists: the published anomalies, one small history each."""

from __future__ import annotations

import pytest

from statesim.analysis.consistency.cycles import appends
from tests.consistency.written import history, transaction

LEVELS = ("read-committed", "snapshot-isolation", "serializable", "strict-serializable")


def kinds(*lines: tuple[object, ...], level: str = "strict-serializable") -> dict[str, int]:
    return appends(history(*lines), level).counts()


def test_transactions_one_after_another_are_serial() -> None:
    lines = [
        transaction(0, "a x 1", 0, 1),
        transaction(1, "r x [1]; a x 2", 2, 3),
        transaction(2, "r x [1 2]", 4, 5),
    ]
    assert appends(history(*lines)).valid == "valid"


def test_write_skew_is_found_and_snapshot_isolation_permits_it() -> None:
    """Berenson et al., "A critique of ANSI SQL isolation levels" (1995), H5: both read both, each writes one."""
    lines = [
        transaction(0, "r x []; r y []; a y 1", 0, 2),
        transaction(1, "r x []; r y []; a x 2", 0, 2),
        transaction(2, "r x [2]; r y [1]", 3, 4),
    ]
    verdict = appends(history(*lines))
    assert verdict.counts() == {"G2-item": 1}
    assert verdict.anomalies[0].says == "T0 did not yet see T1 (rw); T1 did not yet see T0 (rw)"
    assert kinds(*lines, level="snapshot-isolation") == {}


def test_a_lost_update_is_found() -> None:
    """Berenson et al. (1995), H4: both read the same balance, and the second write forgets the first."""
    lines = [
        transaction(0, "r x []; a x 1", 0, 2),
        transaction(1, "r x []; a x 2", 0, 3),
        transaction(2, "r x [1 2]", 4, 5),
    ]
    assert kinds(*lines) == {"lost update": 1}
    assert kinds(*lines, level="read-committed") == {}


def test_read_skew_is_found() -> None:
    """Berenson et al. (1995), H2: x as it was before the other's transfer, y as it was after it."""
    lines = [
        transaction(0, "r x []; r y [2]", 0, 3),
        transaction(1, "a x 1; a y 2", 0, 2),
        transaction(2, "r x [1]; r y [2]", 4, 5),
    ]
    assert kinds(*lines) == {"G-single": 1}


def test_a_dirty_write_is_found() -> None:
    """Adya (1999), G0: two transactions write x and y in opposite orders."""
    lines = [
        transaction(0, "a x 1; a y 1", 0, 2),
        transaction(1, "a x 2; a y 2", 0, 2),
        transaction(2, "r x [1 2]; r y [2 1]", 3, 4),
    ]
    for level in LEVELS:
        assert kinds(*lines, level=level) == {"G0": 1}


def test_circular_information_flow_is_found() -> None:
    """Adya (1999), G1c: each has read what the other wrote."""
    lines = [transaction(0, "a x 1; r y [2]", 0, 2), transaction(1, "a y 2; r x [1]", 0, 2)]
    assert kinds(*lines, level="read-committed") == {"G1c": 1}


def test_aborted_and_intermediate_reads_are_found() -> None:
    """Adya (1999), G1a and G1b."""
    aborted = [transaction(0, "a x 1", 0, 1, "fail"), transaction(1, "r x [1]", 2, 3)]
    assert kinds(*aborted) == {"G1a": 1}
    between = [
        transaction(0, "a x 1; a x 2", 0, 3),
        transaction(1, "r x [1]", 1, 2),
        transaction(2, "r x [1 2]", 4, 5),
    ]
    assert kinds(*between)["G1b"] == 1


def test_an_order_that_only_real_time_forbids_says_so() -> None:
    """A stale read: serializable, as T1 may be put before T0, but not strictly so (Elle, section 3)."""
    lines = [transaction(0, "a x 1", 0, 1), transaction(1, "r x []", 2, 3), transaction(2, "r x [1]", 4, 5)]
    assert kinds(*lines) == {"G-single-realtime": 1}
    assert kinds(*lines, level="serializable") == {}


def test_two_primaries_leave_lists_that_do_not_fit_together() -> None:
    lines = [
        transaction(0, "a x 1", 0, 1),
        transaction(1, "r x [1]; a x 2", 2, 3),
        transaction(2, "r x [1]; a x 3", 2, 3),
        transaction(1, "r x [1 2]", 4, 5),
        transaction(2, "r x [1 3]", 4, 5),
    ]
    assert kinds(*lines)["incompatible order"] == 1


def test_an_acknowledged_append_that_a_later_read_does_not_hold_is_lost() -> None:
    lines = [transaction(0, "a x 1", 0, 1), transaction(0, "a x 2", 2, 3), transaction(1, "r x [2]", 4, 5)]
    assert kinds(*lines) == {"lost append": 1}


def test_what_a_transaction_does_not_know_of_itself_is_internal() -> None:
    assert kinds(transaction(0, "a x 1; r x []", 0, 1)) == {"internal": 1}


def test_an_element_twice_and_one_from_nowhere_are_named() -> None:
    lines = [transaction(0, "a x 1", 0, 1), transaction(1, "r x [1 9 1]", 2, 3)]
    assert kinds(*lines) == {"duplicate element": 1, "phantom element": 1}


def test_a_transaction_of_unknown_end_that_was_seen_counts_as_done() -> None:
    lines = [
        transaction(0, "r x []; r y []; a y 1", 0, 2, "info"),
        transaction(1, "r y []; a x 2", 0, 2),
        transaction(2, "r x [2]; r y [1]", 3, 4),
    ]
    assert kinds(*lines) == {}, "what it read is not known, so that it proves nothing"


def test_a_level_that_is_not_known_is_refused() -> None:
    with pytest.raises(KeyError):
        appends([], "eventual")
