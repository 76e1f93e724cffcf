"""Workloads over keys: what callers ask, whatever they wish, and what a whole run shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from statesim.clients.workloads_keyed import (
    BEGUN_WITH,
    LARGEST_TRANSFER,
    LONGEST_LIST,
    LONGEST_TRANSACTION,
    AppendWorkload,
    BankWorkload,
    CounterWorkload,
    RegisterWorkload,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

WISHES = st.lists(st.floats(0, 0.999999999), min_size=1, max_size=300)


@given(st.floats(0.01, 0.99), st.floats(0, 1), WISHES)
def test_a_register_is_written_a_value_only_once(share: float, cas: float, wishes: Sequence[float]) -> None:
    workload = RegisterWorkload("shop", share, 3, cas)
    written: list[Any] = []
    for wish in wishes:
        f, value = workload.begin(wish)
        assert f in workload.shares
        assert value[0] in workload.keys
        if f != "read":
            written.append(value[1][1] if f == "cas" else value[1])
            assert workload.succeed(f, value, value) == value
        else:
            workload.succeed(f, value, [value[0], None])
    assert len(set(written)) == len(written)


def test_who_compares_expects_what_was_seen_last() -> None:
    workload = RegisterWorkload("shop", 1.0, 2, 1.0)
    f, first = workload.begin(0.1)
    assert (f, first) == ("cas", ["k0", [None, 1]])
    workload.succeed(f, first, first)
    assert workload.begin(0.1) == ("cas", ["k0", [1, 2]])
    workload.succeed("read", ["k0", None], ["k0", 9])
    assert workload.begin(0.1) == ("cas", ["k0", [9, 3]])


@given(st.floats(0, 1), WISHES)
def test_transfers_are_small_and_go_to_somebody_else(share: float, wishes: Sequence[float]) -> None:
    workload = BankWorkload("shop", share, 4)
    for wish in wishes:
        f, value = workload.begin(wish)
        if f == "read":
            assert value == dict.fromkeys(workload.keys, BEGUN_WITH)
        else:
            assert value["from"] != value["to"]
            assert {value["from"], value["to"]} <= set(workload.keys)
            assert 1 <= value["amount"] <= LARGEST_TRANSFER


@given(st.floats(0.01, 0.99), WISHES)
def test_transactions_are_short_and_so_are_lists(share: float, wishes: Sequence[float]) -> None:
    workload = AppendWorkload("shop", share, 2)
    elements: dict[str, list[int]] = {}
    for wish in wishes:
        f, asked = workload.begin(wish)
        assert f == "txn"
        assert 1 <= len(asked) <= LONGEST_TRANSACTION
        for kind, key, value in asked:
            if kind == "append":
                elements.setdefault(key, []).append(value)
            else:
                assert value is None
    assert all(len(each) <= LONGEST_LIST for each in elements.values())
    every = [value for each in elements.values() for value in each]
    assert len(every) == len(set(every))


def test_the_shares_are_what_callers_do() -> None:
    wishes = [(index + 0.5) / 10_000 for index in range(10_000)]
    for workload in (
        RegisterWorkload("shop", 0.6, 5, 0.25),
        CounterWorkload("shop", 0.3),
        BankWorkload("shop", 0.4, 5),
    ):
        done = [workload.begin(wish)[0] for wish in wishes]
        for f, share in workload.shares.items():
            assert abs(done.count(f) / len(done) - share) < 0.001, (workload.kind, f)
