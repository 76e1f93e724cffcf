"""Single copies: published histories that are and are not linearizable, and what is said about them."""

from __future__ import annotations

from statesim.analysis.consistency.linearizability import linearizable, registers
from statesim.analysis.consistency.models import Counter, Register
from tests.consistency.written import history


def test_calls_one_after_another_are_a_single_copy() -> None:
    calls = history((0, "write", 1, None, 0, 1), (0, "read", None, 1, 2, 3), (1, "read", None, 1, 4, 5))
    assert linearizable(calls, Register()).valid == "valid"


def test_a_read_may_see_a_write_that_overlaps_it_or_not() -> None:
    for seen in (None, 1):
        calls = history((0, "write", 1, None, 0, 3), (1, "read", None, seen, 1, 2))
        assert linearizable(calls, Register()).valid == "valid"


def test_the_new_old_inversion_of_a_regular_register_is_found() -> None:
    """Lamport, "On interprocess communication" (1986): two reads during one write, first new and then old."""
    calls = history((0, "write", 1, None, 0, 9), (1, "read", None, 1, 1, 2), (2, "read", None, None, 3, 4))
    verdict = linearizable(calls, Register())
    assert verdict.valid == "invalid"
    assert verdict.counts() == {"not linearizable": 1}
    assert list(verdict.anomalies[0].calls) == calls, "none of the three can be left out"


def test_the_stale_read_after_a_failover_is_found() -> None:
    """The read that a deposed leader answers from its own copy (Jepsen, "etcd and Consul", 2014)."""
    calls = history((0, "write", 1, None, 0, 1), (0, "write", 2, None, 2, 3), (1, "read", None, 1, 4, 5))
    verdict = linearizable(calls, Register())
    assert verdict.valid == "invalid"
    assert "process 1: read 1 (ok, 4.000000 s to 5.000000 s)" in [
        str(call) for call in verdict.anomalies[0].calls
    ]


def test_two_swaps_from_the_same_value_cannot_both_succeed() -> None:
    calls = history(
        (0, "write", 1, None, 0, 1), (1, "cas", [1, 2], None, 2, 5), (2, "cas", [1, 3], None, 2, 5)
    )
    assert linearizable(calls, Register()).valid == "invalid"
    assert linearizable(calls[:2], Register()).valid == "valid"


def test_a_write_of_unknown_end_may_come_late_or_never() -> None:
    late = history(
        (0, "write", 1, None, 0, 1),
        (1, "write", 2, None, 2, 3, "info"),
        (2, "read", None, 1, 4, 5),
        (2, "read", None, 2, 8, 9),
    )
    assert linearizable(late, Register()).valid == "valid"
    assert linearizable(late[:3], Register()).valid == "valid"


def test_a_write_of_unknown_end_does_not_come_twice() -> None:
    calls = history(
        (1, "write", 2, None, 0, 1, "info"),
        (0, "read", None, 2, 2, 3),
        (0, "write", 1, None, 4, 5),
        (0, "read", None, 1, 6, 7),
        (2, "read", None, 2, 8, 9),
    )
    assert linearizable(calls, Register()).valid == "invalid"


def test_a_write_that_failed_is_not_seen() -> None:
    calls = history((0, "write", 1, None, 0, 1, "fail"), (1, "read", None, 1, 2, 3))
    assert linearizable(calls, Register()).valid == "invalid"


def test_each_key_is_a_register_of_its_own() -> None:
    calls = history(
        (0, "write", ["x", 1], None, 0, 1),
        (0, "write", ["y", 1], None, 2, 3),
        (1, "read", ["x", None], ["x", 1], 4, 5),
        (1, "cas", ["y", [1, 2]], None, 6, 7),
        (2, "read", ["y", None], ["y", 1], 8, 9),
    )
    verdict = registers(calls)
    assert verdict.valid == "invalid"
    assert {call.value[0] for call in verdict.anomalies[0].calls} == {"y"}


def test_a_counter_is_held_to_the_same_rule() -> None:
    calls = history((0, "add", 2, None, 0, 5), (1, "read", None, 2, 1, 2), (1, "read", None, 0, 3, 4))
    assert linearizable(calls, Counter()).valid == "invalid"
    assert linearizable(calls[:2], Counter()).valid == "valid"


def test_work_beyond_the_budget_is_unknown_not_a_guess() -> None:
    writes = [(n, "write", n, None, 0, 10) for n in range(12)]
    calls = history(*writes, (20, "read", None, 99, 20, 21))
    verdict = linearizable(calls, Register(), budget=100)
    assert (verdict.valid, verdict.work, verdict.anomalies) == ("unknown", 100, ())


def test_the_evidence_is_as_small_as_it_can_be() -> None:
    noise = [(n % 3, "write", n, None, n * 10, n * 10 + 1) for n in range(50)]
    noise += [(3 + n % 3, "read", None, n, n * 10 + 2, n * 10 + 3) for n in range(50)]
    calls = history(*noise, (7, "read", None, 30, 401, 402), (8, "read", None, 49, 600, 601))
    evidence = linearizable(calls, Register()).anomalies[0].calls
    before, between, after = evidence
    assert (before.value, after.result) == (30, 30)
    assert between.f == "write"
    assert before.precedes(between)
    assert between.precedes(after)
    for left_out in evidence:
        if left_out.value == 30:
            continue  # who wrote what was read is kept: else the read would be of a value from nowhere
        rest = [call for call in evidence if call is not left_out]
        assert linearizable(rest, Register()).valid == "valid"


def test_a_long_history_with_few_calls_at_once_costs_few_steps() -> None:
    lines = []
    for n in range(5_000):
        lines += [(0, "write", n, None, 2 * n, 2 * n + 1.5), (1, "read", None, n, 2 * n + 1, 2 * n + 1.9)]
    verdict = linearizable(history(*lines), Register())
    assert verdict.valid == "valid"
    assert verdict.work <= 3 * len(lines)
