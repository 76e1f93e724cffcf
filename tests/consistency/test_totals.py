"""Accounts and counters: what a read of them may find."""

from __future__ import annotations

from statesim.analysis.consistency.totals import bank, counter
from tests.consistency.written import history


def test_a_transfer_read_half_done_shows_a_wrong_total() -> None:
    """Read skew, Berenson et al., "A critique of ANSI SQL isolation levels" (1995), H2: 50 + 90 is not 100."""
    calls = history((1, "read", None, {"x": 50, "y": 90}, 0, 1), (2, "read", None, {"x": 10, "y": 90}, 2, 3))
    verdict = bank(calls, total=100)
    assert verdict.counts() == {"wrong total": 1}
    assert verdict.anomalies[0].says == "the accounts hold 140 together instead of 100"


def test_an_account_is_not_overdrawn_unless_that_is_allowed() -> None:
    """Write skew, Berenson et al. (1995), H5: each transfer alone would have kept the rule."""
    calls = history((1, "read", None, {"x": -40, "y": 140}, 0, 1))
    assert bank(calls, total=100).counts() == {"negative balance": 1}
    assert bank(calls, total=100, negative=True).valid == "valid"


def test_a_read_that_failed_says_nothing() -> None:
    assert bank(history((1, "read", None, None, 0, 1, "fail")), total=100).valid == "valid"


def test_a_counter_lies_between_what_was_acknowledged_and_what_was_tried() -> None:
    adds = [(0, "add", 2, None, 0, 1), (1, "add", 3, None, 0, 1, "info"), (2, "add", 5, None, 0, 1, "fail")]
    for found in (2, 3, 4, 5):
        assert counter(history(*adds, (3, "read", None, found, 2, 3))).valid == "valid"
    assert counter(history(*adds, (3, "read", None, 1, 2, 3))).counts() == {"lost increment": 1}
    assert counter(history(*adds, (3, "read", None, 6, 2, 3))).counts() == {"phantom increment": 1}


def test_a_decrement_under_way_lowers_what_may_be_read() -> None:
    calls = history((0, "add", 5, None, 0, 1), (1, "add", -2, None, 2, 9), (2, "read", None, 3, 3, 4))
    assert counter(calls).valid == "valid"
