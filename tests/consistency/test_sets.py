"""Sets: elements that are lost, come from nowhere, or are not seen in time."""

from __future__ import annotations

from statesim.analysis.consistency.calls import pair
from statesim.analysis.consistency.sets import sets
from tests.consistency.written import history


def test_an_acknowledged_element_that_is_gone_at_the_end_is_lost() -> None:
    calls = history((0, "add", 1, None, 0, 1), (0, "add", 2, None, 2, 3), (0, "add", 3, None, 4, 5, "info"))
    verdict = sets(calls, final=[2])
    assert verdict.counts() == {"lost write": 1}
    assert verdict.anomalies[0].says == "1 was acknowledged and is not there at the end"


def test_nothing_is_called_lost_while_nobody_has_looked() -> None:
    assert sets(history((0, "add", 1, None, 0, 1))).valid == "valid"


def test_an_element_of_unknown_fate_may_be_there_or_not() -> None:
    calls = history((0, "add", 1, None, 0, 1, "info"))
    assert sets(calls, final=[1]).valid == "valid"
    assert sets(calls, final=[]).valid == "valid"


def test_what_nobody_added_or_what_had_failed_is_a_phantom() -> None:
    calls = history((0, "add", 1, None, 0, 1, "fail"), (1, "read", None, [1], 2, 3))
    verdict = sets(calls, final=[1, 7])
    assert verdict.counts() == {"phantom write": 2}
    assert "told that it had failed" in verdict.anomalies[0].says


def test_a_failed_add_that_was_repeated_with_success_is_no_phantom() -> None:
    calls = history((0, "add", 1, None, 0, 1, "fail"), (0, "add", 1, None, 2, 3))
    assert sets(calls, final=[1]).valid == "valid"


def test_a_read_that_misses_what_is_found_later_was_stale() -> None:
    calls = history((0, "add", 1, None, 0, 1), (1, "read", None, [], 2, 3), (2, "read", None, [1], 4, 5))
    verdict = sets(calls)
    assert verdict.counts() == {"stale read": 1}
    assert [call.process for call in verdict.anomalies[0].calls] == [0, 1]


def test_a_read_that_began_before_the_acknowledgement_may_miss_it() -> None:
    calls = history((0, "add", 1, None, 0, 3), (1, "read", None, [], 2, 4), (2, "read", None, [1], 5, 6))
    assert sets(calls).valid == "valid"


def test_reads_of_one_element_are_judged_alike() -> None:
    """As the set workload of a run asks: is this element there?"""
    rows = [
        (0, 0, "shop", "invoke", "write", 1, ""),
        (10, 0, "shop", "ok", "write", 1, ""),
        (20, 1, "shop", "invoke", "read", 1, ""),
        (30, 1, "shop", "ok", "read", [1, False], ""),
        (40, 0, "other", "invoke", "write", 2, ""),
    ]
    calls = pair(rows, "shop")
    assert [(call.f, call.end) for call in calls] == [("write", "ok"), ("read", "ok")]
    assert sets(calls, final=[1]).counts() == {"stale read": 1}
    assert sets(calls, final=[]).counts() == {"lost write": 1}


def test_a_call_that_has_not_ended_is_of_unknown_end() -> None:
    rows = [(0, 0, "shop", "invoke", "write", 1, ""), (5, 1, "shop", "info", "write", 2, "")]
    assert [(call.end, call.value) for call in pair(rows)] == [("info", 1)]
