"""Session guarantees (Terry et al., PDIS 1994), each with the smallest history that breaks it."""

from __future__ import annotations

from statesim.analysis.consistency.registers import sessions
from tests.consistency.written import history

W1 = (0, "write", ["x", 1], None, 0, 1)
W2 = (0, "write", ["x", 2], None, 2, 3)


def read(process: int, value: int | None, begin: float, until: float) -> tuple[object, ...]:
    return (process, "read", ["x", None], ["x", value], begin, until)


def test_reads_that_follow_the_writes_are_in_order() -> None:
    assert (
        sessions(history(W1, read(1, 1, 1.5, 1.9), W2, read(1, 2, 4, 5), read(0, 2, 6, 7))).valid == "valid"
    )


def test_a_read_of_an_older_value_than_the_acknowledged_one_is_stale() -> None:
    verdict = sessions(history(W1, W2, read(1, 1, 4, 5)))
    assert verdict.counts() == {"stale read": 1}
    assert verdict.anomalies[0].says == "x = 2 had been acknowledged before this read began, which saw 1"


def test_a_read_of_nothing_after_an_acknowledged_write_is_stale() -> None:
    assert sessions(history(W1, read(1, None, 4, 5))).counts() == {"stale read": 1}


def test_a_read_that_began_before_the_acknowledgement_may_see_the_old_value() -> None:
    assert sessions(history(W1, W2, read(1, 1, 2.5, 5))).valid == "valid"


def test_a_session_that_goes_back_in_time_is_found_even_where_nothing_was_acknowledged() -> None:
    slow = (0, "write", ["x", 2], None, 2, 30)
    verdict = sessions(history(W1, slow, read(1, 2, 4, 5), read(1, 1, 6, 7)))
    assert verdict.counts() == {"non-monotonic read": 1}
    assert sessions(history(W1, slow, read(1, 2, 4, 5), read(2, 1, 6, 7))).valid == "valid"


def test_a_process_that_does_not_see_its_own_write_is_told_so() -> None:
    verdict = sessions(history(W1, W2, read(0, 1, 4, 5)))
    assert verdict.counts() == {"read-your-writes": 1, "stale read": 1}


def test_writes_that_overlap_have_no_order() -> None:
    other = (1, "write", ["x", 2], None, 0, 1)
    assert sessions(history(W1, other, read(2, 1, 2, 3), read(2, 2, 4, 5), read(2, 1, 6, 7))).valid == "valid"


def test_a_value_from_nowhere_or_of_a_failed_write_is_a_phantom() -> None:
    failed = (0, "write", ["x", 5], None, 0, 1, "fail")
    verdict = sessions(history(failed, read(1, 5, 2, 3), read(1, 6, 4, 5)))
    assert verdict.counts() == {"phantom read": 2}
