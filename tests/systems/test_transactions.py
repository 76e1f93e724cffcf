"""Transactions beside each other: what each isolation level lets through, as the checkers see it."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statesim.analysis.consistency.calls import NEVER, Call
from statesim.analysis.consistency.cycles import appends
from statesim.analysis.consistency.totals import bank
from statesim.clients.workloads_keyed import BEGUN_WITH, AppendWorkload, BankWorkload
from statesim.kernel.spans import MILLISECOND, SECOND
from statesim.systems.transactions import CONCURRENT_UPDATE, DEADLOCK, DEPENDENCIES, Isolation, objection
from tests.systems.harness import Ask, Lab

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.analysis.consistency.verdict import Verdict

LEVELS = [str(level) for level in Isolation]


class Told(Ask):
    """An operation whose caller hears when it is answered."""

    def __init__(self, kind: str, f: str, value: Any, hear: Callable[[Told], None]) -> None:
        super().__init__(f, value)
        self.kind = kind
        self._hear = hear

    def answer(self, type_: str, value: Any = None, error: str = "") -> None:
        super().answer(type_, value, error)
        self._hear(self)


def history(
    workload: Any, *, seed: int = 1, processes: int = 8, seconds: float = 8, **parameters: Any
) -> list[Call]:
    """Let callers ask one server without pause, each one thing at a time; return what they saw."""
    lab = Lab("postgres", **parameters)
    lab.start("pg-0")
    lab.run(5)
    rng, calls, end = Random(seed), [], lab.clock.now + round(seconds * SECOND)

    def ask(process: int) -> None:
        if lab.clock.now >= end:
            return
        f, value = workload.begin(rng.random())
        asked, index = lab.clock.now, len(calls)
        calls.append(Call(index, process, f, value, asked, NEVER, "info"))

        def hear(told: Told) -> None:
            now, kind = lab.clock.now, told.type
            result = told.result if kind == "ok" else None
            calls[index] = Call(index, process, f, value, asked, now, kind, result, told.error)  # type: ignore[arg-type]
            lab.clock.after(1 + rng.randrange(5 * MILLISECOND), ask, process)

        lab.system.submit(lab.processes["pg-0"], Told(workload.kind, f, value, hear))

    for process in range(processes):
        lab.clock.after(rng.randrange(MILLISECOND), ask, process)
    lab.run(seconds + 5)
    return calls


def of_lists(**parameters: Any) -> list[Call]:
    return history(AppendWorkload("shop", 0.5, 5), **parameters)


def found(verdict: Verdict) -> Counter[str]:
    return Counter(verdict.counts())


def errors(calls: list[Call]) -> set[str]:
    return {call.error for call in calls if call.end == "fail"}


def test_at_one_instant_every_history_is_serial_whatever_the_level() -> None:
    for level in LEVELS:
        calls = of_lists(seconds=1.5, default_transaction_isolation=level)
        assert appends(calls).valid == "valid"
        assert errors(calls) == set()


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_serializable_transactions_are_in_an_order(seed: int) -> None:
    calls = of_lists(
        seed=seed, seconds=4, transaction_time="50ms", default_transaction_isolation="serializable"
    )
    assert appends(calls).valid == "valid"
    assert sum(call.end == "ok" for call in calls) > 50


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_snapshots_let_through_write_skew_and_nothing_else(seed: int) -> None:
    calls = of_lists(
        seed=seed, seconds=4, transaction_time="50ms", default_transaction_isolation="repeatable read"
    )
    assert set(found(appends(calls))) <= {"G2-item", "G2-item-realtime"}


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_read_committed_never_shows_what_was_not_committed(seed: int) -> None:
    calls = of_lists(seed=seed, seconds=4, transaction_time="50ms")
    assert not set(found(appends(calls))) & {"G0", "G1a", "G1b", "G1c", "incompatible order", "lost write"}


def test_each_level_lets_through_less_and_fails_more() -> None:
    seen = {}
    for level in LEVELS:
        calls = of_lists(transaction_time="50ms", default_transaction_isolation=level)
        seen[level] = (found(appends(calls)), sum(call.end == "fail" for call in calls), errors(calls))
    committed, repeatable, serial = (seen[level] for level in LEVELS)
    assert committed[0]["G-single"] > 10
    assert repeatable[0]["G2-item"] > 10
    assert not serial[0]
    assert committed[1] < repeatable[1] < serial[1]
    assert committed[2] == {DEADLOCK}
    assert repeatable[2] == {CONCURRENT_UPDATE}
    assert serial[2] == {CONCURRENT_UPDATE, DEPENDENCIES}


def test_longer_transactions_meet_more_often() -> None:
    skews = []
    for time in ("0s", "20ms", "80ms"):
        calls = of_lists(seconds=5, transaction_time=time, default_transaction_isolation="repeatable read")
        committed = sum(call.end == "ok" for call in calls)
        skews.append(found(appends(calls))["G2-item"] / committed)
    assert skews[0] == 0 < skews[1]
    failing = [
        sum(
            call.end == "fail"
            for call in of_lists(
                seed=2, seconds=5, transaction_time=time, default_transaction_isolation="serializable"
            )
        )
        for time in ("0s", "20ms")
    ]
    assert failing[0] == 0 < failing[1]


@pytest.mark.parametrize("level", LEVELS)
def test_money_that_is_read_and_written_back_is_kept_by_snapshots_alone(level: str) -> None:
    workload = BankWorkload("shop", 0.5, 4)
    calls = history(workload, transaction_time="20ms", default_transaction_isolation=level)
    verdict = bank(calls, 4 * BEGUN_WITH)
    if level == "read committed":
        assert found(verdict)["wrong total"] > 5
    else:
        assert verdict.valid == "valid"


def test_who_waits_for_a_row_goes_on_when_it_is_free() -> None:
    lab = Lab("postgres", transaction_time="100ms")
    lab.start("pg-0")
    lab.run(5)
    at: dict[str, int] = {}

    def ask(name: str, *ops: list[Any]) -> Told:
        told = Told("append", "txn", list(ops), lambda _: at.setdefault(name, lab.clock.now))
        lab.system.submit(lab.processes["pg-0"], told)
        return told

    begun = lab.clock.now
    first = ask("first", ["append", "x", 1], ["r", "y", None])
    second = ask("second", ["append", "x", 2], ["r", "x", None])
    lab.run(1)
    assert first.result == [["append", "x", 1], ["r", "y", []]]
    assert second.result == [["append", "x", 2], ["r", "x", [1, 2]]], "it saw what it had waited for"
    assert (at["first"] - begun, at["second"] - begun) == (100 * MILLISECOND, 200 * MILLISECOND)


def test_of_two_that_wait_for_each_other_one_is_told() -> None:
    lab = Lab("postgres", transaction_time="100ms")
    lab.start("pg-0")
    lab.run(5)
    told = [
        Told("append", "txn", [["append", one, n], ["append", other, n]], lambda _: None)
        for n, (one, other) in enumerate((("x", "y"), ("y", "x")))
    ]
    for each in told:
        lab.system.submit(lab.processes["pg-0"], each)
    lab.run(1)
    assert sorted((each.type, each.error) for each in told) == [("fail", DEADLOCK), ("ok", "")]


def test_a_crash_takes_the_transactions_that_were_under_way() -> None:
    lab = Lab("postgres", transaction_time="100ms")
    lab.start("pg-0")
    lab.run(5)
    told = Told("append", "txn", [["append", "x", 1]], lambda _: None)
    lab.system.submit(lab.processes["pg-0"], told)
    lab.run(0.05)
    lab.kill("pg-0")
    lab.run(5)
    assert told.type == "", "nobody answers"
    lab.start("pg-0")
    lab.run(10)
    again = Told("append", "txn", [["r", "x", None]], lambda _: None)
    lab.system.submit(lab.processes["pg-0"], again)
    lab.run(1)
    assert again.result == [["r", "x", []]]


def test_what_has_changed_since_decides() -> None:
    changed = {"x": 7, "y": 3}
    assert objection(Isolation.READ_COMMITTED, 5, ["x"], ["x"], changed) is None
    assert objection(Isolation.REPEATABLE_READ, 5, ["x"], ["y"], changed) is None
    assert objection(Isolation.REPEATABLE_READ, 5, [], ["x"], changed) == CONCURRENT_UPDATE
    assert objection(Isolation.SERIALIZABLE, 5, ["x"], ["y"], changed) == DEPENDENCIES
    assert objection(Isolation.SERIALIZABLE, 7, ["x"], ["x"], changed) is None
